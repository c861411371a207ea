package op

import (
	"fmt"
	"slices"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Concat joins tensors along the channels.
type Concat struct{ signature }

// NewConcat joins that many tensors.
func NewConcat(parts int) Concat {
	return Concat{signature{fmt.Sprintf("Concat parts=%d", parts), slices.Repeat([]int{4}, parts), 4}}
}

// InferShape adds up the channels.
func (o Concat) InferShape(sizers ...gorgonia.DimSizer) (tensor.Shape, error) {
	s, err := shapes(o, sizers, o.Arity())
	if err != nil {
		return nil, err
	}
	out := s[0].Clone()
	for _, part := range s[1:] {
		if part[0] != out[0] || part[2] != out[2] || part[3] != out[3] {
			return nil, fmt.Errorf("%v: %v and %v", o, s[0], part)
		}
		out[1] += part[1]
	}
	return out, nil
}

// Do computes it.
func (o Concat) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	return result(o, values, func(dst []float32, out tensor.Shape, in []*tensor.Dense) {
		picture, at := out.TotalSize()/out[0], 0
		for _, part := range in {
			size := part.Shape().TotalSize() / out[0]
			for n := range out[0] {
				copy(dst[n*picture+at:], floats(part)[n*size:(n+1)*size])
			}
			at += size
		}
	})
}

// DiffWRT says that every part has a derivative.
func (o Concat) DiffWRT(inputs int) []bool { return slices.Repeat([]bool{true}, inputs) }

// SymDiff cuts the gradient into the parts.
func (o Concat) SymDiff(inputs gorgonia.Nodes, output, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	var grads gorgonia.Nodes
	from := 0
	for _, part := range inputs {
		to := from + part.Shape()[1]
		g, err := gorgonia.ApplyOp(NewSlice(from, to), grad)
		if err != nil {
			return nil, err
		}
		grads = append(grads, g)
		from = to
	}
	return grads, nil
}
