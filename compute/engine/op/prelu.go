package op

import (
	"fmt"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// PReLU is x where that is above zero, and elsewhere x times a weight: one for
// all channels or one a channel (He et al., Delving Deep into Rectifiers, 2015).
type PReLU struct{ signature }

// NewPReLU makes a PReLU of a tensor of that many axes. Inputs: x, weight.
func NewPReLU(axes int) PReLU {
	return PReLU{signature{fmt.Sprintf("PReLU axes=%d", axes), []int{axes, 1}, axes}}
}

// InferShape is x's shape.
func (o PReLU) InferShape(sizers ...gorgonia.DimSizer) (tensor.Shape, error) {
	s, err := shapes(o, sizers, 2)
	if err != nil {
		return nil, err
	}
	return s[0].Clone(), weighs(o, s[0], s[1])
}

// Do computes it.
func (o PReLU) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	return result(o, values, func(dst []float32, out tensor.Shape, in []*tensor.Dense) {
		weight := floats(in[1])
		for i, x := range floats(in[0]) {
			dst[i] = x
			if !(x > 0) {
				dst[i] = x * weight[channel(out, i)%len(weight)]
			}
		}
	})
}

// SymDiff multiplies the gradient by 1 or by the weight.
func (o PReLU) SymDiff(inputs gorgonia.Nodes, output, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	back, err := gorgonia.ApplyOp(NewPReLUGrad(o.out), inputs[0], inputs[1], grad)
	return only(back, err, 2)
}

// PReLUGrad is the gradient where x is above zero, and elsewhere the gradient
// times the weight. Inputs: x, weight, gradient.
type PReLUGrad struct{ signature }

// NewPReLUGrad makes the derivative of a PReLU of a tensor of that many axes.
func NewPReLUGrad(axes int) PReLUGrad {
	return PReLUGrad{signature{fmt.Sprintf("PReLUGrad axes=%d", axes), []int{axes, 1, axes}, axes}}
}

// InferShape is x's shape.
func (o PReLUGrad) InferShape(sizers ...gorgonia.DimSizer) (tensor.Shape, error) {
	s, err := shapes(o, sizers, 3)
	if err != nil {
		return nil, err
	}
	if !s[0].Eq(s[2]) {
		return nil, fmt.Errorf("%v: input %v and gradient %v", o, s[0], s[2])
	}
	return s[0].Clone(), weighs(o, s[0], s[1])
}

// Do computes it.
func (o PReLUGrad) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	return result(o, values, func(dst []float32, out tensor.Shape, in []*tensor.Dense) {
		weight, grad := floats(in[1]), floats(in[2])
		for i, x := range floats(in[0]) {
			dst[i] = grad[i]
			if !(x > 0) {
				dst[i] *= weight[channel(out, i)%len(weight)]
			}
		}
	})
}

// DiffWRT says that the gradient alone has a derivative.
func (o PReLUGrad) DiffWRT(inputs int) []bool { return []bool{false, false, true} }

// SymDiff multiplies by the same numbers once more.
func (o PReLUGrad) SymDiff(inputs gorgonia.Nodes, output, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	back, err := gorgonia.ApplyOp(o, inputs[0], inputs[1], grad)
	return gorgonia.Nodes{nil, nil, back}, err
}

// weighs checks that a weight has one number or one for each of x's channels.
func weighs(o fmt.Stringer, x, weight tensor.Shape) error {
	if weight[0] != 1 && weight[0] != x[1] {
		return fmt.Errorf("%v: weight %v does not fit %v", o, weight, x)
	}
	return nil
}

// channel is the channel of element i of a tensor of that shape.
func channel(s tensor.Shape, i int) int { return i / s[2:].TotalSize() % s[1] }
