package compute_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"gorgonia.org/tensor"

	"gaze/compute"
	"gaze/compute/cam"
	"gaze/compute/race"
	"gaze/models"
)

// sketch writes networks for tests: each layer reads the one before it unless
// it says otherwise, and parameters are random.
type sketch struct {
	t   *testing.T
	net *models.Network
	rng *rand.Rand
}

func newSketch(t *testing.T, height, width int) *sketch {
	return &sketch{t, &models.Network{
		Name:  "sketch",
		Input: models.Input{Height: height, Width: width, Resize: min(height, width), Fit: models.FitCrop, Channels: models.RGB, Scale: 1, Mean: []float32{0, 0, 0}, Std: []float32{1, 1, 1}},
	}, rand.New(rand.NewPCG(5, 6))}
}

// numbers are random ones between 1/2 and 3/2 of either sign.
func (s *sketch) numbers(shape ...int) *tensor.Dense {
	v := make([]float32, tensor.Shape(shape).TotalSize())
	for i := range v {
		v[i] = s.positive()
		if s.rng.IntN(2) == 0 {
			v[i] = -v[i]
		}
	}
	return dense(v, shape...)
}

func (s *sketch) positive() float32 { return 0.5 + s.rng.Float32() }

// add appends a layer under a name, with parameters "name" of given shapes.
func (s *sketch) add(name string, kind models.Kind, a models.Attr, params map[string][]int, inputs ...string) *sketch {
	s.t.Helper()
	if len(inputs) == 0 {
		inputs = []string{models.InputName}
		if n := len(s.net.Layers); n > 0 {
			inputs[0] = s.net.Layers[n-1].Name
		}
	}
	l := models.Layer{Name: name, Kind: kind, Attr: a, Inputs: inputs, Params: make(map[string]*tensor.Dense)}
	for _, key := range slices.Sorted(maps.Keys(params)) {
		l.Params[key] = s.numbers(params[key]...)
		if key == "running_var" {
			v := l.Params[key].Data().([]float32)
			for i := range v {
				v[i] = s.positive()
			}
		}
	}
	if err := s.net.Append(l); err != nil {
		s.t.Fatal(err)
	}
	return s
}

func (s *sketch) conv(name string, from, to, kernel, pad, groups int, inputs ...string) *sketch {
	s.t.Helper()
	return s.add(name, models.Conv, models.Attr{
		Kernel: [2]int{kernel, kernel}, Stride: [2]int{1, 1}, Dilation: [2]int{1, 1}, Pad: [4]int{pad, pad, pad, pad}, Groups: groups,
	}, map[string][]int{"weight": {to, from / groups, kernel, kernel}, "bias": {to}}, inputs...)
}

func (s *sketch) do(name string, kind models.Kind, inputs ...string) *sketch {
	s.t.Helper()
	return s.add(name, kind, models.Attr{}, nil, inputs...)
}

func (s *sketch) linear(name string, from, to int) *sketch {
	s.t.Helper()
	return s.add(name, models.Linear, models.Attr{}, map[string][]int{"weight": {to, from}, "bias": {to}})
}

func (s *sketch) layerNorm(name string, channels int, inputs ...string) *sketch {
	s.t.Helper()
	return s.add(name, models.LayerNorm, models.Attr{Epsilon: 1e-3}, map[string][]int{"weight": {channels}, "bias": {channels}}, inputs...)
}

func (s *sketch) batchNorm(name string, channels int, inputs ...string) *sketch {
	s.t.Helper()
	return s.add(name, models.BatchNorm, models.Attr{Epsilon: 1e-3}, map[string][]int{
		"weight": {channels}, "bias": {channels}, "running_mean": {channels}, "running_var": {channels},
	}, inputs...)
}

func (s *sketch) slice(name string, axis, from, to, step int, inputs ...string) *sketch {
	s.t.Helper()
	return s.add(name, models.Slice, models.Attr{Axis: axis, From: from, To: to, Step: step}, nil, inputs...)
}

