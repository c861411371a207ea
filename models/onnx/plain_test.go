package onnx_test

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"gaze/models/onnx/internal/onnxpb"
)

// array is a tensor of any number of axes.
type array struct {
	shape  []int
	values []float64
}

func zeros(shape ...int) array {
	n := 1
	for _, side := range shape {
		n *= side
	}
	return array{slices.Clone(shape), make([]float64, n)}
}

// each calls f with every position in turn.
func (a array) each(f func(at []int, i int)) {
	at := make([]int, len(a.shape))
	for i := range a.values {
		f(at, i)
		for axis := len(at) - 1; axis >= 0; axis-- {
			if at[axis]++; at[axis] < a.shape[axis] {
				break
			}
			at[axis] = 0
		}
	}
}

// at is the number at a position; axes of length 1 are repeated, missing ones
// too.
func (a array) at(at ...int) float64 {
	i := 0
	for axis, side := range a.shape {
		p := at[len(at)-len(a.shape)+axis]
		if side == 1 {
			p = 0
		}
		i = i*side + p
	}
	return a.values[i]
}

// padded is the number at row and column of a channel, and whether it is
// inside.
func (a array) padded(c, row, column int) (float64, bool) {
	if row < 0 || column < 0 || row >= a.shape[2] || column >= a.shape[3] {
		return 0, false
	}
	return a.at(0, c, row, column), true
}

// interpreter computes a graph node by node as the ONNX standard defines the
// operators, knowing nothing of layers and layouts.
type interpreter struct {
	opset  int64
	values map[string]array
}

// interpret computes the value called out from the picture.
func interpret(g *graph, picture array, out string) array {
	in := &interpreter{g.opset, map[string]array{"x": picture}}
	for _, t := range g.Initializer {
		in.values[t.Name] = plainTensor(t)
	}
	for _, n := range g.Node {
		in.node(n)
	}
	return in.values[out]
}

func plainTensor(t *onnxpb.TensorProto) array {
	a := zeros()
	a.shape = nil
	for _, d := range t.Dims {
		a.shape = append(a.shape, int(d))
	}
	a.values = nil
	for _, v := range t.FloatData {
		a.values = append(a.values, float64(v))
	}
	for i := 0; i < len(t.RawData); i += 8 {
		a.values = append(a.values, float64(int64(binary.LittleEndian.Uint64(t.RawData[i:]))))
	}
	return a
}

// get returns an attribute; otherwise where there is none.
func get[T any](n *onnxpb.NodeProto, name string, otherwise T) T {
	for _, a := range n.Attribute {
		if a.Name != name {
			continue
		}
		var v any
		switch any(otherwise).(type) {
		case int:
			v = int(a.I)
		case float64:
			v = float64(a.F)
		case string:
			v = string(a.S)
		case []int:
			list := make([]int, len(a.Ints))
			for i := range list {
				list[i] = int(a.Ints[i])
			}
			v = list
		}
		return v.(T)
	}
	return otherwise
}

// numbers returns a list that is an attribute or input i.
func (in *interpreter) numbers(n *onnxpb.NodeProto, name string, i int) []int {
	if list := get[[]int](n, name, nil); list != nil || i >= len(n.Input) || n.Input[i] == "" {
		return list
	}
	var list []int
	for _, v := range in.values[n.Input[i]].values {
		list = append(list, int(min(max(v, -1e9), 1e9)))
	}
	return list
}

func (in *interpreter) number(n *onnxpb.NodeProto, name string, i int, otherwise float64) float64 {
	if i < len(n.Input) && n.Input[i] != "" {
		return in.values[n.Input[i]].values[0]
	}
	return get(n, name, otherwise)
}

