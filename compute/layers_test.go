package compute_test

import (
	"math"
	"slices"
	"testing"

	"gorgonia.org/tensor"

	"gaze/compute"
	"gaze/compute/cam"
	"gaze/models"
	"gaze/models/weights"
	"gaze/models/zoo"
)

// Explaining at once gives the maps that each layer has of a pass. Those of Grad-CAM
// the device makes, from other layers' activations and gradients in most of a
// residual network, and from no gradient at all at many last layers.
func TestExplainIsExplainingEach(t *testing.T) {
	small := func(name string) *models.Network {
		net, err := zoo.Build(name, weights.Formula{Classes: 10})
		if err != nil {
			t.Fatal(err)
		}
		if net, err = net.Resized(models.ImageNetInput(64, 64)); err != nil {
			t.Fatal(err)
		}
		return net
	}
	residual, squeeze := small("resnet18"), small("squeezenet1_1")
	branches := branched(t).net
	window := models.Attr{Kernel: [2]int{3, 3}, Stride: [2]int{2, 2}, Dilation: [2]int{1, 1}, Pad: [4]int{1, 1, 1, 1}}
	dense := newSketch(t, 8, 6).conv("x", 3, 6, 3, 1, 1).do("relu", models.ReLU).add("pool", models.MaxPool, window, nil).
		do("flat", models.Flatten).linear("fc1", 72, 7).do("relu1", models.ReLU).linear("fc2", 7, 3).net
	// Convolutions whose gradient's means are another sum: scaled by a normalisation
	// that is folded into them, and of groups.
	scaled := newSketch(t, 5, 5).conv("x", 3, 6, 3, 1, 1).do("relu", models.ReLU).conv("y", 6, 4, 1, 0, 1).batchNorm("norm", 4).
		do("relu2", models.ReLU).do("gap", models.GlobalAvgPool).do("flat", models.Flatten).linear("fc", 4, 3).net
	grouped := newSketch(t, 5, 5).conv("x", 3, 6, 3, 1, 1).do("relu", models.ReLU).conv("y", 6, 4, 1, 0, 2).
		do("relu2", models.ReLU).do("gap", models.GlobalAvgPool).do("flat", models.Flatten).linear("fc", 4, 3).net
	dilated := window
	dilated.Dilation, dilated.Pad = [2]int{2, 2}, [4]int{2, 2, 2, 2}
	spread := newSketch(t, 5, 5).conv("x", 3, 6, 3, 1, 1).do("relu", models.ReLU).add("pool", models.MaxPool, dilated, nil).
		do("flat", models.Flatten).linear("fc", 54, 3).net
	hollow := window
	hollow.Kernel, hollow.Pad = [2]int{1, 1}, [4]int{1, 1, 1, 1}
	empty := newSketch(t, 5, 5).conv("x", 3, 6, 3, 1, 1).do("relu", models.ReLU).add("pool", models.AvgPool, hollow, nil).
		do("flat", models.Flatten).linear("fc", 96, 3).net
	// How near Grad-CAM is, which is summed up in another order: in deep networks,
	// where linear layers' sums cancel, and elsewhere.
	const deep, cancelling, flat = 1e-4, 1e-5, 1e-6
	for _, test := range []struct {
		name   string
		net    *models.Network
		layers []string
		within float64
	}{
		{"all of a residual network", residual, residual.Explainable(), deep},
		{"terms before their sum", residual, []string{"layer2.0.bn2", "layer1.0.conv2", "layer1.0.bn2", "layer2.0.conv1"}, deep},
		{"both terms", residual, []string{"layer2.0.downsample.0", "layer2.0.downsample.1", "layer2.0.bn2"}, deep},
		{"before global pooling", residual, []string{"layer4"}, deep},
		{"a convolution before its normalisation", residual, []string{"layer4.1.conv2"}, deep},
		{"before a 1x1 convolution", squeeze, []string{"features.12"}, deep},
		{"a 1x1 convolution and what it reads", squeeze, []string{"classifier.1", "features.12"}, deep},
		{"in a concatenation", squeeze, []string{"features.12.expand1x1"}, deep},
		{"before pooling and linear layers", dense, []string{"relu"}, cancelling},
		{"before linear layers", dense, []string{"pool"}, cancelling},
		{"pooled and not", dense, []string{"x", "relu", "pool"}, cancelling},
		{"before average pooling", empty, []string{"relu"}, flat},
		{"before a convolution with a normalisation", scaled, []string{"relu"}, flat},
		{"before a convolution of groups", grouped, []string{"relu"}, flat},
		{"before a dilated pooling", spread, []string{"relu"}, flat},
		{"all of a branched network", branches, branches.Explainable(), flat},
	} {
		t.Run(test.name, func(t *testing.T) {
			e, err := compute.Open(test.net, compute.Options{Device: "cpu"})
			if err != nil {
				t.Fatal(err)
			}
			defer e.Close()
			first := weights.FormulaTensor("input", 1, 3, test.net.Input.Height, test.net.Input.Width)
			second := weights.FormulaTensor("another", first.Shape()...)
			reqs := []request{{Input: first, Layers: test.layers, Class: 2}, {Input: second, Class: compute.TopClass}}
			for _, m := range []struct {
				name      string
				tolerance float64
			}{{"gradcam", test.within}, {"hirescam", 0}, {"eigencam", 0}} {
				alike(t, e, reqs, m.name, m.tolerance)
			}
		})
	}
}

