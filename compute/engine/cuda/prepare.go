package cuda

import (
	"fmt"
	"math"
	"strings"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"gaze/compute/engine/machine"
	"gaze/compute/engine/op"
	"gaze/models"
)

// Prepare makes the launches of an operation, nil for one without a kernel:
// a convolution whose weight is not constant, or an operation that is not
// package op's.
func (d *Device) Prepare(o gorgonia.Op, out tensor.Shape, operands []machine.Operand) (machine.Launch, error) {
	p := &preparation{d: d, in: operands}
	for _, s := range append([]tensor.Shape{out}, shapesOf(operands)...) {
		if s.TotalSize() > most {
			return nil, fmt.Errorf("%d numbers are more than the kernels can count", s.TotalSize())
		}
	}
	switch o := o.(type) {
	case op.Conv:
		return d.conv(o, out, operands)
	case op.ConvGrad:
		return d.convGrad(o, out, operands)
	case op.Linear:
		p.linear(out[0], operands[0].Shape[1], out[1], op.NoActivation)
	case op.LinearGrad:
		p.linearBack(out[0], out[1], operands[0].Shape[1])
	case op.ChannelSum:
		if o.Activation == op.NoActivation && out[0] == 1 {
			// The picture's channels are the rows of a matrix.
			p.linearBack(1, out[2]*out[3], operands[1].Shape[1])
		}
	default:
		for _, prepare := range []func(gorgonia.Op, tensor.Shape){p.activate, p.arithmetic, p.rearrange, p.pool, p.normalise, p.function, p.attend, p.multiply, p.general} {
			prepare(o, out)
		}
	}
	return p.launch()
}

// most is how many numbers a tensor may have: the kernels count them, and some
// threads' share more, in 32 bits.
const most = math.MaxInt32 - 1<<24

func shapesOf(operands []machine.Operand) []tensor.Shape {
	list := make([]tensor.Shape, len(operands))
	for i, o := range operands {
		list[i] = o.Shape
	}
	return list
}

func limits(a op.Activation) argument { return floats(a.Limits()) }

// inner is the number of elements of a channel.
func inner(s tensor.Shape) int {
	if len(s) < 3 {
		return 1
	}
	return s[2:].TotalSize()
}

func (p *preparation) activate(o gorgonia.Op, out tensor.Shape) {
	n := out.TotalSize()
	switch o := o.(type) {
	case op.Activate:
		p.elements("elementwise", "clip", n, dst, in(0), limits(o.Activation), ints(n, 0))
	case op.ActivateGrad:
		p.elements("elementwise", "clip_back", n, dst, in(0), in(1), limits(o.Activation), ints(n, 0))
	case op.Affine:
		p.elements("elementwise", "affine", n, dst, in(0), in(1), in(2), ints(out[1], inner(out)), limits(o.Activation), ints(n, 0))
	case op.Scale:
		p.elements("elementwise", "affine", n, dst, in(0), in(1), null, ints(out[1], inner(out)), limits(op.NoActivation), ints(n, 0))
	}
}

// The kinds of arithmetic, as kernels/elementwise.cu and kernels/general.cu number them.
const (
	plus = iota
	minus
	times
	by
	first
)

func (p *preparation) arithmetic(o gorgonia.Op, out tensor.Shape) {
	switch o := o.(type) {
	case op.Add:
		p.combine(plus, out, 0, 1)
		for i := 2; i < len(p.in); i++ {
			p.combineWith(plus, out, dst, out, in(i), p.in[i].Shape)
		}
	case op.Sub:
		p.combine(minus, out, 0, 1)
	case op.Mul:
		p.combine(times, out, 0, 1)
	case op.Div:
		p.combine(by, out, 0, 1)
	case op.SumTo:
		p.combine(first, out, 0, 0)
	case op.Multiple:
		n := out.TotalSize()
		p.elements("elementwise", "multiple", n, dst, in(0), floats(o.Factor, 0), ints(n, 0))
	case gorgonia.BinaryOp:
		// gorgonia's own, whose types it keeps to itself, are made by
		// Backpropagate and by second derivatives.
		if kind, ok := map[string]int{"+": plus, "⊙": times}[strings.Fields(o.String())[0]]; ok && p.in[0].Shape.Eq(p.in[1].Shape) {
			p.combine(kind, out, 0, 1)
		}
	}
}

