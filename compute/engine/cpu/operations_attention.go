package cpu

import (
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"gaze/compute/engine/machine"
	"gaze/compute/engine/op"
)

// attention prepares an attention or its derivative, if its bias and padding are constant; nil for
// any other operation.
func (d *Operations) attention(o gorgonia.Op, out tensor.Shape, in []machine.Operand) (machine.Kernel, error) {
	var params op.AttentionParams
	back := false
	switch o := o.(type) {
	case op.Attention:
		params = o.AttentionParams
	case op.AttentionGrad:
		params, back = o.AttentionParams, true
	default:
		return nil, nil
	}
	var bias, padding []float32
	if params.Biased {
		if bias = in[1].Value; bias == nil {
			return nil, nil
		}
	}
	if params.Padded() {
		if padding = in[params.Padding()].Value; padding == nil {
			return nil, nil
		}
	}
	x := in[0].Shape
	a, err := d.cores.NewAttention(params, bias, padding, x[0], x[1]/3, x[2]*x[3])
	if err != nil {
		return nil, err
	}
	if back {
		return func(dst []float32, in [][]float32) error {
			a.Backward(dst, in[len(in)-1], in[0])
			return nil
		}, nil
	}
	return func(dst []float32, in [][]float32) error {
		a.Forward(dst, in[0])
		return nil
	}, nil
}
