package apps_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"gaze/compute"
	"gaze/compute/cam"
	"gaze/compute/picture"
	"gaze/compute/race"
	"gaze/models"
	"gaze/models/keras/apps"
	"gaze/models/weights"
)

// TestAgainstKeras compares logits and maps of networks, whose parameters and picture
// a formula makes, with those of Keras on JAX in double precision. The picture is
// pixels, so that what is done with these is compared too.
func TestAgainstKeras(t *testing.T) {
	race.SkipNumbers(t)
	want, err := weights.Read("testdata/reference.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, key := range want.Names() {
		if name, ok := strings.CutSuffix(key, "/logits"); ok {
			names = append(names, name)
		}
	}
	if len(names) < 12 {
		t.Errorf("there are values of %d networks only", len(names))
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			if testing.Short() && name != "MobileNetV3Small" {
				t.Skip("a large network")
			}
			againstKeras(t, name, want)
		})
	}
}

func againstKeras(t *testing.T, name string, want *weights.Set) {
	net, err := apps.Build(apps.Prefix+name, weights.Formula{})
	if err != nil {
		t.Fatal(err)
	}
	input, err := picture.FromRGB(pixels(net.Input), net.Input)
	if err != nil {
		t.Fatal(err)
	}
	var layers []string
	for _, key := range want.Names() {
		if layer, ok := strings.CutPrefix(key, name+"/gradcam/"); ok {
			layers = append(layers, layer)
		}
	}
	explainer, err := compute.Open(net, compute.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer explainer.Close()
	logits := numbers(want, name+"/logits")
	top := slices.Index(logits, slices.Max(logits))
	passes, err := explainer.Run(t.Context(), compute.Recipe{Layers: layers, Class: top}, &compute.Subject{Input: input})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "logits", 1e-4, passes[0].Logits, logits)
	for _, layer := range layers {
		for _, name2 := range []string{"gradcam", "hirescam"} {
			method, err := cam.ByName(name2)
			if err != nil {
				t.Fatal(err)
			}
			made, err := passes[0].Explain(t.Context(), layer, method)
			if err != nil {
				t.Fatal(err)
			}
			near(t, name2+" of "+layer, 1e-3, made.Map.Values, numbers(want, name+"/"+name2+"/"+layer))
		}
	}
}

// pixels are those of a picture by the formula, three bytes each.
func pixels(in models.Input) []uint8 {
	values := weights.FormulaTensor("input", in.Height, in.Width, 3).Data().([]float32)
	out := make([]uint8, len(values))
	for i, v := range values {
		out[i] = uint8((float64(v) + 2) * 64)
	}
	return out
}

func numbers(set *weights.Set, name string) []float32 {
	if d, ok := set.Tensors[name]; ok {
		return d.Data().([]float32)
	}
	return nil
}

// near fails if got is further from want than within, as relative L2 distance.
func near(t *testing.T, what string, within float64, got, want []float32) {
	t.Helper()
	if len(got) != len(want) || len(want) == 0 {
		t.Errorf("%s: %d values, not %d", what, len(got), len(want))
		return
	}
	var diff, norm float64
	for i := range want {
		d := float64(got[i]) - float64(want[i])
		diff += d * d
		norm += float64(want[i]) * float64(want[i])
	}
	if d := math.Sqrt(diff / norm); !(d <= within) {
		t.Errorf("%s: relative L2 distance %.2g is above %g", what, d, within)
	} else {
		t.Logf("%s: %.2g", what, d)
	}
}
