package cpu

import (
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"gaze/compute/engine/machine"
	"gaze/compute/engine/op"
)

// rearrange prepares the operations that put numbers elsewhere: each is a copy
// from one layout to another, among a given value where the result has more
// numbers than the input. It returns nil for any other operation.
func (d *Operations) rearrange(o gorgonia.Op, out tensor.Shape, in []machine.Operand) machine.Kernel {
	if len(out) > mostAxes {
		return nil
	}
	var box tensor.Shape
	var to, from Layout
	padded, value := false, float32(0)
	switch o := o.(type) {
	case op.Slice:
		box = out
		to, from = Dense(Axes(out...)), part(in[0].Shape, o)
	case op.Embed:
		box, padded = in[0].Shape, true
		to, from = part(out, o.Slice), Dense(Axes(box...))
	case op.Pad:
		box, padded, value = in[0].Shape, true, o.Value
		to, from = Dense(Axes(out...)), Dense(Axes(box...))
		to.At = o.Sides[0]*out[3] + o.Sides[1]
	case op.Permute:
		box = out
		to = Dense(Axes(out...))
		first := mostAxes - len(out)
		dense := Dense(Axes(in[0].Shape...))
		for axis, was := range o.Order {
			from.Steps[first+axis] = dense.Steps[first+was]
		}
	default:
		return nil
	}
	all := Axes(box...)
	return func(dst []float32, in [][]float32) error {
		if padded {
			d.cores.Fill(dst, value)
		}
		d.cores.Copy(dst, to, in[0], from, all)
		return nil
	}
}

// part is the layout of what a Slice takes of a tensor.
func part(whole tensor.Shape, s op.Slice) Layout {
	l := Dense(Axes(whole...))
	axis := mostAxes - len(whole) + s.Axis
	l.At = s.From * l.Steps[axis]
	l.Steps[axis] *= s.Step
	return l
}

// concat copies the parts of each picture one after the other.
func (d *Operations) concat(out tensor.Shape, in []machine.Operand) machine.Kernel {
	sizes := make([]int, len(in))
	for i := range in {
		sizes[i] = in[i].Shape.TotalSize() / out[0]
	}
	var to Layout
	to.Steps = Axes(out.TotalSize()/out[0], 1)
	return func(dst []float32, in [][]float32) error {
		to := to
		for i, part := range in {
			sides := Axes(out[0], sizes[i])
			d.cores.Copy(dst, to, part, Dense(sides), sides)
			to.At += sizes[i]
		}
		return nil
	}
}
