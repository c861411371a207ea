package compute_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"gaze/compute"
	"gaze/compute/cam"
	"gaze/compute/heat"
)

func TestRecipeIsCompleted(t *testing.T) {
	net := tiny(t)
	r, err := compute.Recipe{Class: compute.TopClass}.Check(net)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(r.Layers, []string{"relu"}) || len(r.Methods) != 1 || !r.Methods[0].Is(cam.GradCAM()) {
		t.Errorf("layers %v, methods %v", r.Layers, r.Methods)
	}
	if r, err = (compute.Recipe{Layers: []string{compute.AllLayers}}).Check(net); err != nil || !slices.Equal(r.Layers, []string{"conv", "relu"}) {
		t.Errorf("all layers are %v, %v", r.Layers, err)
	}
	if r, err = (compute.Recipe{Layers: []string{"last", "conv"}}).Check(net); err != nil || !slices.Equal(r.Layers, []string{"relu", "conv"}) {
		t.Errorf("the last one and conv are %v, %v", r.Layers, err)
	}
	again, err := r.Check(net)
	if err != nil || !slices.Equal(again.Layers, r.Layers) {
		t.Errorf("checked again it has the layers %v, %v", again.Layers, err)
	}
}

func TestRecipeRefuses(t *testing.T) {
	both := []string{"conv", "relu"}
	var layer *compute.LayerError
	for says, r := range map[string]compute.Recipe{
		`no layer "conv9"`:           {Layers: []string{"conv9"}},
		"no extent in space":         {Layers: []string{"fc"}},
		"conv is asked for twice":    {Layers: []string{"conv", "conv"}},
		"class 3":                    {Class: 3},
		"class -2":                   {Class: -2},
		`no smoothing is called "x"`: {Smoothing: "x"},
		`no fusion is called "x"`:    {Fusion: "x", Layers: both},
		"name more than one":         {Fusion: compute.FuseMax},
		"signed maps are raw":        {Fusion: compute.FuseMax, Layers: both, Signed: true},
		"no target is called":        {Target: compute.Target{Kind: "x"}},
		"has green twice":            {Class: 1, Target: compute.Target{Kind: compute.TargetContrast, Others: []int{1}}},
		"has red twice":              {Class: 1, Target: compute.Target{Kind: compute.TargetSum, Others: []int{0, 2, 0}}},
	} {
		_, err := r.Check(tiny(t))
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%+v: %v, not %q", r, err, says)
		}
		if errors.Is(err, compute.ErrClassTwice) != strings.HasPrefix(says, "has ") {
			t.Errorf("%+v: %v is of another kind", r, err)
		}
		if errors.As(err, &layer) && (layer.Layer != "fc" || !slices.Equal(layer.Others, []string{"relu", "conv"})) {
			t.Errorf("the error is of %+v", layer)
		}
	}
}

func TestSignedRecipesAreDrawnWithZeroInTheMiddle(t *testing.T) {
	plain := heat.Style{Colormap: heat.Colormaps()[0], Opacity: 0.3}
	if got := (compute.Recipe{}).Style(plain); got != plain {
		t.Errorf("plain maps are drawn in %+v", got)
	}
	if got := (compute.Recipe{Signed: true}).Style(plain); !got.Colormap.Diverging || got.Opacity != 0.3 {
		t.Errorf("signed maps are drawn in %+v", got)
	}
}

func TestRefinementsByHand(t *testing.T) {
	for want, r := range map[string]compute.Recipe{
		"":                   {Layers: []string{"a", "b"}, Class: 4, Signed: true, Target: compute.Target{Kind: compute.TargetLogit}},
		"eigen":              {Smoothing: compute.SmoothEigen},
		"contrast-7-max":     {Target: compute.Target{Kind: compute.TargetContrast, Others: []int{7}}, Fusion: compute.FuseMax},
		"sum-1-2":            {Target: compute.Target{Kind: compute.TargetSum, Others: []int{1, 2}}},
		"noise-mean-compat":  {Smoothing: compute.SmoothNoise, Fusion: compute.FuseMean, Compat: true},
		"probability-compat": {Target: compute.Target{Kind: compute.TargetProbability}, Compat: true},
	} {
		if got := r.Refinements(); got != want {
			t.Errorf("%+v is refined by %q, not %q", r, got, want)
		}
	}
}
