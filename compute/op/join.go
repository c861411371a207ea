package op

import (
	"fmt"
	"slices"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Add is the sum of tensors of one shape.
type Add struct{ signature }

// NewAdd makes a sum of that many tensors of that many axes.
func NewAdd(terms, axes int) Add {
	return Add{signature{fmt.Sprintf("Add terms=%d axes=%d", terms, axes), slices.Repeat([]int{axes}, terms), axes}}
}

// InferShape is the one shape.
func (o Add) InferShape(sizers ...gorgonia.DimSizer) (tensor.Shape, error) {
	s, err := shapes(o, sizers, o.Arity())
	if err != nil {
		return nil, err
	}
	for _, other := range s[1:] {
		if !other.Eq(s[0]) {
			return nil, fmt.Errorf("%v: %v and %v", o, s[0], other)
		}
	}
	return s[0].Clone(), nil
}

// Do computes it.
func (o Add) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	return result(o, values, func(dst []float32, _ tensor.Shape, in []*tensor.Dense) {
		for _, term := range in {
			for i, v := range floats(term) {
				dst[i] += v
			}
		}
	})
}

// DiffWRT says that every term has a derivative.
func (o Add) DiffWRT(inputs int) []bool { return slices.Repeat([]bool{true}, inputs) }

// SymDiff passes the gradient on to every term.
func (o Add) SymDiff(inputs gorgonia.Nodes, output, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	return slices.Repeat(gorgonia.Nodes{grad}, len(inputs)), nil
}

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

// Slice takes the channels From to To, the latter excluded: the derivative of
// Concat.
type Slice struct {
	signature
	From, To int
}

// NewSlice takes the channels from to to.
func NewSlice(from, to int) Slice {
	return Slice{signature{fmt.Sprintf("Slice %d:%d", from, to), []int{4}, 4}, from, to}
}

// InferShape is N x (To-From) x H x W.
func (o Slice) InferShape(sizers ...gorgonia.DimSizer) (tensor.Shape, error) {
	s, err := shapes(o, sizers, 1)
	if err != nil {
		return nil, err
	}
	if o.From < 0 || o.From >= o.To || o.To > s[0][1] {
		return nil, fmt.Errorf("%v: input %v", o, s[0])
	}
	return tensor.Shape{s[0][0], o.To - o.From, s[0][2], s[0][3]}, nil
}

// Do computes it.
func (o Slice) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	return result(o, values, func(dst []float32, out tensor.Shape, in []*tensor.Dense) {
		s := in[0].Shape()
		size := out.TotalSize() / out[0]
		for n := range out[0] {
			copy(dst[n*size:(n+1)*size], floats(in[0])[(n*s[1]+o.From)*s[2]*s[3]:])
		}
	})
}