func (in *interpreter) node(n *onnxpb.NodeProto) {
	var x array
	if len(n.Input) > 0 {
		x = in.values[n.Input[0]]
	}
	arg := func(i int) array { return in.values[n.Input[i]] }
	var y array
	switch n.OpType {
	case "Conv":
		y = plainConv(n, x, arg(1), in.optional(n, 2))
	case "MaxPool", "AveragePool":
		y = plainPool(n, x)
	case "GlobalAveragePool":
		y = plainReduce(x, []int{2, 3}, true, false)
	case "GlobalMaxPool":
		y = plainReduce(x, []int{2, 3}, true, true)
	case "ReduceMean", "ReduceMax":
		y = plainReduce(x, in.numbers(n, "axes", 1), get(n, "keepdims", 1) == 1, n.OpType == "ReduceMax")
	case "BatchNormalization":
		y = zeros(x.shape...)
		x.each(func(at []int, i int) {
			c := at[1]
			y.values[i] = (x.values[i]-arg(3).values[c])/math.Sqrt(arg(4).values[c]+get(n, "epsilon", 1e-5))*arg(1).values[c] + arg(2).values[c]
		})
	case "LayerNormalization":
		y = plainLayerNorm(n, x, arg(1), in.optional(n, 2))
	case "LRN":
		y = plainLRN(n, x)
	case "Softmax":
		y = in.softmax(n, x)
	case "Gemm":
		y = plainGemm(n, x, arg(1), in.optional(n, 2))
	case "MatMul":
		y = plainMatMul(x, arg(1))
	case "PRelu":
		y = plainPair(x, arg(1), func(x, slope float64) float64 { return max(x, 0) + slope*min(x, 0) })
	case "Add", "Sum":
		y = x
		for i := 1; i < len(n.Input); i++ {
			y = plainPair(y, arg(i), func(x, y float64) float64 { return x + y })
		}
	case "Sub":
		y = plainPair(x, arg(1), func(x, y float64) float64 { return x - y })
	case "Mul":
		y = plainPair(x, arg(1), func(x, y float64) float64 { return x * y })
	case "Div":
		y = plainPair(x, arg(1), func(x, y float64) float64 { return x / y })
	case "Pow":
		y = plainPair(x, arg(1), math.Pow)
	case "Concat":
		y = x
		for i := 1; i < len(n.Input); i++ {
			y = plainConcat(y, arg(i), plainAxis(get(n, "axis", 1), y))
		}
	case "Split":
		in.split(n, x)
		return
	case "Slice":
		y = in.slice(n, x)
	case "Gather":
		y = plainGather(x, arg(1), plainAxis(get(n, "axis", 0), x))
	case "Expand":
		y = plainExpand(x, arg(1))
	case "Pad":
		y = in.pad(n, x)
	case "Transpose":
		y = plainTranspose(x, get[[]int](n, "perm", nil))
	case "Shape":
		y = zeros(len(x.shape))
		for i, side := range x.shape {
			y.values[i] = float64(side)
		}
	case "Flatten", "Reshape", "Squeeze", "Unsqueeze":
		y = array{in.shape(n, x), x.values}
	case "Identity", "Dropout", "Cast":
		y = x
	case "Constant":
		y = plainTensor(n.Attribute[0].T)
	default:
		f := in.curve(n)
		y = zeros(x.shape...)
		for i, v := range x.values {
			y.values[i] = f(v)
		}
	}
	in.values[n.Output[0]] = y
}

func (in *interpreter) optional(n *onnxpb.NodeProto, i int) *array {
	if i >= len(n.Input) || n.Input[i] == "" {
		return nil
	}
	a := in.values[n.Input[i]]
	return &a
}

