package compute_test

import (
	"math"
	"slices"
	"testing"

	"gorgonia.org/tensor"

	"gaze/compute"
	"gaze/compute/cam"
	"gaze/compute/faith"
	"gaze/models"
	"gaze/models/weights"
)

// small is a network of two resolutions that ends in global average pooling and one
// linear layer, so that every method has a layer to explain.
func small(t *testing.T, name string, out models.Output, outputs int) *models.Network {
	t.Helper()
	n := formulaNet{t, &models.Network{Name: name, Output: out}}
	n.net.Input = models.Input{Height: 12, Width: 12, Resize: 12, Fit: models.FitStretch, Channels: models.RGB, Scale: 1, Mean: []float32{0, 0, 0}, Std: []float32{1, 1, 1}}
	n.conv("conv1", 3, 4, 1)
	n.add("relu1", models.ReLU, models.Attr{}, 0)
	n.conv("conv2", 4, 6, 2)
	n.add("relu2", models.ReLU, models.Attr{}, 0)
	n.append(models.Layer{Name: "pool", Kind: models.GlobalAvgPool})
	n.add("flatten", models.Flatten, models.Attr{}, 0)
	n.linear("head", 6, outputs)
	return n.net
}

// ofConvolutions are the methods that explain networks of convolutions.
func ofConvolutions() []cam.Method {
	return slices.DeleteFunc(cam.Methods(), func(m cam.Method) bool { return m.NeedsTokens })
}

// layerFor is the layer of small that a method can explain: only the last one has a head
// alone behind it, and only the first a coarser one to be refined by.
func layerFor(m cam.Method) string {
	if m.NeedsHead {
		return "relu2"
	}
	return "relu1"
}

// Every method has a finite map of every class of every kind of head.
func TestMethodsOnHeads(t *testing.T) {
	sigmoid, number := models.Output{Activation: models.ActivationSigmoid}, models.Output{Activation: models.ActivationNone}
	for _, net := range []*models.Network{
		small(t, "one sigmoid", sigmoid, 1), small(t, "one number", number, 1), small(t, "three sigmoids", sigmoid, 3), small(t, "three numbers", number, 3), small(t, "two of a softmax", models.Output{}, 2),
	} {
		t.Run(net.Name, func(t *testing.T) {
			x := open(t, net)
			input := weights.FormulaTensor("input", 1, 3, 12, 12)
			for _, m := range ofConvolutions() {
				for class := range net.Classes() {
					e := mapOf(t, x, input, compute.Recipe{Layers: []string{layerFor(m)}, Methods: []cam.Method{m}, Class: class})
					flat := true
					for _, v := range e.Map.Values {
						if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
							t.Fatalf("%s, class %d: the map has %v", m.Title, class, v)
						}
						flat = flat && v == e.Map.Values[0]
					}
					if flat && !slices.Contains(e.Notices, compute.NoticeEmpty) {
						t.Errorf("%s, class %d: the map is %v everywhere", m.Title, class, e.Map.Values[0])
					}
				}
			}
		})
	}
}

// Of one output, the second class's map is the negative of the first's where a method is
// linear in the gradient or in the target, and the same where it takes magnitudes or
// ignores the class; and no other notice says that it shows what lowers the output.
func TestMapsOfBothClassesOfOneOutput(t *testing.T) {
	linear := []string{"gradcam", "hirescam", "xgradcam", "cam", "ablationcam", "finercam"}
	for _, a := range []models.Activation{models.ActivationSigmoid, models.ActivationNone} {
		x := open(t, small(t, "one output", models.Output{Activation: a}, 1))
		input := weights.FormulaTensor("input", 1, 3, 12, 12)
		for _, m := range ofConvolutions() {
			var e [2]*compute.Explanation
			for class := range e {
				e[class] = mapOf(t, x, input, compute.Recipe{Layers: []string{layerFor(m)}, Methods: []cam.Method{m}, Class: class})
			}
			same := m.ClassAgnostic || m.Unsigned
			if slices.Contains(linear, m.Name) || a == models.ActivationNone && m.Name == "shapleycam" {
				opposed := make([]float32, len(e[0].Map.Values))
				for i, v := range e[0].Map.Values {
					opposed[i] = -v
				}
				nearer(t, 1e-6, m.Title+" of the other class, negated", e[1].Map.Values, opposed)
			} else if same {
				nearer(t, 1e-6, m.Title+" of the other class", e[1].Map.Values, e[0].Map.Values)
			} else if distance(e[1].Map.Values, e[0].Map.Values) < 1e-3 {
				t.Errorf("%s does not tell the classes apart", m.Title)
			}
			for class, e := range e {
				if got := slices.Contains(e.Notices, compute.NoticeNegated); got != (class == 1 && !same) {
					t.Errorf("%s, class %d: notices %v", m.Title, class, e.Notices)
				}
				if got := slices.Contains(e.Notices, compute.NoticeClassAgnostic); got != same {
					t.Errorf("%s, class %d: notices %v", m.Title, class, e.Notices)
				}
			}
		}
	}
}

