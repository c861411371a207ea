package op

import (
	"fmt"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// broadcast is the shape of the smallest box that tensors of the given shapes
// fit into when their axes of length 1 are repeated.
func broadcast(o fmt.Stringer, of ...tensor.Shape) (tensor.Shape, error) {
	box := of[0].Clone()
	for _, s := range of[1:] {
		if len(s) != len(box) {
			return nil, fmt.Errorf("%v: %v and %v", o, of[0], s)
		}
		for axis, side := range s {
			if side != box[axis] && side != 1 && box[axis] != 1 {
				return nil, fmt.Errorf("%v: %v and %v", o, of[0], s)
			}
			box[axis] = max(box[axis], side)
		}
	}
	return box, nil
}

// walk calls f for every element of a box, in row-major order, with the
// index in each tensor of the element that lies there: always the same one
// along an axis of length 1.
func walk(box tensor.Shape, of []tensor.Shape, f func(at []int)) {
	at := make([]int, len(of))
	for i := range box.TotalSize() {
		for t, s := range of {
			rest, step := i, 1
			at[t] = 0
			for axis := len(box) - 1; axis >= 0; axis-- {
				if s[axis] > 1 {
					at[t] += rest % box[axis] * step
				}
				rest /= box[axis]
				step *= s[axis]
			}
		}
		f(at)
	}
}

// combined fills dst, of shape out, with the sum of f over all elements of
// what repeats in the inputs and not in the output.
func combined(dst []float32, out tensor.Shape, in []tensor.Shape, f func(at []int) float64) {
	box := out.Clone()
	for _, s := range in {
		for axis, side := range s {
			box[axis] = max(box[axis], side)
		}
	}
	sums := make([]float64, len(dst))
	last := len(in)
	walk(box, append(in[:last:last], out), func(at []int) { sums[at[last]] += f(at) })
	for i, v := range sums {
		dst[i] = float32(v)
	}
}

// SumTo gives a tensor another shape with as many axes: an axis that becomes
// one of length 1 is summed up, one that was of length 1 is repeated.
type SumTo struct {
	signature
	Shape tensor.Shape
}

// NewSumTo makes a SumTo.
func NewSumTo(shape tensor.Shape) SumTo {
	return SumTo{signature{fmt.Sprintf("SumTo %v", shape), []int{len(shape)}, len(shape)}, shape.Clone()}
}

// sumTo is n in the given shape.
func sumTo(n *gorgonia.Node, shape tensor.Shape) (*gorgonia.Node, error) {
	if n.Shape().Eq(shape) {
		return n, nil
	}
	return gorgonia.ApplyOp(NewSumTo(shape), n)
}

// InferShape is Shape.
func (o SumTo) InferShape(sizers ...gorgonia.DimSizer) (tensor.Shape, error) {
	s, err := shapes(o, sizers, 1)
	if err != nil {
		return nil, err
	}
	if _, err := broadcast(o, s[0], o.Shape); err != nil {
		return nil, err
	}
	return o.Shape.Clone(), nil
}

// Do computes it.
func (o SumTo) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	return result(o, values, func(dst []float32, out tensor.Shape, in []*tensor.Dense) {
		x := floats(in[0])
		combined(dst, out, []tensor.Shape{in[0].Shape()}, func(at []int) float64 { return float64(x[at[0]]) })
	})
}

// SymDiff repeats what was summed up, and sums up what was repeated.
func (o SumTo) SymDiff(inputs gorgonia.Nodes, output, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	back, err := sumTo(grad, inputs[0].Shape())
	return only(back, err, 1)
}
