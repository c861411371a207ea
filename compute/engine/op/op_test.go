package op_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"gaze/compute/engine/cpu"
	"gaze/compute/engine/machine"
	"gaze/compute/engine/op"
	"gaze/compute/race"
	"gaze/models"
)

// example is an operation on inputs of fixed shapes, and what it should do
// written as plainly as possible in float64.
type example struct {
	op    gorgonia.Op
	in    []tensor.Shape
	plain func(in [][]float64, shapes []tensor.Shape, out tensor.Shape) []float64
	// constant counts the inputs, from the second on, that are parameters.
	constant int
	// scale multiplies the numbers it is tried on; 0 means 1.
	scale float32
	// positive makes them positive, and at least 1/4.
	positive bool
}

func sh(sides ...int) tensor.Shape { return sides }

func win(kernel, stride, dilation [2]int, pad [4]int) op.Window {
	return op.Window{Kernel: kernel, Stride: stride, Dilation: dilation, Pad: pad}
}

func examples() []example {
	square := func(k, s, d, p int) op.Window {
		return win([2]int{k, k}, [2]int{s, s}, [2]int{d, d}, [4]int{p, p, p, p})
	}
	conv := func(w op.Window, groups int, act op.Activation, residual bool, in ...tensor.Shape) example {
		return example{op: op.NewConv(w, groups, act, residual), in: in, plain: plainConv(w, groups, act, residual), constant: 2}
	}
	scaled := func(w op.Window, groups int, act op.Activation, residual bool, in ...tensor.Shape) example {
		return example{op: op.NewConv(w, groups, act, residual).WithScale(), in: in, plain: plainScaledConv(w, groups, act, residual), constant: 3}
	}
	none, relu := op.NoActivation, op.ActivationReLU
	ceil := square(3, 2, 1, 0)
	ceil.Ceil = true
	return append([]example{
		conv(square(1, 1, 1, 0), 1, none, false, sh(1, 3, 5, 4), sh(2, 3, 1, 1), sh(2)),
		conv(square(1, 2, 1, 0), 1, relu, false, sh(2, 3, 5, 4), sh(4, 3, 1, 1), sh(4)),
		conv(square(3, 1, 1, 1), 1, none, false, sh(1, 2, 7, 5), sh(3, 2, 3, 3), sh(3)),
		conv(square(3, 1, 1, 1), 1, relu, true, sh(2, 4, 6, 9), sh(8, 4, 3, 3), sh(8), sh(2, 8, 6, 9)),
		conv(square(3, 1, 1, 1), 1, none, true, sh(1, 1, 1, 1), sh(1, 1, 3, 3), sh(1), sh(1, 1, 1, 1)),
		conv(square(3, 2, 1, 0), 1, relu, false, sh(1, 3, 9, 8), sh(5, 3, 3, 3), sh(5)),
		conv(square(3, 2, 2, 2), 2, none, false, sh(1, 4, 9, 11), sh(6, 2, 3, 3), sh(6)),
		conv(square(5, 2, 1, 2), 1, relu, false, sh(1, 3, 11, 10), sh(7, 3, 5, 5), sh(7)),
		conv(square(7, 2, 1, 3), 1, none, false, sh(1, 3, 15, 13), sh(4, 3, 7, 7), sh(4)),
		conv(square(3, 1, 1, 1), 6, relu, false, sh(2, 6, 5, 5), sh(6, 1, 3, 3), sh(6)),
		conv(square(3, 2, 1, 1), 6, none, false, sh(1, 6, 6, 5), sh(12, 1, 3, 3), sh(12)),
		conv(win([2]int{1, 3}, [2]int{1, 2}, [2]int{1, 1}, [4]int{0, 1, 0, 0}), 1, none, false, sh(1, 2, 4, 6), sh(3, 2, 1, 3), sh(3)),
		conv(win([2]int{2, 3}, [2]int{3, 1}, [2]int{2, 1}, [4]int{1, 0, 2, 1}), 1, relu, false, sh(1, 2, 7, 6), sh(3, 2, 2, 3), sh(3)),
		conv(square(1, 1, 1, 0), 1, none, false, sh(1, 40, 2, 1), sh(33, 40, 1, 1), sh(33)),
		conv(square(3, 1, 1, 1), 1, op.ActivationReLU6, true, sh(1, 20, 6, 7), sh(8, 20, 3, 3), sh(8), sh(1, 8, 6, 7)),
		scaled(square(1, 1, 1, 0), 1, none, false, sh(1, 3, 5, 4), sh(2, 3, 1, 1), sh(2), sh(2)),
		scaled(square(3, 1, 1, 1), 1, relu, true, sh(2, 4, 6, 9), sh(8, 4, 3, 3), sh(8), sh(8), sh(2, 8, 6, 9)),
		scaled(square(3, 2, 2, 2), 2, none, false, sh(1, 4, 9, 11), sh(6, 2, 3, 3), sh(6), sh(6)),
		scaled(square(3, 1, 1, 1), 6, relu, false, sh(2, 6, 5, 5), sh(6, 1, 3, 3), sh(6), sh(6)),
		scaled(square(3, 2, 1, 1), 6, none, false, sh(1, 6, 6, 5), sh(12, 1, 3, 3), sh(12), sh(12)),
		scaled(square(7, 2, 1, 3), 1, none, false, sh(1, 3, 15, 13), sh(4, 3, 7, 7), sh(4), sh(4)),
		{op: op.NewActivate(relu, 4), in: []tensor.Shape{sh(2, 3, 4, 5)}, plain: plainActivate(relu)},
		{op: op.NewActivate(op.ActivationReLU6, 2), in: []tensor.Shape{sh(2, 7)}, plain: plainActivate(op.ActivationReLU6), scale: 10},
		{op: op.NewAvgPool(square(2, 2, 1, 0), false), in: []tensor.Shape{sh(2, 3, 6, 8)}, plain: plainAvgPool(square(2, 2, 1, 0), false)},
		{op: op.NewAvgPool(square(3, 1, 1, 1), true), in: []tensor.Shape{sh(1, 2, 5, 4)}, plain: plainAvgPool(square(3, 1, 1, 1), true)},
		{op: op.NewAvgPool(square(3, 2, 1, 1), false), in: []tensor.Shape{sh(1, 2, 5, 4)}, plain: plainAvgPool(square(3, 2, 1, 1), false)},
		{op: op.NewAvgPool(ceil, true), in: []tensor.Shape{sh(1, 2, 8, 6)}, plain: plainAvgPool(ceil, true)},
		{op: op.NewAdaptiveAvgPool(3, 2), in: []tensor.Shape{sh(2, 2, 6, 4)}, plain: plainAdaptive},
		{op: op.NewAdaptiveAvgPool(3, 4), in: []tensor.Shape{sh(1, 2, 5, 7)}, plain: plainAdaptive},
		{op: op.NewAdaptiveAvgPool(3, 2), in: []tensor.Shape{sh(1, 2, 2, 1)}, plain: plainAdaptive},
		{op: op.NewMaxPool(square(2, 2, 1, 0)), in: []tensor.Shape{sh(1, 2, 4, 6)}, plain: plainMaxPool(square(2, 2, 1, 0))},
		{op: op.NewMaxPool(square(3, 2, 1, 1)), in: []tensor.Shape{sh(2, 3, 7, 8)}, plain: plainMaxPool(square(3, 2, 1, 1))},
		{op: op.NewMaxPool(ceil), in: []tensor.Shape{sh(1, 2, 8, 6)}, plain: plainMaxPool(ceil)},
		{op: op.NewMaxPool(square(3, 1, 2, 2)), in: []tensor.Shape{sh(1, 2, 6, 5)}, plain: plainMaxPool(square(3, 1, 2, 2))},
		{op: op.NewGlobalAvgPool(), in: []tensor.Shape{sh(2, 3, 5, 7)}, plain: plainMean},
		{op: op.NewLinear(), in: []tensor.Shape{sh(2, 5), sh(3, 5), sh(3)}, plain: plainLinear, constant: 2},
		{op: op.NewAffine(none), in: []tensor.Shape{sh(2, 3, 4, 5), sh(3), sh(3)}, plain: plainAffine(none), constant: 2},
		{op: op.NewAffine(relu), in: []tensor.Shape{sh(2, 3, 4, 5), sh(3), sh(3)}, plain: plainAffine(relu), constant: 2},
		{op: op.NewAdd(2, 4), in: []tensor.Shape{sh(1, 2, 3, 4), sh(1, 2, 3, 4)}, plain: plainAdd},
		{op: op.NewAdd(3, 2), in: []tensor.Shape{sh(2, 5), sh(2, 5), sh(2, 5)}, plain: plainAdd},
		{op: op.NewConcat(2), in: []tensor.Shape{sh(2, 1, 3, 4), sh(2, 3, 3, 4)}, plain: plainConcat},
		{op: op.NewConcat(3), in: []tensor.Shape{sh(1, 2, 1, 1), sh(1, 1, 1, 1), sh(1, 4, 1, 1)}, plain: plainConcat},
		{op: op.NewReshape(4, sh(2, 12)), in: []tensor.Shape{sh(2, 3, 2, 2)}, plain: plainCopy},
		{op: op.NewTap("layer", 4), in: []tensor.Shape{sh(2, 3, 2, 2)}, plain: plainCopy},
		{op: op.NewActivate(op.ActivationClip(-0.4, 0.3), 4), in: []tensor.Shape{sh(1, 3, 4, 5)}, plain: plainActivate(op.ActivationClip(-0.4, 0.3))},
		conv(square(3, 1, 1, 1), 1, op.ActivationClip(-0.4, 0.3), false, sh(1, 2, 5, 6), sh(3, 2, 3, 3), sh(3)),
		{op: op.NewPReLU(4), in: []tensor.Shape{sh(2, 3, 4, 5), sh(3)}, plain: plainPReLU, constant: 1},
		{op: op.NewPReLU(4), in: []tensor.Shape{sh(2, 3, 4, 5), sh(1)}, plain: plainPReLU, constant: 1},
		{op: op.NewPReLU(2), in: []tensor.Shape{sh(2, 3), sh(3)}, plain: plainPReLU, constant: 1},
		{op: op.NewSoftmax(4), in: []tensor.Shape{sh(2, 5, 3, 2)}, plain: plainSoftmax, scale: 5},
		{op: op.NewSoftmax(2), in: []tensor.Shape{sh(3, 7)}, plain: plainSoftmax, scale: 5},
	}, functionExamples()...)
}