// combine does arithmetic on two operands.
func (p *preparation) combine(kind int, out tensor.Shape, a, b int) {
	p.combineWith(kind, out, in(a), p.in[a].Shape, in(b), p.in[b].Shape)
}

func (p *preparation) combineWith(kind int, out tensor.Shape, a argument, shapeA tensor.Shape, b argument, shapeB tensor.Shape) {
	n := out.TotalSize()
	if shapeA.Eq(out) && shapeB.Eq(out) {
		p.elements("elementwise", "combine", n, dst, a, b, ints(kind, n))
		return
	}
	if len(out) > 4 {
		p.binary(kind, out, a, shapeA, b, shapeB)
		return
	}
	sides, sa, sb := four(out), four(shapeA), four(shapeB)
	box, boxes := [4]int{1, 1, 1, 1}, 1
	for i := range box {
		if whole := max(sides[i], sa[i], sb[i]); sides[i] < whole {
			box[i] = whole
			boxes *= whole
		}
	}
	outer, innerSides := ints(sides[0], sides[1]), ints(sides[2], sides[3])
	stepsA, stepsB := repeated(sa), repeated(sb)
	aOuter, aInner, bOuter, bInner := ints(stepsA[0], stepsA[1]), ints(stepsA[2], stepsA[3]), ints(stepsB[0], stepsB[1]), ints(stepsB[2], stepsB[3])
	if size, ok := inside(out, shapeB); ok && shapeA.Eq(out) {
		p.elements("elementwise", "combine_channels", n, dst, a, b, ints(kind, n), ints(size, 0))
		return
	}
	if size, ok := inside(out, shapeA); ok && shapeB.Eq(out) && (kind == plus || kind == times) {
		p.elements("elementwise", "combine_channels", n, dst, b, a, ints(kind, n), ints(size, 0))
		return
	}
	if boxes == 1 {
		p.elements("elementwise", "combine_far", n, dst, a, b, outer, innerSides, aOuter, aInner, bOuter, bInner, ints(kind, n))
		return
	}
	threads := 256
	if boxes < 256 {
		threads = 32
	}
	p.add("elementwise", "combine_sum", [3]int{n, 1, 1}, [3]int{threads, 1, 1}, 0,
		dst, a, b, outer, innerSides, ints(box[0], box[1]), ints(box[2], box[3]), aOuter, aInner, bOuter, bInner, ints(kind, boxes),
		ints(straight(box, stepsA), straight(box, stepsB)))
}

// inside reports whether a tensor of shape s is one of shape out but for the
// last axes, which are of length 1, and how many elements those have in out.
func inside(out, s tensor.Shape) (size int, ok bool) {
	axis := len(s)
	for size = 1; axis > 0 && s[axis-1] == 1; axis-- {
		size *= out[axis-1]
	}
	return size, s[:axis].Eq(out[:axis])
}

// straight is 1 where the elements of a box lie one after the other.
func straight(box, steps [4]int) int {
	step := 1
	for i := 3; i >= 0; i-- {
		if box[i] > 1 && steps[i] != step {
			return 0
		}
		step *= box[i]
	}
	return 1
}

// four are the lengths of four axes, the first ones 1 where a shape has fewer.
func four(s tensor.Shape) [4]int {
	sides := [4]int{1, 1, 1, 1}
	copy(sides[4-len(s):], s)
	return sides
}

// dense are the steps of a tensor of those sides.
func dense(sides [4]int) (steps [4]int) {
	step := 1
	for i := 3; i >= 0; i-- {
		steps[i] = step
		step *= sides[i]
	}
	return steps
}

// repeated are the steps of a tensor whose axes of length 1 are repeated.
func repeated(sides [4]int) [4]int {
	steps := dense(sides)
	for i, side := range sides {
		if side == 1 {
			steps[i] = 0
		}
	}
	return steps
}

