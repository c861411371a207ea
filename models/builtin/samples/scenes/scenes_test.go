package scenes_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"gaze/models/builtin/samples"
	"gaze/models/builtin/samples/render"
	"gaze/models/builtin/samples/scenes"
)

// A scene is the same picture at every rendering, and its mask has its thing.
func TestScenesAreRenderedTheSameTwice(t *testing.T) {
	i := slices.IndexFunc(scenes.All(), func(s scenes.Scene) bool { return s.Name == "mug" })
	draw := func() ([]byte, []byte) {
		img, mask, err := scenes.All()[i].Make().Picture(t.Context(), render.Options{Width: 32, Height: 24, Samples: 2})
		if err != nil {
			t.Fatal(err)
		}
		return img.Pix, render.Paletted(mask).Pix
	}
	first, mask := draw()
	second, _ := draw()
	if !bytes.Equal(first, second) {
		t.Error("two renderings differ")
	}
	if !slices.Contains(mask, 1) || slices.Contains(mask, 2) {
		t.Error("the mask of the mug has no mug, or more than it")
	}
}

func TestEverySampleHasItsScene(t *testing.T) {
	for _, s := range samples.List() {
		if !slices.ContainsFunc(scenes.All(), func(sc scenes.Scene) bool { return sc.Name == strings.TrimSuffix(s.Name, ".jpg") }) {
			t.Errorf("nothing says how %s is made", s.Name)
		}
	}
}
