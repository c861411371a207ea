package state_test

import (
	"slices"
	"testing"

	"gaze/compute"
	"gaze/models/weights"
	"gaze/ui/state"
	"gaze/ui/state/statetest"
)

func TestRefinementsArePartOfTheRecipe(t *testing.T) {
	dir, _ := statetest.PicturesIn(t, "a.png")
	e := &statetest.Explainer{Net: statetest.TinyNetwork(t, "tiny")}
	d := deskWith(t, e)
	d.show(t, dir)
	d.Choice.Refine(state.Refinements{
		Target: compute.Target{Kind: compute.TargetContrast, Others: []int{3}}, Smoothing: compute.SmoothEigen,
		Fusion: compute.FuseMax, Layers: []string{"conv"}, Compat: true,
	})
	d.settle(t)
	r := e.Runs()[1].Recipe
	if !slices.Equal(r.Layers, []string{"conv", "relu"}) || r.Target.Kind != compute.TargetContrast || !slices.Equal(r.Target.Others, []int{3}) {
		t.Errorf("the network was run for %+v", r)
	}
	m := d.View.Map
	if m == nil {
		t.Fatal(d.View.MapError)
	}
	if m.Smoothing != compute.SmoothEigen || m.Fusion != compute.FuseMax || !m.Compat || m.Layer != "conv + relu" {
		t.Errorf("the map is %+v", m.Explanation)
	}
}

func TestSmoothingNeedsNoOtherRun(t *testing.T) {
	dir, _ := statetest.PicturesIn(t, "a.png")
	e := &statetest.Explainer{Net: statetest.TinyNetwork(t, "tiny")}
	d := deskWith(t, e)
	d.show(t, dir)
	d.Choice.Refine(state.Refinements{Smoothing: compute.SmoothEigen})
	d.settle(t)
	if n := len(e.Runs()); n != 1 || d.View.Map.Smoothing != compute.SmoothEigen {
		t.Errorf("%d runs, smoothed by %q", n, d.View.Map.Smoothing)
	}
}

func TestWhatDoesNotGoTogetherIsRefused(t *testing.T) {
	dir, _ := statetest.PicturesIn(t, "a.png")
	d := deskWith(t, &statetest.Explainer{Net: statetest.TinyNetwork(t, "tiny")})
	d.show(t, dir)
	for _, r := range []state.Refinements{
		{Target: compute.Target{Kind: compute.TargetSum}},
		{Fusion: compute.FuseMean},
		{Signed: true, Smoothing: compute.SmoothAugment},
		{Signed: true, Compat: true},
	} {
		d.Choice.Refine(r)
		d.settle(t)
		if d.View.MapError == nil || d.View.Map != nil {
			t.Errorf("%+v makes a map", r)
		}
	}
	d.Choice.Refine(state.Refinements{})
	d.settle(t)
	if d.View.Map == nil {
		t.Errorf("without refinements there is no map: %v", d.View.MapError)
	}
}

func TestSignedMapsHaveColoursWithZeroInTheMiddle(t *testing.T) {
	d := deskWith(t, &statetest.Explainer{Net: statetest.TinyNetwork(t, "tiny")})
	if d.Choice.Colours().Diverging {
		t.Fatal("the default colours have zero in the middle already")
	}
	d.Choice.Refine(state.Refinements{Signed: true})
	if !d.Choice.Colours().Diverging || d.Choice.Palette().Diverging {
		t.Errorf("draws in %s, chosen is %s", d.Choice.Colours(), d.Choice.Palette())
	}
}

// The classes of a sum and the layers of a fusion are those of one network.
func TestAnotherNetworkHasAMapWithoutTheFormersClassesAndLayers(t *testing.T) {
	dir, _ := statetest.PicturesIn(t, "a.png")
	d := deskOf(t, func(from state.Source, _ weights.Sidecar) (state.Explainer, error) {
		return &statetest.Explainer{Net: statetest.TinyNetwork(t, from.Ref)}, nil
	})
	d.Networks.Open(state.Source{Ref: "one"})
	d.show(t, dir)
	d.Choice.Refine(state.Refinements{
		Target: compute.Target{Kind: compute.TargetSum, Others: []int{3}},
		Fusion: compute.FuseMean, Layers: []string{"conv"}, Smoothing: compute.SmoothEigen,
	})
	d.settle(t)
	if d.View.Map == nil {
		t.Fatal(d.View.MapError)
	}
	d.Networks.Open(state.Source{Ref: "two"})
	d.settle(t)
	if d.View.Map == nil || d.View.Map.Network != "two" {
		t.Fatalf("the map is %+v, the reason for none %v", d.View.Map, d.View.MapError)
	}
	if r := d.Choice.Recipe(); r.Fusion != "" || r.Target.Kind == compute.TargetSum || r.Smoothing != compute.SmoothEigen {
		t.Errorf("chosen is %+v", r)
	}
}