// TestOperations holds every operation's value against a plain loop, and its
// symbolic derivative against the plain loop's finite differences, on every
// device and on gorgonia's own machine.
func TestOperations(t *testing.T) {
	race.SkipNumbers(t)
	for i, ex := range slices.Concat(examples(), dataExamples(), secondExamples(), attentionExamples(), generalExamples()) {
		t.Run(fmt.Sprintf("%02d %v", i, ex.op), func(t *testing.T) { holdsOn(t, i, ex) })
	}
}

// holdsOn checks an example, with random numbers of that seed, on every device and
// on gorgonia's own machine.
func holdsOn(t *testing.T, number int, ex example) {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, uint64(number)))
	in := make([][]float32, len(ex.in))
	for j, s := range ex.in {
		in[j] = distinct(rng, s.TotalSize())
		for k := range in[j] {
			in[j][k] *= max(ex.scale, 1)
			if ex.positive {
				in[j][k] = 0.25 + float32(math.Abs(float64(in[j][k])))
			}
		}
	}
	g := build(t, ex, in)
	seed := distinct(rng, g.out.Shape().TotalSize())
	want, wantGrads := expect(ex, in, seed, g.out.Shape())
	for _, i := range g.data {
		if !slices.Contains(g.wrt, i) {
			near(t, fmt.Sprintf("derivative by input %d", i), make([]float32, len(in[i])), wantGrads[i])
		}
	}
	check := func(name string, value []float32, grads [][]float32) {
		near(t, name+": value", value, want)
		for j := range grads {
			near(t, fmt.Sprintf("%s: derivative by input %d", name, g.wrt[j]), grads[j], wantGrads[g.wrt[j]])
		}
	}
	for name, dev := range devices(t) {
		value, grads := runMachine(t, dev, g, in, seed)
		check(name, value, grads)
	}
	value, grads := runTape(t, g, in, seed)
	check("TapeMachine", value, grads)
}

