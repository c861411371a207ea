package cam_test

import (
	"math"
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

// twoComponents has the centred channels 0.6 p - 0.8 q and 0.8 p + 0.6 q with
// p = (10, -5, -5, 0) and q = (0, 5, -5, 0), which are orthogonal: p, the longer
// one, is the first principal component.
var twoComponents = []float32{
	13, 0, 8, 7,
	15, 6, 0, 7,
}

func TestMapsByHand(t *testing.T) {
	ones := []float32{1, 1, 1, 1, 1, 1, 1, 1}
	firstComponent := []float32{10, -5, -5, 0}
	rows := []struct {
		method string
		layer  cam.Layer
		want   []float32
	}{
		// Channel weights: (3+0+0)/3 = 1 and (-1-1-4)/3 = -2.
		{"gradcam", twoChannels, []float32{1 - 8, 2, 3 + 2}},
		// Pixel by pixel: 3*1-1*4, 0*2-1*0, 0*3+4*1.
		{"hirescam", twoChannels, []float32{-1, 0, 4}},
		// Only the gradient 3 is positive.
		{"layercam", twoChannels, []float32{3, 0, 0}},
		// 3*1 and -4*-1 are the positive products.
		{"gradcamelementwise", twoChannels, []float32{3, 0, 4}},
		// S = 6: q = 9/(2*9 + 6*27), w = 3q = 0.15. Nothing positive in the second.
		{"gradcam++", twoChannels, []float32{0.15, 0.3, 0.45}},
		// 3/6 and (-4+0+4)/3.
		{"xgradcam", twoChannels, []float32{0.5, 1, 1.5}},
		{"eigencam", cam.Layer{Channels: 2, Height: 2, Width: 2, Activation: twoComponents}, firstComponent},
		{"eigengradcam", cam.Layer{
			Channels: 2, Height: 2, Width: 2, Gradient: twoComponents,
			Activation: []float32{-1, -1, -1, -1, -1, -1, -1, -1},
		}, firstComponent},
		{"segeigencam", cam.Layer{
			Channels: 2, Height: 2, Width: 2, Activation: ones,
			Gradient: []float32{-13, 0, 8, 7, 15, -6, 0, -7},
		}, firstComponent},
		// Centred, both channels are (-1, 1), so the kernel is tanh(2/2 + 1) within
		// a pixel, tanh(-2/2 + 1) = 0 between the two. Its centred matrix has the
		// eigenvalue tanh 2.
		{"kpcacam", cam.Layer{Channels: 2, Height: 1, Width: 2, Activation: []float32{0, 2, 5, 7}}, []float32{-0.6942721, 0.6942721}},
		// 6 is beyond 1 + 2 sqrt(5) and one of six pixels; 3 is within 1.5 + 2*1.5.
		{"fem", cam.Layer{Channels: 2, Height: 1, Width: 6, Activation: []float32{
			0, 0, 0, 0, 0, 6,
			3, 0, 3, 0, 3, 0,
		}}, []float32{0, 0, 0, 0, 0, 1}},
		// 5 is 1 + 2*2, not beyond it.
		{"fem", cam.Layer{Channels: 1, Height: 1, Width: 5, Activation: []float32{0, 0, 5, 0, 0}}, make([]float32, 5)},
		// The activations let each pixel see one weight. The draw is part of what is
		// promised: figures of the baseline can be compared between versions.
		{"randomcam", cam.Layer{Channels: 3, Height: 1, Width: 3, Activation: []float32{1, 0, 0, 0, 1, 0, 0, 0, 1}}, []float32{0.5111193, -0.8231692, 0.025566734}},
	}
	covered := map[string]bool{}
	for _, r := range rows {
		covered[r.method] = true
		t.Run(r.method, func(t *testing.T) {
			got := apply(t, r.method, r.layer)
			if got.Height != r.layer.Height || got.Width != r.layer.Width || furthest(got.Values, r.want) > 1e-6 {
				t.Errorf("the map is %v, not %v", got, r.want)
			}
		})
	}
	for _, m := range cam.OneRun() {
		if !covered[m.Name] {
			t.Errorf("%s has no case", m.Title)
		}
	}
}

func apply(t *testing.T, method string, l cam.Layer) cam.Map {
	t.Helper()
	m, err := cam.ByName(method)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := m.Apply(t.Context(), l, nil)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// furthest is the largest distance between two values, NaN if one is.
func furthest(got, want []float32) float64 {
	if len(got) != len(want) {
		return math.Inf(1)
	}
	var d float64
	for i := range want {
		d = max(d, math.Abs(float64(got[i])-float64(want[i])))
	}
	return d
}

func TestApplyRefusesALayerThatDoesNotAddUp(t *testing.T) {
	m := cam.Methods()[0]
	for _, l := range []cam.Layer{
		{},
		{Channels: 1, Height: 1, Width: 2, Activation: []float32{1, 2}, Gradient: []float32{1}},
		{Channels: 2, Height: 1, Width: 2, Activation: []float32{1, 2}, Gradient: []float32{1, 2}},
	} {
		if _, err := m.Apply(t.Context(), l, nil); err == nil {
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