func (p *preparation) rearrange(o gorgonia.Op, out tensor.Shape) {
	switch o := o.(type) {
	case op.Concat:
		size, at := out.TotalSize()/out[0], 0
		for i := range p.in {
			part := p.in[i].Shape.TotalSize() / out[0]
			p.move(i, [4]int{1, 1, out[0], part}, [4]int{0, 0, size, 1}, at, [4]int{0, 0, part, 1}, 0)
			at += part
		}
	case op.Slice:
		steps, at := taken(p.in[0].Shape, o)
		p.move(0, four(out), dense(four(out)), 0, steps, at)
	case op.Embed:
		p.fill(out, 0)
		box := four(p.in[0].Shape)
		steps, at := taken(out, o.Slice)
		p.move(0, box, steps, at, dense(box), 0)
	case op.Pad:
		p.fill(out, o.Value)
		box := four(p.in[0].Shape)
		p.move(0, box, dense(four(out)), o.Sides[0]*out[3]+o.Sides[1], dense(box), 0)
	case op.Permute:
		if len(out) != 4 {
			p.permute(o.Order, out)
			return
		}
		from, were := [4]int{}, dense(four(p.in[0].Shape))
		for axis, was := range o.Order {
			from[axis] = were[was]
		}
		p.move(0, four(out), dense(four(out)), 0, from, 0)
	case op.View:
		// A machine does these without computing.
		n := out.TotalSize()
		p.move(0, [4]int{1, 1, 1, n}, [4]int{0, 0, 0, 1}, 0, [4]int{0, 0, 0, 1}, 0)
	}
}

// taken are the steps and the beginning of what a Slice takes of a tensor.
func taken(whole tensor.Shape, s op.Slice) (steps [4]int, at int) {
	steps = dense(four(whole))
	axis := s.Axis + 4 - len(whole)
	at = s.From * steps[axis]
	steps[axis] *= s.Step
	return steps, at
}

func (p *preparation) fill(out tensor.Shape, value float32) {
	n := out.TotalSize()
	p.elements("elementwise", "fill", n, dst, floats(value, 0), ints(n, 0))
}

func (p *preparation) move(i int, box, to [4]int, toAt int, from [4]int, fromAt int) {
	n := box[0] * box[1] * box[2] * box[3]
	p.elements("elementwise", "move", n, dst, in(i), ints(box[0], box[1]), ints(box[2], box[3]),
		ints(to[0], to[1]), ints(to[2], to[3]), ints(from[0], from[1]), ints(from[2], from[3]), ints(toAt, fromAt), ints(n, 0))
}

// The ways in which windows of an average lie, as the kernels number them.
const (
	uncounted = iota // padding does not count
	counted
	adaptive
)

func (p *preparation) pool(o gorgonia.Op, out tensor.Shape) {
	n := out.TotalSize()
	shape := func(i int) tensor.Shape { return p.in[i].Shape }
	switch o := o.(type) {
	case op.MaxPool:
		p.elements("pool", "max_pool", n, append(append([]argument{dst, in(0), in(0)}, window(o.Window, shape(0), out)...), ints(n, 0))...)
	case op.MaxPoolPick:
		p.elements("pool", "max_pool", n, append(append([]argument{dst, in(0), in(1)}, window(o.Window, shape(0), out)...), ints(n, 0))...)
	case op.MaxPoolGrad:
		p.elements("pool", "max_pool_back", n, append(append([]argument{dst, in(0), in(1)}, window(o.Window, out, shape(1))...), ints(n, 0))...)
	case op.AvgPool:
		p.elements("pool", "avg_pool", n, append(append([]argument{dst, in(0)}, window(o.Window, shape(0), out)...), ints(o.Pad[2], o.Pad[3]), ints(mode(o.CountPad), n))...)
	case op.AvgPoolGrad:
		p.elements("pool", "avg_pool_back", n, append(append([]argument{dst, in(0)}, window(o.Window, out, shape(0))...), ints(o.Pad[2], o.Pad[3]), ints(mode(o.CountPad), n))...)
	case op.AdaptiveAvgPool:
		p.elements("pool", "avg_pool", n, append(append([]argument{dst, in(0)}, window(op.Window{}, shape(0), out)...), null, ints(adaptive, n))...)
	case op.AdaptiveAvgPoolGrad:
		p.elements("pool", "avg_pool_back", n, append(append([]argument{dst, in(0)}, window(op.Window{}, out, shape(0))...), null, ints(adaptive, n))...)
	case op.GlobalAvgPool:
		p.add("pool", "global_pool", [3]int{(n + 7) / 8, 1, 1}, [3]int{256, 1, 1}, 0, dst, in(0), ints(n, inner(shape(0))))
	case op.Spread:
		p.elements("elementwise", "spread", n, dst, in(0), ints(inner(out), n))
	}
}

