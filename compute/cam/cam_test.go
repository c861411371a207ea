package cam_test

import (
	"math"
	"slices"
	"testing"

	"gaze/compute/cam"
)

// twoChannels is small enough to work every map out by hand.
var twoChannels = cam.Layer{
	Channels: 2, Height: 1, Width: 3,
	Activation: []float32{
		1, 2, 3,
		4, 0, -1,
	},
	Gradient: []float32{
		3, 0, 0,
		-1, -1, -4,
	},
}

func TestMapsByHand(t *testing.T) {
	rows := []struct {
		method string
		want   []float32
	}{
		// Channel weights: (3+0+0)/3 = 1 and (-1-1-4)/3 = -2.
		{"gradcam", []float32{1 - 8, 2, 3 + 2}},
		// Pixel by pixel: 3*1-1*4, 0*2-1*0, 0*3+4*1.
		{"hirescam", []float32{-1, 0, 4}},
	}
	for _, r := range rows {
		t.Run(r.method, func(t *testing.T) {
			m, err := cam.ByName(r.method)
			if err != nil {
				t.Fatal(err)
			}
			got, err := m.Apply(twoChannels)
			if err != nil {
				t.Fatal(err)
			}
			if got.Height != 1 || got.Width != 3 || !slices.Equal(got.Values, r.want) {
				t.Errorf("%s is %v, not %v", m.Title, got, r.want)
			}
		})
	}
}

func TestMethodsHaveNamesAndPapers(t *testing.T) {
	for _, m := range cam.Methods() {
		if m.Name == "" || m.Title == "" || m.Paper == "" {
			t.Errorf("%+v is not described", m)
		}
		for _, spelling := range []string{m.Name, m.Title} {
			if found, err := cam.ByName(spelling); err != nil || found.Name != m.Name {
				t.Errorf("ByName(%q) is %q, %v", spelling, found.Name, err)
			}
		}
	}
	if _, err := cam.ByName("grand-cam"); err == nil {
		t.Error("found a method that does not exist")
	}
}

func TestApplyRefusesALayerThatDoesNotAddUp(t *testing.T) {
	m := cam.Methods()[0]
	for _, l := range []cam.Layer{
		{},
		{Channels: 1, Height: 1, Width: 2, Activation: []float32{1, 2}, Gradient: []float32{1}},
		{Channels: 2, Height: 1, Width: 2, Activation: []float32{1, 2}, Gradient: []float32{1, 2}},
	} {
		if _, err := m.Apply(l); err == nil {
			t.Errorf("%+v was accepted", l)
		}
	}
}

func TestRangeAndEmpty(t *testing.T) {
	rows := []struct {
		values      []float32
		lo, hi, sum float64
		empty       bool
	}{
		{[]float32{-2, 0, 0.5}, -2, 0.5, -1.5, false},
		{[]float32{-1, -3}, -3, -1, -4, true},
		{[]float32{0, 0}, 0, 0, 0, true},
		{[]float32{float32(math.NaN()), -1}, math.NaN(), math.NaN(), math.NaN(), true},
	}
	same := func(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }
	for _, r := range rows {
		m := cam.Map{Height: 1, Width: len(r.values), Values: r.values}
		if lo, hi, sum := m.Range(); !same(lo, r.lo) || !same(hi, r.hi) || !same(sum, r.sum) {
			t.Errorf("range of %v is %v, %v, %v", r.values, lo, hi, sum)
		}
		if m.Empty() != r.empty {
			t.Errorf("empty of %v is %v", r.values, m.Empty())
		}
	}
}
