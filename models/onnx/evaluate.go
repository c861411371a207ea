package onnx

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// evaluate computes a node whose inputs are known, or that asks for a shape. It
// knows only the operators that occur in computing the shape for a Reshape, and
// in parameters that are stored in another form than they are used in.
func (b *builder) evaluate(n *node) error {
	err := b.evaluateKnown(n)
	if !errors.Is(err, errUnsupported) || generalOf(n.NodeProto) == nil {
		return err
	}
	// What is seldom made of constants is left to layers.
	for i, v := range n.in {
		if v != nil && v.known != nil && !v.known.isInt() {
			if n.in[i], err = b.plain(v, 0); err != nil {
				return err
			}
			return b.operateEither(n, operatorOf(n.NodeProto), generalOf(n.NodeProto))
		}
	}
	return err
}

func (b *builder) evaluateKnown(n *node) error {
	if n.OpType == "Split" {
		return b.splitKnown(n)
	}
	c, err := b.compute(n)
	if err != nil {
		return err
	}
	b.set(n.out(), &value{known: c})
	return nil
}

func (b *builder) compute(n *node) (*constant, error) {
	switch n.OpType {
	case "Constant":
		return b.literal(n)
	case "Shape", "Size":
		return n.sides()
	}
	if n.OpType == "Einsum" {
		return b.einsumKnown(n)
	}
	x, err := n.needed(0)
	if err != nil {
		return nil, err
	}
	switch n.OpType {
	case "Identity", "Dropout":
		return x, nil
	case "Cast":
		return b.converted(x, n.int("to", 0))
	case "ConstantOfShape":
		return b.filled(n, x)
	case "Reshape", "Flatten", "Squeeze", "Unsqueeze":
		shape, err := b.newShape(n, x)
		if err != nil {
			return nil, err
		}
		return x.reshaped(shape), nil
	case "Transpose":
		return b.transposeKnown(n, x)
	case "Expand":
		return b.expandKnown(n, x)
	case "Concat":
		return b.concatKnown(n)
	case "ScatterND", "ScatterElements", "Scatter":
		updates, err := n.needed(2)
		if err != nil {
			return nil, err
		}
		if n.OpType == "ScatterND" {
			return b.scatterNDKnown(n, x, updates)
		}
		return b.scatterElementsKnown(n, x, updates)
	case "OneHot":
		return b.oneHotKnown(n, x)
	case "EyeLike":
		return b.eyeKnown(n, x)
	case "NonZero":
		return b.nonZeroKnown(x)
	case "CumSum":
		return b.cumSumKnown(n, x)
	case "Resize", "Upsample":
		return b.resizeKnown(n, x)
	case "Range":
		return b.rangeKnown(n)
	case "Where":
		return b.whereKnown(n, x)
	case "Gemm":
		return b.productKnown(n, x)
	case "MatMul":
		return b.matMulKnown(n, x)
	case "BatchNormalization":
		return b.batchNormKnown(n, x)
	case "QuantizeLinear", "DequantizeLinear":
		return b.quantiseKnown(n, x)
	}
	if m, ok := movements[n.OpType]; ok {
		return m.do(b, n, x, nil)
	}
	if _, ok := reductionsKnown[n.OpType]; ok {
		return b.reduceKnown(n, x)
	}
	if f, _ := arithmetic(n.OpType); f != nil {
		return b.pairwise(n, x)
	}
	return b.each(n, x)
}

// sides is the shape that a Shape gives, or the product of it that a Size
// does.
func (n *node) sides() (*constant, error) {
	v := n.input(0)
	if v == nil {
		return nil, errors.New("has no input 0")
	}
	shape := v.shape()
	if n.OpType == "Size" {
		total, err := count(shape)
		return &constant{ints: []int64{int64(total)}}, err
	}
	part := cut(n.int("start", 0), n.int("end", len(shape)), 1, len(shape))
	out := make([]int64, part.length)
	for i := range out {
		out[i] = int64(shape[part.at(i)])
	}
	return intConstant(out...), nil
}

