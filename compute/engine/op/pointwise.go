package op

import (
	"fmt"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Pointwise applies a function to every element of x.
type Pointwise struct {
	signature
	Function Function
}

// NewPointwise makes a Pointwise of a tensor of that many axes.
func NewPointwise(f Function, axes int) Pointwise {
	return Pointwise{signature{fmt.Sprintf("Pointwise %v axes=%d", f, axes), []int{axes}, axes}, f}
}

// InferShape is x's shape.
func (o Pointwise) InferShape(sizers ...gorgonia.DimSizer) (tensor.Shape, error) {
	s, err := shapes(o, sizers, 1)
	if err != nil {
		return nil, err
	}
	if _, err := o.Function.definition(); err != nil {
		return nil, err
	}
	return s[0].Clone(), nil
}

// Do computes it.
func (o Pointwise) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	return result(o, values, func(dst []float32, _ tensor.Shape, in []*tensor.Dense) {
		row, _ := o.Function.definition() // InferShape has refused kinds that are no function
		for i, x := range floats(in[0]) {
			dst[i] = float32(row.at(o.Function, float64(x))[0])
		}
	})
}

// SymDiff multiplies the gradient by the slope at x.
func (o Pointwise) SymDiff(inputs gorgonia.Nodes, output, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	back, err := gorgonia.ApplyOp(NewPointwiseGrad(o.Function, 1, o.out), inputs[0], grad)
	return only(back, err, 1)
}

// PointwiseGrad is a gradient times a derivative of a function at x. Inputs: x
// and the gradient.
type PointwiseGrad struct {
	signature
	Function Function
	// Order of the derivative: 1 for the slope, 2 for the slope's.
	Order int
}

// NewPointwiseGrad makes a PointwiseGrad of tensors of that many axes.
func NewPointwiseGrad(f Function, order, axes int) PointwiseGrad {
	text := fmt.Sprintf("PointwiseGrad %v order=%d axes=%d", f, order, axes)
	return PointwiseGrad{signature{text, []int{axes, axes}, axes}, f, order}
}

// InferShape is the shape of both inputs.
func (o PointwiseGrad) InferShape(sizers ...gorgonia.DimSizer) (tensor.Shape, error) {
	s, err := shapes(o, sizers, 2)
	if err != nil {
		return nil, err
	}
	if !s[0].Eq(s[1]) {
		return nil, fmt.Errorf("%v: input %v and gradient %v", o, s[0], s[1])
	}
	if o.Order != 1 && o.Order != 2 {
		return nil, fmt.Errorf("%v: only the first two derivatives are known", o)
	}
	if _, err := o.Function.definition(); err != nil {
		return nil, err
	}
	return s[0].Clone(), nil
}

// Do computes it.
func (o PointwiseGrad) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	return result(o, values, func(dst []float32, _ tensor.Shape, in []*tensor.Dense) {
		row, _ := o.Function.definition() // as in Pointwise
		grad := floats(in[1])
		for i, x := range floats(in[0]) {
			dst[i] = float32(row.at(o.Function, float64(x))[o.Order] * float64(grad[i]))
		}
	})
}

// DiffWRT says that the gradient has a derivative, and x unless the function
// is made of straight lines.
func (o PointwiseGrad) DiffWRT(inputs int) []bool { return []bool{o.Function.bends(), true} }

// SymDiff differentiates once more by x, and multiplies by the same slope.
// There is no third derivative: it is an error.
func (o PointwiseGrad) SymDiff(inputs gorgonia.Nodes, output, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	x, first := inputs[0], inputs[1]
	byGrad, err := gorgonia.ApplyOp(o, x, grad)
	if err != nil || !o.Function.bends() {
		return gorgonia.Nodes{nil, byGrad}, err
	}
	both, err := gorgonia.HadamardProd(first, grad)
	if err != nil {
		return nil, err
	}
	byX, err := gorgonia.ApplyOp(NewPointwiseGrad(o.Function, o.Order+1, o.out), x, both)
	return gorgonia.Nodes{byX, byGrad}, err
}
