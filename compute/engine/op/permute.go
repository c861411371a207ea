package op

import (
	"fmt"
	"slices"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Permute puts the axes of a tensor into another order.
type Permute struct {
	signature
	// Order tells for each axis of the output which one of the input it is.
	Order []int
}

// NewPermute makes a Permute; order must have each axis once.
func NewPermute(order ...int) Permute {
	return Permute{signature{fmt.Sprintf("Permute %v", order), []int{len(order)}, len(order)}, slices.Clone(order)}
}

// InferShape is the input's shape in the new order.
func (o Permute) InferShape(sizers ...gorgonia.DimSizer) (tensor.Shape, error) {
	s, err := shapes(o, sizers, 1)
	if err != nil {
		return nil, err
	}
	x := s[0]
	out, seen := make(tensor.Shape, len(x)), make([]bool, len(x))
	if len(o.Order) != len(x) {
		return nil, fmt.Errorf("%v: input %v", o, x)
	}
	for axis, from := range o.Order {
		if from < 0 || from >= len(x) || seen[from] {
			return nil, fmt.Errorf("%v: not an order of %d axes", o, len(x))
		}
		out[axis], seen[from] = x[from], true
	}
	return out, nil
}

// Do computes it.
func (o Permute) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	return result(o, values, func(dst []float32, out tensor.Shape, in []*tensor.Dense) {
		x, s := floats(in[0]), in[0].Shape()
		steps, step := make([]int, len(s)), 1
		for axis, side := range slices.Backward(s) {
			steps[axis] = step
			step *= side
		}
		for i := range dst {
			from, rest := 0, i
			for axis, side := range slices.Backward(out) {
				from += rest % side * steps[o.Order[axis]]
				rest /= side
			}
			dst[i] = x[from]
		}
	})
}

// SymDiff restores the order.
func (o Permute) SymDiff(inputs gorgonia.Nodes, output, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	back := make([]int, len(o.Order))
	for axis, from := range o.Order {
		back[from] = axis
	}
	restored, err := gorgonia.ApplyOp(NewPermute(back...), grad)
	return only(restored, err, 1)
}
