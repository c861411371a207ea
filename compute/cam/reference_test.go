package cam_test

import (
	"path/filepath"
	"strings"
	"testing"

	"gaze/compute"
	"gaze/compute/cam"
	"gaze/compute/race"
	"gaze/models/weights"
	"gaze/models/zoo"
)

// stored are the methods whose raw maps the references have, in float64 from
// the float32 activations and gradients that are stored beside them.
var stored = []string{"gradcam", "hirescam", "gradcam++", "xgradcam", "layercam", "gradcamelementwise", "eigencam", "eigengradcam"}

// TestRawMapsOfAStoredLayer makes every map from the activations and gradients
// PyTorch computed.
func TestRawMapsOfAStoredLayer(t *testing.T) {
	compareRaw(t, filepath.Join("..", "testdata", "reference", "resnet18.safetensors"))
}

// TestRawMapsOfAllNetworks does so at all layers whose activations and gradients
// the references have completely.
func TestRawMapsOfAllNetworks(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "testdata", "reference", "*.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatal("there are no references in ../testdata/reference")
	}
	layers := 0
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".safetensors"), func(t *testing.T) { layers += compareRaw(t, file) })
	}
	if layers < 20 {
		t.Errorf("only %d layers could be compared", layers)
	}
}

// compareRaw compares the maps of all layers that are complete in file, and
// returns how many there were.
func compareRaw(t *testing.T, file string) (layers int) {
	t.Helper()
	set := read(t, file)
	for _, name := range set.Names() {
		layer, ok := strings.CutPrefix(name, "activation/")
		if stride := set.Metadata["stride/"+layer]; !ok || stride != "" && stride != "1" {
			continue
		}
		layers++
		for _, method := range stored {
			got, want := apply(t, method, storedLayer(t, set, layer)).Values, values(t, set, method+"/"+layer)
			largest := furthest(want, make([]float32, len(want)))
			if d := furthest(got, want) / largest; !(d <= 1e-6) {
				t.Errorf("%s of %s is %.2g of its largest value away", method, layer, d)
			}
		}
	}
	return layers
}

// finals are the methods pytorch-grad-cam's own complete results are stored of,
// by the names it has for them.
var finals = map[string]string{
	"GradCAM": "gradcam", "HiResCAM": "hirescam", "GradCAMPlusPlus": "gradcam++", "XGradCAM": "xgradcam",
	"LayerCAM": "layercam", "GradCAMElementWise": "gradcamelementwise", "EigenCAM": "eigencam",
	"EigenGradCAM": "eigengradcam", "FEM": "fem", "KPCA_CAM": "kpcacam",
}

// ran are the methods that run the network again and whose results are stored,
// FullGrad's under the layer "all".
var ran = map[string]string{"AblationCAM": "ablationcam", "ScoreCAM": "scorecam", "FullGrad": "fullgrad"}

// TestFinalMapsOfAStoredLayer compares with pytorch-grad-cam's complete results,
// from the activations and gradients it had.
func TestFinalMapsOfAStoredLayer(t *testing.T) {
	set := read(t, filepath.Join("..", "testdata", "reference", "resnet18.safetensors"))
	l := storedLayer(t, set, "layer4")
	for theirs, method := range finals {
		compareFinal(t, set, theirs, "layer4", apply(t, method, l), 1e-5)
	}
}

