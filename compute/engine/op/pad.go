package op

import (
	"fmt"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Pad puts rows and columns of a number around every channel.
type Pad struct {
	signature
	// Sides are the rows and columns added: top, left, bottom, right.
	Sides [4]int
	Value float32
}

// NewPad makes a Pad.
func NewPad(sides [4]int, value float32) Pad {
	return Pad{signature{fmt.Sprintf("Pad %v with %v", sides, value), []int{4}, 4}, sides, value}
}

// InferShape adds the sides to height and width.
func (o Pad) InferShape(sizers ...gorgonia.DimSizer) (tensor.Shape, error) {
	s, err := shapes(o, sizers, 1)
	if err != nil {
		return nil, err
	}
	return tensor.Shape{s[0][0], s[0][1], s[0][2] + o.Sides[0] + o.Sides[2], s[0][3] + o.Sides[1] + o.Sides[3]}, nil
}

// Do computes it.
func (o Pad) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	return result(o, values, func(dst []float32, out tensor.Shape, in []*tensor.Dense) {
		for i := range dst {
			dst[i] = o.Value
		}
		s, x := in[0].Shape(), floats(in[0])
		for row := range len(x) / s[3] {
			plane, y := row/s[2], row%s[2]
			copy(dst[(plane*out[2]+o.Sides[0]+y)*out[3]+o.Sides[1]:], x[row*s[3]:(row+1)*s[3]])
		}
	})
}

// SymDiff cuts the sides off the gradient.
func (o Pad) SymDiff(inputs gorgonia.Nodes, output, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	var err error
	for axis, first := range o.Sides[:2] {
		side := inputs[0].Shape()[2+axis]
		if side == grad.Shape()[2+axis] {
			continue
		}
		if grad, err = gorgonia.ApplyOp(NewStrided(2+axis, first, first+side, 1), grad); err != nil {
			return nil, err
		}
	}
	return gorgonia.Nodes{grad}, nil
}
