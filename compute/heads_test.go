package compute_test

import (
	"errors"
	"math"
	"slices"
	"testing"

	"gaze/compute"
	"gaze/compute/cam"
	"gaze/models"
)

// headed is [tiny] with another head: a linear layer with a row of two weights and a
// bias for each output.
//
// With [redAndGreen], channel 0 of its convolution is (2, 0, 0, 0) and channel 1
// (0, -1, 0, 3). Behind the ReLU the means are 1/2 and 3/4. A row (4, -4) with the bias
// b thus gives the output b + 2 - 3.
func headed(t *testing.T, out models.Output, weight, bias []float32) *models.Network {
	t.Helper()
	n, of := &models.Network{Name: "headed", Output: out}, tiny(t)
	n.Input = of.Input
	for _, l := range of.Layers {
		if l.Kind == models.Linear {
			l.Params["weight"], l.Params["bias"] = dense(weight, len(bias), 2), dense(bias, len(bias))
		}
		if err := n.Append(l); err != nil {
			t.Fatal(err)
		}
	}
	return n
}

// The heads. In each, one output is -1/2.
func oneSigmoid(t *testing.T) *models.Network {
	return headed(t, models.Output{Activation: models.ActivationSigmoid}, []float32{4, -4}, []float32{0.5})
}

// oneNumber is the same output as a number.
func oneNumber(t *testing.T) *models.Network {
	return headed(t, models.Output{Activation: models.ActivationNone, Unit: "years"}, []float32{4, -4}, []float32{0.5})
}

// sigmoids has the outputs -1/2, 6 1/4 and -4.
func sigmoids(t *testing.T, threshold float64) *models.Network {
	return headed(t, models.Output{Activation: models.ActivationSigmoid, Threshold: threshold}, []float32{4, -4, 0, 8, -4, -4}, []float32{0.5, 0.25, 1})
}

// twoSoftmax has the outputs -1/2 and 6 1/4.
func twoSoftmax(t *testing.T) *models.Network {
	return headed(t, models.Output{Activation: models.ActivationSoftmax}, []float32{4, -4, 0, 8}, []float32{0.5, 0.25})
}

// σ(-1/2), the probability of an output of -1/2 by a sigmoid, and what 1 lacks of it.
const (
	sigmoidOfHalf = 0.3775406687981454
	restOfHalf    = 1 - sigmoidOfHalf
)

func TestScoresOfHeadsByHand(t *testing.T) {
	type score struct {
		index          int
		label          string
		logit          float32
		p              float64
		said, measured bool
	}
	sigmoid := func(y float64) float64 { return 1 / (1 + math.Exp(-y)) }
	for name, r := range map[string]struct {
		net *models.Network
		// top are the scores in their order, and the first is the class explained.
		top     []score
		notices []compute.Notice
	}{
		"one sigmoid": {oneSigmoid(t), []score{{1, "no", 0.5, restOfHalf, true, false}, {0, "yes", -0.5, sigmoidOfHalf, false, false}}, []compute.Notice{compute.NoticeNegated}},
		// yes is said from 0.3 on, though no is more probable.
		"one sigmoid with a low threshold": {
			headed(t, models.Output{Activation: models.ActivationSigmoid, Threshold: 0.3}, []float32{4, -4}, []float32{0.5}),
			[]score{{0, "yes", -0.5, sigmoidOfHalf, true, false}, {1, "no", 0.5, restOfHalf, false, false}},
			nil,
		},
		"three sigmoids": {sigmoids(t, 0), []score{{1, "class 1", 6.25, sigmoid(6.25), true, false}, {0, "class 0", -0.5, sigmoidOfHalf, false, false}, {2, "class 2", -4, sigmoid(-4), false, false}}, nil},
		"three sigmoids, two said": {
			sigmoids(t, 0.3),
			[]score{{1, "class 1", 6.25, sigmoid(6.25), true, false}, {0, "class 0", -0.5, sigmoidOfHalf, true, false}, {2, "class 2", -4, sigmoid(-4), false, false}},
			nil,
		},
		// σ(6.25) is 0.9981.
		"three sigmoids, none said": {
			sigmoids(t, 0.999),
			[]score{{1, "class 1", 6.25, sigmoid(6.25), false, false}, {0, "class 0", -0.5, sigmoidOfHalf, false, false}, {2, "class 2", -4, sigmoid(-4), false, false}},
			[]compute.Notice{compute.NoticeNotSaid},
		},
		// Which of the two is the higher number says nothing.
		"one number": {oneNumber(t), []score{{0, "higher", -0.5, math.NaN(), false, true}, {1, "lower", 0.5, math.NaN(), false, true}}, nil},
		// The difference of the logits is 6.75.
		"two outputs of a softmax": {twoSoftmax(t), []score{{1, "class 1", 6.25, sigmoid(6.75), true, false}, {0, "class 0", -0.5, sigmoid(-6.75), false, false}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			pass, err := run(t.Context(), open(t, r.net), request{Input: redAndGreen(), Layers: []string{"conv"}, Class: compute.TopClass})
			if err != nil {
				t.Fatal(err)
			}
			if len(pass.Top) != len(r.top) || pass.Class.Index != r.top[0].index {
				t.Fatalf("class %d is explained, the classes are %+v", pass.Class.Index, pass.Top)
			}
			for i, want := range r.top {
				got := pass.Top[i]
				p := float64(got.Probability)
				if got.Index != want.index || got.Label != want.label || got.Logit != want.logit || got.Said != want.said || got.Measured() != want.measured || math.Abs(p-want.p) > 1e-6 {
					t.Errorf("number %d is %+v, not %+v", i, got, want)
				}
				if want.measured != (got.Unit == "years") {
					t.Errorf("class %d is measured in %q", got.Index, got.Unit)
				}
			}
			e, err := pass.Explain(t.Context(), "conv", cam.GradCAM())
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(e.Notices, r.notices) {
				t.Errorf("notices are %v, not %v", e.Notices, r.notices)
			}
		})
	}
}

