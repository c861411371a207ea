package lower_test

import (
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"gaze/compute/engine/cpu"
	"gaze/compute/engine/lower"
	"gaze/compute/engine/machine"
	"gaze/models"
)

// transformer is a vision transformer as a file has it that was exported without
// naming attention: of general operations alone, but for the patches' convolution.
func transformer(tb testing.TB, depth, heads, width int) *models.Network {
	tb.Helper()
	net := &models.Network{Name: "transformer", Input: models.ImageNetInput(224, 224)}
	const tokens = 197
	each := width / heads
	before := models.InputName
	numbers := func(shape ...int) *tensor.Dense {
		x := make([]float32, tensor.Shape(shape).TotalSize())
		for i := range x {
			x[i] = float32(i*7919%1009)/1009 - 0.5
		}
		return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(x))
	}
	add := func(l models.Layer, inputs ...string) string {
		l.Name = fmt.Sprint(l.Kind, len(net.Layers))
		if l.Inputs = inputs; len(inputs) == 0 && l.Kind != models.Constant {
			l.Inputs = []string{before}
		}
		if err := net.Append(l); err != nil {
			tb.Fatal(err)
		}
		before = l.Name
		return l.Name
	}
	pair := func(kind models.Kind, a string, shape ...int) string {
		c := add(models.Layer{Kind: models.Constant, Params: map[string]*tensor.Dense{"value": numbers(shape...)}})
		return add(models.Layer{Kind: kind}, a, c)
	}
	linear := func(from, to int) string {
		return pair(models.Add, pair(models.MatMul, before, 1, from, to), 1, 1, to)
	}
	norm := func() {
		x := add(models.Layer{Kind: models.Standardize, Attr: models.Attr{Axes: []int{2}, Epsilon: 1e-6}})
		pair(models.Add, pair(models.Mul, x, 1, 1, width), 1, 1, width)
	}
	order := func(axes ...int) models.Layer {
		return models.Layer{Kind: models.Transpose, Attr: models.Attr{Order: axes}}
	}
	add(models.Layer{Kind: models.Conv, Params: map[string]*tensor.Dense{"weight": numbers(width, 3, 16, 16)}, Attr: models.Attr{Kernel: [2]int{16, 16}, Stride: [2]int{16, 16}, Dilation: [2]int{1, 1}, Groups: 1}})
	add(view(1, width, 196))
	patches := add(order(0, 2, 1))
	class := add(models.Layer{Kind: models.Constant, Params: map[string]*tensor.Dense{"value": numbers(1, 1, width)}})
	x := pair(models.Add, add(models.Layer{Kind: models.Concat, Attr: models.Attr{Axis: 1}}, class, patches), 1, tokens, width)
	for range depth {
		norm()
		linear(width, 3*width)
		add(view(1, tokens, 3, heads, each))
		add(order(2, 0, 3, 1, 4))
		qkv := add(view(1, 3, heads, tokens, each))
		var part [3]string
		for i := range part {
			add(models.Layer{Kind: models.Slice, Attr: models.Attr{Axis: 1, From: i, To: i + 1, Step: 1}}, qkv)
			part[i] = add(view(1, heads, tokens, each))
		}
		k := add(order(0, 1, 3, 2), part[1])
		s := add(models.Layer{Kind: models.MatMul}, pair(models.Mul, part[0], 1, 1, 1, 1), k)
		p := add(models.Layer{Kind: models.Softmax, Attr: models.Attr{Axis: 3}}, s)
		add(models.Layer{Kind: models.MatMul}, p, part[2])
		add(order(0, 2, 1, 3))
		add(view(1, tokens, width))
		x = add(models.Layer{Kind: models.Add}, x, linear(width, width))
		norm()
		linear(width, 4*width)
		add(models.Layer{Kind: models.GELU})
		x = add(models.Layer{Kind: models.Add}, x, linear(4*width, width))
	}
	norm()
	add(models.Layer{Kind: models.Slice, Attr: models.Attr{Axis: 1, From: 0, To: 1, Step: 1}})
	add(view(1, 1, width))
	linear(width, 1000)
	add(view(1, 1000))
	return net
}

// BenchmarkTransformer is there and back again through a transformer of general
// operations. With GAZE_TIMES set it lists what takes longest.
func BenchmarkTransformer(b *testing.B) {
	for _, size := range []struct {
		name                string
		depth, heads, width int
	}{{"tiny", 12, 3, 192}, {"base", 12, 12, 768}} {
		b.Run(size.name, func(b *testing.B) {
			net := transformer(b, size.depth, size.heads, size.width)
			layer := net.Layers[7].Name
			dev, err := cpu.Open(0, false)
			if err != nil {
				b.Fatal(err)
			}
			defer dev.Close()
			g, err := lower.Network(net, 1, []string{layer}, lower.NewFolds())
			if err != nil {
				b.Fatal(err)
			}
			m, err := machine.New(dev, gorgonia.Nodes{g.Logits, g.Taps[0]}, g.Gradients)
			if err != nil {
				b.Fatal(err)
			}
			x, seed := make([]float32, 3*224*224), make([]float32, 1000)
			for i := range x {
				x[i] = float32(i*31%101)/101 - 0.5
			}
			seed[3] = 1
			run := func() (ahead, back time.Duration) {
				begin := time.Now()
				if err := m.Let(g.Input, x); err != nil {
					b.Fatal(err)
				}
				if err := m.Let(g.Seed, seed); err != nil {
					b.Fatal(err)
				}
				if err := m.Run(b.Context(), 0); err != nil {
					b.Fatal(err)
				}
				middle := time.Now()
				if err := m.RunAll(); err != nil {
					b.Fatal(err)
				}
				return middle.Sub(begin), time.Since(middle)
			}
			run()
			if os.Getenv("GAZE_TIMES") != "" {
				m.Time(true)
				run()
				listTimes(b, m)
				m.Time(false)
			}
			var ahead, back time.Duration
			for b.Loop() {
				a, c := run()
				ahead, back = ahead+a, back+c
			}
			b.ReportMetric(float64(ahead.Microseconds())/float64(b.N)/1e3, "ms-ahead")
			b.ReportMetric(float64(back.Microseconds())/float64(b.N)/1e3, "ms-back")
			b.ReportAllocs()
		})
	}
}

func listTimes(b *testing.B, m *machine.Machine) {
	b.Helper()
	sums := make(map[string]time.Duration)
	for _, t := range m.Timings() {
		sums[fmt.Sprint(t.Node.Op(), " ", t.Node.Shape())] += t.Elapsed
	}
	names := make([]string, 0, len(sums))
	for name := range sums {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int { return int(sums[b] - sums[a]) })
	for _, name := range names[:min(30, len(names))] {
		b.Logf("%8.3f ms %s", float64(sums[name].Microseconds())/1e3, name)
	}
}
