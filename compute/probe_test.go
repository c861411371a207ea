package compute_test

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"gaze/compute"
	"gaze/compute/cam"
	"gaze/models"
)

// explain makes a map of one picture.
func explain(t *testing.T, e *compute.Explainer, req request, method string) (cam.Map, error) {
	t.Helper()
	pass, err := run(t.Context(), e, req)
	if err != nil {
		t.Fatal(err)
	}
	m, err := cam.ByName(method)
	if err != nil {
		t.Fatal(err)
	}
	ex, err := pass.Explain(t.Context(), pass.Layers[0].Name, m)
	if err != nil {
		return cam.Map{}, err
	}
	return ex.Map, nil
}

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// The activations at relu are 2 at the top left of the first channel and 3 at
// the bottom right of the second; the logits are -0.5, 6.25 and -4.
func TestMethodsThatRunTheNetworkByHand(t *testing.T) {
	e, err := compute.Open(tiny(t), compute.Options{Device: "cpu"})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	// The picture with one channel's mask is the red pixel alone, or the green
	// one: class 1 then has its bias, 1/4, or its whole logit.
	red, green := sigmoid(0.25-6.25), sigmoid(6.25-0.25)
	// At i tenths of the masks, the logits are 1/4 and 6 i/10 + 1/4.
	dim, bright := sigmoid(0.25-3.55), sigmoid(3.55-0.25)
	rows := []struct {
		method string
		class  int
		want   []float64
	}{
		{"cam", 1, []float64{0, 0, 0, 24}},
		{"cam", 0, []float64{8, 0, 0, -12}},
		// Without the second channel 6 of 6.25 are lost.
		{"ablationcam", 1, []float64{0, 0, 0, 3 * 0.96}},
		// Of -0.5, 2 are lost with the first channel, and -3 with the second.
		{"ablationcam", 0, []float64{2 * 4, 0, 0, -3 * 6}},
		{"scorecam", 1, []float64{2 * red, 0, 0, 3 * green}},
		{"fasterscorecam", 1, []float64{2 * red, 0, 0, 3 * green}},
		{"iscam", 1, []float64{2 * dim, 0, 0, 3 * bright}},
		// The gradient is 2 at every pixel of the second channel, whatever the
		// noise: q = 4 / (8 + 3*8) at four pixels, times 2.
		{"smoothgradcam++", 1, []float64{0, 0, 0, 3}},
		// Nothing has a bias; of the picture times its gradient only the green
		// pixel is left.
		{"fullgrad", 1, []float64{0, 0, 0, 1}},
	}
	for _, r := range rows {
		got, err := explain(t, e, request{Input: redAndGreen(), Layers: []string{"relu"}, Class: r.class}, r.method)
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range r.want {
			if math.Abs(float64(got.Values[i])-want) > 1e-5 {
				t.Errorf("%s of class %d is %v, not %v", r.method, r.class, got.Values, r.want)
				break
			}
		}
	}
}

// SS-CAM with its noise: logit 1 is a quarter, and 2 times what is left of green
// minus blue at the two pixels that have some.
func TestSmoothedScoreCAMByHand(t *testing.T) {
	e, err := compute.Open(tiny(t), compute.Options{Device: "cpu"})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	random := rand.New(rand.NewPCG(1, 0))
	var red, green float64
	for range 35 {
		var noise [4]float64
		for k := range noise {
			noise[k] = float64(float32(2 * random.NormFloat64()))
		}
		red += (0.25 + 2*max(0, 3*noise[3]) + 2*max(0, -noise[1])) / 35
		green += (0.25 + 2*max(0, 3*(1+noise[3])) + 2*max(0, -noise[1])) / 35
	}
	got, err := explain(t, e, request{Input: redAndGreen(), Layers: []string{"relu"}, Class: 1}, "sscam")
	if err != nil {
		t.Fatal(err)
	}
	want := []float64{2 * sigmoid(red-green), 0, 0, 3 * sigmoid(green-red)}
	for i := range want {
		if math.Abs(float64(got.Values[i])-want[i]) > 1e-4 {
			t.Fatalf("the map is %v, not %v", got.Values, want)
		}
	}
}

