package evaluation

import (
	"cmp"
	"math"
	"slices"
)

// Outlier is a picture whose map stands out among those of its class.
type Outlier struct {
	// Picture is its number.
	Picture int
	// Distance is the share of the map's energy that lies elsewhere than the mean
	// map's: half the sum of the absolute differences of both, scaled to the sum 1,
	// 0..1. Score is how far the distance is above the class's median, in its median
	// absolute deviations, scaled to standard deviations.
	Distance, Score float64
}

// A map stands out above this score in a class of at least so many maps (Iglewicz and
// Hoaglin, How to Detect and Handle Outliers, 1993). Distances that hardly differ
// would make trifles stand out, so their deviation counts as at least leastSpread.
const (
	standsOut   = 3.5
	leastMaps   = 8
	leastSpread = 0.02
	// toSigma scales a median absolute deviation to the standard deviation of
	// normally distributed numbers.
	toSigma = 1.4826
)

// thumbSide is the side of the map in few numbers that is kept of each picture.
const thumbSide = 8

// thumbnail is a map with energy averaged down to thumbSide, the largest value being
// 255.
func thumbnail(m positiveMap) []uint8 {
	m = shrunk(m, thumbSide)
	largest := slices.Max(m.values)
	thumb := make([]uint8, len(m.values))
	for i, v := range m.values {
		thumb[i] = uint8(math.Round(255 * v / largest))
	}
	return thumb
}

// outliers finds the maps that stand out in their class: the true one, or where that
// is not known the guess. The farthest come first.
func outliers(verdicts []Verdict) []Outlier {
	groups := make(map[int][]int)
	for i, v := range verdicts {
		class := v.Truth
		if class == Unknown {
			class = v.Guess
		}
		if v.thumb != nil && class != Unknown {
			groups[class] = append(groups[class], i)
		}
	}
	var list []Outlier
	for _, members := range groups {
		if len(members) >= leastMaps {
			list = append(list, groupOutliers(verdicts, members)...)
		}
	}
	slices.SortFunc(list, func(a, b Outlier) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Picture, b.Picture))
	})
	return list
}

func groupOutliers(verdicts []Verdict, members []int) []Outlier {
	places := len(verdicts[members[0]].thumb)
	mean := make([]float64, places)
	for _, i := range members {
		for k, v := range shares(verdicts[i].thumb, places) {
			mean[k] += v / float64(len(members))
		}
	}
	distances := make([]float64, len(members))
	for n, i := range members {
		for k, v := range shares(verdicts[i].thumb, places) {
			distances[n] += math.Abs(v-mean[k]) / 2
		}
	}
	middle := median(distances)
	deviations := make([]float64, len(distances))
	for n, d := range distances {
		deviations[n] = math.Abs(d - middle)
	}
	spread := max(toSigma*median(deviations), leastSpread)
	var list []Outlier
	for n, d := range distances {
		if score := (d - middle) / spread; score > standsOut {
			list = append(list, Outlier{members[n], d, score})
		}
	}
	return list
}

// shares scales a thumbnail to the sum 1. One of another size than the class's first is
// nowhere.
func shares(thumb []uint8, places int) []float64 {
	list := make([]float64, places)
	if len(thumb) != places {
		return list
	}
	var sum float64
	for _, v := range thumb {
		sum += float64(v)
	}
	for i, v := range thumb {
		list[i] = float64(v) / sum
	}
	return list
}

// median is the middle of numbers, of which there is at least one.
func median(numbers []float64) float64 {
	sorted := slices.Sorted(slices.Values(numbers))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}
