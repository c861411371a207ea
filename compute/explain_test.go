package compute_test

import (
	"context"
	"errors"
	"image"
	"image/color"
	"math"
	"path/filepath"
	"slices"
	"testing"

	"gaze/compute"
	"gaze/compute/cam"
	"gaze/compute/faith"
	"gaze/compute/heat"
	"gaze/compute/output"
	"gaze/compute/picture"
	"gaze/models/builtin"
)

func methods(t *testing.T, names ...string) []cam.Method {
	t.Helper()
	var list []cam.Method
	for _, name := range names {
		m, err := cam.ByName(name)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, m)
	}
	return list
}

// CAM is not defined before the ReLU, Refine-CAM nowhere in this network.
func TestMapThatFailsCostsNoOther(t *testing.T) {
	x := open(t, tiny(t))
	r := compute.Recipe{Layers: []string{"conv", "relu"}, Methods: methods(t, "cam", "refinecam", "gradcam", "hirescam"), Class: 1}
	answers, err := x.Explain(t.Context(), r, &compute.Subject{Input: redAndGreen()}, &compute.Subject{Input: redAndGreen()})
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range answers {
		var made []string
		for _, o := range a.Outcomes {
			if (o.Err == nil) != (o.Explanation != nil) {
				t.Fatalf("%s at %s has the map %v and the error %v", o.Method.Name, o.Layer, o.Explanation, o.Err)
			}
			if o.Err == nil {
				made = append(made, o.Layer+" "+o.Method.Name)
			}
		}
		if want := []string{"conv gradcam", "conv hirescam", "relu cam", "relu gradcam", "relu hirescam"}; !slices.Equal(made, want) {
			t.Errorf("made are %q, want %q", made, want)
		}
		if err := a.Outcomes[0].Err; !errors.Is(err, cam.ErrNeedsHead) {
			t.Errorf("CAM at conv failed by %v", err)
		}
	}
}

func TestFusedRecipeIsOneMapAMethod(t *testing.T) {
	x := open(t, tiny(t))
	r := compute.Recipe{Layers: []string{"conv", "relu"}, Methods: methods(t, "gradcam", "cam"), Class: 1, Fusion: compute.FuseMax}
	answers, err := x.Explain(t.Context(), r, &compute.Subject{Input: redAndGreen()})
	if err != nil {
		t.Fatal(err)
	}
	first, second := answers[0].Outcomes[0], answers[0].Outcomes[1]
	if first.Err != nil || first.Layer != "conv + relu" || first.Explanation.Layer != "conv + relu" || first.Explanation.Fusion != compute.FuseMax {
		t.Errorf("Grad-CAM's is %+v", first)
	}
	if !errors.Is(second.Err, cam.ErrNeedsHead) || second.Layer != "conv + relu" {
		t.Errorf("CAM's is %+v", second)
	}
}

