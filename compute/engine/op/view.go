package op

import (
	"fmt"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// View is an operation whose output has the same numbers in the same order as
// its only input: a machine need not compute anything.
type View interface {
	gorgonia.Op
	view()
}

// Reshape gives a tensor another shape.
type Reshape struct {
	signature
	Shape tensor.Shape
}

// NewReshape makes a Reshape of a tensor of that many axes.
func NewReshape(axes int, shape tensor.Shape) Reshape {
	return Reshape{signature{fmt.Sprintf("Reshape axes=%d to %v", axes, shape), []int{axes}, len(shape)}, shape.Clone()}
}

func (o Reshape) view() {}

// InferShape is Shape, if it holds as many numbers as the input.
func (o Reshape) InferShape(sizers ...gorgonia.DimSizer) (tensor.Shape, error) {
	s, err := shapes(o, sizers, 1)
	if err != nil {
		return nil, err
	}
	if s[0].TotalSize() != o.Shape.TotalSize() {
		return nil, fmt.Errorf("%v: input %v", o, s[0])
	}
	return o.Shape.Clone(), nil
}

// Do copies.
func (o Reshape) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	return result(o, values, func(dst []float32, _ tensor.Shape, in []*tensor.Dense) { copy(dst, floats(in[0])) })
}

// SymDiff gives the gradient the input's shape.
func (o Reshape) SymDiff(inputs gorgonia.Nodes, output, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	back, err := gorgonia.ApplyOp(NewReshape(o.out, inputs[0].Shape()), grad)
	return only(back, err, 1)
}

// Tap marks a layer to be explained: its value is the layer's activation, and
// what is differentiated by it is the layer's gradient. It changes nothing.
type Tap struct {
	signature
	Layer string
}

// NewTap marks the layer of that name, whose output has that many axes.
func NewTap(layer string, axes int) Tap {
	return Tap{signature{fmt.Sprintf("Tap axes=%d %q", axes, layer), []int{axes}, axes}, layer}
}

func (o Tap) view() {}

// InferShape is the input's shape.
func (o Tap) InferShape(sizers ...gorgonia.DimSizer) (tensor.Shape, error) {
	s, err := shapes(o, sizers, 1)
	if err != nil {
		return nil, err
	}
	return s[0].Clone(), nil
}

// Do copies.
func (o Tap) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	return result(o, values, func(dst []float32, _ tensor.Shape, in []*tensor.Dense) { copy(dst, floats(in[0])) })
}

// SymDiff passes the gradient on.
func (o Tap) SymDiff(inputs gorgonia.Nodes, output, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	return gorgonia.Nodes{grad}, nil
}
