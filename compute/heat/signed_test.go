package heat_test

import (
	"image"
	"math"
	"slices"
	"testing"

	"gaze/compute/cam"
	"gaze/compute/heat"
)

func TestNormalizeSigned(t *testing.T) {
	inf := float32(math.Inf(1))
	for _, r := range []struct {
		values, want []float32
		invalid      int
	}{
		{[]float32{-2, 0, 1}, []float32{-1, 0, 0.5}, 0},
		{[]float32{0, 1, 4}, []float32{0, 0.25, 1}, 0},
		{[]float32{0, 0, 0}, []float32{0, 0, 0}, 0},
		{[]float32{inf, -3, 0}, []float32{0, -1, 0}, 1},
	} {
		got, invalid := heat.NormalizeSigned(cam.Map{Height: 1, Width: 3, Values: r.values})
		if !slices.Equal(got.Values, r.want) || invalid != r.invalid {
			t.Errorf("%v becomes %v, %d invalid; not %v, %d", r.values, got.Values, invalid, r.want, r.invalid)
		}
	}
}

// Zero has the middle colour, the value furthest from it an end's, and a map of
// negative values alone is shown.
func TestDivergingColoursStandForSigns(t *testing.T) {
	c := heat.Signed()
	for _, r := range []struct {
		values      []float32
		least, most float64
		at          [3]float64
	}{
		{[]float32{-2, 0, 1}, -2, 2, [3]float64{0, 0.5, 0.75}},
		{[]float32{-4, -1, 0}, -4, 4, [3]float64{0, 0.375, 0.5}},
	} {
		m := cam.Map{Height: 1, Width: 3, Values: r.values}
		if least, most := c.Limits(m); least != r.least || most != r.most || !c.Shows(m) {
			t.Errorf("%v: the ends stand for %g and %g", r.values, least, most)
		}
		bounds := image.Rect(0, 0, 3, 1)
		got := heat.Overlay(bounds, bounds, m, c)
		for x, v := range r.at {
			if want := c.At(v); got.NRGBAAt(x, 0) != want {
				t.Errorf("%v: pixel %d is %v, not %v", r.values, x, got.NRGBAAt(x, 0), want)
			}
		}
	}
	if c.Shows(cam.Map{Height: 1, Width: 2, Values: []float32{0, 0}}) {
		t.Error("a map of zeros is shown")
	}
	blue, red := c.At(0), c.At(1)
	if blue.B < blue.R || red.R < red.B {
		t.Errorf("against is %v, for is %v", blue, red)
	}
}