func (in *interpreter) curve(n *onnxpb.NodeProto) func(float64) float64 {
	alpha := func(otherwise float64) float64 { return get(n, "alpha", otherwise) }
	switch n.OpType {
	case "Relu":
		return func(x float64) float64 { return max(x, 0) }
	case "LeakyRelu":
		return func(x float64) float64 { return max(x, 0) + alpha(0.01)*min(x, 0) }
	case "Elu":
		return func(x float64) float64 { return max(x, 0) + alpha(1)*math.Expm1(min(x, 0)) }
	case "Clip":
		low, high := in.number(n, "min", 1, math.Inf(-1)), in.number(n, "max", 2, math.Inf(1))
		return func(x float64) float64 { return min(max(x, low), high) }
	case "Sigmoid":
		return func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
	case "Tanh":
		return math.Tanh
	case "Softplus":
		return func(x float64) float64 { return math.Log(1 + math.Exp(x)) }
	case "Softsign":
		return func(x float64) float64 { return x / (1 + math.Abs(x)) }
	case "Erf":
		return math.Erf
	case "Exp":
		return math.Exp
	case "Sqrt":
		return math.Sqrt
	case "Neg":
		return func(x float64) float64 { return -x }
	case "HardSigmoid":
		return func(x float64) float64 { return max(0, min(1, alpha(0.2)*x+get(n, "beta", 0.5))) }
	case "HardSwish":
		return func(x float64) float64 { return x * max(0, min(1, x/6+0.5)) }
	case "Gelu":
		if get(n, "approximate", "none") == "tanh" {
			return func(x float64) float64 {
				return 0.5 * x * (1 + math.Tanh(math.Sqrt(2/math.Pi)*(x+0.044715*x*x*x)))
			}
		}
		return func(x float64) float64 { return 0.5 * x * (1 + math.Erf(x/math.Sqrt2)) }
	}
	panic(fmt.Sprintf("the interpreter does not know %s", n.OpType))
}

// frame is how a window slides along rows and columns, and what comes out.
type frame struct{ kernel, stride, dilation, before, out [2]int }

func plainFrame(n *onnxpb.NodeProto, kernel []int, in []int) frame {
	var f frame
	strides, dilations := get(n, "strides", []int{1, 1}), get(n, "dilations", []int{1, 1})
	pads := get(n, "pads", []int{0, 0, 0, 0})
	for i := range 2 {
		f.kernel[i], f.stride[i], f.dilation[i] = kernel[i], strides[i], dilations[i]
		span := dilations[i]*(kernel[i]-1) + 1
		lo, hi := pads[i], pads[i+2]
		mode := get(n, "auto_pad", "NOTSET")
		if mode == "VALID" {
			lo, hi = 0, 0
		}
		if mode == "SAME_UPPER" || mode == "SAME_LOWER" {
			out := int(math.Ceil(float64(in[i]) / float64(strides[i])))
			total := max(0, (out-1)*strides[i]+span-in[i])
			lo, hi = total/2, total-total/2
			if mode == "SAME_LOWER" {
				lo, hi = hi, lo
			}
		}
		room := float64(in[i]+lo+hi-span) / float64(strides[i])
		f.before[i], f.out[i] = lo, int(math.Floor(room))+1
		if get(n, "ceil_mode", 0) == 1 {
			f.out[i] = int(math.Ceil(room)) + 1
			if (f.out[i]-1)*strides[i] >= in[i]+lo {
				f.out[i]--
			}
		}
	}
	return f
}

func plainConv(n *onnxpb.NodeProto, x, w array, bias *array) array {
	f := plainFrame(n, w.shape[2:], x.shape[2:])
	groups := get(n, "group", 1)
	y := zeros(1, w.shape[0], f.out[0], f.out[1])
	y.each(func(at []int, i int) {
		first := at[1] / (w.shape[0] / groups) * w.shape[1]
		if bias != nil {
			y.values[i] = bias.values[at[1]]
		}
		w.each(func(k []int, _ int) {
			if k[0] != at[1] {
				return
			}
			v, _ := x.padded(first+k[1], at[2]*f.stride[0]-f.before[0]+k[2]*f.dilation[0], at[3]*f.stride[1]-f.before[1]+k[3]*f.dilation[1])
			y.values[i] += v * w.at(k...)
		})
	})
	return y
}