// head is the classifier of so many channels.
func (s *sketch) head(channels int) *sketch {
	s.t.Helper()
	return s.do("gap", models.GlobalAvgPool).do("flatten", models.Flatten).linear("fc", channels, 3)
}

// sketches are small networks of the blocks that networks are made of today.
func sketches(t *testing.T) map[string]*models.Network {
	shape := func(s ...int) models.Attr { return models.Attr{Shape: s} }
	return map[string]*models.Network{
		"squeeze and excitation": newSketch(t, 5, 4).conv("x", 3, 6, 3, 1, 1).
			do("pool", models.GlobalAvgPool).conv("fc1", 6, 2, 1, 0, 1).do("relu", models.ReLU).conv("fc2", 2, 6, 1, 0, 1).do("gate", models.ReLU).
			do("scaled", models.Mul, "x", "gate").conv("y", 6, 4, 1, 0, 1).head(4).net,
		"attention by channel and by pixel": newSketch(t, 4, 5).conv("x", 3, 5, 1, 0, 1).
			do("mean", models.ChannelMean).do("max", models.ChannelMax, "x").do("both", models.Concat, "mean", "max").conv("gate", 2, 1, 3, 1, 1).
			do("seen", models.Mul, "gate", "x").do("best", models.GlobalMaxPool).do("sum", models.Add, "seen", "best", "mean").head(5).net,
		"block of ConvNeXt": newSketch(t, 4, 5).conv("stem", 3, 6, 1, 0, 1).layerNorm("norm0", 6).
			conv("dw", 6, 6, 3, 1, 6).do("last", models.Permute).layerNorm("norm", 6).linear("fc1", 6, 8).do("relu", models.ReLU).linear("fc2", 8, 6).
			do("first", models.Permute).add("gamma", models.Scale, models.Attr{}, map[string][]int{"weight": {6}}).do("block", models.Add, "gamma", "norm0").
			do("gap", models.GlobalAvgPool).layerNorm("norm1", 6).do("flatten", models.Flatten).linear("fc", 6, 3).net,
		"flatten with the channels last": newSketch(t, 2, 3).conv("x", 3, 4, 1, 0, 1).do("last", models.Permute).layerNorm("norm", 4).
			do("again", models.Add, "norm", "last").do("flatten", models.Flatten).linear("fc", 24, 3).net,
		"block of ShuffleNet": newSketch(t, 3, 4).conv("x", 3, 6, 1, 0, 1).slice("left", 1, 0, 3, 1, "x").slice("right", 1, 3, 6, 1, "x").
			conv("conv", 3, 3, 1, 0, 1, "right").do("join", models.Concat, "left", "conv").add("shuffle", models.ChannelShuffle, models.Attr{Groups: 2}, nil).
			conv("y", 6, 6, 1, 0, 3).do("gmp", models.GlobalMaxPool).add("flat", models.Reshape, shape(6), nil).batchNorm("norm", 6).linear("fc", 6, 3).net,
		"local response normalisation": newSketch(t, 5, 5).conv("x", 3, 7, 1, 0, 1).
			add("norm", models.LRN, models.Attr{Size: 5, Alpha: 0.5, Beta: 0.75, K: 2}, nil).
			add("even", models.LRN, models.Attr{Size: 4, Alpha: 1, Beta: 0.5, K: 1}, nil).
			add("pool", models.AvgPool, models.Attr{Kernel: [2]int{3, 3}, Stride: [2]int{2, 2}, Dilation: [2]int{1, 1}, Pad: [4]int{1, 1, 1, 1}, ExcludePad: true}, nil).
			head(7).net,
		"everything folded": newSketch(t, 4, 4).add("pad", models.Pad, models.Attr{Pad: [4]int{0, 1, 2, 1}}, nil).conv("x", 3, 4, 3, 1, 1).batchNorm("norm", 4).
			add("half", models.Scale, models.Attr{}, map[string][]int{"weight": {1}, "bias": {4}}).do("nothing", models.Identity).
			add("more", models.Scale, models.Attr{}, map[string][]int{"bias": {1}}).do("relu", models.ReLU).
			batchNorm("alone", 4).add("scale", models.Scale, models.Attr{}, map[string][]int{"weight": {4}, "bias": {4}}).do("relu2", models.ReLU).head(4).net,
		"by element": newSketch(t, 3, 4).conv("x", 3, 2, 1, 0, 1).add("pos", models.Scale, models.Attr{}, map[string][]int{"bias": {2, 3, 4}, "weight": {2}}).
			add("pad", models.Pad, models.Attr{Pad: [4]int{1, 0, 0, 2}, Value: 0.5}, nil).slice("rows", 2, 1, 4, 2).slice("columns", 3, 0, 6, 3).
			conv("y", 2, 3, 1, 0, 1).head(3).net,
		"two axes": newSketch(t, 3, 3).conv("x", 3, 4, 1, 0, 1).do("gap", models.GlobalAvgPool).do("flat", models.Flatten).
			do("square", models.Mul, "flat", "flat").add("above", models.Scale, models.Attr{}, map[string][]int{"weight": {4}}).do("rest", models.Sub, "flat", "above").
			slice("one", 1, 0, 1, 1).do("share", models.Div, "rest", "one").do("join", models.Concat, "share", "one", "flat").slice("odd", 1, 1, 9, 2).
			layerNorm("norm", 4).add("spatial", models.Reshape, shape(1, 2, 2), nil).conv("again", 1, 2, 1, 0, 1).do("end", models.Flatten).linear("fc", 8, 3).net,
	}
}

