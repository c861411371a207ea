package models_test

import (
	"math"
	"slices"
	"testing"

	"gorgonia.org/tensor"

	"gaze/models"
)

// network is a network of one linear layer with that many outputs.
func network(t *testing.T, outputs int, out models.Output, labels ...string) *models.Network {
	t.Helper()
	n := &models.Network{Name: "n", Input: models.ImageNetInput(2, 2), Output: out, Labels: labels}
	weight := tensor.New(tensor.WithShape(outputs, 12), tensor.WithBacking(make([]float32, 12*outputs)))
	for _, l := range []models.Layer{
		{Name: "flat", Kind: models.Flatten, Inputs: []string{models.InputName}},
		{Name: "fc", Kind: models.Linear, Inputs: []string{"flat"}, Params: map[string]*tensor.Dense{"weight": weight}},
	} {
		if err := n.Append(l); err != nil {
			t.Fatal(err)
		}
	}
	return n
}

// Odds of 3 to 1 are a logit of log 3 for a sigmoid: probability 3/4.
var log3 = float32(math.Log(3))

func TestOutputsBecomeClasses(t *testing.T) {
	sigmoid, number := models.Output{Activation: models.ActivationSigmoid}, models.Output{Activation: models.ActivationNone}
	for _, r := range []struct {
		name          string
		net           *models.Network
		outputs       []float32
		logits        []float32
		probabilities []float64
		best          int
		says          []int
		labels        []string
	}{
		{"one sigmoid, high", network(t, 1, sigmoid), []float32{log3}, []float32{log3, -log3}, []float64{0.75, 0.25}, 0, []int{0}, []string{"yes", "no"}},
		{"one sigmoid, low", network(t, 1, sigmoid, "cat"), []float32{-log3}, []float32{-log3, log3}, []float64{0.25, 0.75}, 1, []int{1}, []string{"cat", "not cat"}},
		{
			"one sigmoid, low but above its threshold", network(t, 1, models.Output{Activation: models.ActivationSigmoid, Threshold: 0.2}, "dog", "cat"),
			[]float32{-log3},
			[]float32{-log3, log3},
			[]float64{0.25, 0.75},
			0,
			[]int{0},
			[]string{"dog", "cat"},
		},
		{
			"three sigmoids", network(t, 3, sigmoid),
			[]float32{log3, -log3, 0},
			[]float32{log3, -log3, 0},
			[]float64{0.75, 0.25, 0.5},
			0,
			[]int{0, 2},
			[]string{"class 0", "class 1", "class 2"},
		},
		{
			"three sigmoids, none high", network(t, 3, sigmoid),
			[]float32{-2 * log3, -log3, -3 * log3},
			[]float32{-2 * log3, -log3, -3 * log3},
			[]float64{0.1, 0.25, 1. / 28},
			1, nil,
			[]string{"class 0", "class 1", "class 2"},
		},
		{"a number", network(t, 1, number), []float32{-7}, []float32{-7, 7}, []float64{math.NaN(), math.NaN()}, 0, nil, []string{"higher", "lower"}},
		{"a number with a name", network(t, 1, number, "age"), []float32{7}, []float32{7, -7}, []float64{math.NaN(), math.NaN()}, 0, nil, []string{"age", "lower age"}},
		{"two softmax outputs", network(t, 2, models.Output{}), []float32{0, log3}, []float32{0, log3}, []float64{0.25, 0.75}, 1, []int{1}, []string{"class 0", "class 1"}},
	} {
		logits := r.net.ClassLogits(r.outputs)
		if !slices.Equal(logits, r.logits) || r.net.Classes() != len(r.logits) || r.net.Best(logits) != r.best {
			t.Errorf("%s: logits %v of %d classes, best %d", r.name, logits, r.net.Classes(), r.net.Best(logits))
		}
		for class, want := range r.probabilities {
			p := r.net.Output.Probability(logits, class)
			if !(math.Abs(p-want) < 1e-6) && !math.IsNaN(want) || math.IsNaN(p) != math.IsNaN(want) {
				t.Errorf("%s: class %d has probability %v, not %v", r.name, class, p, want)
			}
			if all := r.net.Output.AppendProbabilities([]float64{7}, logits, []int{class}); len(all) != 2 || all[0] != 7 || all[1] != p && !math.IsNaN(p) {
				t.Errorf("%s: class %d is appended as %v", r.name, class, all)
			}
			if said := r.net.Says(logits, r.net.Best(logits), class); said != slices.Contains(r.says, class) {
				t.Errorf("%s: class %d is said: %v", r.name, class, said)
			}
			if label := r.net.Label(class); label != r.labels[class] {
				t.Errorf("%s: class %d is called %q", r.name, class, label)
			}
			if l := r.net.Output.LogProbability(logits, class); !math.IsNaN(want) && !(math.Abs(l-math.Log(want)) < 1e-6) {
				t.Errorf("%s: class %d has log probability %v, not %v", r.name, class, l, math.Log(want))
			}
		}
	}
}

// A logarithm of a probability that rounds to 0 is still a number.
func TestLogProbabilityOfTheImpossible(t *testing.T) {
	for _, a := range []models.Activation{models.ActivationSigmoid, models.ActivationSoftmax} {
		out := models.Output{Activation: a}
		if l := out.LogProbability([]float32{-2000, 0}, 0); math.Abs(l+2000) > 1e-6 {
			t.Errorf("%s: %v, not -2000", a, l)
		}
	}
}

