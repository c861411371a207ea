package compute_test

import (
	"math"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"gaze/compute"
	"gaze/compute/cam"
	"gaze/models"
	"gaze/models/builtin"
	"gaze/models/weights"
	"gaze/models/zoo"
)

// tolerance is the relative L2 distance allowed between Gaze's values and
// PyTorch's in float32.
const tolerance = 1e-3

// TestAgainstPyTorch compares logits, activations, gradients and raw maps of
// networks whose parameters a formula makes with what PyTorch computed.
func TestAgainstPyTorch(t *testing.T) {
	for _, name := range []string{"squeezenet1_0", "squeezenet1_1", "resnet18"} {
		t.Run(name, func(t *testing.T) {
			net, err := zoo.Build(name, weights.Formula{Classes: 1000})
			if err != nil {
				t.Fatal(err)
			}
			want := read(t, filepath.Join("testdata", "reference", name+".safetensors"))
			input := weights.FormulaTensor("input", 1, 3, net.Input.Height, net.Input.Width)
			compare(t, net, input, want, "gradcam/", "hirescam/")
		})
	}
}

func TestBuiltInAgainstPyTorch(t *testing.T) {
	net, err := builtin.Network()
	if err != nil {
		t.Fatal(err)
	}
	want := read(t, filepath.Join("..", "models", "builtin", "testdata", "everyday.reference.safetensors"))
	input := want.Tensors["input"]
	if err := input.Reshape(1, 3, net.Input.Height, net.Input.Width); err != nil {
		t.Fatal(err)
	}
	compare(t, net, input, want, "gradcam/", "hirescam/")
}

// compare runs net on input and checks everything that want has of it.
func compare(t *testing.T, net *models.Network, input *tensor.Dense, want *weights.Set, kinds ...string) {
	t.Helper()
	var layers []string
	for _, name := range want.Names() {
		if layer, ok := strings.CutPrefix(name, "gradcam/"); ok {
			layers = append(layers, layer)
		}
	}
	if len(layers) < 2 {
		t.Fatalf("the reference has the layers %v only", layers)
	}
	engine := open(t, net)
	pass, err := engine.Run(t.Context(), compute.Request{Input: input, Layers: layers, Class: compute.TopClass})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "logits", pass.Logits, values(want, "logits"))
	for i, layer := range layers {
		if stored := values(want, "activation/"+layer); stored != nil {
			stride := 1
			if s := want.Metadata["stride/"+layer]; s != "" {
				var err error
				if stride, err = strconv.Atoi(s); err != nil {
					t.Fatal(err)
				}
			}
			near(t, "activation/"+layer, sample(pass.Layers[i].Activation, stride, len(stored)), stored)
			near(t, "gradient/"+layer, sample(pass.Layers[i].Gradient, stride, len(stored)), values(want, "gradient/"+layer))
		}
		for _, kind := range kinds {
			m, err := cam.ByName(strings.TrimSuffix(kind, "/"))
			if err != nil {
				t.Fatal(err)
			}
			ex, err := pass.Explain(layer, m)
			if err != nil {
				t.Fatal(err)
			}
			near(t, kind+layer, ex.Map.Values, values(want, kind+layer))
		}
	}
}

func open(t *testing.T, net *models.Network) *compute.Engine {
	t.Helper()
	engine, err := compute.Open(net, compute.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := engine.Close(); err != nil {
			t.Error(err)
		}
	})
	return engine
}

func read(t *testing.T, path string) *weights.Set {
	t.Helper()
	set, err := weights.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func values(set *weights.Set, name string) []float32 {
	if d, ok := set.Tensors[name]; ok {
		return d.Data().([]float32)
	}
	return nil
}

func sample(all []float32, stride, n int) []float32 {
	out := make([]float32, n)
	for i := range out {
		out[i] = all[i*stride]
	}
	return out
}

// near fails if got is further from want than the tolerance in relative L2.
func near(t *testing.T, what string, got, want []float32) {
	t.Helper()
	if len(want) == 0 || len(got) != len(want) {
		t.Errorf("%s: %d values, not %d", what, len(got), len(want))
		return
	}
	if d := distance(got, want); !(d <= tolerance) {
		t.Errorf("%s: relative L2 distance %.2g is above %g", what, d, tolerance)
	} else {
		t.Logf("%s: %.2g", what, d)
	}
}

func distance(got, want []float32) float64 {
	var diff, norm float64
	for i := range want {
		d := float64(got[i]) - float64(want[i])
		diff += d * d
		norm += float64(want[i]) * float64(want[i])
	}
	return math.Sqrt(diff / norm)
}
