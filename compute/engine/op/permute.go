package op

import (
	"fmt"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Permute puts the axes of a tensor into another order.
type Permute struct {
	signature
	// Order tells for each axis of the output which one of the input it is.
	Order [4]int
}

// NewPermute makes a Permute; order must have each of 0 to 3 once.
func NewPermute(order [4]int) Permute {
	return Permute{signature{fmt.Sprintf("Permute %v", order), []int{4}, 4}, order}
}

// InferShape is the input's shape in the new order.
func (o Permute) InferShape(sizers ...gorgonia.DimSizer) (tensor.Shape, error) {
	s, err := shapes(o, sizers, 1)
	if err != nil {
		return nil, err
	}
	out, seen := make(tensor.Shape, 4), [4]bool{}
	for axis, from := range o.Order {
		if from < 0 || from > 3 || seen[from] {
			return nil, fmt.Errorf("%v: not an order of four axes", o)
		}
		out[axis], seen[from] = s[0][from], true
	}
	return out, nil
}

// Do computes it.
func (o Permute) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	return result(o, values, func(dst []float32, out tensor.Shape, in []*tensor.Dense) {
		x, s := floats(in[0]), in[0].Shape()
		for i := range dst {
			var at [4]int
			rest := i
			for axis := 3; axis >= 0; axis-- {
				at[o.Order[axis]] = rest % out[axis]
				rest /= out[axis]
			}
			dst[i] = x[((at[0]*s[1]+at[1])*s[2]+at[2])*s[3]+at[3]]
		}
	})
}

// SymDiff restores the order.
func (o Permute) SymDiff(inputs gorgonia.Nodes, output, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	var back [4]int
	for axis, from := range o.Order {
		back[from] = axis
	}
	restored, err := gorgonia.ApplyOp(NewPermute(back), grad)
	return only(restored, err, 1)
}
