package lower_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"gaze/compute/engine/cpu"
	"gaze/compute/engine/lower"
	"gaze/compute/engine/machine"
	"gaze/models"
)

// chain is a network of layers that each read the one before, unless they say else.
// The first, "x", is the picture of 3 x 2 x 2 itself, behind a Clip that never
// clips; the last makes the logits.
func chain(t *testing.T, layers ...models.Layer) *models.Network {
	t.Helper()
	net := &models.Network{Name: "chain", Input: models.ImageNetInput(2, 2)}
	before := models.InputName
	for i, l := range append([]models.Layer{{Name: "x", Kind: models.Clip, Attr: models.Attr{Min: -100, Max: 100}}}, layers...) {
		if l.Name == "" {
			l.Name = fmt.Sprint("layer", i)
		}
		if l.Inputs == nil && l.Kind != models.Constant {
			l.Inputs = []string{before}
		}
		if err := net.Append(l); err != nil {
			t.Fatal(err)
		}
		before = l.Name
	}
	return net
}

func constant(name string, shape []int, numbers ...float32) models.Layer {
	return models.Layer{Name: name, Kind: models.Constant, Params: map[string]*tensor.Dense{"value": tensor.New(tensor.WithShape(shape...), tensor.WithBacking(numbers))}}
}

func view(shape ...int) models.Layer {
	return models.Layer{Kind: models.View, Attr: models.Attr{Shape: shape}}
}

func reads(l models.Layer, name string, inputs ...string) models.Layer {
	l.Name, l.Inputs = name, inputs
	return l
}

// picture are 12 different numbers above zero.
func picture(n int) []float32 {
	x := make([]float32, 12)
	for i := range x {
		x[i] = 0.5 + float32((i*7+3*n)%12)/8
	}
	return x
}

