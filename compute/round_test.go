package compute_test

import (
	"testing"

	"gaze/compute"
	"gaze/models"
	"gaze/models/weights"
)

// TestMapsOfRoundedLayers has layers that round, to steps that the network states and
// to steps of each picture's own: Grad-CAM by the device is that of a pass, for two
// pictures at once, which do not choose each other's steps.
func TestMapsOfRoundedLayers(t *testing.T) {
	grid := models.Attr{Alpha: 0.03125, Beta: 16, Min: 0, Max: 255}
	net := newSketch(t, 8, 6).add("given", models.Round, models.Attr{Alpha: 0.0625, Beta: 128, Min: 0, Max: 255}, nil).
		conv("x", 3, 6, 3, 1, 1).add("round", models.Round, grid, nil).conv("y", 6, 4, 3, 1, 1).add("own", models.RoundOwn, models.Attr{}, nil).
		do("gap", models.GlobalAvgPool).do("flat", models.Flatten).linear("fc", 4, 3).net
	e, err := compute.Open(net, compute.Options{Device: "cpu"})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	first := weights.FormulaTensor("input", 1, 3, net.Input.Height, net.Input.Width)
	second := weights.FormulaTensor("another", first.Shape()...)
	layers := []string{"given", "x", "round", "y", "own"}
	reqs := []request{{Input: first, Layers: layers, Class: 2}, {Input: second, Class: compute.TopClass}}
	const within = 1e-5
	alike(t, e, reqs, "gradcam", within)
	alike(t, e, reqs, "hirescam", 0)
	// A picture alone has the numbers that it has beside another.
	for _, r := range reqs {
		r.Layers = layers
		alone, err := run(t.Context(), e, r)
		if err != nil {
			t.Fatal(err)
		}
		both, err := runBatch(t.Context(), e, []request{{Input: first, Layers: layers, Class: r.Class}, {Input: second, Layers: layers, Class: r.Class}})
		if err != nil {
			t.Fatal(err)
		}
		at := 0
		if r.Input == second {
			at = 1
		}
		if d := furthest(alone.Logits, both[at].Logits); d != 0 {
			t.Errorf("picture %d: the logits differ by %g", at, d)
		}
	}
}
