package heat

import (
	"math"

	"gaze/compute/cam"
)

// Normalize scales a raw map to 0..1 by v -> max(v, 0) / max(map). A map without a
// positive value becomes all zero.
//
// NaN and infinite values, which a broken network can produce, count as zero;
// invalid is how many there were. A map whose Values do not fill its Height
// and Width becomes the zero Map.
func Normalize(m cam.Map) (norm cam.Map, invalid int) {
	if m.Height < 1 || m.Width < 1 || len(m.Values) != m.Height*m.Width {
		return cam.Map{}, 0
	}
	norm = cam.Map{Height: m.Height, Width: m.Width, Values: make([]float32, len(m.Values))}
	var largest float32
	for i, v := range m.Values {
		if !finite(v) {
			invalid++
			continue
		}
		norm.Values[i] = max(v, 0)
		largest = max(largest, v)
	}
	if largest == 0 {
		return norm, invalid
	}
	for i, v := range norm.Values {
		norm.Values[i] = v / largest
	}
	return norm, invalid
}

// NormalizeSigned scales a raw map to -1..1 by v -> v / max|map|, so that zero
// stays zero. A map of zeros does not change.
//
// NaN and infinite values count as zero; invalid is how many there were. A map
// whose Values do not fill its Height and Width becomes the zero Map.
func NormalizeSigned(m cam.Map) (norm cam.Map, invalid int) {
	if m.Height < 1 || m.Width < 1 || len(m.Values) != m.Height*m.Width {
		return cam.Map{}, 0
	}
	norm = cam.Map{Height: m.Height, Width: m.Width, Values: make([]float32, len(m.Values))}
	var furthest float32
	for i, v := range m.Values {
		if !finite(v) {
			invalid++
			continue
		}
		norm.Values[i] = v
		furthest = max(furthest, v, -v)
	}
	if furthest == 0 {
		return norm, invalid
	}
	for i, v := range norm.Values {
		norm.Values[i] = v / furthest
	}
	return norm, invalid
}

// finiteRange returns the smallest and the largest value of the map, leaving
// out NaN and infinities; both are 0 where nothing remains.
func finiteRange(m cam.Map) (lo, hi float64) {
	first := true
	for _, v := range m.Values {
		if !finite(v) {
			continue
		}
		if first {
			lo, hi, first = float64(v), float64(v), false
		}
		lo, hi = min(lo, float64(v)), max(hi, float64(v))
	}
	return lo, hi
}

func finite(v float32) bool { return !math.IsNaN(float64(v)) && !math.IsInf(float64(v), 0) }
