package evaluation

import "gaze/compute/cam"

// Pair is a cell of the confusion matrix. Truth is [Unknown] for pictures of which it
// is not known.
type Pair struct{ Truth, Guess int }

// MeanMap is the mean of maps, each of them scaled so that its largest value is 1 and
// without its values below zero. It lies in the network's frame.
type MeanMap struct {
	// Map is the zero Map where there is none.
	Map cam.Map
	// Pictures is how many maps it is the mean of. Maps without energy are left out.
	Pictures int
}

// maxSide bounds the sides of mean maps; larger maps are averaged down to it.
// maxSums bounds the numbers of all sums for single cells of the confusion matrix:
// 32 MB. Where a network confuses more classes than that, the cells that occur later
// have no mean map of their own, and their maps are part of their class's.
const (
	maxSide = 32
	maxSums = 4 << 20
)

// mapSums adds up maps by cell of the confusion matrix, and for each class the wrong
// ones. All maps have the first one's size: a network's input has one size, and the
// maps are of one layer. Others are left out.
type mapSums struct {
	height, width int
	cells         map[Pair]*mapSum
	wrong         map[int]*mapSum
	taken         int
}

// mapSum is a sum of maps.
type mapSum struct {
	values []float64
	count  int
}

func (s *mapSum) add(values []float64) {
	for i, v := range values {
		s.values[i] += v
	}
	s.count++
}

func (s *mapSums) add(v Verdict, m positiveMap) {
	if m.Empty() || v.Guess == Unknown {
		return
	}
	m = shrunk(m, maxSide)
	if s.height == 0 {
		s.height, s.width = m.height, m.width
	}
	if m.height != s.height || m.width != s.width {
		return
	}
	pair := Pair{v.Truth, v.Guess}
	sum := s.cells[pair]
	if sum == nil && (v.Right || v.Truth == Unknown || s.taken+len(m.values) <= maxSums) {
		sum = &mapSum{values: make([]float64, len(m.values))}
		s.cells[pair] = sum
		s.taken += len(m.values)
	}
	if sum != nil {
		sum.add(m.values)
	}
	if v.Judged() && !v.Right {
		if s.wrong[v.Truth] == nil {
			s.wrong[v.Truth] = &mapSum{values: make([]float64, len(m.values))}
		}
		s.wrong[v.Truth].add(m.values)
	}
}

// mean is the mean map of a sum, which may be nil.
func (s *mapSums) mean(sum *mapSum) MeanMap {
	if sum == nil {
		return MeanMap{}
	}
	m := cam.Map{Height: s.height, Width: s.width, Values: make([]float32, len(sum.values))}
	for i, v := range sum.values {
		m.Values[i] = float32(v / float64(sum.count))
	}
	return MeanMap{m, sum.count}
}
