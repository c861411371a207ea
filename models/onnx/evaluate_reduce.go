package onnx

import (
	"fmt"
	"math"
	"slices"
)

// reductionsKnown has, for a reduction of constants, what it begins with, how it takes
// a number in, and what is made of it in the end, of so many numbers.
var reductionsKnown = map[string]struct {
	begin float64
	step  func(have, x float64) float64
	end   func(have float64, of int) float64
}{
	"ReduceSum":       {0, func(a, x float64) float64 { return a + x }, nil},
	"ReduceMean":      {0, func(a, x float64) float64 { return a + x }, func(a float64, of int) float64 { return a / float64(of) }},
	"ReduceProd":      {1, func(a, x float64) float64 { return a * x }, nil},
	"ReduceMax":       {math.Inf(-1), math.Max, nil},
	"ReduceMin":       {math.Inf(1), math.Min, nil},
	"ReduceL1":        {0, func(a, x float64) float64 { return a + math.Abs(x) }, nil},
	"ReduceL2":        {0, func(a, x float64) float64 { return a + x*x }, func(a float64, _ int) float64 { return math.Sqrt(a) }},
	"ReduceSumSquare": {0, func(a, x float64) float64 { return a + x*x }, nil},
}

// reduceKnown makes one number of all along some axes of a constant.
func (b *builder) reduceKnown(n *node, x *constant) (*constant, error) {
	over, err := n.reduced(len(x.shape))
	if err != nil {
		return nil, err
	}
	out, err := b.reduceConstant(n.OpType, x, over)
	if err != nil || n.int("keepdims", 1) != 0 {
		return out, err
	}
	var shape []int
	for i, side := range out.shape {
		if !over[i] {
			shape = append(shape, side)
		}
	}
	return out.reshaped(shape), nil
}

func (b *builder) sumKnown(x *constant, over []bool) (*constant, error) {
	return b.reduceConstant("ReduceSum", x, over)
}

func (b *builder) reduceConstant(op string, x *constant, over []bool) (*constant, error) {
	how, ok := reductionsKnown[op]
	if !ok {
		return nil, errUnsupported
	}
	shape, of := slices.Clone(x.shape), 1
	for i := range shape {
		if over[i] {
			of *= shape[i]
			shape[i] = 1
		}
	}
	out, err := x.empty(shape, b.memory)
	if err != nil {
		return nil, err
	}
	if err := b.memory.spend(out.size(), 8); err != nil {
		return nil, err
	}
	sums := make([]float64, out.size())
	for i := range sums {
		sums[i] = how.begin
	}
	// Each of x's numbers goes where an axis that is reduced has its only place.
	far, near := strides(shape), strides(x.shape)
	loops := make([]loop, len(shape))
	for i, side := range x.shape {
		loops[i] = loop{size: side, from: near[i]}
		if !over[i] {
			loops[i].to = far[i]
		}
	}
	nest(loops, func(from, to int) { sums[to] = how.step(sums[to], x.at(from)) })
	for i, v := range sums {
		if how.end != nil {
			v = how.end(v, of)
		}
		if out.isInt() {
			if math.IsInf(v, 0) || math.IsNaN(v) {
				return nil, fmt.Errorf("of no numbers is not supported")
			}
			out.ints[i] = int64(v)
		} else {
			out.floats[i] = float32(v)
		}
	}
	return out, nil
}