func devices(t *testing.T) map[string]machine.Device {
	t.Helper()
	cores, err := cpu.Open(2, false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cores.Close(); err != nil {
			t.Error(err)
		}
	})
	return map[string]machine.Device{"reference": machine.Reference{}, "cpu": cores}
}

// distinct makes numbers in random order that lie apart from each other and
// from zero, so that no kink of a maximum is near any of them.
func distinct(rng *rand.Rand, n int) []float32 {
	values := make([]float32, n)
	for i, p := range rng.Perm(n) {
		values[i] = (float32(p) + 0.5 - float32(n)/2) / float32(n) * 2
		if math.Abs(float64(values[i])) < 1e-3 {
			values[i] = 1e-2
		}
	}
	return values
}

// graph is an example with the derivatives of its data by a seed: of what in the
// data has a derivative.
type graph struct {
	in        gorgonia.Nodes
	seed      *gorgonia.Node
	out       *gorgonia.Node
	data, wrt []int
	grads     gorgonia.Nodes
}

func build(t *testing.T, ex example, in [][]float32) graph {
	t.Helper()
	g := gorgonia.NewGraph()
	var b graph
	var data gorgonia.Nodes
	for i, s := range ex.in {
		opts := []gorgonia.NodeConsOpt{gorgonia.WithName(fmt.Sprint("in", i)), gorgonia.WithShape(s...)}
		if i >= 1 && i <= ex.constant {
			opts = append(opts, gorgonia.WithValue(dense(in[i], s)))
		}
		n := gorgonia.NewTensor(g, tensor.Float32, len(s), opts...)
		b.in = append(b.in, n)
		if i == 0 || i > ex.constant {
			b.data = append(b.data, i)
			if o, ok := ex.op.(gorgonia.SDOp); ok && o.DiffWRT(len(ex.in))[i] {
				b.wrt = append(b.wrt, i)
				data = append(data, n)
			}
		}
	}
	var err error
	if b.out, err = gorgonia.ApplyOp(ex.op, b.in...); err != nil {
		t.Fatal(err)
	}
	b.seed = gorgonia.NewTensor(g, tensor.Float32, b.out.Dims(), gorgonia.WithName("seed"), gorgonia.WithShape(b.out.Shape()...))
	if len(data) == 0 {
		return b
	}
	if b.grads, err = gorgonia.Backpropagate(gorgonia.Nodes{b.out}, gorgonia.Nodes{b.seed}, data); err != nil {
		t.Fatal(err)
	}
	return b
}

