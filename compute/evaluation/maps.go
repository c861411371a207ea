package evaluation

import (
	"math"

	"gaze/compute/cam"
)

// Corner is a corner of what the network sees.
type Corner int

// The corners, in the order of [Shares.Corners].
const (
	TopLeft Corner = iota
	TopRight
	BottomLeft
	BottomRight
)

// Shares say where the energy of a map lies, which is the sum of its values above
// zero. All are 0..1, and NaN for a map without energy.
type Shares struct {
	// Border is the share of the outer eighth on each side. Of a map that is the same
	// everywhere it is 0.4375.
	Border float64
	// Corners are the shares of the four squares with a quarter of the width and the
	// height. Of a map that is the same everywhere each is 0.0625. A watermark or a
	// logo that the network looks at makes one of them large.
	Corners [4]float64
}

// The width of the border and the side of a corner, of the map's.
const (
	borderWidth = 1.0 / 8
	cornerSide  = 1.0 / 4
)

// positiveMap is a map's values above zero, the largest scaled to 1. Without any it
// has no values.
type positiveMap struct {
	height, width int
	values        []float64
}

// Empty reports whether the map has no energy.
func (m positiveMap) Empty() bool { return len(m.values) == 0 }

// positive scales a raw map. What is no number counts as zero, and a map whose values
// do not fill its sides is empty.
func positive(m cam.Map) positiveMap {
	if m.Height < 1 || m.Width < 1 || len(m.Values)/m.Height != m.Width || len(m.Values)%m.Height != 0 {
		return positiveMap{}
	}
	var largest float64
	for _, v := range m.Values {
		if f := float64(v); !math.IsInf(f, 0) {
			largest = max(largest, positivePart(f))
		}
	}
	if largest == 0 {
		return positiveMap{}
	}
	values := make([]float64, len(m.Values))
	for i, v := range m.Values {
		if f := float64(v); !math.IsInf(f, 0) {
			values[i] = positivePart(f) / largest
		}
	}
	return positiveMap{m.Height, m.Width, values}
}

// positivePart is v above zero, else 0, also where v is no number.
func positivePart(v float64) float64 {
	if v > 0 {
		return v
	}
	return 0
}

// noShares are the shares of no map.
func noShares() Shares {
	nan := math.NaN()
	return Shares{nan, [4]float64{nan, nan, nan, nan}}
}

// sharesOf measures a map with energy. A value spreads evenly over its place.
func sharesOf(m positiveMap) Shares {
	inner := func(i, n int) float64 { return overlap(i, n, borderWidth, 1-borderWidth) }
	low := func(i, n int) float64 { return overlap(i, n, 0, cornerSide) }
	high := func(i, n int) float64 { return overlap(i, n, 1-cornerSide, 1) }
	var all, inside float64
	var corners [4]float64
	for y := range m.height {
		for x := range m.width {
			v := m.values[y*m.width+x]
			all += v
			inside += v * inner(y, m.height) * inner(x, m.width)
			corners[TopLeft] += v * low(y, m.height) * low(x, m.width)
			corners[TopRight] += v * low(y, m.height) * high(x, m.width)
			corners[BottomLeft] += v * high(y, m.height) * low(x, m.width)
			corners[BottomRight] += v * high(y, m.height) * high(x, m.width)
		}
	}
	for i := range corners {
		corners[i] /= all
	}
	return Shares{Border: 1 - inside/all, Corners: corners}
}

// overlap is how much of place i of n lies between two fractions of the whole, 0..1.
func overlap(i, n int, from, to float64) float64 {
	lo, hi := max(float64(i), from*float64(n)), min(float64(i+1), to*float64(n))
	return max(0, hi-lo)
}

// shrunk averages a map down to at most side values a side. A smaller one stays.
func shrunk(m positiveMap, side int) positiveMap {
	h, w := min(m.height, side), min(m.width, side)
	if h == m.height && w == m.width {
		return m
	}
	out := positiveMap{h, w, make([]float64, h*w)}
	for y := range m.height {
		for x := range m.width {
			// A value may reach into several of the larger places.
			y0, y1 := y*h/m.height, (((y+1)*h - 1) / m.height)
			x0, x1 := x*w/m.width, (((x+1)*w - 1) / m.width)
			for oy := y0; oy <= y1; oy++ {
				for ox := x0; ox <= x1; ox++ {
					share := overlap(y, m.height, float64(oy)/float64(h), float64(oy+1)/float64(h)) *
						overlap(x, m.width, float64(ox)/float64(w), float64(ox+1)/float64(w))
					out.values[oy*w+ox] += m.values[y*m.width+x] * share
				}
			}
		}
	}
	area := float64(m.height) / float64(h) * float64(m.width) / float64(w)
	for i := range out.values {
		out.values[i] /= area
	}
	return out
}