// The derivatives are those of the formula, by finite differences.
func TestLogDerivatives(t *testing.T) {
	logits, along := []float32{0.5, -1, 2}, []float32{1, -2, 0.5}
	const step = 1e-2
	moved := func(by float64, direction []float32) []float32 {
		to := slices.Clone(logits)
		for i, d := range direction {
			to[i] += float32(by) * d
		}
		return to
	}
	for _, a := range models.Activations() {
		out := models.Output{Activation: a}
		for class := range logits {
			first := out.LogDerivative(logits, class)
			for j := range logits {
				unit := make([]float32, len(logits))
				unit[j] = 1
				want := (out.LogProbability(moved(step, unit), class) - out.LogProbability(moved(-step, unit), class)) / (2 * step)
				if a == models.ActivationNone {
					want = 0
				}
				if math.Abs(first[j]-want) > 1e-4 {
					t.Errorf("%s: d log p(%d) / d y(%d) is %v, not %v", a, class, j, first[j], want)
				}
			}
			above, below := out.LogDerivative(moved(step, along), class), out.LogDerivative(moved(-step, along), class)
			for j, got := range out.LogCurvature(logits, class, along) {
				if want := (above[j] - below[j]) / (2 * step); math.Abs(got-want) > 1e-4 {
					t.Errorf("%s: the derivative along the direction is %v, not %v", a, got, want)
				}
			}
		}
	}
}

// The derivative by the one output is that by the first class's logit less that by the
// second's, because they are y and -y.
func TestOutputSeedOfOneOutput(t *testing.T) {
	n := network(t, 1, models.Output{Activation: models.ActivationSigmoid})
	if got := n.OutputSeed([]float32{3, 5}); !slices.Equal(got, []float32{-2}) {
		t.Errorf("the seed is %v, not -2", got)
	}
}

// Targets of training are 0 and 1, and 1 is what a high output means.
func TestTrainingLabelsOfOneOutput(t *testing.T) {
	one := network(t, 1, models.Output{Activation: models.ActivationSigmoid})
	one.SetTrainingLabels([]string{"cat", "dog"})
	two := network(t, 2, models.Output{})
	two.SetTrainingLabels([]string{"cat", "dog"})
	if one.Label(0) != "dog" || one.Label(1) != "cat" || two.Label(0) != "cat" {
		t.Errorf("one output's classes are %q, two outputs' %q", one.Labels, two.Labels)
	}
}

func TestActivationIsGuessedUntilSaid(t *testing.T) {
	one, three := network(t, 1, models.Output{}), network(t, 3, models.Output{})
	one.GuessActivation()
	three.GuessActivation()
	if one.Output.Kind() != models.ActivationSigmoid || three.Output.Kind() != models.ActivationSoftmax || len(one.Guesses) != 1 || len(three.Guesses) != 1 {
		t.Errorf("guessed %v %v and %v %v", one.Output, one.Guesses, three.Output, three.Guesses)
	}
	one.SetActivation(models.ActivationNone)
	if one.GuessActivation(); one.Output.Kind() != models.ActivationNone || len(one.Guesses) != 0 {
		t.Errorf("said to be a number, it is %v with guesses %v", one.Output, one.Guesses)
	}
}

func TestChannels(t *testing.T) {
	for n, want := range map[int]models.Channels{1: "L", 2: "LA", 3: "RGB", 4: "RGBA", 5: "RGBRG", 7: "RGBRGBR"} {
		if got := models.ChannelsFor(n); got != want {
			t.Errorf("%d channels are %q, not %q", n, string(got), want)
		}
	}
	for text, want := range map[string]models.Channels{"bgr": "BGR", "gray": "L", "Grey": "L", "rgba": "RGBA", "g": "G"} {
		if got, err := models.ParseChannels(text); got != want || err != nil {
			t.Errorf("%q is %q, %v", text, string(got), err)
		}
	}
	for _, text := range []string{"", "cmyk", "RGBX"} {
		if _, err := models.ParseChannels(text); err == nil {
			t.Errorf("%q is taken for channels", text)
		}
	}
	in := models.ImageNetInput(8, 8).WithChannels(models.BGR)
	if !slices.Equal(in.Mean, []float32{0.406, 0.456, 0.485}) || !slices.Equal(in.Std, []float32{0.225, 0.224, 0.229}) {
		t.Errorf("BGR has mean %v, deviation %v", in.Mean, in.Std)
	}
	if grey := in.WithChannels(models.Gray); len(grey.Mean) != 1 || math.Abs(float64(grey.Mean[0])-0.449) > 1e-6 || grey.Validate() != nil {
		t.Errorf("grey has mean %v: %v", grey.Mean, grey.Validate())
	}
}

// Two names are those of two classes, and a number is none.
func TestNumbersHaveNoClasses(t *testing.T) {
	n := network(t, 1, models.Output{Activation: models.ActivationSigmoid}, "cat", "dog")
	if !n.Named(2) || !n.Named(1) || n.Named(3) {
		t.Error("one output of a sigmoid has one name or two")
	}
	if err := n.SetOutput(models.Output{Activation: models.ActivationNone, Unit: "years"}); err != nil {
		t.Fatal(err)
	}
	if n.Named(2) || !n.Named(1) || n.Labels != nil {
		t.Errorf("a number is called %q", n.Labels)
	}
}