func runMachine(t *testing.T, dev machine.Device, g graph, in [][]float32, seed []float32) ([]float32, [][]float32) {
	t.Helper()
	stages := []gorgonia.Nodes{{g.out}}
	if len(g.grads) > 0 {
		stages = append(stages, g.grads)
	}
	m, err := machine.New(dev, stages...)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range g.data {
		if err := m.Let(g.in[i], in[i]); err != nil {
			t.Fatal(err)
		}
	}
	if len(g.grads) > 0 {
		if err := m.Let(g.seed, seed); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.RunAll(); err != nil {
		t.Fatal(err)
	}
	value := func(n *gorgonia.Node) []float32 {
		v, err := m.Value(n)
		if err != nil {
			t.Fatal(err)
		}
		return slices.Clone(v)
	}
	var grads [][]float32
	for _, n := range g.grads {
		grads = append(grads, value(n))
	}
	return value(g.out), grads
}

func runTape(t *testing.T, g graph, in [][]float32, seed []float32) ([]float32, [][]float32) {
	t.Helper()
	for _, i := range g.data {
		if err := gorgonia.Let(g.in[i], dense(in[i], g.in[i].Shape())); err != nil {
			t.Fatal(err)
		}
	}
	if err := gorgonia.Let(g.seed, dense(seed, g.seed.Shape())); err != nil {
		t.Fatal(err)
	}
	vm := gorgonia.NewTapeMachine(g.out.Graph())
	defer vm.Close()
	if err := vm.RunAll(); err != nil {
		t.Fatal(err)
	}
	var grads [][]float32
	for _, n := range g.grads {
		grads = append(grads, n.Value().Data().([]float32))
	}
	return g.out.Value().Data().([]float32), grads
}

// expect evaluates the plain loop, and its derivatives along the seed by
// central differences.
func expect(ex example, in [][]float32, seed []float32, out tensor.Shape) (value []float64, grads [][]float64) {
	wide := make([][]float64, len(in))
	for i := range in {
		wide[i] = make([]float64, len(in[i]))
		for j, v := range in[i] {
			wide[i][j] = float64(v)
		}
	}
	along := func() float64 {
		var sum float64
		for i, v := range ex.plain(wide, ex.in, out) {
			sum += v * float64(seed[i])
		}
		return sum
	}
	const h = 1e-6
	grads = make([][]float64, len(in))
	for i := range wide {
		if i >= 1 && i <= ex.constant {
			continue
		}
		grads[i] = make([]float64, len(wide[i]))
		for j, v := range wide[i] {
			wide[i][j] = v + h
			up := along()
			wide[i][j] = v - h
			grads[i][j] = (up - along()) / (2 * h)
			wide[i][j] = v
		}
	}
	return ex.plain(wide, ex.in, out), grads
}

func dense(values []float32, s tensor.Shape) *tensor.Dense {
	return tensor.New(tensor.WithShape(s...), tensor.WithBacking(slices.Clone(values)))
}

// near fails where a value is further off than float32 rounding explains.
func near(t *testing.T, what string, got []float32, want []float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, not %d", what, len(got), len(want))
	}
	scale := 1e-3
	for _, v := range want {
		scale = max(scale, math.Abs(v))
	}
	for i := range want {
		if d := math.Abs(float64(got[i]) - want[i]); !(d <= 2e-5*scale) {
			t.Fatalf("%s: element %d is %v, not %v", what, i, got[i], want[i])
		}
	}
}

