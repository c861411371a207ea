package compute_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"gorgonia.org/tensor"

	"gaze/models"
	"gaze/models/weights"
	"gaze/models/zoo"
)

func TestLogitsAreThoseOfARun(t *testing.T) {
	net, err := zoo.Build("squeezenet1_1", weights.Formula{Classes: 10})
	if err != nil {
		t.Fatal(err)
	}
	small := net.Input
	small.Height, small.Width = 64, 64
	if net, err = net.Resized(small); err != nil {
		t.Fatal(err)
	}
	engine := open(t, net)
	var inputs []*tensor.Dense
	var pictures, want [][]float32
	for _, name := range []string{models.InputName, "second", "third"} {
		x := weights.FormulaTensor(name, 1, 3, 64, 64)
		pass, err := run(t.Context(), engine, request{Input: x, Class: 3})
		if err != nil {
			t.Fatal(err)
		}
		inputs, pictures, want = append(inputs, x), append(pictures, x.Data().([]float32)), append(want, pass.Logits)
	}
	got, err := logits(t.Context(), engine, inputs)
	if err != nil {
		t.Fatal(err)
	}
	scored, err := engine.Scorer(2).Scores(t.Context(), pictures)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 3 || len(scored) != 3 {
		t.Fatalf("%d and %d results", len(got), len(scored))
	}
	for i := range want {
		near(t, "logits", got[i], want[i])
		near(t, "scores", scored[i], want[i])
	}
	if slices.Equal(got[0], got[1]) {
		t.Error("two pictures have the same logits")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := logits(ctx, engine, inputs); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if _, err := logits(t.Context(), engine, nil); err == nil {
		t.Error("no pictures have logits")
	}
}
