package compute_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"gaze/compute"
	"gaze/models"
)

func TestTargetsByHand(t *testing.T) {
	logits := []float32{0, float32(math.Log(2)), float32(math.Log(5))} // probabilities 1/8, 2/8, 5/8
	label := func(i int) string { return []string{"cat", "dog", "mug"}[i] }
	for _, r := range []struct {
		target compute.Target
		value  float64
		seed   []float32
		name   string
	}{
		{compute.Target{}, math.Log(2), []float32{0, 1, 0}, "dog"},
		{compute.Target{Kind: compute.TargetLogit}, math.Log(2), []float32{0, 1, 0}, "dog"},
		{compute.Target{Kind: compute.TargetSum, Others: []int{0, 2}}, math.Log(10), []float32{1, 1, 1}, "dog + cat + mug"},
		{compute.Target{Kind: compute.TargetContrast, Others: []int{0}}, math.Log(2), []float32{-1, 1, 0}, "dog − cat"},
		{compute.Target{Kind: compute.TargetContrast}, math.Log(0.4), []float32{0, 1, -1}, "dog"},
		{compute.Target{Kind: compute.TargetProbability}, 0.25, []float32{-1. / 32, 3. / 16, -5. / 32}, "p(dog)"},
		{compute.Target{Kind: compute.TargetReST}, math.Log(2) + math.Log(0.25), []float32{-1. / 8, 1.75, -5. / 8}, "dog + log p"},
	} {
		if got := r.target.Value(models.Output{}, logits, 1); math.Abs(got-r.value) > 1e-6 {
			t.Errorf("%+v is %g, not %g", r.target, got, r.value)
		}
		if got := r.target.Seed(models.Output{}, logits, 1); !slices.EqualFunc(got, r.seed, func(a, b float32) bool { return math.Abs(float64(a-b)) < 1e-6 }) {
			t.Errorf("the derivative of %+v is %v, not %v", r.target, got, r.seed)
		}
		if got := r.target.Name(label, 1); got != r.name {
			t.Errorf("%+v is called %q, not %q", r.target, got, r.name)
		}
	}
}

// The derivatives are those of the values.
func TestTargetSeedsAreDerivatives(t *testing.T) {
	logits := []float32{0.3, -1.2, 2.1, 0.9}
	for _, kind := range compute.TargetKinds() {
		target := compute.Target{Kind: kind}
		if kind == compute.TargetSum || kind == compute.TargetContrast {
			target.Others = []int{3}
		}
		for j, want := range target.Seed(models.Output{}, logits, 0) {
			const step = 1.0 / 64
			above, below := slices.Clone(logits), slices.Clone(logits)
			above[j] += step
			below[j] -= step
			got := (target.Value(models.Output{}, above, 0) - target.Value(models.Output{}, below, 0)) / (2 * step)
			if math.Abs(got-float64(want)) > 1e-4 {
				t.Errorf("%s by logit %d: %g, but the difference quotient is %g", kind, j, want, got)
			}
		}
	}
}

func TestTargetsAreChecked(t *testing.T) {
	e, err := compute.Open(tiny(t), compute.Options{Device: "cpu"})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	for says, target := range map[string]compute.Target{
		`"hope"`:                       {Kind: "hope"},
		"class 3":                      {Kind: compute.TargetSum, Others: []int{3}},
		"to one class, not to 2":       {Kind: compute.TargetContrast, Others: []int{1, 2}},
		"has red twice":                {Kind: compute.TargetContrast, Others: []int{0}},
		"target logit is of one class": {Others: []int{1}},
	} {
		if _, err := run(t.Context(), e, request{Input: redAndGreen(), Target: target}); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%+v: %v does not say %q", target, err, says)
		}
	}
}

// Another target of the same picture takes no other way forward.
func TestTargetsShareTheWayForward(t *testing.T) {
	e, err := compute.Open(tiny(t), compute.Options{Device: "cpu"})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	in := redAndGreen()
	first, err := run(t.Context(), e, request{Input: in, Layers: []string{"relu"}, Class: 1})
	if err != nil {
		t.Fatal(err)
	}
	second, err := run(t.Context(), e, request{Input: in, Layers: []string{"relu"}, Class: 1, Target: compute.Target{Kind: compute.TargetContrast, Others: []int{0}}})
	if err != nil {
		t.Fatal(err)
	}
	if second.Forward != 0 {
		t.Errorf("the second way forward took %v", second.Forward)
	}
	// The rows of the linear layer are (4, -4), (0, 8), (-4, -4), each pixel has a
	// quarter of them.
	if want := []float32{0, 0, 0, 0, 2, 2, 2, 2}; !slices.Equal(first.Layers[0].Gradient, want) {
		t.Errorf("the logit's gradient is %v", first.Layers[0].Gradient)
	}
	if want := []float32{-1, -1, -1, -1, 3, 3, 3, 3}; !slices.Equal(second.Layers[0].Gradient, want) {
		t.Errorf("the contrast's gradient is %v", second.Layers[0].Gradient)
	}
	if second.Target.Others[0] != 0 || second.Target.Kind != compute.TargetContrast {
		t.Errorf("the pass says its target is %+v", second.Target)
	}
}
