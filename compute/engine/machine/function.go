package machine

import (
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"gaze/compute/engine/cpu"
	"gaze/compute/engine/op"
	"gaze/models"
)

// curves are the processor's names of the functions of one number.
var curves = map[models.Kind]cpu.Kind{
	models.LeakyReLU: cpu.LeakyReLU, models.ELU: cpu.ELU, models.Sigmoid: cpu.Sigmoid, models.Tanh: cpu.Tanh, models.SiLU: cpu.SiLU,
	models.HardSigmoid: cpu.HardSigmoid, models.HardSwish: cpu.HardSwish, models.GELU: cpu.GELU, models.GELUTanh: cpu.GELUTanh,
}

// function prepares the functions that are applied to every element or pixel,
// and their slopes; nil for any other operation. Second derivatives, which only
// few maps need, are left to the operation's definition.
func (d *CPU) function(o gorgonia.Op, out tensor.Shape, in []Operand) Kernel {
	batch, channels, size := out[0], 1, 1
	if len(out) > 1 {
		channels, size = out[1], tensor.Shape(out[2:]).TotalSize()
	}
	switch o := o.(type) {
	case op.Pointwise:
		f, ok := function(o.Function)
		if !ok {
			return nil
		}
		return func(dst []float32, in [][]float32) error {
			d.cores.Apply(dst, in[0], f)
			return nil
		}
	case op.PointwiseGrad:
		f, ok := function(o.Function)
		if !ok || o.Order != 1 {
			return nil
		}
		return func(dst []float32, in [][]float32) error {
			d.cores.ApplyBackward(dst, in[1], in[0], f)
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

func function(f op.Function) (cpu.Function, bool) {
	kind, ok := curves[f.Kind]
	return cpu.Function{Kind: kind, Alpha: float32(f.Alpha), Beta: float32(f.Beta)}, ok
}