// window are a pooling's arguments from an input of one shape to an output of
// another.
func window(w op.Window, x, y tensor.Shape) []argument {
	return []argument{
		ints(x[2], x[3]), ints(y[2], y[3]), ints(w.Kernel[0], w.Kernel[1]), ints(w.Stride[0], w.Stride[1]),
		ints(w.Dilation[0], w.Dilation[1]), ints(w.Pad[0], w.Pad[1]),
	}
}

func mode(countPad bool) int {
	if countPad {
		return counted
	}
	return uncounted
}

func (p *preparation) normalise(o gorgonia.Op, out tensor.Shape) {
	if len(out) < 2 {
		return
	}
	channels := ints(out[1], inner(out))
	pixels := out[0] * inner(out)
	columns, block := [3]int{(pixels + 31) / 32, 1, 1}, [3]int{32, 8, 1}
	n := out.TotalSize()
	switch o := o.(type) {
	case op.Softmax:
		p.add("norm", "softmax", [3]int{pixels, 1, 1}, [3]int{128, 1, 1}, 0, dst, in(0), channels)
	case op.SoftmaxGrad:
		p.add("norm", "softmax_back", [3]int{pixels, 1, 1}, [3]int{128, 1, 1}, 0, dst, in(0), in(1), channels)
	case op.LayerNorm:
		p.add("norm", "layer_norm", columns, block, 0, dst, in(0), in(1), in(2), channels, ints(pixels, 0), floats(float32(o.Epsilon), 0))
	case op.LayerNormGrad:
		p.add("norm", "layer_norm_back", columns, block, 0, dst, in(0), in(1), in(2), channels, ints(pixels, 0), floats(float32(o.Epsilon), 0))
	case op.LayerNormBend:
		p.add("norm", "layer_norm_bend", columns, block, 0, dst, in(0), in(1), in(2), in(3), channels, ints(pixels, 0), floats(float32(o.Epsilon), 0))
	case op.LRN:
		p.elements("norm", "lrn", n, append(append([]argument{dst, in(0), channels}, neighbours(o.LRNParams)...), ints(n, 0))...)
	case op.LRNGrad:
		p.elements("norm", "lrn_back", n, append(append([]argument{dst, in(0), in(1), channels}, neighbours(o.LRNParams)...), ints(n, 0))...)
	}
}

func neighbours(p op.LRNParams) []argument {
	return []argument{
		ints((p.Size-1)/2, p.Size/2), floats(float32(p.Alpha/float64(p.Size)), float32(p.K)), floats(float32(p.Beta), 0),
	}
}

// curves are the numbers of activation functions in the kernels: the cases of
// function in kernels/elementwise.cu and, from rare on, in kernels/functions.cu, which
// a test compares with these. There, a number without a case gives NaNs.
var curves = map[models.Kind]int{
	models.LeakyReLU:   0,
	models.ELU:         1,
	models.Sigmoid:     2,
	models.Tanh:        3,
	models.SiLU:        4,
	models.HardSigmoid: 5,
	models.HardSwish:   6,
	models.GELU:        7,
	models.GELUTanh:    8,
	models.Softplus:    9,
	models.Softsign:    10,

	models.SELU:       rare,
	models.CELU:       12,
	models.Mish:       13,
	models.Swish:      14,
	models.LogSigmoid: 15,

	models.ThresholdedReLU: 16,

	models.Exp:        17,
	models.Log:        18,
	models.Sqrt:       19,
	models.Abs:        20,
	models.Reciprocal: 21,
	models.Erf:        22,
	models.Sin:        23,
	models.Cos:        24,
	models.Tan:        25,
	models.Sign:       26,
	models.Floor:      27,
	models.Ceil:       28,
	models.RoundEven:  29,
}

// rare is the number of the first function that networks spend little time on.
const rare = 11

