package state_test

import (
	"slices"
	"testing"

	"gaze/compute"
	"gaze/compute/cam"
	"gaze/ui/state"
	"gaze/ui/state/statetest"
)

// The program's own explainer makes what recipes ask for.
func TestRecipesOfTheProgramsExplainer(t *testing.T) {
	dir, _ := statetest.PicturesIn(t, "a.png")
	d := newDesk(t, state.Options{Open: state.OpenExplainer})
	d.Networks.Open(state.Source{})
	d.loop.Until(t, "the network", func() bool { return d.Networks.Explainer != nil })
	d.show(t, dir)
	plain := d.View.Map
	for _, r := range []state.Refinements{
		{Target: compute.Target{Kind: compute.TargetContrast}},
		{Target: compute.Target{Kind: compute.TargetSum, Others: []int{3}}},
		{Smoothing: compute.SmoothEigen},
		{Smoothing: compute.SmoothAugment, Compat: true},
		{Fusion: compute.FuseMax, Layers: []string{"layer3"}},
		{Signed: true},
	} {
		d.Choice.Refine(r)
		d.settle(t)
		m := d.View.Map
		if m == nil {
			t.Errorf("%+v: %v", r, d.View.MapError)
			continue
		}
		if m.Target.Kind != r.Target.Kind || m.Smoothing != r.Smoothing || m.Fusion != r.Fusion || m.Compat != r.Compat {
			t.Errorf("%+v: the map is of %+v, smoothed by %q, fused by %q, compat %v", r, m.Target, m.Smoothing, m.Fusion, m.Compat)
		}
		if same := slices.Equal(m.Map.Values, plain.Map.Values); same != r.Signed {
			t.Errorf("%+v: the same raw map: %v", r, same)
		}
		if want := d.Networks.Explainer.Network().Input.Height; r.Compat && m.Map.Height != want {
			t.Errorf("a map as in pytorch-grad-cam has %d rows, the input %d", m.Map.Height, want)
		}
	}

	d.Choice.Refine(state.Refinements{Smoothing: compute.SmoothEigen})
	d.settle(t)
	d.Comparison.SetAxis(state.ByLayer)
	d.SetMode(state.Compare)
	d.loop.Until(t, "the comparison", func() bool { return !d.Comparison.Working && (len(d.Comparison.Cards) > 0 || d.Comparison.Err != nil) })
	if d.Comparison.Err != nil {
		t.Fatal(d.Comparison.Err)
	}
	for _, c := range d.Comparison.Cards {
		if c.Smoothing != compute.SmoothEigen || c.Method.Name != cam.Methods()[0].Name {
			t.Errorf("layer %s is by %s, smoothed by %q", c.Layer, c.Method.Name, c.Smoothing)
		}
	}
}
