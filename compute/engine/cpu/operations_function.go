package cpu

import (
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"gaze/compute/engine/machine"
	"gaze/compute/engine/op"
)

// function prepares the functions that are applied to every element or pixel,
// and their slopes; nil for any other operation. Second derivatives, which only
// few maps need, are left to the operation's definition.
func (d *Operations) function(o gorgonia.Op, out tensor.Shape, in []machine.Operand) machine.Kernel {
	batch, channels, size := out[0], 1, 1
	if len(out) > 1 {
		channels, size = out[1], tensor.Shape(out[2:]).TotalSize()
	}
	switch o := o.(type) {
	case op.Pointwise:
		if !d.cores.computes(o.Function.Kind) {
			return nil
		}
		return func(dst []float32, in [][]float32) error {
			d.cores.Apply(dst, in[0], o.Function)
			return nil
		}
	case op.PointwiseGrad:
		if !d.cores.computes(o.Function.Kind) || o.Order != 1 {
			return nil
		}
		return func(dst []float32, in [][]float32) error {
			d.cores.ApplyBackward(dst, in[1], in[0], o.Function)
			return nil
		}
	case op.Round:
		return func(dst []float32, in [][]float32) error {
			d.cores.Round(dst, in[0], batch, o.Grid, o.Own)
			return nil
		}
	case op.PReLU:
		return func(dst []float32, in [][]float32) error {
			d.cores.PReLU(dst, in[0], in[1], batch, channels, size)
			return nil
		}
	case op.PReLUGrad:
		return func(dst []float32, in [][]float32) error {
			d.cores.PReLUBackward(dst, in[2], in[0], in[1], batch, channels, size)
			return nil
		}
	case op.Softmax:
		return func(dst []float32, in [][]float32) error {
			d.cores.Softmax(dst, in[0], batch, channels, size)
			return nil
		}
	case op.SoftmaxGrad:
		return func(dst []float32, in [][]float32) error {
			d.cores.SoftmaxBackward(dst, in[1], in[0], batch, channels, size)
			return nil
		}
	}
	return nil
}