// A target's derivative by the linear layer's inputs is (a, b). By the pooled pixels it
// is a/4 and b/4. Behind the ReLU the map of both methods is a/4 (2, 0, 0, 0) + b/4 (0,
// 0, 0, 3) = (a/2, 0, 0, 3b/4). Before it, where channel 0 is positive at the first
// pixel alone and channel 1 at the last, that is HiResCAM's map still, but Grad-CAM's
// weights are a/16 and b/16, and its map (a/8, -b/16, 0, 3b/16).
func TestMapsOfHeadsByHand(t *testing.T) {
	// The derivative of σ at -1/2.
	const slope = sigmoidOfHalf * restOfHalf
	// The probability of class 0 of the softmax: σ(-6.75).
	p0 := 1 / (1 + math.Exp(6.75))
	target := func(kind compute.TargetKind, others ...int) compute.Target {
		return compute.Target{Kind: kind, Others: others}
	}
	three := sigmoids(t, 0)
	negated, saturates, notSaid := compute.NoticeNegated, compute.NoticeSaturates, compute.NoticeNotSaid
	rows := []struct {
		name    string
		net     *models.Network
		class   int
		target  compute.Target
		value   float64
		a, b    float64
		notices []compute.Notice
	}{
		// y = -1/2, whose derivative is (4, -4). The second class has -y.
		{"one sigmoid", oneSigmoid(t), 0, target(""), -0.5, 4, -4, []compute.Notice{notSaid}},
		{"one sigmoid", oneSigmoid(t), 1, target(""), 0.5, -4, 4, []compute.Notice{negated}},
		{"one sigmoid", oneSigmoid(t), 0, target(compute.TargetAgainst), 0.5, -4, 4, []compute.Notice{negated, notSaid}},
		{"one sigmoid", oneSigmoid(t), 1, target(compute.TargetAgainst), -0.5, 4, -4, nil},
		// y - (-y) and -y - y.
		{"one sigmoid", oneSigmoid(t), 0, target(compute.TargetContrast), -1, 8, -8, []compute.Notice{notSaid}},
		{"one sigmoid", oneSigmoid(t), 1, target(compute.TargetContrast), 1, -8, 8, []compute.Notice{negated}},
		// p and 1 - p.
		{"one sigmoid", oneSigmoid(t), 0, target(compute.TargetProbability), sigmoidOfHalf, 4 * slope, -4 * slope, []compute.Notice{saturates, notSaid}},
		{"one sigmoid", oneSigmoid(t), 1, target(compute.TargetProbability), restOfHalf, -4 * slope, 4 * slope, []compute.Notice{saturates, negated}},
		// The derivative of y + log σ(y) is 1 + σ(-y), that of -y + log σ(-y) is -1 - σ(y).
		{"one sigmoid", oneSigmoid(t), 0, target(compute.TargetReST), -0.5 + math.Log(sigmoidOfHalf), 4 * (1 + restOfHalf), -4 * (1 + restOfHalf), []compute.Notice{notSaid}},
		{"one sigmoid", oneSigmoid(t), 1, target(compute.TargetReST), 0.5 + math.Log(restOfHalf), -4 * (1 + sigmoidOfHalf), 4 * (1 + sigmoidOfHalf), []compute.Notice{negated}},

		{"one number", oneNumber(t), 0, target(""), -0.5, 4, -4, nil},
		{"one number", oneNumber(t), 1, target(""), 0.5, -4, 4, []compute.Notice{negated}},
		{"one number", oneNumber(t), 0, target(compute.TargetAgainst), 0.5, -4, 4, []compute.Notice{negated}},
		{"one number", oneNumber(t), 0, target(compute.TargetContrast), -1, 8, -8, nil},

		// The rows are (4, -4), (0, 8) and (-4, -4); no other class has a part in a class's
		// probability.
		{"three sigmoids", three, 0, target(""), -0.5, 4, -4, []compute.Notice{notSaid}},
		{"three sigmoids", three, 1, target(""), 6.25, 0, 8, nil},
		{"three sigmoids", three, 2, target(compute.TargetAgainst), 4, 4, 4, []compute.Notice{notSaid}},
		{"three sigmoids", three, 0, target(compute.TargetProbability), sigmoidOfHalf, 4 * slope, -4 * slope, []compute.Notice{saturates, notSaid}},
		{"three sigmoids", three, 0, target(compute.TargetReST), -0.5 + math.Log(sigmoidOfHalf), 4 * (1 + restOfHalf), -4 * (1 + restOfHalf), []compute.Notice{notSaid}},
		// (4, -4) - (0, 8), as class 1 is the most probable other one.
		{"three sigmoids", three, 0, target(compute.TargetContrast), -6.75, 4, -12, []compute.Notice{notSaid}},
		{"three sigmoids", three, 0, target(compute.TargetContrast, 2), 3.5, 8, 0, []compute.Notice{notSaid}},
		{"three sigmoids", three, 0, target(compute.TargetSum, 2), -4.5, 0, -8, []compute.Notice{compute.NoticeEmpty, notSaid}},

		// The probability's derivative is p (1 - p) times that of the logits' difference.
		{"two outputs of a softmax", twoSoftmax(t), 0, target(""), -0.5, 4, -4, nil},
		{"two outputs of a softmax", twoSoftmax(t), 1, target(""), 6.25, 0, 8, nil},
		{"two outputs of a softmax", twoSoftmax(t), 0, target(compute.TargetAgainst), 0.5, -4, 4, nil},
		{"two outputs of a softmax", twoSoftmax(t), 0, target(compute.TargetContrast), -6.75, 4, -12, nil},
		{"two outputs of a softmax", twoSoftmax(t), 0, target(compute.TargetSum, 1), 5.75, 4, 4, nil},
		{"two outputs of a softmax", twoSoftmax(t), 0, target(compute.TargetProbability), p0, 4 * p0 * (1 - p0), -12 * p0 * (1 - p0), []compute.Notice{compute.NoticeProbability}},
		{"two outputs of a softmax", twoSoftmax(t), 1, target(compute.TargetProbability), 1 - p0, -4 * p0 * (1 - p0), 12 * p0 * (1 - p0), []compute.Notice{compute.NoticeProbability}},
		{"two outputs of a softmax", twoSoftmax(t), 0, target(compute.TargetReST), -0.5 + math.Log(p0), 4 + 4*(1-p0), -4 - 12*(1-p0), nil},
	}
	for _, r := range rows {
		t.Run(r.name+" "+string(r.target.Kind), func(t *testing.T) {
			x := open(t, r.net)
			input := redAndGreen()
			pass, err := run(t.Context(), x, request{Input: input, Layers: []string{"conv", "relu"}, Class: r.class, Target: r.target})
			if err != nil {
				t.Fatal(err)
			}
			if got := pass.Target.Value(r.net.Output, pass.Logits, r.class); math.Abs(got-r.value) > 1e-5 {
				t.Errorf("class %d: the target is %v, not %v", r.class, got, r.value)
			}
			behind := []float64{r.a / 2, 0, 0, 3 * r.b / 4}
			for _, m := range []struct {
				method, layer string
				want          []float64
			}{
				{"gradcam", "conv", []float64{r.a / 8, -r.b / 16, 0, 3 * r.b / 16}},
				{"hirescam", "conv", behind},
				{"gradcam", "relu", behind},
				{"hirescam", "relu", behind},
			} {
				method, err := cam.ByName(m.method)
				if err != nil {
					t.Fatal(err)
				}
				e, err := pass.Explain(t.Context(), m.layer, method)
				if err != nil {
					t.Fatal(err)
				}
				// The other way to the map, without a pass.
				answers, err := x.Explain(t.Context(), compute.Recipe{Layers: []string{m.layer}, Methods: []cam.Method{method}, Class: r.class, Target: r.target}, &compute.Subject{Input: input})
				if err != nil || answers[0].Outcomes[0].Err != nil {
					t.Fatal(err, answers[0].Outcomes[0].Err)
				}
				for _, e := range []*compute.Explanation{e, answers[0].Outcomes[0].Explanation} {
					for i, want := range m.want {
						if math.Abs(float64(e.Map.Values[i])-want) > 1e-5*max(1, math.Abs(want)) {
							t.Fatalf("class %d, %s at %s: the map is %v, not %v", r.class, m.method, m.layer, e.Map.Values, m.want)
						}
					}
					if m.layer == "conv" && m.method == "hirescam" && !slices.Equal(e.Notices, r.notices) {
						t.Errorf("class %d: notices are %v, not %v", r.class, e.Notices, r.notices)
					}
				}
			}
		})
	}
}

