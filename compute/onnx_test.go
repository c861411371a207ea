package compute_test

import (
	"testing"

	"gaze/compute"
	"gaze/compute/race"
	"gaze/models/weights"
)

// TestTrainedONNX runs published networks from ONNX files. Where the maps of
// targets in the middle of a network are noisy in float32 already, they may be
// further away.
func TestTrainedONNX(t *testing.T) {
	race.SkipNumbers(t)
	rows := []struct {
		name   string
		within []float64
	}{
		{"squeezenet1_1", []float64{tolerance, tolerance, tolerance}},
		{"mobilenet_v2", []float64{tolerance, switching, switching}},
		{"googlenet", []float64{tolerance, tolerance, switching}},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			net := openTrained(t, r.name+".onnx")
			reference := readTrained(t, r.name)
			var layers []string
			for _, target := range reference.Targets {
				layers = append(layers, target.Value)
			}
			if net.DefaultLayer() != layers[0] {
				t.Errorf("the layer explained by default is %s, not %s", net.DefaultLayer(), layers[0])
			}
			if net.Label(0) != "tench" || net.Source == "" {
				t.Errorf("class 0 is %q, source %q", net.Label(0), net.Source)
			}
			againstTrained(t, net, reference, layers, r.within)
		})
	}
}

// TestONNXIsSafetensors compares one network from two kinds of file.
func TestONNXIsSafetensors(t *testing.T) {
	one, other := openTrained(t, "squeezenet1_1.onnx"), openTrained(t, "squeezenet1_1.safetensors")
	if !one.Input.Equal(other.Input) || one.Parameters() != other.Parameters() {
		t.Errorf("inputs %+v and %+v, %d and %d parameters", one.Input, other.Input, one.Parameters(), other.Parameters())
	}
	input := weights.FormulaTensor("input", 1, 3, one.Input.Height, one.Input.Width)
	req := request{Input: input, Class: compute.TopClass}
	a, err := run(t.Context(), open(t, one), req)
	if err != nil {
		t.Fatal(err)
	}
	b, err := run(t.Context(), open(t, other), req)
	if err != nil {
		t.Fatal(err)
	}
	if d := furthest(a.Logits, b.Logits); d != 0 {
		t.Errorf("the logits differ by %g", d)
	}
}