func plainPool(n *onnxpb.NodeProto, x array) array {
	f := plainFrame(n, get[[]int](n, "kernel_shape", nil), x.shape[2:])
	pads := get(n, "pads", []int{0, 0, 0, 0})
	y := zeros(1, x.shape[1], f.out[0], f.out[1])
	y.each(func(at []int, i int) {
		most, sum, inside, counted := math.Inf(-1), 0.0, 0, 0
		for k := range f.kernel[0] * f.kernel[1] {
			row := at[2]*f.stride[0] - f.before[0] + k/f.kernel[1]*f.dilation[0]
			column := at[3]*f.stride[1] - f.before[1] + k%f.kernel[1]*f.dilation[1]
			if row < x.shape[2]+pads[2] && column < x.shape[3]+pads[3] {
				counted++
			}
			if v, ok := x.padded(at[1], row, column); ok {
				most = max(most, v)
				sum += v
				inside++
			}
		}
		switch {
		case n.OpType == "MaxPool":
			y.values[i] = most
		case get(n, "count_include_pad", 0) == 1:
			y.values[i] = sum / float64(counted)
		default:
			y.values[i] = sum / float64(inside)
		}
	})
	return y
}

func plainAxis(axis int, x array) int {
	if axis < 0 {
		axis += len(x.shape)
	}
	return axis
}

func plainReduce(x array, axes []int, keep, largest bool) array {
	over := make([]bool, len(x.shape))
	for _, a := range axes {
		over[plainAxis(a, x)] = true
	}
	shape, short := slices.Clone(x.shape), []int{}
	count := 1
	for i := range shape {
		if over[i] || axes == nil {
			count *= shape[i]
			shape[i] = 1
		} else {
			short = append(short, shape[i])
		}
	}
	y := zeros(shape...)
	x.each(func(at []int, i int) {
		to, first := 0, true
		for a, side := range shape {
			p := at[a]
			if side == 1 {
				first = first && p == 0
				p = 0
			}
			to = to*side + p
		}
		switch {
		case !largest:
			y.values[to] += x.values[i] / float64(count)
		case first:
			y.values[to] = x.values[i]
		default:
			y.values[to] = max(y.values[to], x.values[i])
		}
	})
	if !keep {
		y.shape = short
	}
	return y
}

func plainLayerNorm(n *onnxpb.NodeProto, x, gain array, shift *array) array {
	y := zeros(x.shape...)
	width := x.shape[len(x.shape)-1]
	for from := 0; from < len(x.values); from += width {
		part := x.values[from : from+width]
		mean, variance := 0.0, 0.0
		for _, v := range part {
			mean += v / float64(width)
		}
		for _, v := range part {
			variance += (v - mean) * (v - mean) / float64(width)
		}
		for i, v := range part {
			y.values[from+i] = (v - mean) / math.Sqrt(variance+get(n, "epsilon", 1e-5)) * gain.values[i]
			if shift != nil {
				y.values[from+i] += shift.values[i]
			}
		}
	}
	return y
}

func plainLRN(n *onnxpb.NodeProto, x array) array {
	size := get(n, "size", 0)
	y := zeros(x.shape...)
	y.each(func(at []int, i int) {
		sum := 0.0
		for c := at[1] - (size-1)/2; c <= at[1]+size/2; c++ {
			if c >= 0 && c < x.shape[1] {
				v := x.at(0, c, at[2], at[3])
				sum += v * v
			}
		}
		y.values[i] = x.values[i] / math.Pow(get(n, "bias", 1.0)+get(n, "alpha", 1e-4)/float64(size)*sum, get(n, "beta", 0.75))
	})
	return y
}

