package op

import (
	"fmt"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Slice takes the places From, From+Step, ... before To of one axis.
type Slice struct {
	signature
	Axis, From, To, Step int
}

// NewSlice takes the channels from to to, the latter excluded: the derivative
// of Concat.
func NewSlice(from, to int) Slice { return NewStrided(1, from, to, 1) }

// NewStrided takes from, from+step, ... before to along an axis.
func NewStrided(axis, from, to, step int) Slice {
	return Slice{signature{fmt.Sprintf("Slice axis=%d %d:%d:%d", axis, from, to, step), []int{4}, 4}, axis, from, to, step}
}

// InferShape is the input's shape but for the axis.
func (o Slice) InferShape(sizers ...gorgonia.DimSizer) (tensor.Shape, error) {
	s, err := shapes(o, sizers, 1)
	if err != nil {
		return nil, err
	}
	if o.Axis < 0 || o.Axis >= len(s[0]) || o.Step < 1 || o.From < 0 || o.From >= o.To || o.To > s[0][o.Axis] {
		return nil, fmt.Errorf("%v: input %v", o, s[0])
	}
	out := s[0].Clone()
	out[o.Axis] = (o.To-o.From-1)/o.Step + 1
	return out, nil
}

// Do computes it.
func (o Slice) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	return result(o, values, func(dst []float32, out tensor.Shape, in []*tensor.Dense) {
		x := floats(in[0])
		o.places(out, in[0].Shape(), func(i, j int) { dst[i] = x[j] })
	})
}

// places calls f with the index of every element of the part and of the same
// one in the whole.
func (o Slice) places(part, whole tensor.Shape, f func(part, whole int)) {
	inner := 1
	for _, side := range part[o.Axis+1:] {
		inner *= side
	}
	for i := range part.TotalSize() {
		outer, at := i/inner/part[o.Axis], i/inner%part[o.Axis]
		f(i, (outer*whole[o.Axis]+o.From+at*o.Step)*inner+i%inner)
	}
}

// SymDiff puts the gradient where it was taken from.
func (o Slice) SymDiff(inputs gorgonia.Nodes, output, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	back, err := gorgonia.ApplyOp(NewEmbed(o, inputs[0].Shape()[o.Axis]), grad)
	return only(back, err, 1)
}

// Embed puts a tensor where a Slice takes it from, among zeros: the derivative
// of that Slice.
type Embed struct {
	signature
	Slice Slice
	// Length of the whole axis.
	Length int
}

// NewEmbed makes the derivative of a Slice of an axis of that length.
func NewEmbed(s Slice, length int) Embed {
	return Embed{signature{fmt.Sprintf("Embed in %d by %v", length, s), []int{4}, 4}, s, length}
}

// InferShape is the input's shape but for the axis.
func (o Embed) InferShape(sizers ...gorgonia.DimSizer) (tensor.Shape, error) {
	s, err := shapes(o, sizers, 1)
	if err != nil {
		return nil, err
	}
	whole := s[0].Clone()
	whole[o.Slice.Axis] = o.Length
	part, err := o.Slice.InferShape(whole)
	if err != nil {
		return nil, err
	}
	if !part.Eq(s[0]) {
		return nil, fmt.Errorf("%v: input %v, not %v", o, s[0], part)
	}
	return whole, nil
}

// Do computes it.
func (o Embed) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	return result(o, values, func(dst []float32, out tensor.Shape, in []*tensor.Dense) {
		x := floats(in[0])
		o.Slice.places(in[0].Shape(), out, func(i, j int) { dst[j] = x[i] })
	})
}

// SymDiff takes the gradient from where the numbers were put.
func (o Embed) SymDiff(inputs gorgonia.Nodes, output, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	back, err := gorgonia.ApplyOp(o.Slice, grad)
	return only(back, err, 1)
}
