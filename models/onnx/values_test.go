package onnx_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"gorgonia.org/tensor"

	"gaze/compute"
	"gaze/models"
	"gaze/models/onnx/internal/onnxpb"
)

// TestOperatorValues computes every file of the table three times, node by node
// as the standard defines it, layer by layer as package models does, and by
// package compute, and compares all numbers in order.
func TestOperatorValues(t *testing.T) {
	for _, r := range operatorRows() {
		t.Run(r.name, func(t *testing.T) {
			g := newGraph(r.opset, r.input...)
			r.build(g)
			net := decode(t, g.flat(t, "y"))
			picture := zeros(1, 3, 6, 8)
			for i := range picture.values {
				picture.values[i] = 3 * math.Sin(float64(5*i+2))
			}
			want := picture
			if r.input[3] == 3 {
				want = plainTranspose(picture, []int{0, 2, 3, 1})
			}
			want = interpret(g, want, "all of it")
			got := runLayers(net, picture)
			if !slices.Equal(got.shape, want.shape) {
				t.Fatalf("shape %v, not %v", got.shape, want.shape)
			}
			near(t, got.values, want.values, 1e-5)
			// The engine takes networks that have something to explain.
			if len(net.Explainable()) > 0 {
				near(t, run(t, net, picture), want.values, 1e-4)
			}
		})
	}
}

// run returns the logits that package compute computes, with the layers explained that
// are named, or the default one.
func run(t *testing.T, net *models.Network, picture array, layers ...string) []float64 {
	t.Helper()
	engine, err := compute.Open(net, compute.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close()
	input := tensor.New(tensor.WithShape(picture.shape...), tensor.Of(tensor.Float32))
	for i, v := range picture.values {
		data(input)[i] = float32(v)
	}
	passes, err := engine.Run(t.Context(), compute.Recipe{Layers: layers, Class: compute.TopClass}, &compute.Subject{Input: input})
	if err != nil {
		t.Fatal(err)
	}
	pass := passes[0]
	logits := make([]float64, len(pass.Logits))
	for i, v := range pass.Logits {
		logits[i] = float64(v)
	}
	return logits
}

// near fails if a number is further away than that part of itself, or of 1.
func near(t *testing.T, got, want []float64, within float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d numbers, not %d", len(got), len(want))
	}
	for i, v := range want {
		if d := math.Abs(got[i] - v); !(d <= within*max(1, math.Abs(v))) {
			t.Fatalf("number %d is %g, not %g", i, got[i], v)
		}
	}
}

// runLayers computes a network's logits, layer by layer.
func runLayers(net *models.Network, picture array) array {
	have := map[string]array{models.InputName: picture}
	for _, l := range net.Layers {
		var in []array
		for _, name := range l.Inputs {
			in = append(in, have[name])
		}
		y := runLayer(l, in)
		if !slices.Equal(y.shape, l.Shape) {
			panic(fmt.Sprintf("layer %s has shape %v, not %v", l.Name, y.shape, l.Shape))
		}
		have[l.Name] = y
	}
	return have[net.Logits().Name]
}

