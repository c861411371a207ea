//go:build gpu && cgo && linux

package cuda_test

import (
	"math"
	"testing"

	"gaze/compute"
	"gaze/compute/cam"
	"gaze/compute/engine/cuda/fakegpu"
	"gaze/models"
	"gaze/models/weights"
	"gaze/models/zoo"
)

// Maps that are made of attention, and of what follows a layer, are the CPU's.
func TestMapsOfAttentionOnTheGPU(t *testing.T) {
	fakegpu.Use(t)
	net, err := zoo.Build("deit_tiny_distilled_patch16_224", weights.Formula{Classes: 20})
	if err != nil {
		t.Fatal(err)
	}
	if net, err = net.Resized(models.ImageNetInput(48, 48)); err != nil {
		t.Fatal(err)
	}
	r := compute.Recipe{Layers: []string{"blocks.10"}, Class: 3}
	for _, m := range cam.Methods() {
		if m.NeedsTokens || m.Cost == cam.CostPixels {
			r.Methods = append(r.Methods, m)
		}
	}
	input := weights.FormulaTensor("input", 1, 3, 48, 48)
	on := func(device string) []compute.Outcome {
		x, err := compute.Open(net, compute.Options{Device: device})
		if err != nil {
			t.Fatal(err)
		}
		defer x.Close()
		answers, err := x.Explain(t.Context(), r, &compute.Subject{Input: input})
		if err != nil {
			t.Fatal(err)
		}
		if name := x.Device().Name; name != device {
			t.Fatalf("computed on %s, not on %s: %s", name, device, x.Device().Reason)
		}
		return answers[0].Outcomes
	}
	got, want := on("cuda"), on("cpu")
	for i, w := range want {
		if w.Err != nil || got[i].Err != nil {
			t.Fatal(w.Err, got[i].Err)
		}
		var most, off float64
		for k, v := range w.Explanation.Map.Values {
			most = max(most, math.Abs(float64(v)))
			off = max(off, math.Abs(float64(v-got[i].Explanation.Map.Values[k])))
		}
		if !(off <= 1e-3*most) || most == 0 {
			t.Errorf("%s: %g off, with %g the largest value", w.Method.Title, off, most)
		}
	}
}
