package builtin_test

import (
	"fmt"
	"image"
	"math"
	"path"
	"slices"
	"strings"
	"testing"

	"gaze/compute"
	"gaze/compute/cam"
	"gaze/compute/faith"
	"gaze/compute/heat"
	"gaze/compute/picture"
	"gaze/models/builtin"
)

// publishedMaps are the figures of the model card that say how good Grad-CAM's
// maps at layer4 are, and Random-CAM's beside them.
var publishedMaps = map[string][2]float64{
	"pointing": {0.99, 0.89}, "deletion": {0.12, 0.23}, "insertion": {0.57, 0.43},
}

// TestMaps measures the maps of held-out photographs of single things on white,
// whose boxes are where it is not white: how often the map's peak is in the box,
// and deletion and insertion. -v prints it.
func TestMaps(t *testing.T) {
	photographs := heldOut(t)
	net, engine := open(t)
	methods := make([]cam.Method, 2)
	for i, name := range []string{"gradcam", "randomcam"} {
		var err error
		if methods[i], err = cam.ByName(name); err != nil {
			t.Fatal(err)
		}
	}
	var metrics []faith.Metric
	for _, name := range []string{"pointing", "deletion", "insertion"} {
		m, err := faith.ByName(name)
		if err != nil {
			t.Fatal(err)
		}
		metrics = append(metrics, m)
	}
	var figures [][]faith.Figure
	boxes := 0.0
	for _, f := range photographs {
		if !strings.HasPrefix(path.Base(f.Name), "office-amazon-") {
			continue
		}
		img, err := decode(f)
		if err != nil {
			t.Fatal(err)
		}
		box, ok := thing(img)
		if !ok {
			continue
		}
		input, _, err := picture.Tensor(img, net.Input)
		if err != nil {
			t.Fatal(err)
		}
		side := net.Input.Width
		subject := faith.Subject{
			Picture: input.Data().([]float32), Height: side, Width: side, Class: slices.Index(net.Labels, path.Dir(f.Name)),
			Boxes: []image.Rectangle{scaled(box, side, img.Rect.Dx())},
		}
		passes, err := engine.Run(t.Context(), compute.Recipe{Layers: []string{"layer4"}, Class: subject.Class}, &compute.Subject{Input: input})
		if err != nil {
			t.Fatal(err)
		}
		pass := passes[0]
		var maps [2]cam.Map
		for i, m := range methods {
			e, err := pass.Explain(t.Context(), "layer4", m)
			if err != nil {
				t.Fatal(err)
			}
			maps[i] = heat.Resize(e.Map, side, side)
		}
		subject.Maps, subject.Random = maps[:1], maps[1]
		measured, err := faith.Measure(t.Context(), engine.Scorer(8), subject, metrics, faith.Options{Steps: 10})
		if err != nil {
			t.Fatal(err)
		}
		figures = append(figures, measured[0])
		boxes += float64(box.Dx()*box.Dy()) / float64(img.Rect.Dx()*img.Rect.Dy())
	}
	summaries, err := faith.Summarize(figures)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d photographs, boxes of %.0f %% of the picture on average", len(figures), 100*boxes/float64(len(figures)))
	for _, s := range summaries {
		want := publishedMaps[s.Metric.Name]
		t.Logf("%-10s %.2f, Random-CAM %.2f; the model card says %.2f and %.2f", s.Metric.Name, s.Value.Mean, s.Random.Mean, want[0], want[1])
		if math.Abs(s.Value.Mean-want[0]) > 0.03 {
			t.Errorf("%s is %.3f, %.2f on the model card", s.Metric.Name, s.Value.Mean, want[0])
		}
		if !(s.Lead.Mean > 0) {
			t.Errorf("%s is no better than of random maps", s.Metric.Name)
		}
	}
}

// thing is the box of what is not white in a picture with a white border.
func thing(img *image.NRGBA) (box image.Rectangle, ok bool) {
	const white = 235
	border, coloured := 0, 0
	for y := range img.Rect.Dy() {
		for x := range img.Rect.Dx() {
			c := img.NRGBAAt(x, y)
			if min(c.R, c.G, c.B) >= white {
				continue
			}
			if x == 0 || y == 0 || x == img.Rect.Dx()-1 || y == img.Rect.Dy()-1 {
				border++
			}
			coloured++
			box = box.Union(image.Rect(x, y, x+1, y+1))
		}
	}
	whole := img.Rect.Dx() * img.Rect.Dy()
	return box, border == 0 && box.Dx()*box.Dy() < whole*6/10 && coloured > whole/50
}

// scaled is a box of a picture of one width in the same picture of another.
func scaled(box image.Rectangle, to, from int) image.Rectangle {
	return image.Rect(box.Min.X*to/from, box.Min.Y*to/from, (box.Max.X*to+from-1)/from, (box.Max.Y*to+from-1)/from)
}

// TestCardTellsTheMaps keeps the card and the test together.
func TestCardTellsTheMaps(t *testing.T) {
	for _, language := range []string{"en", "zh"} {
		for name, figures := range publishedMaps {
			if text := fmt.Sprintf("| %.2f | %.2f |", figures[0], figures[1]); !strings.Contains(builtin.Card(language), text) {
				t.Errorf("the model card in %s does not tell %s, %s", language, name, text)
			}
		}
	}
}