// Finer-CAM is Grad-CAM of a target whose derivative is that of its formula.
func TestFinerCAMByDifferences(t *testing.T) {
	e, err := compute.Open(tiny(t), compute.Options{Device: "cpu"})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	target := func(y [3]float64) float64 {
		var n, m float64
		for _, d := range []int{0, 2} {
			n += math.Exp(y[d]) * (y[1] - y[d])
			m += math.Exp(y[d])
		}
		return n / m
	}
	rows := [3][2]float64{{4, -4}, {0, 8}, {-4, -4}}
	var want [4]float64
	for j, row := range rows {
		const step = 1e-5
		above, below := [3]float64{-0.5, 6.25, -4}, [3]float64{-0.5, 6.25, -4}
		above[j] += step
		below[j] -= step
		s := (target(above) - target(below)) / (2 * step)
		want[0] += 2 * s * row[0] / 4
		want[3] += 3 * s * row[1] / 4
	}
	got, err := explain(t, e, request{Input: redAndGreen(), Layers: []string{"relu"}, Class: 1}, "finercam")
	if err != nil {
		t.Fatal(err)
	}
	for i := range want {
		if math.Abs(float64(got.Values[i])-want[i]) > 1e-3 {
			t.Fatalf("the map is %v, not %v", got.Values, want)
		}
	}
}

func TestCAMNeedsItsHead(t *testing.T) {
	e, err := compute.Open(tiny(t), compute.Options{Device: "cpu"})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	if _, err := explain(t, e, request{Input: redAndGreen(), Layers: []string{"conv"}, Class: 1}, "cam"); !errors.Is(err, cam.ErrNeedsHead) {
		t.Errorf("before the ReLU: %v", err)
	}
}

// branched has a layer whose output goes two ways, one of them past "inner".
func branched(t *testing.T) *sketch {
	s := newSketch(t, 6, 5)
	s.conv("stem", 3, 4, 3, 1, 1)
	s.do("stem.relu", models.ReLU)
	s.conv("inner", 4, 4, 3, 1, 1)
	s.do("inner.relu", models.ReLU)
	s.conv("outer", 4, 4, 3, 1, 1)
	s.do("sum", models.Add, "outer", "stem.relu")
	s.do("relu", models.ReLU)
	s.do("gap", models.GlobalAvgPool)
	s.do("flat", models.Flatten)
	s.add("fc", models.Linear, models.Attr{}, map[string][]int{"weight": {3, 4}, "bias": {3}})
	return s
}

// What follows a layer, run alone on the layer's own activation, gives the
// network's logits, also where something goes past the layer; and an ablated
// channel gives those of the network with a convolution that lacks it.
func TestAblationOfABranch(t *testing.T) {
	s := branched(t)
	x := s.numbers(1, 3, 6, 5)
	e, err := compute.Open(s.net, compute.Options{Device: "cpu"})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	pass, err := run(t.Context(), e, request{Input: x, Layers: []string{"inner"}, Class: 1})
	if err != nil {
		t.Fatal(err)
	}
	m, err := cam.ByName("ablationcam")
	if err != nil {
		t.Fatal(err)
	}
	got, err := pass.Explain(t.Context(), "inner", m)
	if err != nil {
		t.Fatal(err)
	}
	y := float64(pass.Logits[1])
	want := make([]float64, 30)
	for c := range 4 {
		without := *s.net
		without.Layers = slices.Clone(s.net.Layers)
		for i, l := range without.Layers {
			if l.Name != "inner" {
				continue
			}
			weight, bias := l.Params["weight"].Clone().(*tensor.Dense), l.Params["bias"].Clone().(*tensor.Dense)
			clear(weight.Data().([]float32)[c*36 : (c+1)*36])
			bias.Data().([]float32)[c] = 0
			without.Layers[i].Params = map[string]*tensor.Dense{"weight": weight, "bias": bias}
		}
		other, err := compute.Open(&without, compute.Options{Device: "cpu"})
		if err != nil {
			t.Fatal(err)
		}
		logits, err := logits(t.Context(), other, []*tensor.Dense{x})
		if err != nil {
			t.Fatal(err)
		}
		if err := other.Close(); err != nil {
			t.Fatal(err)
		}
		w := (y - float64(logits[0][1])) / math.Abs(y)
		for i, a := range pass.Layers[0].Activation[c*30 : (c+1)*30] {
			want[i] += w * float64(a)
		}
	}
	for i := range want {
		if math.Abs(float64(got.Map.Values[i])-want[i]) > 1e-3 {
			t.Fatalf("at %d the map is %g, not %g", i, got.Map.Values[i], want[i])
		}
	}
}

