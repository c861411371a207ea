package op

import (
	"fmt"
	"math"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Activation limits a number to an interval: what a convolution can do as it
// stores its sums. Its derivative is 1 between the limits and 0 elsewhere, at
// the limits too, as in PyTorch. The zero value leaves numbers as they are.
type Activation struct {
	limited bool
	lo, hi  float32
}

// The activations without parameters.
var (
	// NoActivation leaves numbers as they are.
	NoActivation = Activation{}
	// ActivationReLU is max(x, 0).
	ActivationReLU = ActivationClip(0, math.Inf(1))
	// ActivationReLU6 is min(max(x, 0), 6).
	ActivationReLU6 = ActivationClip(0, 6)
)

// ActivationClip is min(max(x, lo), hi). Either may be infinite.
func ActivationClip(lo, hi float64) Activation {
	return Activation{limited: true, lo: float32(lo), hi: float32(hi)}
}

// Limits returns the ends of the interval.
func (a Activation) Limits() (lo, hi float32) {
	if !a.limited {
		return float32(math.Inf(-1)), float32(math.Inf(1))
	}
	return a.lo, a.hi
}

// String names the activation with its limits: "Clip(-1, 1)".
func (a Activation) String() string {
	switch a {
	case NoActivation:
		return "none"
	case ActivationReLU:
		return "ReLU"
	case ActivationReLU6:
		return "ReLU6"
	}
	return fmt.Sprintf("Clip(%g, %g)", a.lo, a.hi)
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
	return Activate{signature{fmt.Sprintf("Activate %v axes=%d", a, axes), []int{axes}, axes}, a}
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

// SymDiff lets the gradient pass where the output lies between the limits, and so
// does the input: where that is tapped, it is kept anyway.
func (o Activate) SymDiff(inputs gorgonia.Nodes, output, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	if _, tapped := inputs[0].Op().(Tap); tapped {
		output = inputs[0]
	}
	back, err := o.Activation.before(output, grad)
	return only(back, err, 1)
}

// ActivateGrad is the derivative of an activation: the gradient where the
// activation's output, or its input, lies between its limits, and 0 elsewhere.
// Inputs: output or input, and gradient.
type ActivateGrad struct {
	signature
	Activation Activation
}

// NewActivateGrad makes the derivative of an activation of a tensor of that
// many axes.
func NewActivateGrad(a Activation, axes int) ActivateGrad {
	return ActivateGrad{signature{fmt.Sprintf("ActivateGrad %v axes=%d", a, axes), []int{axes, axes}, axes}, a}
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

// DiffWRT says that the gradient alone has a derivative: an interval's ends
// bend nothing, so the output's is zero.
func (o ActivateGrad) DiffWRT(inputs int) []bool { return []bool{false, true} }

// SymDiff lets the gradient pass where the first one passed.
func (o ActivateGrad) SymDiff(inputs gorgonia.Nodes, output, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	back, err := gorgonia.ApplyOp(o, inputs[0], grad)
	return gorgonia.Nodes{nil, back}, err
}