func (in *interpreter) softmax(n *onnxpb.NodeProto, x array) array {
	axis := plainAxis(get(n, "axis", -1), x)
	if in.opset < 13 {
		axis = plainAxis(get(n, "axis", 1), x)
	}
	over := []int{axis}
	if in.opset < 13 {
		over = nil
		for a := axis; a < len(x.shape); a++ {
			over = append(over, a)
		}
	}
	e, count := zeros(x.shape...), 1.0
	for i, v := range x.values {
		e.values[i] = math.Exp(v)
	}
	for _, a := range over {
		count *= float64(x.shape[a])
	}
	mean := plainReduce(e, over, true, false)
	return plainPair(e, mean, func(e, mean float64) float64 { return e / mean / count })
}

func plainGemm(n *onnxpb.NodeProto, a, b array, c *array) array {
	if get(n, "transA", 0) == 1 {
		a = plainTranspose(a, nil)
	}
	if get(n, "transB", 0) == 1 {
		b = plainTranspose(b, nil)
	}
	y := plainMatMul(a, b)
	for i := range y.values {
		y.values[i] *= get(n, "alpha", 1.0)
	}
	if c == nil {
		return y
	}
	return plainPair(y, *c, func(y, c float64) float64 { return y + get(n, "beta", 1.0)*c })
}

func plainMatMul(x, w array) array {
	shape := slices.Clone(x.shape)
	shape[len(shape)-1] = w.shape[1]
	y := zeros(shape...)
	for row := range len(x.values) / w.shape[0] {
		for o := range w.shape[1] {
			for i := range w.shape[0] {
				y.values[row*w.shape[1]+o] += x.values[row*w.shape[0]+i] * w.at(i, o)
			}
		}
	}
	return y
}

func plainPair(x, y array, f func(x, y float64) float64) array {
	shape := slices.Clone(x.shape)
	for len(shape) < len(y.shape) {
		shape = append([]int{1}, shape...)
	}
	for i, side := range y.shape {
		at := len(shape) - len(y.shape) + i
		shape[at] = max(shape[at], side)
	}
	z := zeros(shape...)
	z.each(func(at []int, i int) { z.values[i] = f(x.at(at...), y.at(at...)) })
	return z
}

func plainConcat(x, y array, axis int) array {
	shape := slices.Clone(x.shape)
	shape[axis] += y.shape[axis]
	z := zeros(shape...)
	z.each(func(at []int, i int) {
		if at[axis] < x.shape[axis] {
			z.values[i] = x.at(at...)
			return
		}
		from := slices.Clone(at)
		from[axis] -= x.shape[axis]
		z.values[i] = y.at(from...)
	})
	return z
}

// plainTake takes positions along an axis.
func plainTake(x array, axis int, positions []int) array {
	shape := slices.Clone(x.shape)
	shape[axis] = len(positions)
	y := zeros(shape...)
	y.each(func(at []int, i int) {
		from := slices.Clone(at)
		from[axis] = positions[at[axis]]
		y.values[i] = x.at(from...)
	})
	return y
}

func (in *interpreter) slice(n *onnxpb.NodeProto, x array) array {
	starts, ends := in.numbers(n, "starts", 1), in.numbers(n, "ends", 2)
	axes, steps := in.numbers(n, "axes", 3), in.numbers(n, "steps", 4)
	for i := range starts {
		axis, step := i, 1
		if axes != nil {
			axis = plainAxis(axes[i], x)
		}
		if steps != nil {
			step = steps[i]
		}
		side := x.shape[axis]
		from, to := starts[i], ends[i]
		if from < 0 {
			from += side
		}
		if to < 0 && to >= -side {
			to += side
		}
		var positions []int
		for p := min(from, side-1); (step > 0 && p < to || step < 0 && p > to) && p >= 0 && p < side; p += step {
			positions = append(positions, p)
		}
		x = plainTake(x, axis, positions)
	}
	return x
}

