package icc

import (
	"encoding/binary"
	"math"
)

// curve leads from a device's value to a linear one, both from 0 to 1.
type curve interface{ at(x float64) float64 }

// sampled is a curve of values between which lines are drawn.
type sampled []uint16

func (s sampled) at(x float64) float64 {
	at := min(max(x, 0), 1) * float64(len(s)-1)
	i := min(int(at), len(s)-2)
	a, b := float64(s[i]), float64(s[i+1])
	return (a + (at-float64(i))*(b-a)) / math.MaxUint16
}

// parametric is y = (a x + b)^g + e from x = d on, and y = c x + f below.
type parametric struct{ g, a, b, c, d, e, f float64 }

func (p parametric) at(x float64) float64 {
	if x < p.d {
		return p.c*x + p.f
	}
	return math.Pow(max(p.a*x+p.b, 0), p.g) + p.e
}

// lightness is the luminance of a curve to CIE L*, from 0 to 1.
type lightness struct{ curve }

func (l lightness) at(x float64) float64 {
	y := l.curve.at(x) * 100
	if y <= 8 {
		return y * 27 / 24389
	}
	return math.Pow((y+16)/116, 3)
}

// readCurve reads a tone reproduction curve (ICC.1:2022, 10.6 and 10.18).
func readCurve(tag []byte) (curve, error) {
	if len(tag) < 12 {
		return nil, errDamaged
	}
	switch string(tag[:4]) {
	case "curv":
		n := uint64(binary.BigEndian.Uint32(tag[8:]))
		values := tag[12:]
		if 2*n > uint64(len(values)) {
			return nil, errDamaged
		}
		switch n {
		case 0:
			return parametric{g: 1, a: 1}, nil
		case 1:
			return parametric{g: float64(binary.BigEndian.Uint16(values)) / 256, a: 1}, nil
		}
		s := make(sampled, n)
		for i := range s {
			s[i] = binary.BigEndian.Uint16(values[2*i:])
		}
		return s, nil
	case "para":
		kind := int(binary.BigEndian.Uint16(tag[8:]))
		counts := []int{1, 3, 4, 5, 7}
		if kind >= len(counts) {
			return nil, &UnsupportedError{Kind: "a curve of an unknown kind"}
		}
		if len(tag) < 12+4*counts[kind] {
			return nil, errDamaged
		}
		var v [7]float64
		for i := range counts[kind] {
			v[i] = fixed(tag[12+4*i:])
		}
		p := parametric{g: v[0], a: 1}
		switch kind {
		case 1, 2:
			// Below -b/a the curve is c, which is 0 for the first of them.
			p.a, p.b, p.e, p.f = v[1], v[2], v[3], v[3]
			if p.d = math.Inf(-1); p.a > 0 {
				p.d = -p.b / p.a
			}
		case 3, 4:
			p.a, p.b, p.c, p.d, p.e, p.f = v[1], v[2], v[3], v[4], v[5], v[6]
		}
		return p, nil
	}
	return nil, errDamaged
}