// runLayer computes what package models says that a layer of its kind does.
func runLayer(l models.Layer, in []array) array {
	if y, ok := runGeneral(l, in); ok {
		return y
	}
	x := in[0]
	param := func(name string) *array { return parameter(l, name) }
	channel := func(name string, otherwise float64) array {
		p := param(name)
		if p == nil {
			return array{nil, []float64{otherwise}}
		}
		if len(p.shape) == 1 && len(x.shape) == 4 {
			return array{[]int{p.shape[0], 1, 1}, p.values}
		}
		return *p
	}
	add := func(x, y float64) float64 { return x + y }
	multiply := func(x, y float64) float64 { return x * y }
	switch l.Kind {
	case models.Conv:
		return plainConv(windowNode(l), x, *param("weight"), param("bias"))
	case models.Linear:
		return plainGemm(&onnxpb.NodeProto{Attribute: []*onnxpb.AttributeProto{attribute("transB", 1)}}, x, *param("weight"), param("bias"))
	case models.MaxPool, models.AvgPool:
		return plainPool(windowNode(l), x)
	case models.GlobalAvgPool, models.GlobalMaxPool:
		return plainReduce(x, []int{2, 3}, true, l.Kind == models.GlobalMaxPool)
	case models.ChannelMean, models.ChannelMax:
		return plainReduce(x, []int{1}, true, l.Kind == models.ChannelMax)
	case models.BatchNorm:
		root := zeros(param("running_var").shape...)
		for i, v := range param("running_var").values {
			root.values[i] = 1 / math.Sqrt(v+l.Attr.Epsilon)
		}
		root.shape = []int{len(root.values), 1, 1}
		centred := plainPair(x, channel("running_mean", 0), func(x, m float64) float64 { return x - m })
		return plainPair(plainPair(plainPair(centred, root, multiply), channel("weight", 1), multiply), channel("bias", 0), add)
	case models.LayerNorm:
		n := &onnxpb.NodeProto{Attribute: []*onnxpb.AttributeProto{attribute("epsilon", l.Attr.Epsilon)}}
		if len(x.shape) == 2 {
			return plainLayerNorm(n, x, *param("weight"), param("bias"))
		}
		last := plainTranspose(x, []int{0, 2, 3, 1})
		return plainTranspose(plainLayerNorm(n, last, *param("weight"), param("bias")), []int{0, 3, 1, 2})
	case models.LRN:
		return plainLRN(&onnxpb.NodeProto{Attribute: []*onnxpb.AttributeProto{
			attribute("alpha", l.Attr.Alpha), attribute("beta", l.Attr.Beta), attribute("bias", l.Attr.K), attribute("size", l.Attr.Size),
		}}, x)
	case models.Scale:
		return plainPair(plainPair(x, channel("weight", 1), multiply), channel("bias", 0), add)
	case models.PReLU:
		return plainPair(x, channel("weight", 0), func(x, slope float64) float64 { return max(x, 0) + slope*min(x, 0) })
	case models.Softmax:
		in := &interpreter{opset: 13}
		return in.softmax(&onnxpb.NodeProto{Attribute: []*onnxpb.AttributeProto{attribute("axis", 1)}}, x)
	case models.Add, models.Sub, models.Mul, models.Div:
		f := map[models.Kind]func(x, y float64) float64{
			models.Add: add, models.Mul: multiply,
			models.Sub: func(x, y float64) float64 { return x - y },
			models.Div: func(x, y float64) float64 { return x / y },
		}[l.Kind]
		for _, y := range in[1:] {
			x = plainPair(x, y, f)
		}
		return x
	case models.Concat:
		for _, y := range in[1:] {
			x = plainConcat(x, y, 1)
		}
		return x
	case models.Slice:
		var positions []int
		for p := l.Attr.From; p < l.Attr.To; p += l.Attr.Step {
			positions = append(positions, p)
		}
		return plainTake(x, l.Attr.Axis, positions)
	case models.Pad:
		p := l.Attr.Pad
		n := &onnxpb.NodeProto{Attribute: []*onnxpb.AttributeProto{
			attribute("pads", []int64{0, 0, int64(p[0]), int64(p[1]), 0, 0, int64(p[2]), int64(p[3])}), attribute("value", l.Attr.Value),
		}}
		return (&interpreter{}).pad(n, x)
	case models.ChannelShuffle:
		g, s := l.Attr.Groups, x.shape
		apart := plainTranspose(array{[]int{1, g, s[1] / g, s[2], s[3]}, x.values}, []int{0, 2, 1, 3, 4})
		return array{s, apart.values}
	case models.Permute:
		if l.ChannelsLast {
			return plainTranspose(x, []int{0, 2, 3, 1})
		}
		return plainTranspose(x, []int{0, 3, 1, 2})
	case models.Flatten:
		return array{[]int{1, len(x.values)}, x.values}
	case models.Reshape:
		return array{append([]int{1}, l.Attr.Shape...), x.values}
	case models.Dropout, models.Identity:
		return x
	}
	y := zeros(x.shape...)
	for i, v := range x.values {
		y.values[i] = runCurve(l, v)
	}
	return y
}

func runCurve(l models.Layer, x float64) float64 {
	a := l.Attr
	switch l.Kind {
	case models.ReLU:
		return max(x, 0)
	case models.ReLU6:
		return min(max(x, 0), 6)
	case models.Clip:
		return min(max(x, a.Min), a.Max)
	case models.LeakyReLU:
		return max(x, 0) + a.Alpha*min(x, 0)
	case models.ELU:
		return max(x, 0) + a.Alpha*math.Expm1(min(x, 0))
	case models.Sigmoid:
		return 1 / (1 + math.Exp(-x))
	case models.SiLU:
		return x / (1 + math.Exp(-x))
	case models.Tanh:
		return math.Tanh(x)
	case models.Softplus:
		return math.Log1p(math.Exp(x))
	case models.Softsign:
		return x / (1 + math.Abs(x))
	case models.HardSigmoid:
		return max(0, min(1, a.Alpha*x+a.Beta))
	case models.HardSwish:
		return x * max(0, min(1, x/6+0.5))
	case models.GELU:
		return x / 2 * (1 + math.Erf(x/math.Sqrt2))
	case models.GELUTanh:
		return x / 2 * (1 + math.Tanh(math.Sqrt(2/math.Pi)*(x+0.044715*x*x*x)))
	}
	if f := generalCurve(l); f != nil {
		return f(x)
	}
	panic(fmt.Sprintf("what %s does is not known here", l.Kind))
}

// windowNode has a layer's numbers under ONNX's names.
func windowNode(l models.Layer) *onnxpb.NodeProto {
	a := l.Attr
	wide := func(list []int) []int64 {
		var out []int64
		for _, v := range list {
			out = append(out, int64(v))
		}
		return out
	}
	n := &onnxpb.NodeProto{OpType: map[models.Kind]string{models.Conv: "Conv", models.MaxPool: "MaxPool", models.AvgPool: "AveragePool"}[l.Kind]}
	n.Attribute = append(n.Attribute, attribute("kernel_shape", wide(a.Kernel[:])), attribute("strides", wide(a.Stride[:])),
		attribute("dilations", wide(a.Dilation[:])), attribute("pads", wide(a.Pad[:])), attribute("group", max(a.Groups, 1)))
	if a.Ceil {
		n.Attribute = append(n.Attribute, attribute("ceil_mode", 1))
	}
	if !a.ExcludePad {
		n.Attribute = append(n.Attribute, attribute("count_include_pad", 1))
	}
	return n
}

func parameter(l models.Layer, name string) *array {
	p, ok := l.Params[name]
	if !ok {
		return nil
	}
	a := zeros(p.Shape()...)
	for i, v := range data(p) {
		a.values[i] = float64(v)
	}
	return &a
}

func data(p *tensor.Dense) []float32 { return p.Data().([]float32) }
