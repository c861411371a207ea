package models_test

import (
	"testing"

	"gaze/models"
)

func TestResizeModes(t *testing.T) {
	for name, want := range map[string]struct {
		resize  int
		fit     models.Fit
		nearest bool
	}{
		"center":       {256, models.FitCrop, false},
		"stretch":      {300, models.FitStretch, false},
		"load_img":     {300, models.FitStretch, true},
		"smart_resize": {224, models.FitCrop, false},
	} {
		n := network(t, 2, models.Output{})
		n.Input = models.ImageNetInput(224, 300)
		n.Guess("", models.AspectResize, models.AspectCrop)
		mode, err := models.ResizeMode(name, n.Input)
		if err != nil {
			t.Fatal(err)
		}
		n.Layers = n.Layers[:1]
		if err := n.Preprocess(mode); err != nil {
			t.Fatal(err)
		}
		if in := n.Input; in.Resize != want.resize || in.Fit != want.fit || (in.Filter == models.FilterNearest) != want.nearest || len(n.Guesses) != 0 {
			t.Errorf("%s gives %v with guesses %v", name, in, n.Guesses)
		}
	}
	if len(models.ResizeModes()) != 4 {
		t.Errorf("the modes are %v", models.ResizeModes())
	}
	if _, err := models.ResizeMode("pad", models.ImageNetInput(8, 8)); err == nil {
		t.Error("pad is taken for a resize mode")
	}
}
