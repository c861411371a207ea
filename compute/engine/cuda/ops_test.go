//go:build gpu && cgo && linux

package cuda

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"gaze/compute/engine/cuda/fakegpu"
	"gaze/compute/engine/machine"
	"gaze/compute/engine/op"
	"gaze/compute/race"
	"gaze/models"
)

// open takes the fake GPU.
func open(t *testing.T, opt Options) *Device {
	t.Helper()
	fakegpu.Use(t)
	d, err := Open(0, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// source makes random tensors.
type source struct{ *rand.Rand }

func newSource(seed uint64) source { return source{rand.New(rand.NewPCG(seed, 1))} }

// side is a length between lo and hi.
func (r source) side(lo, hi int) int { return lo + r.IntN(hi-lo+1) }

func (r source) numbers(n int) []float32 {
	list := make([]float32, n)
	for i := range list {
		list[i] = float32(r.NormFloat64())
	}
	return list
}

// trial is an operation on operands of the given shapes, of which some are
// constant.
type trial struct {
	op       gorgonia.Op
	shapes   []tensor.Shape
	constant []bool
	// values of operands, random where there are none.
	values [][]float32
}

func constants(n int, of ...int) []bool {
	list := make([]bool, n)
	for _, i := range of {
		list[i] = true
	}
	return list
}

// check runs a trial on a device, whose memory holds NaNs, and by definition.
func check(t *testing.T, d *Device, r source, c trial, tolerance float64) {
	t.Helper()
	g := gorgonia.NewGraph()
	nodes := make(gorgonia.Nodes, len(c.shapes))
	values := make([][]float32, len(c.shapes))
	dense := make([]gorgonia.Value, len(c.shapes))
	for i, s := range c.shapes {
		values[i] = r.numbers(s.TotalSize())
		if c.values != nil && c.values[i] != nil {
			values[i] = c.values[i]
		}
		value := tensor.New(tensor.WithShape(s...), tensor.WithBacking(values[i]))
		dense[i] = value
		options := []gorgonia.NodeConsOpt{gorgonia.WithName(fmt.Sprint("operand ", i)), gorgonia.WithShape(s...)}
		if c.constant != nil && c.constant[i] {
			options = append(options, gorgonia.WithValue(value))
		}
		nodes[i] = gorgonia.NewTensor(g, tensor.Float32, len(s), options...)
	}
	out, err := gorgonia.ApplyOp(c.op, nodes...)
	if err != nil {
		t.Fatal(err)
	}
	want, err := c.op.Do(dense...)
	if err != nil {
		t.Fatal(err)
	}
	m, err := machine.New(d, gorgonia.Nodes{out})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	}()
	if list := m.Copied(); len(list) > 0 {
		t.Errorf("%v has no kernel", list)
	}
	for i, n := range nodes {
		if c.constant == nil || !c.constant[i] {
			if err := m.Let(n, values[i]); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := m.RunAll(); err != nil {
		t.Fatalf("%v of %v: %v", c.op, c.shapes, err)
	}
	got, err := m.Value(out)
	if err != nil {
		t.Fatal(err)
	}
	compare(t, fmt.Sprintf("%v of %v", c.op, c.shapes), got, want.Data().([]float32), tolerance)
}

// compare reports differences that are large relative to the largest number.
func compare(t *testing.T, what string, got, want []float32, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d numbers, not %d", what, len(got), len(want))
		return
	}
	var scale, worst float64
	at := 0
	for i := range want {
		scale = max(scale, math.Abs(float64(want[i])))
		if diff := math.Abs(float64(got[i]) - float64(want[i])); !(diff <= worst) {
			worst, at = diff, i
		}
	}
	if !(worst <= tolerance*scale) {
		t.Errorf("%s: number %d of %d is %v, not %v; the largest is %v", what, at, len(want), got[at], want[at], scale)
	}
}

func TestElements(t *testing.T) {
	d := open(t, Options{})
	r := newSource(1)
	for range 3 {
		s := tensor.Shape{r.side(1, 3), r.side(1, 20), r.side(1, 9), r.side(1, 9)}
		two, pixels := s[:2], tensor.Shape{s[1]}
		clip := op.ActivationClip(-0.5, 1.2)
		trials := []trial{
			{op: op.NewActivate(clip, 4), shapes: []tensor.Shape{s}},
			{op: op.NewActivate(op.ActivationReLU, 2), shapes: []tensor.Shape{two}},
			{op: op.NewActivateGrad(clip, 4), shapes: []tensor.Shape{s, s}},
			{op: op.NewAffine(op.ActivationReLU6), shapes: []tensor.Shape{s, pixels, pixels}, constant: constants(3, 1, 2)},
			{op: op.NewScale(), shapes: []tensor.Shape{s, pixels}, constant: constants(2, 1)},
			{op: op.NewMultiple(-1.5, 4), shapes: []tensor.Shape{s}},
			{op: op.NewPReLU(4), shapes: []tensor.Shape{s, pixels}, constant: constants(2, 1)},
			{op: op.NewPReLU(4), shapes: []tensor.Shape{s, {1}}, constant: constants(2, 1)},
			{op: op.NewPReLUGrad(4), shapes: []tensor.Shape{s, pixels, s}, constant: constants(3, 1)},
			{op: op.NewConcat(3), shapes: []tensor.Shape{s, {s[0], 2, s[2], s[3]}, s}},
			{op: op.NewStrided(3, s[3]-1, s[3], 1), shapes: []tensor.Shape{s}},
			{op: op.NewStrided(1, 0, s[1], 2), shapes: []tensor.Shape{s}},
			{op: op.NewEmbed(op.NewStrided(2, 1, 1+2*s[2], 2), 2*s[2]+3), shapes: []tensor.Shape{s}},
			{op: op.NewPad([4]int{1, 0, 2, 3}, 0.5), shapes: []tensor.Shape{s}},
			{op: op.NewPermute(0, 2, 3, 1), shapes: []tensor.Shape{s}},
		}
		for _, f := range functions(false) {
			trials = append(trials,
				trial{op: op.NewPointwise(f, 4), shapes: []tensor.Shape{s}},
				trial{op: op.NewPointwiseGrad(f, 1, 4), shapes: []tensor.Shape{s, s}},
				trial{op: op.NewPointwiseGrad(f, 2, 4), shapes: []tensor.Shape{s, s}})
		}
		for _, c := range trials {
			check(t, d, r, c, 1e-5)
		}
	}
}

// functions are the functions of one number that have kernels, the rare ones or the
// others, with parameters.
func functions(seldom bool) []op.Function {
	alpha := map[models.Kind]float64{models.LeakyReLU: 0.1, models.ELU: 1.3, models.HardSigmoid: 1. / 6, models.CELU: 1.5, models.ThresholdedReLU: 0.5}
	var list []op.Function
	for _, kind := range op.Functions() {
		if n, ok := curves[kind]; !ok || (n >= rare) != seldom {
			continue
		}
		f, _ := op.FunctionOf(models.Layer{Kind: kind, Attr: models.Attr{Alpha: alpha[kind], Beta: 0.5}})
		list = append(list, f)
	}
	return list
}

// TestFunctionsFarOut: what overflows on the way is no NaN, and kinks have the
// derivatives of the definition.
func TestFunctionsFarOut(t *testing.T) {
	d := open(t, Options{})
	x := []float32{-3, 3, 0, -1e4, 1e4, 100, -100, float32(math.Inf(1)), -20, 20}
	grad := make([]float32, len(x))
	for i := range grad {
		grad[i] = 1
	}
	s := tensor.Shape{1, len(x), 1, 1}
	for _, f := range functions(false) {
		for order := 1; order <= 2; order++ {
			check(t, d, newSource(1), trial{op: op.NewPointwiseGrad(f, order, 4), shapes: []tensor.Shape{s, s}, values: [][]float32{x, grad}}, 1e-5)
		}
		finite := tensor.Shape{1, 7, 1, 1}
		check(t, d, newSource(1), trial{op: op.NewPointwise(f, 4), shapes: []tensor.Shape{finite}, values: [][]float32{x[:7]}}, 1e-5)
	}
}

// TestRareFunctions has numbers at which all of them, or those that are defined there,
// are finite, with kinks and places halfway between whole numbers among them.
func TestRareFunctions(t *testing.T) {
	d := open(t, Options{})
	positive := []float32{0.25, 0.5, 1, 1.5, 2, 2.5, 3.25, 20}
	all := append([]float32{0, -0.25, -0.5, -1, -1.5, -2.5, -7.3, -20}, positive...)
	list := functions(true)
	if len(list) < 15 {
		t.Fatalf("only %d functions", len(list))
	}
	for _, f := range list {
		x := all
		switch f.Kind {
		case models.Log, models.Sqrt, models.Reciprocal:
			x = positive
		case models.Exp:
			x = all[:len(all)-1] // The last one is so large that others would not count.
		}
		s := tensor.Shape{1, len(x)}
		check(t, d, newSource(1), trial{op: op.NewPointwise(f, 2), shapes: []tensor.Shape{s}, values: [][]float32{x}}, 1e-5)
		for order := 1; order <= 2; order++ {
			check(t, d, newSource(1), trial{op: op.NewPointwiseGrad(f, order, 2), shapes: []tensor.Shape{s, s}, values: [][]float32{x, nil}}, 1e-5)
		}
	}
}

func TestArithmetic(t *testing.T) {
	d := open(t, Options{})
	r := newSource(2)
	s := tensor.Shape{2, 5, 3, 4}
	shapes := []tensor.Shape{s, {2, 5, 1, 1}, {1, 5, 1, 1}, {1, 1, 3, 4}, {1, 1, 1, 1}, {2, 1, 3, 1}}
	for _, b := range shapes {
		for _, o := range []gorgonia.Op{op.NewAdd(2, 4), op.NewSub(4), op.NewDiv(4), op.NewMul(s)} {
			check(t, d, r, trial{op: o, shapes: []tensor.Shape{s, b}}, 1e-5)
			check(t, d, r, trial{op: o, shapes: []tensor.Shape{b, s}, constant: constants(2, 0)}, 1e-5)
		}
		check(t, d, r, trial{op: op.NewMul(b), shapes: []tensor.Shape{s, s}}, 1e-5)
		check(t, d, r, trial{op: op.NewSumTo(b), shapes: []tensor.Shape{s}}, 1e-5)
		check(t, d, r, trial{op: op.NewSumTo(s), shapes: []tensor.Shape{b}}, 1e-5)
		check(t, d, r, trial{op: op.NewMul(b), shapes: []tensor.Shape{{2, 5, 1, 1}, s}}, 1e-5)
		check(t, d, r, trial{op: op.NewAdd(3, 4), shapes: []tensor.Shape{b, b, s}}, 1e-5)
	}
	check(t, d, r, trial{op: op.NewMul(tensor.Shape{1, 3, 1, 1}), shapes: []tensor.Shape{{2, 3, 17, 19}, {1, 3, 17, 19}}}, 1e-5)
	check(t, d, r, trial{op: op.NewAdd(4, 2), shapes: []tensor.Shape{{2, 3}, {2, 3}, {2, 1}, {2, 3}}}, 1e-5)
}

func TestPooling(t *testing.T) {
	d := open(t, Options{})
	r := newSource(3)
	for i := range 12 {
		w := op.Window{
			Kernel: [2]int{r.side(1, 4), r.side(1, 4)}, Stride: [2]int{r.side(1, 3), r.side(1, 3)}, Dilation: [2]int{1, 1}, Ceil: i%2 == 0,
		}
		for side := range w.Pad {
			w.Pad[side] = r.IntN(w.Kernel[side%2]/2 + 1)
		}
		x := tensor.Shape{r.side(1, 2), r.side(1, 3), r.side(6, 13), r.side(6, 13)}
		for _, countPad := range []bool{false, true} {
			y := inferred(t, op.NewAvgPool(w, countPad), x)
			check(t, d, r, trial{op: op.NewAvgPool(w, countPad), shapes: []tensor.Shape{x}}, 1e-5)
			check(t, d, r, trial{op: op.NewAvgPoolGrad(w, countPad, x), shapes: []tensor.Shape{y}}, 1e-5)
		}
		w.Dilation = [2]int{r.side(1, 2), r.side(1, 2)}
		y := inferred(t, op.NewMaxPool(w), x)
		// Few different numbers, so that the first of equal ones matters.
		values := make([]float32, x.TotalSize())
		for i := range values {
			values[i] = float32(r.IntN(4) - 5)
		}
		check(t, d, r, trial{op: op.NewMaxPool(w), shapes: []tensor.Shape{x}, values: [][]float32{values}}, 1e-5)
		check(t, d, r, trial{op: op.NewMaxPoolGrad(w), shapes: []tensor.Shape{x, y}, values: [][]float32{values, nil}}, 1e-5)
		check(t, d, r, trial{op: op.NewMaxPoolPick(w), shapes: []tensor.Shape{x, x}, values: [][]float32{values, nil}}, 1e-5)
		height, width := r.side(1, 15), r.side(1, 15)
		check(t, d, r, trial{op: op.NewAdaptiveAvgPool(height, width), shapes: []tensor.Shape{x}}, 1e-5)
		check(t, d, r, trial{op: op.NewAdaptiveAvgPoolGrad(x), shapes: []tensor.Shape{{x[0], x[1], height, width}}}, 1e-5)
		check(t, d, r, trial{op: op.NewGlobalAvgPool(), shapes: []tensor.Shape{x}}, 1e-5)
		check(t, d, r, trial{op: op.NewSpread(height, width), shapes: []tensor.Shape{{x[0], x[1], 1, 1}}}, 1e-5)
	}
}

// inferred is the shape of an operation's result.
func inferred(t *testing.T, o gorgonia.Op, shapes ...tensor.Shape) tensor.Shape {
	t.Helper()
	sizers := make([]gorgonia.DimSizer, len(shapes))
	for i, s := range shapes {
		sizers[i] = s
	}
	out, err := o.InferShape(sizers...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestNormalisations(t *testing.T) {
	d := open(t, Options{})
	r := newSource(4)
	for range 4 {
		s := tensor.Shape{r.side(1, 3), r.side(2, 70), r.side(1, 7), r.side(1, 7)}
		two, pixels := s[:2], tensor.Shape{s[1]}
		p := op.LRNParams{Size: r.side(1, 6), Alpha: 0.7, Beta: 0.75, K: 1.5}
		for _, c := range []trial{
			{op: op.NewSoftmax(4), shapes: []tensor.Shape{s}},
			{op: op.NewSoftmax(2), shapes: []tensor.Shape{two}},
			{op: op.NewSoftmaxGrad(4), shapes: []tensor.Shape{s, s}},
			{op: op.NewSoftmaxGrad(2), shapes: []tensor.Shape{two, two}},
			{op: op.NewLayerNorm(1e-5), shapes: []tensor.Shape{s, pixels, pixels}, constant: constants(3, 1, 2)},
			{op: op.NewLayerNormGrad(1e-5), shapes: []tensor.Shape{s, pixels, s}, constant: constants(3, 1)},
			{op: op.NewLayerNormBend(1e-5), shapes: []tensor.Shape{s, pixels, s, s}, constant: constants(4, 1)},
			{op: op.NewLRN(p), shapes: []tensor.Shape{s}},
			{op: op.NewLRNGrad(p), shapes: []tensor.Shape{s, s}},
		} {
			check(t, d, r, c, 1e-4)
		}
	}
}

func TestLinear(t *testing.T) {
	d := open(t, Options{})
	r := newSource(5)
	for _, batch := range []int{1, 2, 9, manyRows} {
		for _, sides := range [][2]int{{7, 5}, {128, 33}, {131, 10}, {260, 300}} {
			x, w, b, y := tensor.Shape{batch, sides[0]}, tensor.Shape{sides[1], sides[0]}, tensor.Shape{sides[1]}, tensor.Shape{batch, sides[1]}
			check(t, d, r, trial{op: op.NewLinear(), shapes: []tensor.Shape{x, w, b}, constant: constants(3, 1, 2)}, 1e-5)
			check(t, d, r, trial{op: op.NewLinearGrad(), shapes: []tensor.Shape{y, w}, constant: constants(2, 1)}, 1e-5)
		}
	}
	for _, sides := range [][3]int{{3, 2, 5}, {70, 9, 14}, {130, 1, 1}} {
		weights, x := tensor.Shape{1, sides[0], 1, 1}, tensor.Shape{1, sides[0], sides[1], sides[2]}
		check(t, d, r, trial{op: op.NewChannelSum(op.NoActivation), shapes: []tensor.Shape{weights, x}}, 1e-5)
	}
}

// convolution is one with random numbers for all that it has.
func (r source) convolution() (o op.Conv, x tensor.Shape, channels int) {
	w := op.Window{
		Kernel: [2]int{r.side(1, 4), r.side(1, 4)}, Stride: [2]int{r.side(1, 3), r.side(1, 3)}, Dilation: [2]int{r.side(1, 2), r.side(1, 2)},
	}
	for side := range w.Pad {
		w.Pad[side] = r.IntN(3)
	}
	groups, perIn, perOut := 1, r.side(1, 40), r.side(1, 80)
	switch r.IntN(3) {
	case 0:
		groups, perIn, perOut = r.side(2, 9), r.side(1, 6), r.side(1, 20)
	case 1:
		groups, perIn, perOut = r.side(2, 20), 1, 1
		if r.IntN(2) == 0 {
			k := 3 + 2*r.IntN(3)
			w.Kernel = [2]int{k, k}
		}
	}
	activation := []op.Activation{op.NoActivation, op.ActivationReLU, op.ActivationReLU6}[r.IntN(3)]
	o = op.NewConv(w, groups, activation, r.IntN(2) == 0)
	if r.IntN(2) == 0 {
		o = o.WithScale()
	}
	return o, tensor.Shape{r.side(1, 3), groups * perIn, r.side(13, 17), r.side(13, 17)}, groups * perOut
}

// trials are a convolution and its derivative.
func convTrials(t *testing.T, o op.Conv, x tensor.Shape, channels int) (forward, back trial) {
	t.Helper()
	w, k := tensor.Shape{channels, x[1] / o.Groups, o.Kernel[0], o.Kernel[1]}, tensor.Shape{channels}
	shapes := []tensor.Shape{x, w, k}
	if o.Scaled {
		shapes = append(shapes, k)
	}
	plain := op.NewConv(o.Window, o.Groups, op.NoActivation, false)
	y := inferred(t, plain, x, w, k)
	if o.Residual {
		shapes = append(shapes, y)
	}
	forward = trial{op: o, shapes: shapes, constant: constants(len(shapes), 1, 2)}
	grad := op.NewConvGrad(o.Window, o.Groups, x)
	back = trial{op: grad, shapes: []tensor.Shape{y, w}, constant: constants(2, 1)}
	if o.Scaled {
		forward.constant[3] = true
		back = trial{op: grad.WithScale(), shapes: []tensor.Shape{y, w, k}, constant: constants(3, 1, 2)}
	}
	return forward, back
}

// TestConvolutions: with more multiprocessors smaller tiles and more splits are
// chosen, with fewer Winograd's algorithm.
func TestConvolutions(t *testing.T) {
	d := open(t, Options{})
	for seed := range uint64(90) {
		r := newSource(100 + seed)
		d.units = []int{1, 8, 132}[seed%3]
		o, x, channels := r.convolution()
		forward, back := convTrials(t, o, x, channels)
		check(t, d, r, forward, 1e-5)
		check(t, d, r, back, 1e-5)
	}
}

// TestTiles runs every tile, whole and split, over images that end within it and
// over such as are read and written by fours.
func TestTiles(t *testing.T) {
	race.SkipNumbers(t)
	for _, tf32 := range []bool{false, true} {
		d := open(t, Options{TF32: tf32, Exact: true})
		tolerance := 1e-5
		if tf32 {
			tolerance = 3e-3
		}
		for _, each := range tiles(tf32) {
			for _, splits := range []int{1, 3} {
				d.choose = func(*sum, int) (tile, int) { return each, splits }
				for i, w := range []op.Window{
					{Kernel: [2]int{1, 1}, Stride: [2]int{1, 1}, Dilation: [2]int{1, 1}},
					{Kernel: [2]int{3, 3}, Stride: [2]int{1, 1}, Dilation: [2]int{1, 1}, Pad: [4]int{1, 1, 1, 1}},
					{Kernel: [2]int{3, 3}, Stride: [2]int{2, 2}, Dilation: [2]int{1, 1}, Pad: [4]int{1, 1, 1, 1}},
					{Kernel: [2]int{1, 1}, Stride: [2]int{2, 2}, Dilation: [2]int{1, 1}},
				} {
					r := newSource(uint64(i))
					for _, x := range []tensor.Shape{{2, 70, 8, 6}, {2, 21, 7, 9}} {
						forward, back := convTrials(t, op.NewConv(w, 1, op.ActivationReLU, i%2 == 0), x, 135)
						check(t, d, r, forward, tolerance)
						check(t, d, r, back, tolerance)
					}
					forward, back := convTrials(t, op.NewConv(w, 3, op.NoActivation, false), tensor.Shape{1, 60, 8, 8}, 66)
					check(t, d, r, forward, tolerance)
					check(t, d, r, back, tolerance)
				}
			}
		}
	}
}

// TestWinograd runs both algorithms with paddings that differ, sides that are no
// multiples of a tile's, and batches of more than a chunk.
func TestWinograd(t *testing.T) {
	d := open(t, Options{})
	for _, side := range []int{2, 4} {
		d.scheme = func(shape, bool, int) int { return side }
		for seed := range uint64(8) {
			r := newSource(300 + seed)
			w := op.Window{Kernel: [2]int{3, 3}, Stride: [2]int{1, 1}, Dilation: [2]int{1, 1}}
			for i := range w.Pad {
				w.Pad[i] = r.IntN(4)
			}
			o := op.NewConv(w, 1, op.ActivationReLU, seed%2 == 0)
			if seed%3 == 0 {
				o = o.WithScale()
			}
			forward, back := convTrials(t, o, tensor.Shape{r.side(1, 3), r.side(1, 40), r.side(4, 13), r.side(4, 13)}, r.side(1, 70))
			check(t, d, r, forward, 3e-5)
			check(t, d, r, back, 3e-5)
		}
		if len(d.sums) > 0 {
			t.Error("a convolution was not transformed")
		}
	}
}

// TestWinogradInChunks: a batch that is too large to be transformed at once.
func TestWinogradInChunks(t *testing.T) {
	race.SkipNumbers(t)
	d := open(t, Options{})
	d.scheme = func(shape, bool, int) int { return 4 }
	w := &transformed{out: 4, rows: 4, channels: 2, outH: 400, outW: 400}
	if n := w.chunk(20); n < 1 || n >= 20 {
		t.Fatalf("%d of 20 pictures at once", n)
	}
	r := newSource(9)
	o := op.NewConv(op.Window{Kernel: [2]int{3, 3}, Stride: [2]int{1, 1}, Dilation: [2]int{1, 1}, Pad: [4]int{1, 1, 1, 1}}, 1, op.NoActivation, true)
	forward, _ := convTrials(t, o, tensor.Shape{w.chunk(20) + 1, 2, 400, 400}, 4)
	check(t, d, r, forward, 3e-5)
}

// TestWinogradIsTakenWhereItPays: for wide layers of 3x3 kernels, not where
// exactness or tensor cores were asked for.
func TestWinogradIsTakenWhereItPays(t *testing.T) {
	w := op.Window{Kernel: [2]int{3, 3}, Stride: [2]int{1, 1}, Dilation: [2]int{1, 1}, Pad: [4]int{1, 1, 1, 1}}
	wide := shape{window: w, groups: 1, inC: 256, outC: 256, inH: 28, inW: 28, outH: 28, outW: 28}
	thin := shape{window: w, groups: 1, inC: 3, outC: 8, inH: 28, inW: 28, outH: 28, outW: 28}
	d := open(t, Options{})
	for _, back := range []bool{false, true} {
		if side := d.scheme(wide, back, 8); !d.transformable(wide) || side != 4 {
			t.Errorf("256 channels are computed by tiles of %d", side)
		}
		if side := d.scheme(thin, back, 8); side != 0 {
			t.Errorf("3 channels are computed by tiles of %d", side)
		}
	}
	for _, opt := range []Options{{TF32: true}, {Exact: true}} {
		if open(t, opt).transformable(wide) {
			t.Errorf("transformed in spite of %+v", opt)
		}
	}
}

// TestConvolutionsOfOnePixel are linear layers.
func TestConvolutionsOfOnePixel(t *testing.T) {
	d := open(t, Options{})
	r := newSource(7)
	for _, side := range []int{1, 3} {
		w := op.Window{Kernel: [2]int{side, side}, Stride: [2]int{1, 1}, Dilation: [2]int{1, 1}}
		forward, back := convTrials(t, op.NewConv(w, 1, op.ActivationReLU, false), tensor.Shape{3, 36, side, side}, 17)
		check(t, d, r, forward, 1e-5)
		check(t, d, r, back, 1e-5)
	}
}

// TestVariableWeight: a convolution whose weight is no constant runs here.
func TestVariableWeight(t *testing.T) {
	d := open(t, Options{})
	o := op.NewConv(op.Window{Kernel: [2]int{1, 1}, Stride: [2]int{1, 1}, Dilation: [2]int{1, 1}}, 1, op.NoActivation, false)
	launch, err := d.Prepare(o, tensor.Shape{1, 2, 3, 3}, []machine.Operand{{Shape: tensor.Shape{1, 2, 3, 3}}, {Shape: tensor.Shape{2, 2, 1, 1}}, {Shape: tensor.Shape{2}}})
	if launch != nil || err != nil {
		t.Errorf("launches %v, error %v", launch != nil, err)
	}
}