// Methods that run the network again, too, are those of a pass.
func TestExplainRunsTheNetworkAgain(t *testing.T) {
	net := branched(t).net
	e, err := compute.Open(net, compute.Options{Device: "cpu"})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	input := weights.FormulaTensor("input", 1, 3, net.Input.Height, net.Input.Width)
	alike(t, e, []request{{Input: input, Layers: []string{"inner", "outer"}, Class: 1}}, "scorecam", 0)
}

// alike holds the maps of requests against those that passes have.
func alike(t *testing.T, e *compute.Explainer, reqs []request, name string, tolerance float64) {
	t.Helper()
	m, err := cam.ByName(name)
	if err != nil {
		t.Fatal(err)
	}
	maps, err := explainEach(t.Context(), e, reqs, m)
	if err != nil {
		t.Fatal(err)
	}
	passes, err := runBatch(t.Context(), e, reqs)
	if err != nil {
		t.Fatal(err)
	}
	if len(maps) != len(passes) {
		t.Fatalf("%s: maps of %d pictures, not %d", name, len(maps), len(passes))
	}
	for i, pass := range passes {
		if got := len(maps[i].Explanations); got != len(pass.Layers) {
			t.Fatalf("%s: picture %d has maps of %d layers, not %d", name, i, got, len(pass.Layers))
		}
		if maps[i].Elapsed <= 0 {
			t.Errorf("%s: picture %d took %v", name, i, maps[i].Elapsed)
		}
		for k, l := range pass.Layers {
			want, err := pass.Explain(t.Context(), l.Name, m)
			if err != nil {
				t.Fatal(err)
			}
			got := maps[i].Explanations[k]
			if got.Layer != l.Name || got.Class.Index != want.Class.Index || got.TargetName != want.TargetName ||
				got.Map.Height != want.Map.Height || got.Map.Width != want.Map.Width || !slices.Equal(got.Notices, want.Notices) {
				t.Errorf("%s of %s, picture %d: a map of %s for class %d (%s), %dx%d, notices %v, not of class %d (%s), %dx%d, notices %v", name, l.Name, i,
					got.Layer, got.Class.Index, got.TargetName, got.Map.Height, got.Map.Width, got.Notices,
					want.Class.Index, want.TargetName, want.Map.Height, want.Map.Width, want.Notices)
			}
			near := slices.EqualFunc(got.Map.Values, want.Map.Values, func(a, b float32) bool {
				return math.Abs(float64(a-b)) <= tolerance*(1+math.Abs(float64(b)))
			})
			if d := distance(got.Map.Values, want.Map.Values); !near || !(d <= tolerance) {
				t.Errorf("%s of %s, picture %d: relative L2 distance %.2g", name, l.Name, i, d)
			}
		}
	}
}

// A class switch runs only what leads back, also where nothing but maps is kept.
func TestExplainReusesTheWayForward(t *testing.T) {
	net := branched(t).net
	e, err := compute.Open(net, compute.Options{Device: "cpu"})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	m, err := cam.ByName("gradcam")
	if err != nil {
		t.Fatal(err)
	}
	input := weights.FormulaTensor("input", 1, 3, net.Input.Height, net.Input.Width)
	forward := func(class int, input *tensor.Dense) bool {
		maps, err := explainEach(t.Context(), e, []request{{Input: input, Class: class}}, m)
		if err != nil {
			t.Fatal(err)
		}
		return maps[0].Forward > 0
	}
	for i, step := range []struct {
		class int
		input *tensor.Dense
		want  bool
	}{{0, input, true}, {1, input, false}, {0, input.ShallowClone(), true}} {
		if got := forward(step.class, step.input); got != step.want {
			t.Errorf("step %d: the network ran forward: %t", i, got)
		}
	}
}
