package engine_test

import (
	"strings"
	"testing"

	"gaze/compute/engine"
	"gaze/models/weights"
	"gaze/models/zoo"
)

func TestRunRefusesLayersWithoutAMap(t *testing.T) {
	net, err := zoo.Build("squeezenet1_1", weights.Formula{Classes: 3})
	if err != nil {
		t.Fatal(err)
	}
	e, err := engine.Open(net, engine.Options{Device: "cpu"})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	req := engine.Request{Input: weights.FormulaTensor("input", 1, 3, net.Input.Height, net.Input.Width)}
	for _, r := range []struct {
		layers []string
		says   string
	}{
		{nil, "no layer to explain"},
		{[]string{"conv9"}, `no layer is called "conv9"`},
		{[]string{net.Logits().Name}, "has no spatial extent"},
	} {
		if _, err := e.Run(t.Context(), r.layers, req); err == nil || !strings.Contains(err.Error(), r.says) || !strings.Contains(err.Error(), "squeezenet1_1") {
			t.Errorf("layers %v: %v, not %q", r.layers, err, r.says)
		}
		if _, err := e.MeanMaps(t.Context(), r.layers, req); err == nil || !strings.Contains(err.Error(), r.says) {
			t.Errorf("maps of layers %v: %v, not %q", r.layers, err, r.says)
		}
	}
	if _, err := e.Run(t.Context(), []string{net.DefaultLayer()}); err == nil || !strings.Contains(err.Error(), "no picture") {
		t.Errorf("without a picture: %v", err)
	}
}
