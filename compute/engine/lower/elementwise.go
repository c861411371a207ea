package lower

import (
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"gaze/compute/engine/op"
	"gaze/models"
)

// addScale makes the node of a Scale: by channel, or by element where one of
// its parameters is.
func (l *lowering) addScale(layer models.Layer) error {
	axes := len(layer.Shape)
	byElement := false
	for _, p := range layer.Params {
		byElement = byElement || p.Dims() > 1
	}
	if !byElement {
		return l.addAffine(layer)
	}
	n, err := l.node(layer.Inputs[0])
	if err != nil {
		return err
	}
	for _, name := range []string{"weight", "bias"} {
		p := layer.Params[name]
		if p == nil {
			continue
		}
		// The batch axis, and those that a single number and one for each
		// channel do not have.
		s := append(tensor.Shape{1}, p.Shape()...)
		for len(s) < axes {
			s = append(s, 1)
		}
		constant := l.constant(layer.Name+"."+name, tensor.New(tensor.WithShape(s...), tensor.WithBacking(floats(p))))
		o := gorgonia.Op(op.NewAdd(2, axes))
		if name == "weight" {
			o = op.NewMul(n.Shape())
		}
		if n, err = l.step(layer, o, n, constant); err != nil {
			return err
		}
	}
	return l.keep(layer.Name, n)
}

// addElementwise makes the node of an operation of two or more tensors, element
// by element.
func (l *lowering) addElementwise(layer models.Layer) error {
	if layer.Kind == models.Add && l.alike(layer) {
		return l.apply(layer, op.NewAdd(len(layer.Inputs), max(len(layer.Shape), 1)))
	}
	return l.together(layer, func(axes int, in ...*gorgonia.Node) (n *gorgonia.Node, err error) {
		n = in[0]
		for _, other := range in[1:] {
			shape := n.Shape().Clone()
			for axis, side := range other.Shape() {
				shape[axis] = max(shape[axis], side)
			}
			var o gorgonia.Op
			switch layer.Kind {
			case models.Add:
				o = op.NewAdd(2, axes)
			case models.Sub:
				o = op.NewSub(axes)
			case models.Mul:
				o = op.NewMul(shape)
			case models.Div:
				o = op.NewDiv(axes)
			}
			if n, err = l.step(layer, o, n, other); err != nil {
				return nil, err
			}
		}
		return n, nil
	})
}

// alike reports whether all that a layer reads has the shape of its output.
func (l *lowering) alike(layer models.Layer) bool {
	for _, name := range layer.Inputs {
		if !l.own(name).Eq(layer.Shape) || l.still[name] != l.still[layer.Name] {
			return false
		}
	}
	return true
}
