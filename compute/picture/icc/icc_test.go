package icc

import (
	"encoding/binary"
	"math"
	"testing"
)

// curves by hand: half of full.
func TestCurves(t *testing.T) {
	para := func(kind uint16, values ...float64) []byte {
		b := binary.BigEndian.AppendUint16([]byte("para\x00\x00\x00\x00"), kind)
		b = append(b, 0, 0)
		for _, v := range values {
			b = binary.BigEndian.AppendUint32(b, uint32(int32(math.Round(v*65536))))
		}
		return b
	}
	curv := func(values ...uint16) []byte {
		b := binary.BigEndian.AppendUint32([]byte("curv\x00\x00\x00\x00"), uint32(len(values)))
		for _, v := range values {
			b = binary.BigEndian.AppendUint16(b, v)
		}
		return b
	}
	for name, row := range map[string]struct {
		tag     []byte
		x, want float64
	}{
		"none":          {curv(), 0.5, 0.5},
		"gamma":         {curv(0x0200), 0.5, 0.25},
		"table":         {curv(0, 0, 0x8000), 0.75, 0x4000 / 65535.0},
		"power":         {para(0, 2), 0.5, 0.25},
		"offset":        {para(1, 2, 2, -0.5), 0.5, 0.25},
		"offset, below": {para(1, 2, 2, -0.5), 0.2, 0},
		"base":          {para(2, 2, 2, -0.5, 0.125), 0.5, 0.375},
		"base, below":   {para(2, 2, 2, -0.5, 0.125), 0.2, 0.125},
		"line":          {para(3, 2, 1, 0, 0.25, 0.5), 0.25, 0.0625},
		"both":          {para(4, 2, 1, 0, 0.25, 0.125, 0.5, 0.25), 0.5, 0.75},
	} {
		c, err := readCurve(row.tag)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if got := c.at(row.x); math.Abs(got-row.want) > 1e-4 {
			t.Errorf("%s: %g becomes %g, want %g", name, row.x, got, row.want)
		}
	}
	for name, tag := range map[string][]byte{"empty": nil, "cut": curv(1, 2, 3)[:14], "unknown": para(9, 1), "few": para(3, 1), "other": []byte("abcd00000000")} {
		if _, err := readCurve(tag); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// CIE L* of 50 is a luminance of 0.184.
func TestLightness(t *testing.T) {
	l := lightness{parametric{g: 1, a: 1}}
	if got := l.at(0.5); math.Abs(got-0.18419) > 1e-4 {
		t.Errorf("L* 50 is %g", got)
	}
}
