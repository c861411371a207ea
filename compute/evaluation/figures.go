package evaluation

import (
	"cmp"
	"math"
	"slices"
)

// Figures are what pictures come to together. Shares that would divide by zero are
// NaN.
type Figures struct {
	// Pictures is their number; Judged are those with a truth and an answer, which
	// accuracy, confusion and calibration are about.
	Pictures, Judged int
	// Top1 and Top5 are the shares of the judged pictures with a true class as the most
	// probable one, and among the five most probable.
	Top1, Top5 float64
	// Precision, Recall and F1 are the means over the classes that have them.
	Precision, Recall, F1 float64
	// Confusion has the cells of the confusion matrix that are not empty, by truth and
	// guess. The pictures whose truth is unknown have cells, too.
	Confusion []Cell
	// Classes are those that are the truth or the guess of some picture, by their
	// index.
	Classes []Class
	// Calibration is that of the most probable class.
	Calibration Calibration
	// Margin is the mean of the pictures' margins.
	Margin float64
	// Certain are the judged pictures with the highest confidence, Uncertain all those
	// with the smallest margin, CertainlyWrong the wrong ones with the highest
	// confidence: numbers of pictures, at most [Listed] of them.
	Certain, Uncertain, CertainlyWrong []int
	// Energy is the mean of the maps' shares.
	Energy Shares
	// Corners are the classes whose maps often lie in a corner.
	Corners []CornerClass
	// Outliers are the pictures whose maps stand out, farthest first.
	Outliers []Outlier
	// Location is how well maps find objects, nil where no regions are known.
	Location *Location
}

// Listed is the greatest length of the lists of pictures in [Figures].
const Listed = 24

// Cell is a cell of the confusion matrix.
type Cell struct {
	Pair
	Pictures int
	// Mean is the mean map of its pictures; without pictures where there were too many
	// cells to keep a mean for each.
	Mean MeanMap
}

// Class has the figures of one class.
type Class struct {
	Index int
	// True, Guessed and Right are how many judged pictures show it, were taken for
	// it, and both.
	True, Guessed, Right int
	// Precision is Right/Guessed, Recall Right/True, and F1 their harmonic mean.
	Precision, Recall, F1 float64
	// Confidence is the mean confidence of the judged pictures taken for the class,
	// which is like Precision in a well-calibrated network, and ECE the calibration
	// error of these.
	Confidence, ECE float64
	// RightMap and WrongMap are the mean maps of its pictures that were taken for it,
	// and for another class. GuessedMap is that of pictures taken for it whose truth
	// is unknown.
	RightMap, WrongMap, GuessedMap MeanMap
	// Energy is the mean of its pictures' shares: those that show it, and those taken for
	// it whose truth is unknown. Maps is the number of these maps.
	Energy Shares
	Maps   int
}

// CornerClass is a class whose maps lie in a corner so much that something there, such
// as a watermark, may be what the network knows it by.
type CornerClass struct {
	Class  int
	Corner Corner
	// Share is the mean share of the maps' energy there.
	Share float64
	Maps  int
}

// A class is listed if its mean share of a corner is at least four times that of a map
// that is the same everywhere, over at least so many maps.
const (
	suspicious = 4 * cornerSide * cornerSide
	cornerMaps = 5
)

// Figures computes the figures of the pictures added so far.
func (e *Evaluation) Figures() Figures {
	f := Figures{Pictures: len(e.verdicts), Calibration: calibrate(e.verdicts)}
	counts := make(map[Pair]int)
	var top1, top5 int
	var margin mean
	var energy meanShares
	for _, v := range e.verdicts {
		if v.Guess != Unknown {
			counts[Pair{v.Truth, v.Guess}]++
		}
		margin.add(v.Margin)
		energy.add(v.Energy)
		if !v.Judged() {
			continue
		}
		f.Judged++
		if v.Right {
			top1++
		}
		if v.Near {
			top5++
		}
	}
	f.Top1, f.Top5 = float64(top1)/float64(f.Judged), float64(top5)/float64(f.Judged)
	f.Margin, f.Energy = margin.value(), energy.value()
	for pair, n := range counts {
		f.Confusion = append(f.Confusion, Cell{pair, n, e.maps.mean(e.maps.cells[pair])})
	}
	slices.SortFunc(f.Confusion, func(a, b Cell) int {
		return cmp.Or(cmp.Compare(a.Truth, b.Truth), cmp.Compare(a.Guess, b.Guess))
	})
	f.Classes = e.classes(f.Confusion)
	var precision, recall, f1 mean
	for _, c := range f.Classes {
		precision.add(c.Precision)
		recall.add(c.Recall)
		f1.add(c.F1)
		if corner, share := c.Energy.corner(); share >= suspicious && c.Maps >= cornerMaps {
			f.Corners = append(f.Corners, CornerClass{c.Index, corner, share, c.Maps})
		}
	}
	f.Precision, f.Recall, f.F1 = precision.value(), recall.value(), f1.value()
	slices.SortStableFunc(f.Corners, func(a, b CornerClass) int { return cmp.Compare(b.Share, a.Share) })
	e.list(&f)
	f.Outliers = outliers(e.verdicts)
	f.Location = e.location.figures()
	return f
}

