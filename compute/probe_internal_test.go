package compute

import (
	"math"
	"path/filepath"
	"strings"
	"testing"

	"gaze/compute/cam"
	"gaze/compute/race"
	"gaze/models"
	"gaze/models/weights"
	"gaze/models/zoo"
)

// The target of a network of ReLUs is the sum of all evidence and of the biases
// of its linear layers, each times its derivative: FullGrad's completeness.
func TestEvidenceIsComplete(t *testing.T) {
	net, err := zoo.Build("resnet18", weights.Formula{Classes: 10})
	if err != nil {
		t.Fatal(err)
	}
	in := net.Input
	in.Height, in.Width, in.Fit = 64, 64, models.FitStretch
	if net, err = net.Resized(in); err != nil {
		t.Fatal(err)
	}
	e, err := Open(net, Options{Device: "cpu"})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	passes, err := e.Run(t.Context(), Recipe{Class: 3}, &Subject{Input: weights.FormulaTensor("input", 1, 3, 64, 64)})
	if err != nil {
		t.Fatal(err)
	}
	pass := passes[0]
	evidence, err := (&probe{pass, 0}).Evidence(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	fc, _ := net.Layer("fc")
	sum := float64(floats(fc.Params["bias"])[3])
	for _, part := range evidence {
		for _, v := range part.Values {
			sum += float64(v)
		}
	}
	if want := float64(pass.Logits[3]); math.Abs(sum-want) > 1e-3*math.Abs(want) {
		t.Errorf("all evidence is %g, the logit %g", sum, want)
	}
	if len(evidence) != 21 {
		t.Errorf("evidence of %d layers, not of the picture and 20 batch normalisations", len(evidence))
	}
}

// TestCurvatureOfNetworks compares the second derivatives of the logit, as part
// of ShapleyCAM's map for it, in networks that bend, with PyTorch's.
func TestCurvatureOfNetworks(t *testing.T) {
	race.SkipNumbers(t)
	for _, name := range []string{"efficientnet_b0", "regnet_y_400mf", "convnext_tiny"} {
		t.Run(name, func(t *testing.T) {
			set, err := weights.Read(filepath.Join("testdata", "reference", name+".safetensors"))
			if err != nil {
				t.Fatal(err)
			}
			var layers []string
			for _, n := range set.Names() {
				if layer, ok := strings.CutPrefix(n, "shapleycam/"); ok {
					layers = append(layers, layer)
				}
			}
			e, pass := formula(t, name, layers...)
			defer e.Close()
			seed := make([]float32, len(pass.Logits))
			seed[pass.Class.Index] = 1
			for i, layer := range layers {
				l := pass.Layers[i]
				_, bend, err := (&probe{pass, i}).Curvature(t.Context(), seed, l.Activation)
				if err != nil {
					t.Fatal(err)
				}
				// Grad-CAM of G - H A / 2.
				for k, h := range bend {
					l.Gradient[k] -= h / 2
				}
				got, err := cam.Methods()[0].Apply(t.Context(), l.Layer, nil)
				if err != nil {
					t.Fatal(err)
				}
				if d := distance(got.Values, floats(set.Tensors["shapleycam/"+layer])); !(d <= 1e-3) {
					t.Errorf("%s: relative L2 distance %.2g", layer, d)
				}
			}
		})
	}
}

// TestOtherTargetsOfNetworks compares ShapleyCAM, whose target is ReST, and
// Finer-CAM with the raw maps that pytorch-grad-cam 1.5.7 has under PyTorch.
func TestOtherTargetsOfNetworks(t *testing.T) {
	race.SkipNumbers(t)
	set, err := weights.Read(filepath.Join("cam", "testdata", "pytorch-grad-cam.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"efficientnet_b0", "resnet18", "convnext_tiny"} {
		t.Run(name, func(t *testing.T) {
			var layers []string
			for _, n := range set.Names() {
				if layer, ok := strings.CutPrefix(n, "finercam/"+name+"/"); ok {
					layers = append(layers, layer)
				}
			}
			e, pass := formula(t, name, layers...)
			defer e.Close()
			for _, layer := range layers {
				for _, method := range []string{"shapleycam", "finercam"} {
					m, err := cam.ByName(method)
					if err != nil {
						t.Fatal(err)
					}
					got, err := pass.Explain(t.Context(), layer, m)
					if err != nil {
						t.Fatal(err)
					}
					if d := distance(got.Map.Values, floats(set.Tensors[method+"/"+name+"/"+layer])); !(d <= 1e-3) {
						t.Errorf("%s at %s: relative L2 distance %.2g", method, layer, d)
					}
				}
			}
		})
	}
}

// distance is the relative L2 distance.
func distance(got, want []float32) float64 {
	var diff, norm float64
	for i, v := range want {
		diff += math.Pow(float64(got[i])-float64(v), 2)
		norm += math.Pow(float64(v), 2)
	}
	return math.Sqrt(diff / norm)
}

// With a bare logit a network of ReLUs does not bend, so that ShapleyCAM is
// Grad-CAM; and the logits' derivative along a layer's output is that of the
// network with a little more of it.
func TestNetworksOfReLUsDoNotBend(t *testing.T) {
	e, pass := formula(t, "resnet18", "layer3", "layer4")
	defer e.Close()
	seed := make([]float32, len(pass.Logits))
	seed[pass.Class.Index] = 1
	for i, l := range pass.Layers {
		p := &probe{pass, i}
		along, bend, err := p.Curvature(t.Context(), seed, l.Activation)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range bend {
			if v != 0 {
				t.Fatalf("%s: a second derivative of %g", l.Name, v)
			}
		}
		if l.Name != "layer4" {
			continue
		}
		// After layer4 all is linear: J A is the logits without the biases.
		fc, _ := e.Network().Layer("fc")
		for k, b := range floats(fc.Params["bias"]) {
			if want := pass.Logits[k] - b; math.Abs(float64(along[k]-want)) > 1e-3*math.Abs(float64(want))+1e-3 {
				t.Fatalf("logit %d changes by %g, not %g", k, along[k], want)
			}
		}
	}
}

// formula runs a network whose parameters and picture a formula makes.
func formula(t *testing.T, name string, layers ...string) (*Explainer, *Pass) {
	t.Helper()
	net, err := zoo.Build(name, weights.Formula{Classes: 1000})
	if err != nil {
		t.Fatal(err)
	}
	e, err := Open(net, Options{Device: "cpu"})
	if err != nil {
		t.Fatal(err)
	}
	passes, err := e.Run(t.Context(), Recipe{Layers: layers, Class: TopClass}, &Subject{
		Input: weights.FormulaTensor("input", 1, 3, net.Input.Height, net.Input.Width),
	})
	if err != nil {
		t.Fatal(err)
	}
	return e, passes[0]
}