func TestInferShapeRefuses(t *testing.T) {
	w := win([2]int{3, 3}, [2]int{1, 1}, [2]int{1, 1}, [4]int{})
	rows := []struct {
		name string
		op   gorgonia.Op
		in   []tensor.Shape
	}{
		{"conv: weight of other channels", op.NewConv(w, 1, op.NoActivation, false), []tensor.Shape{sh(1, 3, 5, 5), sh(2, 4, 3, 3), sh(2)}},
		{"conv: bias of other length", op.NewConv(w, 1, op.NoActivation, false), []tensor.Shape{sh(1, 3, 5, 5), sh(2, 3, 3, 3), sh(3)}},
		{"conv: kernel larger than the picture", op.NewConv(w, 1, op.NoActivation, false), []tensor.Shape{sh(1, 3, 2, 5), sh(2, 3, 3, 3), sh(2)}},
		{"conv: residual of another shape", op.NewConv(w, 1, op.NoActivation, true), []tensor.Shape{sh(1, 3, 5, 5), sh(2, 3, 3, 3), sh(2), sh(1, 2, 5, 5)}},
		{"conv: scale of other length", op.NewConv(w, 1, op.NoActivation, false).WithScale(), []tensor.Shape{sh(1, 3, 5, 5), sh(2, 3, 3, 3), sh(2), sh(3)}},
		{"conv: groups that do not divide", op.NewConv(w, 2, op.NoActivation, false), []tensor.Shape{sh(1, 4, 5, 5), sh(3, 2, 3, 3), sh(3)}},
		{"add: other shapes", op.NewAdd(2, 2), []tensor.Shape{sh(1, 3), sh(1, 4)}},
		{"concat: other sizes", op.NewConcat(2), []tensor.Shape{sh(1, 3, 2, 2), sh(1, 3, 2, 3)}},
		{"slice: past the end", op.NewSlice(2, 5), []tensor.Shape{sh(1, 4, 1, 1)}},
		{"reshape: other size", op.NewReshape(2, sh(1, 5)), []tensor.Shape{sh(2, 2)}},
		{"linear: other width", op.NewLinear(), []tensor.Shape{sh(1, 5), sh(3, 4), sh(3)}},
		{"spread: of a plane", op.NewSpread(2, 2), []tensor.Shape{sh(1, 4, 2, 1)}},
		{"prelu: weight of other length", op.NewPReLU(4), []tensor.Shape{sh(1, 4, 2, 1), sh(2)}},
		{"pointwise: no function", op.NewPointwise(op.Function{Kind: models.Conv}, 2), []tensor.Shape{sh(1, 5)}},
		{"pointwise: gradient of another shape", op.NewPointwiseGrad(op.Function{Kind: models.GELU}, 1, 2), []tensor.Shape{sh(1, 5), sh(5, 1)}},
		{"pointwise: third derivative", op.NewPointwiseGrad(op.Function{Kind: models.GELU}, 3, 2), []tensor.Shape{sh(1, 5), sh(1, 5)}},
		{"too few inputs", op.NewLinear(), []tensor.Shape{sh(1, 5)}},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			if s, err := r.op.InferShape(gorgonia.ShapesToDimSizers(r.in)...); err == nil {
				t.Errorf("accepted, as %v", s)
			}
		})
	}
}