// TestFinalMapsOfNetworks does the same at every layer, with our own
// activations and gradients.
func TestFinalMapsOfNetworks(t *testing.T) {
	race.SkipNumbers(t)
	for _, name := range []string{"squeezenet1_1", "resnet18"} {
		t.Run(name, func(t *testing.T) {
			set := read(t, filepath.Join("..", "testdata", "reference", name+".safetensors"))
			var layers []string
			for _, n := range set.Names() {
				if layer, ok := strings.CutPrefix(n, "gradcam/"); ok {
					layers = append(layers, layer)
				}
			}
			net, err := zoo.Build(name, weights.Formula{Classes: 1000})
			if err != nil {
				t.Fatal(err)
			}
			engine, err := compute.Open(net, compute.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer engine.Close()
			passes, err := engine.Run(t.Context(), compute.Recipe{Layers: layers, Class: compute.TopClass}, &compute.Subject{Input: weights.FormulaTensor("input", 1, 3, net.Input.Height, net.Input.Width)})
			if err != nil {
				t.Fatal(err)
			}
			pass := passes[0]
			for _, layer := range layers {
				for theirs, method := range finals {
					m, err := cam.ByName(method)
					if err != nil {
						t.Fatal(err)
					}
					ex, err := pass.Explain(t.Context(), layer, m)
					if err != nil {
						t.Fatal(err)
					}
					compareFinal(t, set, theirs, layer, ex.Map, 1e-4)
				}
			}
			for theirs, method := range ran {
				m, err := cam.ByName(method)
				if err != nil {
					t.Fatal(err)
				}
				for _, layer := range append([]string{"all"}, layers...) {
					at := layer
					if layer == "all" {
						at = layers[0]
					}
					if set.Tensors["final/"+theirs+"/"+layer] == nil && set.Tensors["final4/"+theirs+"/"+layer] == nil {
						continue
					}
					// The 512 runs of one layer of one network are enough.
					if method == "scorecam" && (testing.Short() || layer != net.DefaultLayer() || name != "squeezenet1_1") {
						continue
					}
					ex, err := pass.Explain(t.Context(), at, m)
					if err != nil {
						t.Fatal(err)
					}
					compareFinal(t, set, theirs, layer, ex.Map, 1e-3)
				}
			}
		})
	}
}

// compareFinal puts a raw map through pytorch-grad-cam's steps and compares it
// with the result stored of it. Maps whose sign is a convention may have either.
func compareFinal(t *testing.T, set *weights.Set, theirs, layer string, raw cam.Map, tolerance float64) {
	t.Helper()
	name, step := "final/"+theirs+"/"+layer, 1
	if set.Tensors[name] == nil {
		name, step = "final4/"+theirs+"/"+layer, 4
	}
	want := values(t, set, name)
	var sign string
	if m, err := cam.ByName(finals[theirs]); err == nil {
		sign = m.Sign
	}
	d := furthest(everyNth(finish(raw), step), want)
	if sign != "" {
		negative := cam.Map{Height: raw.Height, Width: raw.Width}
		for _, v := range raw.Values {
			negative.Values = append(negative.Values, -v)
		}
		d = min(d, furthest(everyNth(finish(negative), step), want))
	}
	if !(d <= tolerance) {
		t.Errorf("%s is off by %.2g", name, d)
	}
	t.Logf("%s: %.2g", name, d)
}

// finish is what pytorch-grad-cam makes of a raw map.
func finish(raw cam.Map) cam.Map {
	return (&compute.Explanation{Map: raw}).AsPytorchGradCAM(224, 224).Map
}

func everyNth(m cam.Map, step int) []float32 {
	var out []float32
	for y := 0; y < m.Height; y += step {
		for x := 0; x < m.Width; x += step {
			out = append(out, m.Values[y*m.Width+x])
		}
	}
	return out
}

func read(t *testing.T, file string) *weights.Set {
	t.Helper()
	set, err := weights.Read(file)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func values(t *testing.T, set *weights.Set, name string) []float32 {
	t.Helper()
	d, ok := set.Tensors[name]
	if !ok {
		t.Fatalf("the reference has no %s", name)
	}
	return d.Data().([]float32)
}

func storedLayer(t *testing.T, set *weights.Set, name string) cam.Layer {
	t.Helper()
	l := cam.Layer{Activation: values(t, set, "activation/"+name), Gradient: values(t, set, "gradient/"+name)}
	shape := set.Tensors["activation/"+name].Shape()
	if len(shape) != 3 {
		t.Fatalf("the activations of %s are of shape %v", name, shape)
	}
	l.Channels, l.Height, l.Width = shape[0], shape[1], shape[2]
	return l
}