// TestSketches holds networks against their plain evaluation: the logits, the
// activation of every layer with an extent in space and its gradient, where
// all those layers are tapped, so that nothing is optimised away, and where
// one is.
func TestSketches(t *testing.T) {
	race.SkipNumbers(t)
	for name, net := range sketches(t) {
		t.Run(name, func(t *testing.T) {
			engine := open(t, net)
			rng := rand.New(rand.NewPCG(8, 9))
			reqs := make([]request, 2)
			inputs := make([][]float64, len(reqs))
			for i := range reqs {
				v := make([]float32, 3*net.Input.Height*net.Input.Width)
				for k := range v {
					v[k] = 2*rng.Float32() - 1
					inputs[i] = append(inputs[i], float64(v[k]))
				}
				reqs[i] = request{Input: dense(v, 1, 3, net.Input.Height, net.Input.Width), Class: 1 + i}
			}
			layers := net.Explainable()
			plain := make([]*plainNet, len(reqs))
			gradients := make([]map[string][]float64, len(reqs))
			for i := range reqs {
				plain[i], gradients[i] = newPlain(t, net, inputs[i]), make(map[string][]float64)
				for _, name := range layers {
					l, _ := net.Layer(name)
					gradients[i][name] = channelsFirst(l, plain[i].gradient(t, name, reqs[i].Class))
				}
			}
			taps := [][]string{layers, layers[:1], layers[len(layers)-1:]}
			for _, tapped := range taps {
				for i := range reqs {
					reqs[i].Layers = tapped
				}
				batch, err := runBatch(t.Context(), engine, reqs)
				if err != nil {
					t.Fatal(err)
				}
				single, err := run(t.Context(), engine, reqs[1])
				if err != nil {
					t.Fatal(err)
				}
				for i, pass := range append(batch, single) {
					i = min(i, 1)
					what := fmt.Sprintf("%d taps, class %d", len(tapped), pass.Class.Index)
					agrees(t, what+": logits", pass.Logits, plain[i].values[net.Logits().Name])
					for _, of := range pass.Layers {
						l, _ := net.Layer(of.Name)
						if height, width := l.Plane(); of.Height != height || of.Width != width {
							t.Errorf("%s: %s is %dx%d, not %dx%d", what, of.Name, of.Height, of.Width, height, width)
						}
						agrees(t, what+": "+of.Name, of.Activation, channelsFirst(l, plain[i].values[of.Name]))
						agrees(t, what+": gradient by "+of.Name, of.Gradient, gradients[i][of.Name])
					}
				}
			}
		})
	}
}

