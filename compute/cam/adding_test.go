package cam

import (
	"slices"
	"testing"
)

// What docs/adding.md quotes in "A class activation method".
//
//quote:method

// In a file of its own, peakcam.go:

// Peak-CAM: the map is Σ_c w_c A_c with w_c the largest value of G_c: a channel
// weighs as much as it matters at the pixel where it matters most.
var peakCAM = Method{
	Name: "peakcam", Title: "Peak-CAM",
	Paper:         "no paper; the example of docs/adding.md",
	NeedsGradient: true,
	Cost:          CostSums,
	weights:       eachChannel(func(_, g []float32) float64 { return float64(slices.Max(g)) }),
}

//quote:end

// The test of the method, which docs/adding.md quotes as well.
//
//quote:method-test
func TestPeakCAM(t *testing.T) {
	// Two channels of three pixels.
	layer := Layer{
		Channels: 2, Height: 1, Width: 3,
		Activation: []float32{1, 2, 3 /**/, 4, 0, -1},
		Gradient:   []float32{3, 0, 0 /**/, -1, -1, -4},
	}
	raw, err := peakCAM.Apply(t.Context(), layer, nil)
	if err != nil {
		t.Fatal(err)
	}
	// The weights are 3 and -1.
	if want := []float32{3*1 - 4, 3*2 - 0, 3*3 + 1}; !slices.Equal(raw.Values, want) {
		t.Errorf("the map is %v, not %v", raw.Values, want)
	}
}

//quote:end