// The first principal component of what the channels add has no sign either.
func TestEigenSmoothingOfOneOutputHasNoSign(t *testing.T) {
	x := open(t, small(t, "one sigmoid", models.Output{Activation: models.ActivationSigmoid}, 1))
	input := weights.FormulaTensor("input", 1, 3, 12, 12)
	var maps [2][]float32
	for class := range maps {
		e := mapOf(t, x, input, compute.Recipe{Layers: []string{"relu1"}, Class: class, Smoothing: compute.SmoothEigen})
		if !slices.Contains(e.Notices, compute.NoticeClassAgnostic) || slices.Contains(e.Notices, compute.NoticeNegated) || e.Method.Unsigned {
			t.Errorf("class %d: notices %v, and Grad-CAM is unsigned: %v", class, e.Notices, e.Method.Unsigned)
		}
		maps[class] = e.Map.Values
	}
	nearer(t, 1e-6, "the other class's", maps[1], maps[0])
}

// mapOf makes a recipe's only map.
func mapOf(t *testing.T, x *compute.Explainer, input *tensor.Dense, r compute.Recipe) *compute.Explanation {
	t.Helper()
	answers, err := x.Explain(t.Context(), r, &compute.Subject{Input: input})
	if err != nil {
		t.Fatal(err)
	}
	o := answers[0].Outcomes[0]
	if o.Err != nil {
		t.Fatal(o.Err)
	}
	return o.Explanation
}

// What a pass says of a picture stays as it is when the network runs again.
func TestLogitsAreThePassesOwn(t *testing.T) {
	for _, net := range []*models.Network{small(t, "softmax", models.Output{}, 3), small(t, "sigmoid", models.Output{Activation: models.ActivationSigmoid}, 1)} {
		x := open(t, net)
		first, err := run(t.Context(), x, request{Input: weights.FormulaTensor("input", 1, 3, 12, 12), Layers: []string{"relu2"}})
		if err != nil {
			t.Fatal(err)
		}
		before := slices.Clone(first.Logits)
		second, err := run(t.Context(), x, request{Input: weights.FormulaTensor("other", 1, 3, 12, 12), Layers: []string{"relu2"}})
		if err != nil {
			t.Fatal(err)
		}
		if slices.Equal(second.Logits, before) || !slices.Equal(first.Logits, before) {
			t.Errorf("%s: the logits %v became %v, the other picture's are %v", net.Name, before, first.Logits, second.Logits)
		}
		// A softmax's classes are its outputs, and nothing is copied.
		allocations := testing.AllocsPerRun(10, func() { net.OutputSeed(net.ClassLogits(before[:net.Outputs()])) })
		if net.Output.Exclusive() && allocations != 0 {
			t.Errorf("%v allocations", allocations)
		}
	}
}

// Of one output, what speaks against the first class is what speaks for the second, and
// measured by the same number; the first class's own map is measured by another.
func TestMeasuringAgainstAClassIsMeasuringTheOther(t *testing.T) {
	net := small(t, "one sigmoid", models.Output{Activation: models.ActivationSigmoid}, 1)
	x := open(t, net)
	subject := &compute.Subject{Input: weights.FormulaTensor("input", 1, 3, 12, 12)}
	maps := []*compute.Explanation{
		mapOf(t, x, subject.Input, compute.Recipe{Layers: []string{"relu1"}, Class: 0}),
		mapOf(t, x, subject.Input, compute.Recipe{Layers: []string{"relu1"}, Class: 0, Target: compute.Target{Kind: compute.TargetAgainst}}),
		mapOf(t, x, subject.Input, compute.Recipe{Layers: []string{"relu1"}, Class: 1}),
	}
	figures, err := x.Measure(t.Context(), subject, maps, nil, metricsCalled(t, "deletion", "insertion", "road-morf"), faith.Options{Steps: 6})
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range figures[1] {
		if other := figures[2][i].Value; math.Abs(f.Value-other) > 1e-6 || math.Abs(f.Value-figures[0][i].Value) < 1e-3 {
			t.Errorf("%s is %v of the class, %v against it and %v of the other", f.Metric.Name, figures[0][i].Value, f.Value, other)
		}
	}
}

// Smoothing, fusion and pytorch-grad-cam's scale do with a head of any kind.
func TestRefinementsOfHeads(t *testing.T) {
	layers := []string{"relu1", "relu2"}
	for _, a := range models.Activations() {
		for _, outputs := range []int{1, 3} {
			net := small(t, string(a), models.Output{Activation: a}, outputs)
			x := open(t, net)
			for class := range net.Classes() {
				for _, r := range []compute.Recipe{
					{Layers: layers, Fusion: compute.FuseMean},
					{Layers: layers, Fusion: compute.FuseMax},
					{Smoothing: compute.SmoothAugment},
					{Smoothing: compute.SmoothNoise},
					{Smoothing: compute.SmoothEigen},
					{Compat: true},
				} {
					r.Class = class
					e := mapOf(t, x, weights.FormulaTensor("input", 1, 3, 12, 12), r)
					for _, v := range e.Map.Values {
						if math.IsNaN(float64(v)) {
							t.Fatalf("%s of %d outputs, class %d, %+v: the map is %v", a, outputs, class, r, e.Map.Values)
						}
					}
				}
			}
		}
	}
}