func TestTargetsThatAHeadDoesNotHave(t *testing.T) {
	for _, r := range []struct {
		net    *models.Network
		target compute.Target
		want   error
	}{
		{oneNumber(t), compute.Target{Kind: compute.TargetProbability}, compute.ErrNoProbability},
		{oneNumber(t), compute.Target{Kind: compute.TargetReST}, compute.ErrNoProbability},
		// y and -y are 0 together, whatever the picture.
		{oneNumber(t), compute.Target{Kind: compute.TargetSum, Others: []int{1}}, compute.ErrSumOfBoth},
		{oneSigmoid(t), compute.Target{Kind: compute.TargetSum, Others: []int{1}}, compute.ErrSumOfBoth},
	} {
		if _, err := (compute.Recipe{Target: r.target}).Check(r.net); !errors.Is(err, r.want) {
			t.Errorf("%s of %s: %v, not %v", r.target.Kind, r.net.Output.Kind(), err, r.want)
		}
	}
}

// One output with the difference of two weights is the softmax of both: the
// probabilities are the same, and so are their maps for each class.
func TestOneSigmoidIsTwoOutputsOfASoftmax(t *testing.T) {
	pair := twoSoftmax(t)
	one := headed(t, models.Output{Activation: models.ActivationSigmoid}, []float32{4, -12}, []float32{0.25})
	for class := range 2 {
		var maps [2][]float32
		var p [2]float32
		for i, net := range []*models.Network{pair, one} {
			pass, err := run(t.Context(), open(t, net), request{
				Input: redAndGreen(), Layers: []string{"conv"}, Class: class, Target: compute.Target{Kind: compute.TargetProbability},
			})
			if err != nil {
				t.Fatal(err)
			}
			e, err := pass.Explain(t.Context(), "conv", cam.GradCAM())
			if err != nil {
				t.Fatal(err)
			}
			maps[i], p[i] = e.Map.Values, pass.Class.Probability
		}
		if math.Abs(float64(p[0]-p[1])) > 1e-6 {
			t.Errorf("class %d: probability %v by the softmax, %v by the sigmoid", class, p[0], p[1])
		}
		for k := range maps[0] {
			if math.Abs(float64(maps[0][k]-maps[1][k])) > 1e-7 {
				t.Errorf("class %d: the map is %v by the softmax, %v by the sigmoid", class, maps[0], maps[1])
				break
			}
		}
	}
}

