package op

import (
	"fmt"
	"math"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Activation limits a number to an interval. Its derivative is 1 between the
// limits and 0 elsewhere, at the limits too, as in PyTorch.
type Activation uint8

const (
	// NoActivation leaves numbers as they are.
	NoActivation Activation = iota
	// ActivationReLU is max(x, 0).
	ActivationReLU
	// ActivationReLU6 is min(max(x, 0), 6).
	ActivationReLU6
)

// Limits returns the ends of the interval.
func (a Activation) Limits() (lo, hi float32) {
	switch a {
	case ActivationReLU:
		return 0, float32(math.Inf(1))
	case ActivationReLU6:
		return 0, 6
	}
	return float32(math.Inf(-1)), float32(math.Inf(1))
}

// Of returns the activation of x.
func (a Activation) Of(x float32) float32 {
	lo, hi := a.Limits()
	return min(max(x, lo), hi)
}

// before sends a gradient by a's result back through it.
func (a Activation) before(output, grad *gorgonia.Node) (*gorgonia.Node, error) {
	if a == NoActivation {
		return grad, nil
	}
	return gorgonia.ApplyOp(NewActivateGrad(a, grad.Dims()), output, grad)
}

// Activate is an activation on its own.
type Activate struct {
	signature
	Activation Activation
}

// NewActivate makes an activation of a tensor of that many axes.
func NewActivate(a Activation, axes int) Activate {
	return Activate{signature{fmt.Sprintf("Activate %d axes=%d", a, axes), []int{axes}, axes}, a}
}

// InferShape is x's shape.
func (o Activate) InferShape(sizers ...gorgonia.DimSizer) (tensor.Shape, error) {
	s, err := shapes(o, sizers, 1)
	if err != nil {
		return nil, err
	}
	return s[0].Clone(), nil
}

// Do computes it.
func (o Activate) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	return result(o, values, func(dst []float32, _ tensor.Shape, in []*tensor.Dense) {
		for i, v := range floats(in[0]) {
			dst[i] = o.Activation.Of(v)
		}
	})
}

// SymDiff lets the gradient pass where the output lies between the limits.
func (o Activate) SymDiff(inputs gorgonia.Nodes, output, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	back, err := o.Activation.before(output, grad)
	return only(back, err, 1)
}

// ActivateGrad is the derivative of an activation: the gradient where the
// activation's output lies between its limits, and 0 elsewhere. Inputs: output
// and gradient.
type ActivateGrad struct {
	signature
	Activation Activation
}

// NewActivateGrad makes the derivative of an activation of a tensor of that
// many axes.
func NewActivateGrad(a Activation, axes int) ActivateGrad {
	return ActivateGrad{signature{fmt.Sprintf("ActivateGrad %d axes=%d", a, axes), []int{axes, axes}, axes}, a}
}

// InferShape is the shape of both inputs.
func (o ActivateGrad) InferShape(sizers ...gorgonia.DimSizer) (tensor.Shape, error) {
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
func (o ActivateGrad) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	return result(o, values, func(dst []float32, _ tensor.Shape, in []*tensor.Dense) {
		lo, hi := o.Activation.Limits()
		grad := floats(in[1])
		for i, y := range floats(in[0]) {
			if y > lo && y < hi {
				dst[i] = grad[i]
			}
		}
	})
}
