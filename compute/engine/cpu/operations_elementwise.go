package cpu

import (
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"gaze/compute/engine/machine"
	"gaze/compute/engine/op"
)

// combine prepares the operations on two tensors, element by element, and the
// sums over axes; nil for any other.
func (d *Operations) combine(o gorgonia.Op, out tensor.Shape, in []machine.Operand) machine.Kernel {
	if len(out) > mostAxes {
		return nil
	}
	var kind Arithmetic
	switch o := o.(type) {
	case op.Add:
		if len(in) != 2 {
			return nil
		}
		kind = Sum
	case op.Sub:
		kind = Difference
	case op.Mul:
		kind = Product
	case op.Div:
		kind = Quotient
	case op.Binary:
		switch o.Function {
		case op.Minimum:
			kind = Lesser
		case op.Maximum:
			kind = Greater
		default:
			return nil
		}
	case op.SumTo:
		to, from := Axes(out...), Axes(in[0].Shape...)
		return func(dst []float32, in [][]float32) error {
			d.cores.Combine(Product, dst, in[0], nil, to, from, Axes())
			return nil
		}
	case op.Multiple:
		return func(dst []float32, in [][]float32) error {
			d.cores.Multiply(dst, in[0], o.Factor)
			return nil
		}
	default:
		return nil
	}
	to, a, b := Axes(out...), Axes(in[0].Shape...), Axes(in[1].Shape...)
	return func(dst []float32, in [][]float32) error {
		d.cores.Combine(kind, dst, in[0], in[1], to, a, b)
		return nil
	}
}

// alike reports whether all operands have one shape.
func alike(in []machine.Operand) bool {
	for _, o := range in[1:] {
		if !o.Shape.Eq(in[0].Shape) {
			return false
		}
	}
	return true
}

// normal prepares the normalisations over channels; nil for any other
// operation.
func (d *Operations) normal(o gorgonia.Op, out tensor.Shape) machine.Kernel {
	switch o := o.(type) {
	case op.LayerNorm:
		batch, size := out[0], out[2]*out[3]
		return func(dst []float32, in [][]float32) error {
			d.cores.LayerNorm(dst, in[0], in[1], in[2], batch, size, o.Epsilon)
			return nil
		}
	case op.LayerNormGrad:
		batch, size := out[0], out[2]*out[3]
		return func(dst []float32, in [][]float32) error {
			d.cores.LayerNormBackward(dst, in[2], in[0], in[1], batch, size, o.Epsilon)
			return nil
		}
	case op.Cosine:
		batch, channels, size := out[0], out[1]/3, out[2]*out[3]
		return func(dst []float32, in [][]float32) error {
			d.cores.Cosine(dst, in[0], in[1], batch, channels, size)
			return nil
		}
	case op.CosineGrad:
		batch, channels, size := out[0], out[1]/3, out[2]*out[3]
		return func(dst []float32, in [][]float32) error {
			d.cores.CosineBackward(dst, in[2], in[0], in[1], batch, channels, size)
			return nil
		}
	case op.LRN:
		batch, channels, size, n := out[0], out[1], out[2]*out[3], neighbours(o.LRNParams)
		return func(dst []float32, in [][]float32) error {
			d.cores.LRN(dst, in[0], batch, channels, size, n)
			return nil
		}
	case op.LRNGrad:
		batch, channels, size, n := out[0], out[1], out[2]*out[3], neighbours(o.LRNParams)
		return func(dst []float32, in [][]float32) error {
			d.cores.LRNBackward(dst, in[1], in[0], batch, channels, size, n)
			return nil
		}
	}
	return nil
}

func neighbours(p op.LRNParams) Neighbours {
	return Neighbours{
		Before: (p.Size - 1) / 2, After: p.Size / 2,
		Scale: p.Alpha / float64(p.Size), K: p.K, Beta: p.Beta,
	}
}