// agrees fails where a value is further off than float32 rounding explains.
func agrees(t *testing.T, what string, got []float32, want []float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, not %d", what, len(got), len(want))
	}
	scale := 1e-2
	for _, v := range want {
		scale = max(scale, v, -v)
	}
	for i, v := range want {
		if d := float64(got[i]) - v; !(max(d, -d) <= 1e-4*scale) {
			t.Fatalf("%s: element %d is %v, not %v", what, i, got[i], v)
		}
	}
}

// TestWhatBecomesOfLayers lists the operations that networks really run: what
// can be folded or fused is, and what only rearranges axes is nothing.
func TestWhatBecomesOfLayers(t *testing.T) {
	nets := sketches(t)
	rows := []struct {
		name, tap string
		want      []string
	}{
		{"everything folded", "relu2", []string{"x Conv 3x3", "alone Affine", "gap GlobalAvgPool", "fc Linear", "fc LinearGrad", "gap Spread"}},
		{"everything folded", "half", []string{
			"x Conv 3x3", "more Affine", "alone Affine", "gap GlobalAvgPool", "fc Linear",
			"fc LinearGrad", "gap Spread", "alone ActivateGrad", "alone Scale", "more ActivateGrad", "more Scale",
		}},
		{"block of ConvNeXt", "block", []string{
			"stem Conv 1x1", "norm0 LayerNorm", "dw Conv 3x3 (6 groups)", "norm LayerNorm", "fc1 Conv 1x1", "fc2 Conv 1x1",
			"gap GlobalAvgPool", "norm1 LayerNorm", "fc Linear", "fc LinearGrad", "norm1 LayerNormGrad", "gap Spread",
		}},
		{"by element", "x", []string{
			"x Conv 1x1", "pos Mul", "pos Add", "pad Pad", "rows Slice", "columns Slice", "y Conv 1x1", "gap GlobalAvgPool", "fc Linear",
			"fc LinearGrad", "gap Spread", "y ConvGrad 1x1", "columns Embed", "rows Embed", "pad Slice", "pad Slice", "pos Mul",
		}},
	}
	for _, r := range rows {
		t.Run(r.name+" by "+r.tap, func(t *testing.T) {
			net := nets[r.name]
			input := dense(make([]float32, 3*net.Input.Height*net.Input.Width), 1, 3, net.Input.Height, net.Input.Width)
			operations, err := profile(t.Context(), open(t, net), request{Input: input, Layers: []string{r.tap}})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, o := range operations {
				got = append(got, o.Layer+" "+o.Operation)
			}
			if !slices.Equal(got, r.want) {
				t.Errorf("got %q, want %q", got, r.want)
			}
		})
	}
}

// TestIdenticalMapsAreProved: where Grad-CAM and HiResCAM are said to be the
// same map, the gradient is the same at every pixel; and it is said of the
// layers right before the pooling.
func TestIdenticalMapsAreProved(t *testing.T) {
	method, err := cam.ByName("gradcam")
	if err != nil {
		t.Fatal(err)
	}
	claimed := make(map[string]bool)
	for name, net := range sketches(t) {
		v := make([]float32, 3*net.Input.Height*net.Input.Width)
		rng := rand.New(rand.NewPCG(10, 11))
		for i := range v {
			v[i] = 2*rng.Float32() - 1
		}
		layers := net.Explainable()
		pass, err := run(t.Context(), open(t, net), request{Input: dense(v, 1, 3, net.Input.Height, net.Input.Width), Layers: layers})
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range pass.Layers {
			e, err := pass.Explain(t.Context(), l.Name, method)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Contains(e.Notices, compute.NoticeIdentical) {
				continue
			}
			claimed[name+" at "+l.Name] = true
			size := l.Height * l.Width
			for i, g := range l.Gradient {
				if g != l.Gradient[i/size*size] {
					t.Errorf("%s at %s: the gradient of channel %d is not the same everywhere", name, l.Name, i/size)
					break
				}
			}
		}
	}
	for _, want := range []string{"squeeze and excitation at y", "attention by channel and by pixel at sum", "local response normalisation at pool", "everything folded at relu2"} {
		if !claimed[want] {
			t.Errorf("not claimed of %s", want)
		}
	}
}
