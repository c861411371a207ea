//go:build gpu && cgo && linux

package cuda_test

import (
	"testing"

	"gorgonia.org/tensor"

	"gaze/compute"
	"gaze/compute/cam"
	"gaze/compute/engine/cuda/fakegpu"
	"gaze/models"
	"gaze/models/weights"
)

// grayWithHead is a network of one channel and one sigmoid, with a batch normalisation
// between two linear layers.
func grayWithHead(t *testing.T) *models.Network {
	t.Helper()
	in := models.Input{Height: 16, Width: 16, Resize: 16, Fit: models.FitStretch, Channels: models.Gray, Scale: 1, Mean: []float32{0}, Std: []float32{1}}
	net := &models.Network{Name: "grey", Input: in, Output: models.Output{Activation: models.ActivationSigmoid}}
	before := models.InputName
	add := func(name string, kind models.Kind, a models.Attr, shapes map[string][]int) {
		l := models.Layer{Name: name, Kind: kind, Attr: a, Inputs: []string{before}, Params: make(map[string]*tensor.Dense)}
		for key, shape := range shapes {
			l.Params[key] = weights.FormulaTensor(name+"."+key, shape...)
		}
		if err := net.Append(l); err != nil {
			t.Fatal(err)
		}
		before = name
	}
	norm := func(n int) map[string][]int {
		return map[string][]int{"weight": {n}, "bias": {n}, "running_mean": {n}, "running_var": {n}}
	}
	conv := models.Attr{Kernel: [2]int{3, 3}, Stride: [2]int{2, 2}, Dilation: [2]int{1, 1}, Pad: [4]int{1, 1, 1, 1}, Groups: 1}
	add("conv", models.Conv, conv, map[string][]int{"weight": {4, 1, 3, 3}, "bias": {4}})
	add("bn", models.BatchNorm, models.Attr{Epsilon: 1e-5}, norm(4))
	add("relu", models.ReLU, models.Attr{}, nil)
	add("flatten", models.Flatten, models.Attr{}, nil)
	add("fc1", models.Linear, models.Attr{}, map[string][]int{"weight": {8, 256}, "bias": {8}})
	add("bn1", models.BatchNorm, models.Attr{Epsilon: 1e-5}, norm(8))
	add("relu1", models.ReLU, models.Attr{}, nil)
	add("fc2", models.Linear, models.Attr{}, map[string][]int{"weight": {1, 8}, "bias": {1}})
	return net
}

// A GPU explains both classes of a network of one channel and one output as the CPU does.
func TestOneChannelAndOneOutputOnTheGPU(t *testing.T) {
	fakegpu.Use(t)
	shapley, err := cam.ByName("shapleycam")
	if err != nil {
		t.Fatal(err)
	}
	for class := range 2 {
		var maps [2][]compute.Outcome
		for i, device := range []string{"cpu", "cuda"} {
			e, err := compute.Open(grayWithHead(t), compute.Options{Device: device})
			if err != nil {
				t.Fatal(err)
			}
			defer e.Close()
			answers, err := e.Explain(t.Context(), compute.Recipe{Layers: []string{"relu"}, Methods: []cam.Method{cam.GradCAM(), shapley}, Class: class}, &compute.Subject{Input: weights.FormulaTensor("input", 1, 1, 16, 16)})
			if err != nil {
				t.Fatal(err)
			}
			if maps[i] = answers[0].Outcomes; e.Device().Name != device {
				t.Errorf("%s became %+v", device, e.Device())
			}
		}
		for i, want := range maps[0] {
			got := maps[1][i]
			if want.Err != nil || got.Err != nil {
				t.Fatal(want.Err, got.Err)
			}
			near(t, "map by "+want.Method.Title, got.Explanation.Map.Values, want.Explanation.Map.Values)
		}
	}
}