func (in *interpreter) split(n *onnxpb.NodeProto, x array) {
	axis := plainAxis(get(n, "axis", 0), x)
	lengths := in.numbers(n, "split", 1)
	from := 0
	for i, name := range n.Output {
		length := (x.shape[axis] + len(n.Output) - 1) / len(n.Output)
		if lengths != nil {
			length = lengths[i]
		}
		var positions []int
		for p := from; p < min(from+length, x.shape[axis]); p++ {
			positions = append(positions, p)
		}
		in.values[name] = plainTake(x, axis, positions)
		from += length
	}
}

func plainGather(x, which array, axis int) array {
	var positions []int
	for _, v := range which.values {
		p := int(v)
		if p < 0 {
			p += x.shape[axis]
		}
		positions = append(positions, p)
	}
	y := plainTake(x, axis, positions)
	y.shape = slices.Replace(y.shape, axis, axis+1, which.shape...)
	return y
}

// plainExpand repeats x along the axes of length 1.
func plainExpand(x array, to array) array {
	var shape []int
	for _, v := range to.values {
		shape = append(shape, int(v))
	}
	y := zeros(shape...)
	lead := len(shape) - len(x.shape)
	y.each(func(at []int, i int) {
		from := 0
		for axis, side := range x.shape {
			from *= side
			if side > 1 {
				from += at[lead+axis]
			}
		}
		y.values[i] = x.values[from]
	})
	return y
}

func (in *interpreter) pad(n *onnxpb.NodeProto, x array) array {
	pads, axes := in.numbers(n, "pads", 1), in.numbers(n, "", 3)
	if axes == nil {
		for i := range x.shape {
			axes = append(axes, i)
		}
	}
	shape, before := slices.Clone(x.shape), make([]int, len(x.shape))
	for i, a := range axes {
		a = plainAxis(a, x)
		before[a] = pads[i]
		shape[a] += pads[i] + pads[len(axes)+i]
	}
	y := zeros(shape...)
	y.each(func(at []int, i int) {
		from := slices.Clone(at)
		for a := range from {
			if from[a] -= before[a]; from[a] < 0 || from[a] >= x.shape[a] {
				y.values[i] = in.number(n, "value", 2, 0)
				return
			}
		}
		y.values[i] = x.at(from...)
	})
	return y
}

func plainTranspose(x array, order []int) array {
	if order == nil {
		for i := range x.shape {
			order = append([]int{i}, order...)
		}
	}
	shape := make([]int, len(order))
	for i, from := range order {
		shape[i] = x.shape[from]
	}
	y := zeros(shape...)
	y.each(func(at []int, i int) {
		from := make([]int, len(at))
		for a := range at {
			from[order[a]] = at[a]
		}
		y.values[i] = x.at(from...)
	})
	return y
}

func (in *interpreter) shape(n *onnxpb.NodeProto, x array) []int {
	axes := in.numbers(n, "axes", 1)
	var shape []int
	switch n.OpType {
	case "Flatten":
		rows := 1
		for _, side := range x.shape[:get(n, "axis", 1)] {
			rows *= side
		}
		return []int{rows, len(x.values) / rows}
	case "Reshape":
		shape = axes
		known := 1
		for i := range shape {
			if shape[i] == 0 {
				shape[i] = x.shape[i]
			}
			known *= shape[i]
		}
		for i := range shape {
			if shape[i] == -1 {
				shape[i] = len(x.values) / -known
			}
		}
		return shape
	case "Squeeze":
		for i, side := range x.shape {
			if !slices.Contains(axes, i) && !slices.Contains(axes, i-len(x.shape)) && (axes != nil || side != 1) {
				shape = append(shape, side)
			}
		}
		return shape
	}
	rest := x.shape
	for i := range len(x.shape) + len(axes) {
		if slices.Contains(axes, i) || slices.Contains(axes, i-len(x.shape)-len(axes)) {
			shape = append(shape, 1)
			continue
		}
		shape = append(shape, rest[0])
		rest = rest[1:]
	}
	return shape
}