// literal is what a Constant makes.
func (b *builder) literal(n *node) (*constant, error) {
	for name, a := range n.attributes {
		switch name {
		case "value":
			if a.T == nil {
				return nil, errors.New("has no value")
			}
			return b.tensors.constant(a.T)
		case "value_float":
			return single(a.F), nil
		case "value_int":
			return &constant{ints: []int64{a.I}}, nil
		case "value_floats":
			return &constant{shape: []int{len(a.Floats)}, floats: append(make([]float32, 0), a.Floats...)}, nil
		case "value_ints":
			return intConstant(a.Ints...), nil
		}
	}
	return nil, errors.New("has no value that can be read")
}

// converted is c with numbers of a type of the schema's.
func (b *builder) converted(c *constant, to int) (*constant, error) {
	kind, ok := elementOf(int32(to))
	if !ok {
		return nil, fmt.Errorf("to %s is not supported", typeName(int32(to)))
	}
	if (kind.float == nil) == c.isInt() {
		same := *c
		same.of = int32(to)
		return &same, nil
	}
	if kind.float != nil {
		return b.mapped(c, func(x float64) float64 { return x })
	}
	if err := b.memory.spend(c.size(), 8); err != nil {
		return nil, err
	}
	out := &constant{shape: c.shape, ints: make([]int64, c.size()), of: int32(to)}
	for i := range out.ints {
		out.ints[i] = c.int(i)
	}
	return out, nil
}

func (b *builder) filled(n *node, shape *constant) (*constant, error) {
	sides, err := shape.list()
	if err != nil {
		return nil, err
	}
	with := single(0)
	if a := n.attributes["value"]; a != nil && a.T != nil {
		if with, err = b.tensors.constant(a.T); err != nil {
			return nil, err
		}
	}
	if with.size() != 1 {
		return nil, fmt.Errorf("fills with %d numbers", with.size())
	}
	out, err := with.empty(sides, b.memory)
	if err != nil {
		return nil, err
	}
	for i := range out.size() {
		out.copyFrom(with, 0, i)
	}
	return out, nil
}

// each does an operator of one input to every number.
func (b *builder) each(n *node, x *constant) (*constant, error) {
	f, err := n.curve()
	if err != nil {
		return nil, err
	}
	if !x.isInt() {
		return b.mapped(x, f)
	}
	out, err := x.empty(x.shape, b.memory)
	if err != nil {
		return nil, err
	}
	for i := range out.ints {
		out.ints[i] = int64(f(float64(x.ints[i])))
	}
	return out, nil
}

// pairwise does an operator of two inputs, which are broadcast, to every pair
// of numbers.
func (b *builder) pairwise(n *node, x *constant) (*constant, error) {
	for i := 1; i < len(n.in); i++ {
		y, err := n.needed(i)
		if err != nil {
			return nil, err
		}
		if x, err = b.pair(n.OpType, x, y); err != nil {
			return nil, err
		}
	}
	return x, nil
}

func (b *builder) pair(op string, x, y *constant) (*constant, error) {
	f, whole := arithmetic(op)
	if f == nil {
		return nil, errUnsupported
	}
	shape, err := broadcast(x.shape, y.shape)
	if err != nil {
		return nil, err
	}
	ints := x.isInt() && y.isInt()
	like := single(0)
	if ints {
		like = intConstant()
	}
	out, err := like.empty(shape, b.memory)
	if err != nil {
		return nil, err
	}
	left := b.memory.left
	defer func() { b.memory.left = left }()
	if err := b.memory.spend(out.size(), 16); err != nil {
		return nil, err
	}
	from := make([][2]int, out.size())
	for side, c := range []*constant{x, y} {
		nest(broadcasting(c.shape, shape), func(at, to int) { from[to][side] = at })
	}
	for i, p := range from {
		if !ints {
			out.floats[i] = float32(f(x.at(p[0]), y.at(p[1])))
			continue
		}
		v, ok := whole(x.ints[p[0]], y.ints[p[1]])
		if !ok {
			return nil, errors.New("divides by zero")
		}
		out.ints[i] = v
	}
	return out, nil
}

