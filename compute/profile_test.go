package compute_test

import (
	"context"
	"errors"
	"testing"

	"gaze/compute/engine"
	"gaze/models"
	"gaze/models/weights"
	"gaze/models/zoo"
)

// TestProfileHasARowForEveryConvolution: each has its own name, although most
// are fused with what follows, and as many multiply-adds as the network's
// summary says; and so has each that the gradient passes.
func TestProfileHasARowForEveryConvolution(t *testing.T) {
	for _, c := range []struct {
		network, layer string
		// back are convolutions and linear layers behind the layer.
		back []string
	}{
		{"squeezenet1_1", "features.12", []string{"classifier.1"}},
		{"everyday", "layer4.0", []string{"layer4.1.conv1", "layer4.1.conv2", "fc"}},
	} {
		t.Run(c.network, func(t *testing.T) {
			net, err := zoo.Build(c.network, weights.Formula{Classes: 10})
			if err != nil {
				t.Fatal(err)
			}
			input := weights.FormulaTensor("input", 1, 3, net.Input.Height, net.Input.Width)
			rows, err := profile(t.Context(), open(t, net), request{Input: input, Layers: []string{c.layer}, Class: 3})
			if err != nil {
				t.Fatal(err)
			}
			type key struct {
				layer     string
				direction engine.Direction
			}
			macs := make(map[key]int64)
			for _, r := range rows {
				if r.Layer != "" && r.MACs > 0 {
					macs[key{r.Layer, r.Direction}] += r.MACs
				}
				if _, known := net.Layer(r.Layer); !known {
					t.Errorf("%+v belongs to no layer of the network", r)
				}
				if r.Seconds < 0 {
					t.Errorf("%+v takes less than nothing", r)
				}
			}
			want := make(map[key]int64)
			for _, s := range net.Summary() {
				if s.Kind == models.Conv || s.Kind == models.Linear {
					want[key{s.Name, engine.Forward}] = s.MACs
				}
				for _, name := range c.back {
					if s.Name == name {
						want[key{name, engine.Backward}] = s.MACs
					}
				}
			}
			if len(macs) != len(want) {
				t.Errorf("%d layers with multiply-adds, want %d: %v", len(macs), len(want), macs)
			}
			for k, n := range want {
				if macs[k] != n {
					t.Errorf("%v: %d multiply-adds, want %d", k, macs[k], n)
				}
			}
		})
	}
}

func TestProfileLeavesTheEngineAsItWas(t *testing.T) {
	x := open(t, tiny(t))
	req := request{Input: redAndGreen(), Class: 1}
	before, err := run(t.Context(), x, req)
	if err != nil {
		t.Fatal(err)
	}
	other := redAndGreen()
	if _, err := profile(t.Context(), x, request{Input: other, Class: 0}); err != nil {
		t.Fatal(err)
	}
	after, err := run(t.Context(), x, req)
	if err != nil {
		t.Fatal(err)
	}
	if before.Class != after.Class {
		t.Errorf("class %+v before, %+v after", before.Class, after.Class)
	}
}

func TestProfileRefusesWhatRunRefuses(t *testing.T) {
	x := open(t, tiny(t))
	if _, err := profile(t.Context(), x, request{Input: redAndGreen(), Layers: []string{"fc"}}); err == nil {
		t.Error("a layer without an extent in space is no error")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := profile(ctx, x, request{Input: redAndGreen()}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := profile(t.Context(), x, request{Input: redAndGreen()}); err == nil {
		t.Error("a closed engine is no error")
	}
}

func TestPeak(t *testing.T) {
	if flops, err := engine.Peak(t.Context(), engine.Options{Threads: 1}); err != nil || !(flops > 0) {
		t.Errorf("%v, %v", flops, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := engine.Peak(ctx, engine.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if _, err := engine.Peak(t.Context(), engine.Options{Device: "abacus"}); err == nil {
		t.Error("an unknown device is no error")
	}
}
