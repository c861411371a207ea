package compute_test

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gorgonia.org/tensor"

	"gaze/compute"
	"gaze/compute/cam"
	"gaze/compute/faith"
	"gaze/models"
)

// The pictures that [leftBright] is trained with are grey, side x side, and have a
// brightness of about 1 or -1 for each half.
const side = 8

// halves is a picture whose halves are bright or dark, with noise.
func halves(random *rand.Rand, left, right bool) []float32 {
	x := make([]float32, side*side)
	for i := range x {
		bright := left
		if i%side >= side/2 {
			bright = right
		}
		x[i] = float32(0.3 * random.NormFloat64())
		if bright {
			x[i]++
		} else {
			x[i]--
		}
	}
	return x
}

// learner is a convolution of 3x3 with a ReLU, and a linear layer of one output that
// reads all of its pixels.
type learner struct {
	kernel, bias []float32 // kernels x 3 x 3, kernels
	weight       []float32 // kernels x side x side
	offset       []float32 // 1
}

const kernels = 4

// decay is the share of the linear layer's weights that is lost with each step.
const decay = 1e-3

// forward returns the ReLU's output and the logit of a picture.
func (l *learner) forward(x []float32) (a []float32, y float64) {
	a = make([]float32, kernels*side*side)
	y = float64(l.offset[0])
	for i := range a {
		k, row, col := i/(side*side), i/side%side, i%side
		v := l.bias[k]
		each3x3(row, col, func(tap, at int) { v += l.kernel[9*k+tap] * x[at] })
		a[i] = max(v, 0)
		y += float64(a[i] * l.weight[i])
	}
	return a, y
}

// each3x3 calls f with the taps of a kernel around a pixel that lie in the picture.
func each3x3(row, col int, f func(tap, at int)) {
	for tap := range 9 {
		r, c := row+tap/3-1, col+tap%3-1
		if r >= 0 && r < side && c >= 0 && c < side {
			f(tap, r*side+c)
		}
	}
}

// learn takes a step down the gradient of the cross-entropy of one picture.
func (l *learner) learn(x []float32, yes bool, rate float64) {
	a, y := l.forward(x)
	step := -1 / (1 + math.Exp(-y))
	if yes {
		step++
	}
	by := float32(rate * step)
	l.offset[0] += by
	for i, v := range a {
		// Weights that say nothing fade.
		l.weight[i] *= 1 - decay
		if v == 0 {
			continue
		}
		k, back := i/(side*side), by*l.weight[i]
		l.weight[i] += by * v
		l.bias[k] += back
		each3x3(i/side%side, i%side, func(tap, at int) { l.kernel[9*k+tap] += back * x[at] })
	}
}

// leftBright is a network of one sigmoid that has learned, in a few steps of gradient
// descent, whether the left half of a picture is bright. The right half says nothing.
func leftBright(t *testing.T) *models.Network {
	t.Helper()
	random := rand.New(rand.NewPCG(7, 8))
	fresh := func(n int, spread float64) []float32 {
		v := make([]float32, n)
		for i := range v {
			v[i] = float32(spread * random.NormFloat64())
		}
		return v
	}
	l := learner{kernel: fresh(9*kernels, 0.3), bias: fresh(kernels, 0), weight: fresh(kernels*side*side, 0.05), offset: fresh(1, 0)}
	for range 5000 {
		left := random.IntN(2) == 0
		l.learn(halves(random, left, random.IntN(2) == 0), left, 0.02)
	}
	in := models.Input{Height: side, Width: side, Resize: side, Fit: models.FitStretch, Channels: models.Gray, Scale: 1, Mean: []float32{0}, Std: []float32{1}}
	net := &models.Network{Name: "left", Input: in, Output: models.Output{Activation: models.ActivationSigmoid}}
	for _, layer := range []models.Layer{
		{
			Name: "conv", Kind: models.Conv, Inputs: []string{models.InputName},
			Attr:   models.Attr{Kernel: [2]int{3, 3}, Stride: [2]int{1, 1}, Dilation: [2]int{1, 1}, Pad: [4]int{1, 1, 1, 1}, Groups: 1},
			Params: map[string]*tensor.Dense{"weight": dense(l.kernel, kernels, 1, 3, 3), "bias": dense(l.bias, kernels)},
		},
		{Name: "relu", Kind: models.ReLU, Inputs: []string{"conv"}},
		{Name: "flatten", Kind: models.Flatten, Inputs: []string{"relu"}},
		{Name: "fc", Kind: models.Linear, Inputs: []string{"flatten"}, Params: map[string]*tensor.Dense{"weight": dense(l.weight, 1, kernels*side*side), "bias": dense(l.offset, 1)}},
	} {
		if err := net.Append(layer); err != nil {
			t.Fatal(err)
		}
	}
	net.SetTrainingLabels([]string{"dark", "bright"})
	return net
}

// shareLeft is how much of what a map has above zero lies in the left half, 0..1.
func shareLeft(m cam.Map) float64 {
	var left, all float64
	for i, v := range m.Values {
		if v <= 0 {
			continue
		}
		all += float64(v)
		if i%m.Width < m.Width/2 {
			left += float64(v)
		}
	}
	return left / all
}