// classes computes the figures of each class.
func (e *Evaluation) classes(cells []Cell) []Class {
	all := make(map[int]*Class)
	class := func(i int) *Class {
		if all[i] == nil {
			all[i] = &Class{Index: i}
		}
		return all[i]
	}
	for _, c := range cells {
		if c.Truth == Unknown {
			class(c.Guess).GuessedMap = c.Mean
			continue
		}
		class(c.Truth).True += c.Pictures
		class(c.Guess).Guessed += c.Pictures
		if c.Truth == c.Guess {
			class(c.Truth).Right, class(c.Truth).RightMap = c.Pictures, c.Mean
		}
	}
	energy := make(map[int]*meanShares)
	guessed := make(map[int][]Verdict)
	for _, v := range e.verdicts {
		if v.Judged() {
			guessed[v.Guess] = append(guessed[v.Guess], v)
		}
		of := v.Truth
		if of == Unknown {
			of = v.Guess
		}
		if of == Unknown || v.Guess == Unknown {
			continue
		}
		if energy[of] == nil {
			energy[of] = new(meanShares)
		}
		energy[of].add(v.Energy)
	}
	list := make([]Class, 0, len(all))
	for i, c := range all {
		right, g, t := float64(c.Right), float64(c.Guessed), float64(c.True)
		c.Precision, c.Recall, c.F1 = right/g, right/t, 2*right/(g+t)
		var confidence mean
		for _, v := range guessed[i] {
			confidence.add(v.Confidence)
		}
		c.Confidence, c.ECE = confidence.value(), calibrate(guessed[i]).ECE
		c.WrongMap = e.maps.mean(e.maps.wrong[i])
		c.Energy = noShares()
		if s := energy[i]; s != nil {
			c.Energy, c.Maps = s.value(), s.border.count
		}
		list = append(list, *c)
	}
	slices.SortFunc(list, func(a, b Class) int { return cmp.Compare(a.Index, b.Index) })
	return list
}

// list fills the lists of pictures. Where two are alike, the earlier one comes first.
func (e *Evaluation) list(f *Figures) {
	pick := func(wanted func(Verdict) bool, key func(Verdict) float64) []int {
		var list []int
		for i, v := range e.verdicts {
			if wanted(v) && !math.IsNaN(key(v)) {
				list = append(list, i)
			}
		}
		slices.SortStableFunc(list, func(a, b int) int { return cmp.Compare(key(e.verdicts[a]), key(e.verdicts[b])) })
		return slices.Clone(list[:min(Listed, len(list))])
	}
	sure := func(v Verdict) float64 { return -v.Confidence }
	f.Certain = pick(Verdict.Judged, sure)
	f.CertainlyWrong = pick(func(v Verdict) bool { return v.Judged() && !v.Right }, sure)
	f.Uncertain = pick(func(Verdict) bool { return true }, func(v Verdict) float64 { return v.Margin })
}

// corner is the corner with the largest share.
func (s Shares) corner() (Corner, float64) {
	best := TopLeft
	for c, share := range s.Corners {
		if share > s.Corners[best] {
			best = Corner(c)
		}
	}
	return best, s.Corners[best]
}

// mean is the mean of the numbers added, without those that are none.
type mean struct {
	sum   float64
	count int
}

func (m *mean) add(v float64) {
	if !math.IsNaN(v) {
		m.sum += v
		m.count++
	}
}

// value is NaN without numbers.
func (m mean) value() float64 { return m.sum / float64(m.count) }

// meanShares is the mean of shares.
type meanShares struct {
	border  mean
	corners [4]mean
}

func (m *meanShares) add(s Shares) {
	m.border.add(s.Border)
	for i, c := range s.Corners {
		m.corners[i].add(c)
	}
}

func (m meanShares) value() Shares {
	s := Shares{Border: m.border.value()}
	for i, c := range m.corners {
		s.Corners[i] = c.value()
	}
	return s
}
