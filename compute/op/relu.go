package op

import (
	"fmt"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// ReLU is max(x, 0).
type ReLU struct{ signature }

// NewReLU makes a ReLU of a tensor of that many axes.
func NewReLU(axes int) ReLU {
	return ReLU{signature{fmt.Sprintf("ReLU axes=%d", axes), []int{axes}, axes}}
}

// InferShape is x's shape.
func (o ReLU) InferShape(sizers ...gorgonia.DimSizer) (tensor.Shape, error) {
	s, err := shapes(o, sizers, 1)
	if err != nil {
		return nil, err
	}
	return s[0].Clone(), nil
}

// Do computes it.
func (o ReLU) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	return result(o, values, func(dst []float32, _ tensor.Shape, in []*tensor.Dense) {
		for i, v := range floats(in[0]) {
			dst[i] = max(v, 0)
		}
	})
}

// SymDiff lets the gradient pass where the output is positive.
func (o ReLU) SymDiff(inputs gorgonia.Nodes, output, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	back, err := gorgonia.ApplyOp(NewReLUGrad(o.out), output, grad)
	return only(back, err, 1)
}

// ReLUGrad is the derivative of ReLU: the gradient where ReLU's output is
// positive, and 0 elsewhere; the derivative at 0 is 0, as in PyTorch. Inputs:
// output and gradient.
type ReLUGrad struct{ signature }

// NewReLUGrad makes the derivative of a ReLU of a tensor of that many axes.
func NewReLUGrad(axes int) ReLUGrad {
	return ReLUGrad{signature{fmt.Sprintf("ReLUGrad axes=%d", axes), []int{axes, axes}, axes}}
}

// InferShape is the shape of both inputs.
func (o ReLUGrad) InferShape(sizers ...gorgonia.DimSizer) (tensor.Shape, error) {
	s, err := shapes(o, sizers, 2)
	if err != nil {
		return nil, err
	}
	if !s[0].Eq(s[1]) {
		return nil, fmt.Errorf("%v: output %v and gradient %v", o, s[0], s[1])
	}
	return s[0].Clone(), nil
}

// Do computes it.
func (o ReLUGrad) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	return result(o, values, func(dst []float32, _ tensor.Shape, in []*tensor.Dense) {
		grad := floats(in[1])
		for i, y := range floats(in[0]) {
			if y > 0 {
				dst[i] = grad[i]
			}
		}
	})
}