// Pictures that the network has not learned from are explained where it looks: on the
// left, for the class that it says, which of dark pictures is the second. Where the
// right half is as bright as the left, only HiResCAM can tell: Grad-CAM averages the
// gradient over both halves.
func TestMapsOfATrainedSigmoidLieWhereItLooks(t *testing.T) {
	net := leftBright(t)
	x := open(t, net)
	random := rand.New(rand.NewPCG(9, 10))
	hiResCAM, err := cam.ByName("hirescam")
	if err != nil {
		t.Fatal(err)
	}
	metrics := metricsCalled(t, "deletion", "gap", "road")
	figures := make(map[string][][]faith.Figure)
	for n := range 160 {
		left, right := n%2 == 0, n/2%2 == 0
		picture := halves(random, left, right)
		subject := &compute.Subject{Input: dense(picture, 1, 1, side, side)}
		pass, err := run(t.Context(), x, request{Input: subject.Input, Layers: []string{"relu"}, Class: compute.TopClass})
		if err != nil {
			t.Fatal(err)
		}
		want := map[bool]string{true: "bright", false: "dark"}[left]
		if pass.Class.Label != want || !pass.Class.Said || pass.Class.Probability < 0.5 {
			t.Fatalf("a picture whose left is %s is said to be %+v", want, pass.Class)
		}
		e, err := pass.Explain(t.Context(), "relu", hiResCAM)
		if err != nil {
			t.Fatal(err)
		}
		if share := shareLeft(e.Map); share < 0.8 {
			t.Errorf("left %v, right %v: %.0f %% of HiResCAM's map is on the left", left, right, 100*share)
		}
		blind, err := pass.Explain(t.Context(), "relu", cam.RandomCAM())
		if err != nil {
			t.Fatal(err)
		}
		of, err := x.Measure(t.Context(), subject, []*compute.Explanation{e}, blind, metrics, faith.Options{Steps: 16})
		if err != nil {
			t.Fatal(err)
		}
		if left == right {
			// ROAD paints a half over from the other, which is as bright.
			of[0] = slices.DeleteFunc(of[0], func(f faith.Figure) bool { return f.Metric.Name == "road" })
			want += " as the right"
		}
		figures[want] = append(figures[want], of[0])
		e, err = pass.Explain(t.Context(), "relu", cam.GradCAM())
		if err != nil {
			t.Fatal(err)
		}
		if share := shareLeft(e.Map); left != right && share < 0.8 || left == right && share > 0.7 {
			t.Errorf("left %v, right %v: %.0f %% of Grad-CAM's map is on the left", left, right, 100*share)
		}
	}
	for class, pictures := range figures {
		summaries, err := faith.Summarize(pictures)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range summaries {
			t.Logf("%s: %s %.3f, Random-CAM %.3f", class, s.Metric.Name, s.Value.Mean, s.Random.Mean)
			// Twice the error of the mean, so that luck is no reason.
			if err := 2 * s.Lead.Spread / math.Sqrt(float64(s.Lead.N)); !(s.Lead.Mean > err) {
				t.Errorf("%s: %s is %.3f, Random-CAM's %.3f, better by %.3f ± %.3f", class, s.Metric.Name, s.Value.Mean, s.Random.Mean, s.Lead.Mean, err)
			}
		}
	}
}

// Pictures that are run at once have each the class that the network says of it, and the
// map that they have alone.
func TestPicturesOfOneOutputAtOnce(t *testing.T) {
	x := open(t, leftBright(t))
	random := rand.New(rand.NewPCG(12, 13))
	subjects := make([]*compute.Subject, 5)
	for i := range subjects {
		subjects[i] = &compute.Subject{Input: dense(halves(random, i%2 == 0, true), 1, 1, side, side)}
	}
	recipe := compute.Recipe{Layers: []string{"relu"}, Class: compute.TopClass}
	answers, err := x.Explain(t.Context(), recipe, subjects...)
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range subjects {
		got, alone := answers[i].Outcomes[0].Explanation, mapOf(t, x, s.Input, recipe)
		if got.Class.Index != i%2 || alone.Class.Index != i%2 {
			t.Errorf("picture %d is of class %d among others, of %d alone", i, got.Class.Index, alone.Class.Index)
		}
		nearer(t, 1e-5, "map", got.Map.Values, alone.Map.Values)
	}
}

// What the network has learned is what its maps are made of: with the weights shuffled
// they are others, for either class.
func TestSanityOfATrainedSigmoid(t *testing.T) {
	net := leftBright(t)
	hiResCAM, err := cam.ByName("hirescam")
	if err != nil {
		t.Fatal(err)
	}
	for class := range 2 {
		input := dense(halves(rand.New(rand.NewPCG(11, uint64(class))), class == 0, true), 1, 1, side, side)
		explain := func(ctx context.Context, net *models.Network) ([]cam.Map, cam.Map, error) {
			x, err := compute.Open(net, compute.Options{Device: "cpu"})
			if err != nil {
				return nil, cam.Map{}, err
			}
			defer x.Close()
			answers, err := x.Explain(ctx, compute.Recipe{Methods: []cam.Method{hiResCAM}, Class: class}, &compute.Subject{Input: input})
			if err != nil {
				return nil, cam.Map{}, err
			}
			o := answers[0].Outcomes[0]
			if o.Err != nil {
				return nil, cam.Map{}, o.Err
			}
			return []cam.Map{o.Explanation.Map}, cam.Map{}, nil
		}
		const draws = 8
		ranks := make(map[string]float64)
		for seed := range uint64(draws) {
			stages, err := faith.Sanity(t.Context(), net, explain, 2, seed)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range stages {
				ranks[s.Layer] += s.Maps[0].Rank / draws
			}
		}
		for _, layer := range []string{"fc", "conv"} {
			if rank, ok := ranks[layer]; !ok || !(math.Abs(rank) < 0.3) {
				t.Errorf("class %d, randomised down to %s: a rank correlation of %v on average", class, layer, rank)
			}
		}
	}
}

func metricsCalled(t *testing.T, names ...string) []faith.Metric {
	t.Helper()
	list := make([]faith.Metric, len(names))
	for i, name := range names {
		var err error
		if list[i], err = faith.ByName(name); err != nil {
			t.Fatal(err)
		}
	}
	return list
}