// TestGeneralLayers: what general operations compute, by hand, for one picture and
// for two at once, and their derivatives by finite differences.
func TestGeneralLayers(t *testing.T) {
	counted := []float32{1, 2, 3, 4, 5, 6}
	for name, c := range map[string]struct {
		layers []models.Layer
		want   func(x []float64) []float64
	}{
		"transpose, also of the first axis": {
			[]models.Layer{view(3, 2, 2), {Kind: models.Transpose, Attr: models.Attr{Order: []int{1, 2, 0}}}, view(1, 12)},
			func(x []float64) (y []float64) {
				for i := range 4 {
					y = append(y, x[i], x[4+i], x[8+i])
				}
				return y
			},
		},
		"a transposition of five axes": {
			[]models.Layer{view(2, 3, 1, 2, 1), {Kind: models.Transpose, Attr: models.Attr{Order: []int{3, 4, 0, 2, 1}}}, view(1, 12)},
			func(x []float64) (y []float64) {
				for d := range 2 {
					for a := range 2 {
						for b := range 3 {
							y = append(y, x[(a*3+b)*2+d])
						}
					}
				}
				return y
			},
		},
		"take": {
			[]models.Layer{{Kind: models.Take, Attr: models.Attr{Shape: []int{1, 4}, Index: []int32{11, -1, 0, 11}, Value: 7}}},
			func(x []float64) []float64 { return []float64{x[11], 7, x[0], x[11]} },
		},
		"a product with a constant": {
			[]models.Layer{constant("w", []int{4, 1}, 1, 2, 3, 4), reads(view(3, 4), "rows", "x"), reads(models.Layer{Kind: models.MatMul}, "y", "rows", "w"), view(1, 3)},
			func(x []float64) []float64 {
				y := make([]float64, 3)
				for r := range y {
					y[r] = x[4*r] + 2*x[4*r+1] + 3*x[4*r+2] + 4*x[4*r+3]
				}
				return y
			},
		},
		"a product with itself": {
			[]models.Layer{
				view(1, 2, 6),
				{Name: "t", Kind: models.Transpose, Attr: models.Attr{Order: []int{0, 2, 1}}},
				reads(models.Layer{Kind: models.MatMul}, "y", "layer1", "t"), view(1, 4),
			},
			func(x []float64) []float64 {
				y := make([]float64, 4)
				for i := range y {
					for k := range 6 {
						y[i] += x[i/2*6+k] * x[i%2*6+k]
					}
				}
				return y
			},
		},
		"a constant with a first axis of its own": {
			[]models.Layer{constant("w", []int{2, 3}, counted...), reads(view(1, 12), "row", "x"), {Kind: models.Slice, Attr: models.Attr{Axis: 1, From: 0, To: 3, Step: 1}}, reads(models.Layer{Kind: models.Mul}, "y", "w", "layer3"), view(1, 6)},
			func(x []float64) []float64 { return []float64{x[0], 2 * x[1], 3 * x[2], 4 * x[0], 5 * x[1], 6 * x[2]} },
		},
		"constants among themselves": {
			[]models.Layer{constant("a", []int{3}, 1, 2, 3), constant("b", []int{1}, 10), reads(models.Layer{Kind: models.Sub}, "c", "b", "a"), view(3, 1), reads(view(3, 4), "rows", "x"), reads(models.Layer{Kind: models.Add}, "y", "rows", "layer4"), view(1, 12)},
			func(x []float64) []float64 {
				y := slices.Clone(x)
				for i := range y {
					y[i] += 9 - float64(i/4)
				}
				return y
			},
		},
		"a constant joined to the tokens": {
			[]models.Layer{constant("token", []int{1, 1, 3}, 7, 8, 9), reads(view(1, 4, 3), "tokens", "x"), reads(models.Layer{Kind: models.Concat, Attr: models.Attr{Axis: 1}}, "all", "token", "tokens"), {Kind: models.Concat, Attr: models.Attr{Axis: 2}, Inputs: []string{"all", "all"}}, view(1, 30)},
			func(x []float64) (y []float64) {
				all := append([]float64{7, 8, 9}, x...)
				for i := range 5 {
					y = append(y, all[3*i:3*i+3]...)
					y = append(y, all[3*i:3*i+3]...)
				}
				return y
			},
		},
		"sums and means over axes apart": {
			[]models.Layer{view(2, 3, 2), {Name: "sum", Kind: models.ReduceSum, Attr: models.Attr{Axes: []int{0, 2}}}, reads(models.Layer{Kind: models.ReduceMean, Attr: models.Attr{Axes: []int{0, 1, 2}}}, "mean", "layer1"), reads(models.Layer{Kind: models.Add}, "y", "sum", "mean"), view(1, 3)},
			func(x []float64) []float64 {
				mean := 0.0
				for _, v := range x {
					mean += v / 12
				}
				y := make([]float64, 3)
				for b := range y {
					y[b] = mean + x[2*b] + x[2*b+1] + x[6+2*b] + x[6+2*b+1]
				}
				return y
			},
		},
		"extremes and products": {
			[]models.Layer{
				view(2, 3, 2),
				reads(models.Layer{Kind: models.ReduceMax, Attr: models.Attr{Axes: []int{1}}}, "max", "layer1"),
				reads(models.Layer{Kind: models.ReduceMin, Attr: models.Attr{Axes: []int{0, 2}}}, "min", "layer1"),
				reads(models.Layer{Kind: models.ReduceProd, Attr: models.Attr{Axes: []int{0}}}, "product", "layer1"),
				reads(models.Layer{Kind: models.Add}, "y", "max", "min", "product"), view(1, 12),
			},
			func(x []float64) (y []float64) {
				at := func(a, b, c int) float64 { return x[(a*3+b)*2+c] }
				for a := range 2 {
					for b := range 3 {
						for c := range 2 {
							y = append(y, max(at(a, 0, c), at(a, 1, c), at(a, 2, c))+min(at(0, b, 0), at(0, b, 1), at(1, b, 0), at(1, b, 1))+at(0, b, c)*at(1, b, c))
						}
					}
				}
				return y
			},
		},
		"softmax along the last axis": {
			[]models.Layer{view(1, 4, 3), {Kind: models.Softmax, Attr: models.Attr{Axis: 2}}, view(1, 12)},
			func(x []float64) []float64 {
				y := make([]float64, 12)
				for i, v := range x {
					r := x[i/3*3:]
					y[i] = math.Exp(v) / (math.Exp(r[0]) + math.Exp(r[1]) + math.Exp(r[2]))
				}
				return y
			},
		},
		"standardized over axes apart": {
			[]models.Layer{view(2, 3, 2), {Kind: models.Standardize, Attr: models.Attr{Axes: []int{0, 2}, Epsilon: 0.1}}, view(1, 12)},
			func(x []float64) []float64 {
				y := make([]float64, 12)
				for b := range 3 {
					of := []int{2 * b, 2*b + 1, 6 + 2*b, 6 + 2*b + 1}
					var mean, variance float64
					for _, i := range of {
						mean += x[i] / 4
					}
					for _, i := range of {
						variance += (x[i] - mean) * (x[i] - mean) / 4
					}
					for _, i := range of {
						y[i] = (x[i] - mean) / math.Sqrt(variance+0.1)
					}
				}
				return y
			},
		},
		"every second along the first but one of three axes": {
			[]models.Layer{view(2, 3, 2), {Kind: models.Slice, Attr: models.Attr{Axis: 1, From: 0, To: 3, Step: 2}}, view(1, 8)},
			func(x []float64) []float64 { return []float64{x[0], x[1], x[4], x[5], x[6], x[7], x[10], x[11]} },
		},
		"powers, comparisons and where": {
			[]models.Layer{
				constant("three", []int{}, 3), view(1, 1), reads(view(1, 12), "row", "x"), reads(models.Layer{Kind: models.Pow}, "cube", "row", "layer2"),
				constant("one", []int{1, 1}, 1.2), reads(models.Layer{Kind: models.Less}, "less", "row", "one"), reads(models.Layer{Kind: models.Where}, "where", "less", "cube", "row"),
				reads(models.Layer{Kind: models.Minimum}, "y", "where", "one"),
			},
			func(x []float64) []float64 {
				y := slices.Clone(x)
				for i, v := range x {
					if v < 1.2 {
						y[i] = v * v * v
					}
					y[i] = min(y[i], 1.2)
				}
				return y
			},
		},
		"a convolution turned around": {
			[]models.Layer{{Kind: models.ConvTranspose, Params: map[string]*tensor.Dense{"weight": tensor.New(tensor.WithShape(3, 1, 2, 1), tensor.WithBacking(slices.Clone(counted))), "bias": tensor.New(tensor.WithShape(1), tensor.WithBacking([]float32{0.5}))}, Attr: models.Attr{Kernel: [2]int{2, 1}, Stride: [2]int{2, 1}, Dilation: [2]int{1, 1}, Pad: [4]int{1, 0, 0, 0}, Extra: [2]int{0, 1}, Groups: 1}}, view(1, 9)},
			func(x []float64) []float64 {
				// Rows 0 to 3 before the first is cut off; the third column is empty.
				rows := make([][]float64, 4)
				for r := range rows {
					rows[r] = []float64{0.5, 0.5, 0.5}
					for col := range 2 {
						for c := range 3 {
							rows[r][col] += x[c*4+r/2*2+col] * float64(counted[c*2+r%2])
						}
					}
				}
				return slices.Concat(rows[1:]...)
			},
		},
		"planes of several first axes": {
			[]models.Layer{view(3, 1, 2, 2), {Kind: models.AvgPool, Attr: models.Attr{Kernel: [2]int{2, 1}, Stride: [2]int{1, 1}, Dilation: [2]int{1, 1}}}, view(1, 6)},
			func(x []float64) (y []float64) {
				for c := range 3 {
					y = append(y, (x[4*c]+x[4*c+2])/2, (x[4*c+1]+x[4*c+3])/2)
				}
				return y
			},
		},
		"a function of a single number": {
			[]models.Layer{{Name: "mean", Kind: models.ReduceMean, Attr: models.Attr{Axes: []int{1, 2, 3}}}, view(), {Name: "log", Kind: models.Log}, reads(view(1, 12), "row", "x"), reads(view(1, 1), "one", "log"), reads(models.Layer{Kind: models.Mul}, "y", "row", "one")},
			func(x []float64) []float64 {
				mean := 0.0
				for _, v := range x {
					mean += v / 12
				}
				y := slices.Clone(x)
				for i := range y {
					y[i] *= math.Log(mean)
				}
				return y
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			net := chain(t, c.layers...)
			cores, err := cpu.Open(2, false)
			if err != nil {
				t.Fatal(err)
			}
			defer cores.Close()
			for device, dev := range map[string]machine.Device{"reference": machine.Reference{}, "cpu": cores} {
				two := newRunner(t, dev, net, 2)
				one := newRunner(t, dev, net, 1)
				a, b := picture(0), picture(1)
				seed := make([]float32, net.Logits().Shape[1])
				for i := range seed {
					seed[i] = float32(i%5) - 1.5
				}
				logits, gradient := two.run(slices.Concat(a, b), slices.Concat(seed, seed))
				for n, x := range [][]float32{a, b} {
					want := c.want(wide(x))
					near(t, device+": one of two pictures", logits[n*len(want):][:len(want)], want)
					own, back := one.run(x, seed)
					near(t, device+": a picture alone", own, want)
					near(t, device+": the derivative", back, slopes(c.want, x, seed))
					near(t, device+": the derivative of one of two", gradient[n*12:][:12], wide(back))
				}
			}
		})
	}
}