// A method that runs the network many times ends soon after its context, and
// tells how far it is.
func TestMethodsThatRunTheNetworkCanBeCancelled(t *testing.T) {
	s := newSketch(t, 8, 8)
	s.conv("conv", 3, 64, 1, 0, 1)
	s.do("gap", models.GlobalAvgPool)
	s.do("flat", models.Flatten)
	s.add("fc", models.Linear, models.Attr{}, map[string][]int{"weight": {2, 64}, "bias": {2}})
	e, err := compute.Open(s.net, compute.Options{Device: "cpu"})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	for _, method := range []string{"scorecam", "ablationcam"} {
		pass, err := run(t.Context(), e, request{Input: s.numbers(1, 3, 8, 8), Layers: []string{"conv"}})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		var told []int
		pass.Progress = func(done, total int) {
			if total != 64 {
				t.Errorf("%d channels", total)
			}
			if told = append(told, done); done == 16 {
				cancel()
			}
		}
		m, err := cam.ByName(method)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := pass.Explain(ctx, "conv", m); !errors.Is(err, context.Canceled) || !slices.Equal(told, []int{8, 16}) {
			t.Errorf("%s told of %v and ended with %v", method, told, err)
		}
		cancel()
	}
}

// ShapleyCAM of class 1 at relu, after which all is linear: with J the rows of the
// linear layer over four pixels, p the probabilities and y the logits without
// their biases, G = (2 e - p) J and H A = -Σ_j p_j (y_j - p y) J_j.
func TestShapleyCAMByHand(t *testing.T) {
	e, err := compute.Open(tiny(t), compute.Options{Device: "cpu"})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	rows := [3][2]float64{{4, -4}, {0, 8}, {-4, -4}}
	logits, biases := [3]float64{-0.5, 6.25, -4}, [3]float64{0.5, 0.25, 1}
	var sum, mean float64
	var p, y [3]float64
	for j, l := range logits {
		sum += math.Exp(l)
		y[j] = l - biases[j]
	}
	for j, l := range logits {
		p[j] = math.Exp(l) / sum
		mean += p[j] * y[j]
	}
	var w [2]float64
	for j, row := range rows {
		s := -p[j] + p[j]*(y[j]-mean)/2
		if j == 1 {
			s += 2
		}
		w[0] += s * row[0] / 4
		w[1] += s * row[1] / 4
	}
	got, err := explain(t, e, request{Input: redAndGreen(), Layers: []string{"relu"}, Class: 1}, "shapleycam")
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{2 * w[0], 0, 0, 3 * w[1]} {
		if math.Abs(float64(got.Values[i])-want) > 1e-5 {
			t.Fatalf("the map is %v, not %v at %d", got.Values, want, i)
		}
	}
}

// Refine-CAM multiplies the layer's map with those of coarser layers behind it: of
// four rows of which the last two light up, each pair is averaged, and the lower
// half remains.
func TestRefineCAMByHand(t *testing.T) {
	s := newSketch(t, 4, 1)
	s.add("conv", models.Conv, models.Attr{Kernel: [2]int{1, 1}, Stride: [2]int{1, 1}, Dilation: [2]int{1, 1}, Groups: 1}, map[string][]int{"weight": {1, 3, 1, 1}})
	s.add("pool", models.AvgPool, models.Attr{Kernel: [2]int{2, 1}, Stride: [2]int{2, 1}, Dilation: [2]int{1, 1}}, nil)
	s.do("relu", models.ReLU)
	s.do("gap", models.GlobalAvgPool)
	s.do("flat", models.Flatten)
	s.add("fc", models.Linear, models.Attr{}, map[string][]int{"weight": {2, 1}, "bias": {2}})
	for name, values := range map[string][]float32{"conv": {1, 0, 0}, "fc": {1, -1}} {
		l, _ := s.net.Layer(name)
		copy(l.Params["weight"].Data().([]float32), values)
	}
	e, err := compute.Open(s.net, compute.Options{Device: "cpu"})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	x := dense([]float32{0, 0, 2, 4 /**/, 0, 0, 0, 0 /**/, 0, 0, 0, 0}, 1, 3, 4, 1)
	got, err := explain(t, e, request{Input: x, Layers: []string{"conv"}}, "refinecam")
	if err != nil {
		t.Fatal(err)
	}
	// conv's map is 0 0 1/2 1; relu's is 0 1, at four rows 0 1/4 3/4 1.
	for i, want := range []float64{0, 0, 0.375, 1} {
		if math.Abs(float64(got.Values[i])-want) > 1e-5 {
			t.Fatalf("the map is %v", got.Values)
		}
	}
	if _, err := explain(t, e, request{Input: x, Layers: []string{"relu"}}, "refinecam"); err == nil || !strings.Contains(err.Error(), "coarser") {
		t.Errorf("at the coarsest layer: %v", err)
	}
}
