package op

import (
	"fmt"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Affine is a batch normalisation with fixed statistics: x times a scale plus
// a shift, both one a channel; then the activation.
type Affine struct {
	signature
	Activation Activation
}

// NewAffine makes an Affine. Inputs: x, scale, shift.
func NewAffine(a Activation) Affine {
	return Affine{signature{fmt.Sprintf("Affine activation=%v", a), []int{4, 1, 1}, 4}, a}
}

// InferShape is x's shape.
func (o Affine) InferShape(sizers ...gorgonia.DimSizer) (tensor.Shape, error) {
	s, err := shapes(o, sizers, 3)
	if err != nil {
		return nil, err
	}
	if s[1][0] != s[0][1] || s[2][0] != s[0][1] {
		return nil, fmt.Errorf("%v: scale %v and shift %v do not fit %v", o, s[1], s[2], s[0])
	}
	return s[0].Clone(), nil
}

// Do computes it.
func (o Affine) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	return result(o, values, func(dst []float32, out tensor.Shape, in []*tensor.Dense) {
		scale, shift := floats(in[1]), floats(in[2])
		for i, v := range floats(in[0]) {
			c := i / (out[2] * out[3]) % out[1]
			dst[i] = o.Activation.Of(v*scale[c] + shift[c])
		}
	})
}

// SymDiff sends the gradient back through the activation and multiplies it by
// the scale.
func (o Affine) SymDiff(inputs gorgonia.Nodes, output, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	grad, err := o.Activation.before(output, grad)
	if err != nil {
		return nil, err
	}
	back, err := gorgonia.ApplyOp(NewScale(), grad, inputs[1])
	return only(back, err, 3)
}

// Scale multiplies each channel of x by a number: the derivative of Affine.
type Scale struct{ signature }

// NewScale makes a Scale. Inputs: x, scale.
func NewScale() Scale { return Scale{signature{"Scale", []int{4, 1}, 4}} }

// InferShape is x's shape.
func (o Scale) InferShape(sizers ...gorgonia.DimSizer) (tensor.Shape, error) {
	s, err := shapes(o, sizers, 2)
	if err != nil {
		return nil, err
	}
	if s[1][0] != s[0][1] {
		return nil, fmt.Errorf("%v: scale %v does not fit %v", o, s[1], s[0])
	}
	return s[0].Clone(), nil
}

// Do computes it.
func (o Scale) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	return result(o, values, func(dst []float32, out tensor.Shape, in []*tensor.Dense) {
		scale := floats(in[1])
		for i, v := range floats(in[0]) {
			dst[i] = v * scale[i/(out[2]*out[3])%out[1]]
		}
	})
}

// SymDiff multiplies the gradient by the scale.
func (o Scale) SymDiff(inputs gorgonia.Nodes, output, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	back, err := gorgonia.ApplyOp(o, grad, inputs[1])
	return only(back, err, 2)
}