// A map shows what raises its class's logit, whether that is above zero or below:
// nothing divides by the logit or takes its sign. Red speaks for the first class and
// green for the second.
func TestSignOfALogitTurnsNoMap(t *testing.T) {
	for _, bias := range []float32{0.5, 1.5} { // y is -1/2 and 1/2
		net := headed(t, models.Output{Activation: models.ActivationSigmoid}, []float32{4, -4}, []float32{bias})
		for class, at := range []int{0, 3} {
			for _, name := range []string{"gradcam", "hirescam", "layercam", "xgradcam", "gradcam++", "ablationcam", "cam", "shapleycam", "finercam"} {
				m, err := cam.ByName(name)
				if err != nil {
					t.Fatal(err)
				}
				pass, err := run(t.Context(), open(t, net), request{Input: redAndGreen(), Layers: []string{"relu"}, Class: class})
				if err != nil {
					t.Fatal(err)
				}
				if pass.Class.Logit != map[int]float32{0: bias - 1, 1: 1 - bias}[class] {
					t.Fatalf("the logit of class %d is %v", class, pass.Class.Logit)
				}
				e, err := pass.Explain(t.Context(), "relu", m)
				if err != nil {
					t.Fatal(err)
				}
				for i, v := range e.Map.Values {
					if (i == at) != (v > 0) {
						t.Errorf("%s, logit %v of class %d: the map is %v", m.Title, pass.Class.Logit, class, e.Map.Values)
						break
					}
				}
			}
		}
	}
}