// TestTailKeepsConstants: what follows a layer has the constants that the network has.
func TestTailKeepsConstants(t *testing.T) {
	net := chain(t, constant("w", []int{1, 4}, 1, 2, 3, 4), reads(view(3, 4), "rows", "x"), reads(models.Layer{Kind: models.Mul}, "y", "w", "rows"), view(1, 12))
	tail, err := lower.NewTail(net, 2, "x", lower.NewFolds())
	if err != nil {
		t.Fatal(err)
	}
	if len(tail.Beside) != 0 {
		t.Errorf("beside the layer it reads %v", tail.Beside)
	}
	m, err := machine.New(machine.Reference{}, gorgonia.Nodes{tail.Logits})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Let(tail.Input, slices.Repeat([]float32{1}, 24)); err != nil {
		t.Fatal(err)
	}
	if err := m.RunAll(); err != nil {
		t.Fatal(err)
	}
	got, err := m.Value(tail.Logits)
	if want := slices.Repeat([]float32{1, 2, 3, 4}, 6); err != nil || !slices.Equal(got, want) {
		t.Errorf("%v (%v), not %v", got, err, want)
	}
}

// TestComparisonsAreFlat: no gradient goes through a comparison, so that a layer that
// only a comparison reads has none.
func TestComparisonsAreFlat(t *testing.T) {
	net := chain(t, constant("one", []int{1, 1}, 1), reads(view(1, 12), "row", "x"), reads(models.Layer{Kind: models.Less}, "y", "row", "one"))
	g, err := lower.Network(net, 1, []string{"x"}, lower.NewFolds())
	if err != nil || g.Gradients[0] != nil {
		t.Errorf("the gradient is %v, %v", g.Gradients, err)
	}
}