// arithmetic returns how two floating-point and two whole numbers are
// combined; ok is false where they cannot.
func arithmetic(op string) (f func(x, y float64) float64, whole func(x, y int64) (v int64, ok bool)) {
	truth := func(t bool) int64 {
		if t {
			return 1
		}
		return 0
	}
	switch op {
	case "Add", "Sum":
		return func(x, y float64) float64 { return x + y }, func(x, y int64) (int64, bool) { return x + y, true }
	case "Sub":
		return func(x, y float64) float64 { return x - y }, func(x, y int64) (int64, bool) { return x - y, true }
	case "Mul":
		return func(x, y float64) float64 { return x * y }, func(x, y int64) (int64, bool) { return x * y, true }
	case "Div":
		return func(x, y float64) float64 { return x / y }, func(x, y int64) (int64, bool) {
			if y == 0 {
				return 0, false
			}
			return x / y, true
		}
	case "Mod":
		return math.Mod, func(x, y int64) (int64, bool) {
			if y == 0 {
				return 0, false
			}
			return ((x % y) + y) % y, true
		}
	case "Pow":
		return math.Pow, func(x, y int64) (int64, bool) { return int64(math.Pow(float64(x), float64(y))), true }
	case "Min":
		return math.Min, func(x, y int64) (int64, bool) { return min(x, y), true }
	case "Max":
		return math.Max, func(x, y int64) (int64, bool) { return max(x, y), true }
	case "Equal":
		return func(x, y float64) float64 { return float64(truth(x == y)) }, func(x, y int64) (int64, bool) { return truth(x == y), true }
	case "Less":
		return func(x, y float64) float64 { return float64(truth(x < y)) }, func(x, y int64) (int64, bool) { return truth(x < y), true }
	case "LessOrEqual":
		return func(x, y float64) float64 { return float64(truth(x <= y)) }, func(x, y int64) (int64, bool) { return truth(x <= y), true }
	case "GreaterOrEqual":
		return func(x, y float64) float64 { return float64(truth(x >= y)) }, func(x, y int64) (int64, bool) { return truth(x >= y), true }
	case "And":
		return func(x, y float64) float64 { return float64(truth(x != 0 && y != 0)) }, func(x, y int64) (int64, bool) { return truth(x != 0 && y != 0), true }
	case "Or":
		return func(x, y float64) float64 { return float64(truth(x != 0 || y != 0)) }, func(x, y int64) (int64, bool) { return truth(x != 0 || y != 0), true }
	case "Xor":
		return func(x, y float64) float64 { return float64(truth((x != 0) != (y != 0))) }, func(x, y int64) (int64, bool) { return truth((x != 0) != (y != 0)), true }
	case "Greater":
		return func(x, y float64) float64 { return float64(truth(x > y)) }, func(x, y int64) (int64, bool) { return truth(x > y), true }
	}
	return nil, nil
}

// broadcast is the shape of what is made of two shapes in which axes of length
// 1 are repeated.
func broadcast(x, y []int) ([]int, error) {
	if len(x) < len(y) {
		x, y = y, x
	}
	out := slices.Clone(x)
	for i, side := range y {
		at := len(x) - len(y) + i
		switch {
		case out[at] == 1:
			out[at] = side
		case side != 1 && side != out[at]:
			return nil, fmt.Errorf("cannot combine %v and %v", x, y)
		}
	}
	return out, nil
}

// broadcasting are the loops over the elements of shape to, and where each
// comes from in a constant of shape from.
func broadcasting(from, to []int) []loop {
	far, steps := strides(to), strides(from)
	loops := make([]loop, len(to))
	for i, side := range to {
		loops[i] = loop{size: side, to: far[i]}
		if at := i - (len(to) - len(from)); at >= 0 && from[at] != 1 {
			loops[i].from = steps[at]
		}
	}
	return loops
}