func (p *preparation) function(o gorgonia.Op, out tensor.Shape) {
	n := out.TotalSize()
	switch o := o.(type) {
	case op.Pointwise:
		p.curve(o.Function, "", n, dst, in(0))
	case op.PointwiseGrad:
		p.curve(o.Function, []string{1: "_back", 2: "_bend"}[o.Order], n, dst, in(0), in(1))
	case op.PReLU:
		p.elements("elementwise", "prelu", n, dst, in(0), in(1), in(0), ints(out[1], inner(out)), ints(p.in[1].Shape[0], n))
	case op.PReLUGrad:
		p.elements("elementwise", "prelu", n, dst, in(0), in(1), in(2), ints(out[1], inner(out)), ints(p.in[1].Shape[0], n))
	}
}

// curve computes a function that has a number, or the derivative that end names.
func (p *preparation) curve(f op.Function, end string, n int, args ...argument) {
	kind, ok := curves[f.Kind]
	if !ok {
		return
	}
	args = append(args, floats(float32(f.Alpha), float32(f.Beta)))
	if kind >= rare {
		p.elements("functions", "rare"+end, n, append(args, ints(kind, n))...)
		return
	}
	p.elements("elementwise", "pointwise"+end, n, append(args, floats(f.Ramp()), ints(kind, n))...)
}

// manyRows is from how many on a linear layer is a product of matrices: it has tokens
// for rows then, and reading the weights once for every eight of them would be slow.
const manyRows = 64

// linear computes, for pictures of that many inputs, that many outputs of
// operand 0 by the weight that is operand 1 and the bias that is operand 2.
func (p *preparation) linear(pictures, inputs, outputs int, a op.Activation) {
	if pictures >= manyRows {
		p.matmul(layout{}, matrix(in(0), inputs, false), matrix(in(1), inputs, true), in(2), [3]int{pictures, inputs, outputs}, a)
		return
	}
	name, rows, at := "linear_1", 1, 1
	if pictures > 1 {
		name, rows, at = "linear_8", 4, 8
	}
	// Operands lie at multiples of 16 bytes but for parts of a concatenation,
	// which begin at whole channels: only rows that are multiples are read by
	// fours.
	c := p.add("linear", name, [3]int{(outputs + 4*rows - 1) / (4 * rows), (pictures + at - 1) / at, 1}, [3]int{128, 1, 1}, 0,
		dst, in(0), in(1), in(2), ints(inputs, outputs), ints(pictures, 0), limits(a))
	if c == nil || inputs%4 != 0 {
		return
	}
	c.adjust = func() {
		c.args[5] = ints(pictures, aligned(c.args[1]|c.args[2])).value
	}
}

// aligned is 1 for an address of four numbers that can be read at once.
func aligned(address uint64) int {
	if address%16 == 0 {
		return 1
	}
	return 0
}

// linearBack computes the derivative by that many inputs of a linear layer:
// operand 0 is the gradient and operand 1 the weight.
func (p *preparation) linearBack(pictures, inputs, outputs int) {
	if pictures >= manyRows {
		p.matmul(layout{}, matrix(in(0), outputs, false), matrix(in(1), inputs, false), null, [3]int{pictures, outputs, inputs}, op.NoActivation)
		return
	}
	name, at := "linear_back_1", 1
	if pictures > 1 {
		name, at = "linear_back_8", 8
	}
	columns, rows := (inputs+127)/128, (pictures+at-1)/at
	shares := min(max(1, 8*p.d.units/(columns*rows)), (outputs+31)/32)
	share := (outputs + shares - 1) / shares
	shares = (outputs + share - 1) / share
	to := dst
	if shares > 1 {
		to = work
		if p.err == nil {
			p.err = p.d.reserve(shares * pictures * inputs)
		}
	}
	p.add("linear", name, [3]int{columns, rows, shares}, [3]int{128, 1, 1}, 0, to, in(0), in(1), ints(inputs, outputs), ints(pictures, share))
	if shares > 1 {
		p.join(shares, tensor.Shape{pictures, inputs}, null, null, op.NoActivation)
	}
}

// join adds up shares of a tensor and finishes it.
func (p *preparation) join(shares int, out tensor.Shape, bias, residual argument, a op.Activation) {
	n := out.TotalSize()
	p.elements("conv", "conv_join", n, work, bias, residual, dst, ints(shares, n), ints(out[1], inner(out)), limits(a))
}
