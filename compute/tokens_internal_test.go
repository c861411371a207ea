package compute

import (
	"math"
	"math/rand/v2"
	"testing"

	"gorgonia.org/tensor"

	"gaze/models"
)

// tokenNet divides a picture of 8x12 into 4x6 patches, makes tokens of them after one
// without a place, puts windows of 2x3 of them in the order of axes that programs use,
// and ends with a product of all tokens' channels, a function that bends and a linear
// layer of the first token and the mean of all.
func tokenNet(t *testing.T) *models.Network {
	t.Helper()
	net := &models.Network{Name: "tokens", Input: models.Input{
		Height: 8, Width: 12, Resize: 8, Fit: models.FitCrop, Channels: models.RGB, Scale: 1, Mean: []float32{0, 0, 0}, Std: []float32{1, 1, 1},
	}}
	rng := rand.New(rand.NewPCG(3, 4))
	numbers := func(shape ...int) *tensor.Dense {
		v := make([]float32, tensor.Shape(shape).TotalSize())
		for i := range v {
			v[i] = 2*rng.Float32() - 1
		}
		return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(v))
	}
	add := func(name string, kind models.Kind, a models.Attr, params map[string]*tensor.Dense, in ...string) {
		if err := net.Append(models.Layer{Name: name, Kind: kind, Attr: a, Params: params, Inputs: in}); err != nil {
			t.Fatal(err)
		}
	}
	constant := func(name string, shape ...int) {
		add(name, models.Constant, models.Attr{}, map[string]*tensor.Dense{"value": numbers(shape...)})
	}
	add("patches", models.Conv, models.Attr{Kernel: [2]int{2, 2}, Stride: [2]int{2, 2}, Dilation: [2]int{1, 1}, Groups: 1},
		map[string]*tensor.Dense{"weight": numbers(5, 3, 2, 2), "bias": numbers(5)}, models.InputName)
	add("windows", models.View, models.Attr{Shape: []int{1, 5, 2, 2, 2, 3}}, nil, "patches")
	add("turned", models.Transpose, models.Attr{Order: []int{0, 2, 4, 3, 5, 1}}, nil, "windows")
	add("parted", models.View, models.Attr{Shape: []int{4, 6, 5}}, nil, "turned")
	add("flat", models.View, models.Attr{Shape: []int{1, 24, 5}}, nil, "parted")
	constant("class", 1, 1, 5)
	add("tokens", models.Concat, models.Attr{Axis: 1}, nil, "class", "flat")
	constant("weight", 1, 5, 5)
	add("product", models.MatMul, models.Attr{}, nil, "tokens", "weight")
	add("bent", models.SiLU, models.Attr{}, nil, "product")
	add("mean", models.ReduceMean, models.Attr{Axes: []int{1}}, nil, "bent")
	add("first", models.Slice, models.Attr{Axis: 1, From: 0, To: 1, Step: 1}, nil, "bent")
	add("both", models.Mul, models.Attr{}, nil, "mean", "first")
	add("vector", models.View, models.Attr{Shape: []int{1, 5}}, nil, "both")
	add("head", models.Linear, models.Attr{}, map[string]*tensor.Dense{"weight": numbers(3, 5), "bias": numbers(3)}, "vector")
	return net
}

// TestTokensAreHandedOutAsPictures: whatever the order in which a layer has tokens, and
// whether it has more of them, its activation, its gradient, what follows another
// activation and the second derivative are those of the picture that they are made of.
func TestTokensAreHandedOutAsPictures(t *testing.T) {
	net := tokenNet(t)
	explainer, err := Open(net, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer explainer.Close()
	same := []string{"patches", "windows", "turned", "parted", "flat", "tokens"}
	if got := net.Explainable(); len(got) != len(same)+2 {
		t.Fatalf("tokens are found in %v", got)
	}
	v := make([]float32, 3*8*12)
	rng := rand.New(rand.NewPCG(5, 6))
	for i := range v {
		v[i] = 2*rng.Float32() - 1
	}
	input := tensor.New(tensor.WithShape(1, 3, 8, 12), tensor.WithBacking(v))
	for _, layers := range [][]string{same[1:], {"parted"}, {"tokens"}} {
		passes, err := explainer.Run(t.Context(), Recipe{Layers: append([]string{"patches"}, layers...), Class: 1}, &Subject{Input: input}, &Subject{Input: input})
		if err != nil {
			t.Fatal(err)
		}
		for _, pass := range passes {
			want := pass.Layers[0]
			for _, l := range pass.Layers[1:] {
				if l.Height != 4 || l.Width != 6 || l.Channels != 5 {
					t.Fatalf("%s is %dx%dx%d", l.Name, l.Channels, l.Height, l.Width)
				}
				equal(t, l.Name, l.Activation, want.Activation)
				equal(t, "the gradient at "+l.Name, l.Gradient, want.Gradient)
			}
		}
	}
	passes, err := explainer.Run(t.Context(), Recipe{Layers: same, Class: 1}, &Subject{Input: input})
	if err != nil {
		t.Fatal(err)
	}
	pass := passes[0]
	changed := make([]float32, len(pass.Layers[0].Activation))
	for i := range changed {
		changed[i] = 2*rng.Float32() - 1
	}
	seed := []float32{0.5, -1, 2}
	var logits, curved []float32
	for i, l := range pass.Layers {
		p := &probe{pass, i}
		list, err := p.engine().LogitsAfter(t.Context(), input, l.Name, [][]float32{l.Activation, changed})
		if err != nil {
			t.Fatal(err)
		}
		along, bend, err := p.Curvature(t.Context(), seed, changed)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "logits of the layer's own activation after "+l.Name, list[0], pass.Logits)
		if i == 0 {
			logits, curved = list[1], append(along, bend...)
			continue
		}
		equal(t, "logits after "+l.Name, list[1], logits)
		equal(t, "the second derivative at "+l.Name, append(along, bend...), curved)
	}
}

func equal(t *testing.T, what string, got, want []float32) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d numbers, not %d", what, len(got), len(want))
	}
	for i, v := range want {
		if d := math.Abs(float64(got[i] - v)); !(d <= 1e-5) {
			t.Fatalf("%s: number %d is %v, not %v", what, i, got[i], v)
		}
	}
}
