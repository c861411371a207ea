package evaluation

import (
	"slices"

	"gaze/compute/cam"
	"gaze/compute/heat"
)

// Location says how well maps find objects whose place is known. A picture counts if it
// has a map with energy and the network sees some of the object. Of regions with
// classes, those of the explained class count.
type Location struct {
	// Pictures is how many count.
	Pictures int
	// Pointing is the share of maps whose largest value lies in the object (Zhang et
	// al., Top-down Neural Attention by Excitation Backprop, 2016, without its
	// tolerance of 15 pixels).
	Pointing float64
	// Inside is the mean share of the energy that lies in the object (Wang et al.,
	// Score-CAM, 2020).
	Inside float64
	// IoU is the mean of intersection over union of the object and of where the map is
	// at least Threshold of its largest value. Threshold is the one of 0.01 to 0.99
	// that makes it largest over all pictures.
	IoU, Threshold float64
}

// locationSide is the side of the grid on what the network sees that is measured on.
// levels are the thresholds in hundredths.
const (
	locationSide = 128
	levels       = 100
)

// finding is what was measured of one picture.
type finding struct {
	hit    bool
	inside float64
	// iou is that at the thresholds 0/100 to 99/100.
	iou [levels]float64
}

// locate measures one picture. It reports false where the picture does not count.
func locate(p Picture, m positiveMap) (finding, bool) {
	regions := slices.Clone(p.Regions)
	regions = slices.DeleteFunc(regions, func(r Region) bool { return r.Class != Unknown && r.Class != p.Explained })
	if m.Empty() || len(regions) == 0 || p.Frame.Empty() {
		return finding{}, false
	}
	raw := cam.Map{Height: m.height, Width: m.width, Values: make([]float32, len(m.values))}
	for i, v := range m.values {
		raw.Values[i] = float32(v)
	}
	large := heat.Resize(raw, locationSide, locationSide)
	largest := slices.Max(large.Values)
	// in and all count the points of each level, in the object and everywhere.
	var in, all [levels + 1]int
	var energy, inside float64
	object := 0
	var f finding
	found := false
	for i, v := range large.Values {
		at := Point{
			X: float64(p.Frame.Min.X) + (float64(i%locationSide)+0.5)/locationSide*float64(p.Frame.Dx()),
			Y: float64(p.Frame.Min.Y) + (float64(i/locationSide)+0.5)/locationSide*float64(p.Frame.Dy()),
		}
		covered := slices.ContainsFunc(regions, func(r Region) bool { return r.Contains(at) })
		level := int(float64(v) / float64(largest) * levels)
		all[level]++
		energy += float64(v)
		if covered {
			object++
			in[level]++
			inside += float64(v)
		}
		// Of several largest values the first counts.
		if v == largest && !found {
			f.hit, found = covered, true
		}
	}
	if object == 0 {
		return finding{}, false
	}
	f.inside = inside / energy
	both, above := in[levels], all[levels]
	for t := levels - 1; t >= 0; t-- {
		both, above = both+in[t], above+all[t]
		f.iou[t] = float64(both) / float64(above+object-both)
	}
	return f, true
}

// locationSums adds up findings.
type locationSums struct {
	count, hits int
	inside      float64
	iou         [levels]float64
}

func (s *locationSums) add(f finding) {
	s.count++
	if f.hit {
		s.hits++
	}
	s.inside += f.inside
	for i, v := range f.iou {
		s.iou[i] += v
	}
}

func (s *locationSums) figures() *Location {
	if s.count == 0 {
		return nil
	}
	best := 1
	for t := 2; t < levels; t++ {
		if s.iou[t] > s.iou[best] {
			best = t
		}
	}
	n := float64(s.count)
	return &Location{s.count, float64(s.hits) / n, s.inside / n, s.iou[best] / n, float64(best) / levels}
}