func TestExplainIsCancelled(t *testing.T) {
	x := open(t, tiny(t))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, name := range []string{"gradcam", "hirescam", "scorecam"} {
		_, err := x.Explain(ctx, compute.Recipe{Methods: methods(t, name)}, &compute.Subject{Input: redAndGreen()})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A picture of 4x2 pixels of which the network sees the middle, from its file to
// its sheet.
func TestFromPathToSheet(t *testing.T) {
	net := tiny(t)
	img := image.NewNRGBA(image.Rect(0, 0, 4, 2))
	for i := range 8 {
		img.Set(i%4, i/4, color.NRGBA{uint8(10 * i), 0, 0, 255})
	}
	path := filepath.Join(t.TempDir(), "red.png")
	if err := output.SavePNG(path, img, false); err != nil {
		t.Fatal(err)
	}
	s, err := compute.OpenSubject(t.Context(), path, net.Input, picture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if s.Frame != image.Rect(1, 0, 3, 2) || !slices.Equal(s.Input.Data().([]float32)[:4], []float32{10, 20, 50, 60}) {
		t.Errorf("the network sees %v: %v", s.Frame, s.Input.Data())
	}
	answers, err := open(t, net).Explain(t.Context(), compute.Recipe{Class: 0}, s)
	if err != nil {
		t.Fatal(err)
	}
	e := answers[0].Outcomes[0].Explanation
	// Red's weight is 4, a pixel's share of the mean a quarter.
	if want := []float32{10, 20, 50, 60}; !slices.Equal(e.Map.Values, want) {
		t.Errorf("the map is %v, not %v", e.Map.Values, want)
	}
	c := e.Comparison(s, heat.Style{Opacity: 0.5})
	if c.Caption.File != "red.png" || c.Frame != s.Frame || c.Opacity != 0.5 || c.Caption.Class != "red" {
		t.Errorf("the sheet shows %+v", c)
	}
	if name := e.FileName("red.png", ".png"); name != "red.png.relu.gradcam.red.png" {
		t.Errorf("its file is called %s", name)
	}
	if sheet := e.Sheet(s, heat.Style{Opacity: 0.5}); sheet.Rect.Dx() < 3*320 {
		t.Errorf("the sheet has %v", sheet.Rect)
	}
}

// Measured together with maps of another class, a map has the figures that it has
// alone.
func TestMeasuringMapsOfSeveralClasses(t *testing.T) {
	x := open(t, tiny(t))
	s := &compute.Subject{Input: redAndGreen()}
	var maps []*compute.Explanation
	var random *compute.Explanation
	for _, class := range []int{1, 0, 1} {
		passes, err := x.Run(t.Context(), compute.Recipe{Class: class}, s)
		if err != nil {
			t.Fatal(err)
		}
		name := "gradcam"
		if len(maps) == 2 {
			name = "eigencam"
		}
		e, err := passes[0].Explain(t.Context(), "relu", methods(t, name)[0])
		if err != nil {
			t.Fatal(err)
		}
		maps = append(maps, e)
		if random, err = passes[0].Explain(t.Context(), "relu", cam.RandomCAM()); err != nil {
			t.Fatal(err)
		}
	}
	drop, err := faith.ByName("drop")
	if err != nil {
		t.Fatal(err)
	}
	measure := func(opt faith.Options, maps ...*compute.Explanation) [][]faith.Figure {
		figures, err := x.Measure(t.Context(), s, maps, random, []faith.Metric{drop}, opt)
		if err != nil {
			t.Fatal(err)
		}
		return figures
	}
	last, whole := 0, 0
	all := measure(faith.Options{Progress: func(done, total int) {
		if done <= last {
			t.Errorf("%d pictures after %d", done, last)
		}
		last, whole = done, total
	}}, maps...)
	if last != whole || whole == 0 {
		t.Errorf("told of %d pictures of %d", last, whole)
	}
	for i, e := range maps {
		alone := measure(faith.Options{}, e)[0][0]
		if got := all[i][0]; got.Value != alone.Value || got.Random != alone.Random || math.IsNaN(got.Value) {
			t.Errorf("map %d has %g and %g, alone %g and %g", i, got.Value, got.Random, alone.Value, alone.Random)
		}
	}
}

// The network's time leaves out the maps, whichever way they are made, even those
// that take many further runs.
func TestNetworksTimeIsWithoutTheMaps(t *testing.T) {
	net, err := builtin.Network()
	if err != nil {
		t.Fatal(err)
	}
	x := open(t, net)
	input, _, err := picture.Tensor(image.NewNRGBA(image.Rect(0, 0, 30, 20)), net.Input)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		method string
		slow   bool
	}{{"gradcam", false}, {"hirescam", false}, {"eigencam", false}, {"scorecam", true}} {
		answers, err := x.Explain(t.Context(), compute.Recipe{Methods: methods(t, test.method), Class: compute.TopClass}, &compute.Subject{Input: input})
		if err != nil {
			t.Fatal(err)
		}
		a := answers[0]
		if a.Network <= 0 || a.Network > a.Elapsed || test.slow && a.Network > a.Elapsed/2 {
			t.Errorf("%s: the network took %v of %v", test.method, a.Network, a.Elapsed)
		}
	}
}
