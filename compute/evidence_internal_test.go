package compute

import (
	"math"
	"testing"

	"gaze/models"
	"gaze/models/weights"
	"gaze/models/zoo"
)

// The target of a network of ReLUs is the sum of all evidence and of the biases
// of its linear layers, each times its derivative: FullGrad's completeness.
func TestEvidenceIsComplete(t *testing.T) {
	net, err := zoo.Build("resnet18", weights.Formula{Classes: 10})
	if err != nil {
		t.Fatal(err)
	}
	in := net.Input
	in.Height, in.Width, in.Fit = 64, 64, models.FitStretch
	if net, err = net.Resized(in); err != nil {
		t.Fatal(err)
	}
	e, err := Open(net, Options{Device: "cpu"})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	pass, err := e.Run(t.Context(), Request{Input: weights.FormulaTensor("input", 1, 3, 64, 64), Class: 3})
	if err != nil {
		t.Fatal(err)
	}
	evidence, err := (&probe{pass, 0}).Evidence(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	fc, _ := net.Layer("fc")
	sum := float64(floats(fc.Params["bias"])[3])
	for _, part := range evidence {
		for _, v := range part.Values {
			sum += float64(v)
		}
	}
	if want := float64(pass.Logits[3]); math.Abs(sum-want) > 1e-3*math.Abs(want) {
		t.Errorf("all evidence is %g, the logit %g", sum, want)
	}
	if len(evidence) != 21 {
		t.Errorf("evidence of %d layers, not of the picture and 20 batch normalisations", len(evidence))
	}
}