// runner runs a network for some pictures with a gradient at the layer "x".
type runner struct {
	t *testing.T
	g *lower.Graph
	m *machine.Machine
}

func newRunner(t *testing.T, dev machine.Device, net *models.Network, batch int) runner {
	t.Helper()
	g, err := lower.Network(net, batch, []string{"x"}, lower.NewFolds())
	if err != nil {
		t.Fatal(err)
	}
	m, err := machine.New(dev, gorgonia.Nodes{g.Logits}, g.Gradients)
	if err != nil {
		t.Fatal(err)
	}
	return runner{t, g, m}
}

func (r runner) run(x, seed []float32) (logits, gradient []float32) {
	r.t.Helper()
	for n, v := range map[*gorgonia.Node][]float32{r.g.Input: x, r.g.Seed: seed} {
		if err := r.m.Let(n, v); err != nil {
			r.t.Fatal(err)
		}
	}
	if err := r.m.RunAll(); err != nil {
		r.t.Fatal(err)
	}
	value := func(n *gorgonia.Node) []float32 {
		v, err := r.m.Value(n)
		if err != nil {
			r.t.Fatal(err)
		}
		return slices.Clone(v)
	}
	return value(r.g.Logits), value(r.g.Gradients[0])
}

func wide(x []float32) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = float64(v)
	}
	return y
}

// slopes are the derivatives of f's results, weighed by the seed, by central
// differences.
func slopes(f func([]float64) []float64, x, seed []float32) []float64 {
	const h = 1e-6
	along := func(x []float64) (sum float64) {
		for i, v := range f(x) {
			sum += v * float64(seed[i])
		}
		return sum
	}
	w, y := wide(x), make([]float64, len(x))
	for i, v := range w {
		w[i] = v + h
		y[i] = along(w)
		w[i] = v - h
		y[i] = (y[i] - along(w)) / (2 * h)
		w[i] = v
	}
	return y
}

func near(t *testing.T, what string, got []float32, want []float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d numbers, not %d", what, len(got), len(want))
	}
	for i, v := range want {
		if !(math.Abs(float64(got[i])-v) <= 2e-5*max(1, math.Abs(v))) {
			t.Fatalf("%s: number %d is %v, not %v; all: %v and %v", what, i, got[i], v, got, want)
		}
	}
}