// TestHashTellsAttributesApart: gorgonia takes two nodes of one hash for one.
func TestHashTellsAttributesApart(t *testing.T) {
	seen := make(map[uint32]gorgonia.Op)
	for _, o := range []gorgonia.Op{
		op.NewConv(win([2]int{3, 3}, [2]int{1, 1}, [2]int{1, 1}, [4]int{}), 1, op.NoActivation, false),
		op.NewConv(win([2]int{3, 3}, [2]int{1, 1}, [2]int{1, 1}, [4]int{}), 1, op.ActivationReLU, false),
		op.NewConv(win([2]int{3, 3}, [2]int{1, 1}, [2]int{1, 1}, [4]int{}), 3, op.NoActivation, false),
		op.NewConv(win([2]int{3, 3}, [2]int{1, 1}, [2]int{1, 1}, [4]int{1}), 1, op.NoActivation, false),
		op.NewConv(win([2]int{3, 3}, [2]int{1, 1}, [2]int{1, 1}, [4]int{}), 1, op.NoActivation, true),
		op.NewConv(win([2]int{3, 3}, [2]int{1, 1}, [2]int{1, 1}, [4]int{}), 1, op.NoActivation, false).WithScale(),
		op.NewConvGrad(win([2]int{3, 3}, [2]int{1, 1}, [2]int{1, 1}, [4]int{}), 1, sh(1, 1, 3, 3)),
		op.NewConvGrad(win([2]int{3, 3}, [2]int{1, 1}, [2]int{1, 1}, [4]int{}), 1, sh(1, 1, 3, 3)).WithScale(),
		op.NewSlice(0, 1), op.NewSlice(0, 2), op.NewTap("a", 4), op.NewTap("b", 4), op.NewActivate(op.ActivationReLU, 2), op.NewActivate(op.ActivationReLU, 4), op.NewActivate(op.ActivationReLU6, 4),
		op.NewAffine(op.NoActivation), op.NewAffine(op.ActivationReLU),
		op.NewActivate(op.ActivationClip(0, 1), 4), op.NewActivate(op.ActivationClip(0, 2), 4), op.NewActivate(op.ActivationClip(-1, 1), 4),
		op.NewPointwise(op.Function{Kind: models.LeakyReLU, Alpha: 0.1}, 4), op.NewPointwise(op.Function{Kind: models.LeakyReLU, Alpha: 0.2}, 4),
		op.NewPointwise(op.Function{Kind: models.HardSigmoid, Alpha: 0.2}, 4), op.NewPointwise(op.Function{Kind: models.HardSigmoid, Alpha: 0.2, Beta: 0.5}, 4),
		op.NewPointwiseGrad(op.Function{Kind: models.GELU}, 1, 4), op.NewPointwiseGrad(op.Function{Kind: models.GELU}, 2, 4),
	} {
		if other, dup := seen[o.Hashcode()]; dup {
			t.Errorf("%v and %v have one hash", o, other)
		}
		seen[o.Hashcode()] = o
	}
}
