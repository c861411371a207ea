package engine

import (
	"fmt"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"gaze/compute/engine/op"
	"gaze/models"
)

// addData makes the node of a layer that combines, normalises, reduces or
// rearranges data.
func (l *lowering) addData(layer models.Layer) error {
	a := layer.Attr
	switch layer.Kind {
	case models.LayerNorm:
		weight, bias := l.folds.biased(layer)
		return l.planar(layer, op.NewLayerNorm(a.Epsilon), l.constant(layer.Name+".weight", weight), l.constant(layer.Name+".bias", bias))
	case models.LRN:
		return l.apply(layer, op.NewLRN(op.LRNParams{Size: a.Size, Alpha: a.Alpha, Beta: a.Beta, K: a.K}))
	case models.Scale:
		return l.addScale(layer)
	case models.GlobalMaxPool:
		return l.chain(layer, func(x tensor.Shape) []gorgonia.Op { return []gorgonia.Op{tallest(x[2], x[3])} })
	case models.ChannelMean:
		return l.chain(layer, func(x tensor.Shape) []gorgonia.Op {
			return []gorgonia.Op{op.NewSumTo(tensor.Shape{x[0], 1, x[2], x[3]}), op.NewMultiple(1/float32(x[1]), 4)}
		})
	case models.ChannelMax:
		// Channels as the rows of a picture, whose columns are the pixels.
		return l.chain(layer, func(x tensor.Shape) []gorgonia.Op {
			return []gorgonia.Op{
				op.NewReshape(4, tensor.Shape{x[0], 1, x[1], x[2] * x[3]}), tallest(x[1], 1),
				op.NewReshape(4, tensor.Shape{x[0], 1, x[2], x[3]}),
			}
		})
	case models.Sub, models.Mul, models.Div:
		return l.addElementwise(layer)
	case models.Concat:
		return l.planar(layer, op.NewConcat(len(layer.Inputs)))
	case models.Slice:
		return l.planar(layer, op.NewStrided(a.Axis, a.From, a.To, a.Step))
	case models.Pad:
		if a.Value == 0 && l.exclusive(layer.Name) {
			l.pads[layer.Name] = layer
			return nil
		}
		return l.apply(layer, op.NewPad(a.Pad, float32(a.Value)))
	case models.ChannelShuffle:
		return l.chain(layer, func(x tensor.Shape) []gorgonia.Op {
			return []gorgonia.Op{
				op.NewReshape(4, tensor.Shape{x[0], a.Groups, x[1] / a.Groups, x[2] * x[3]}),
				op.NewPermute([4]int{0, 2, 1, 3}), op.NewReshape(4, x),
			}
		})
	case models.Flatten, models.Reshape:
		return l.addReshape(layer)
	}
	return fmt.Errorf("no operation for a layer of kind %s", layer.Kind)
}

// tallest is the maximum over pictures of that size.
func tallest(height, width int) op.MaxPool {
	return op.NewMaxPool(op.Window{Kernel: [2]int{height, width}, Stride: [2]int{1, 1}, Dilation: [2]int{1, 1}})
}

// chain makes the layer's node by several operations, one after the other, on
// its only input, whose shape they follow from.
func (l *lowering) chain(layer models.Layer, of func(x tensor.Shape) []gorgonia.Op) error {
	n, err := l.node(layer.Inputs[0])
	if err != nil {
		return err
	}
	for _, o := range of(n.Shape()) {
		if n, err = l.step(layer, o, n); err != nil {
			return err
		}
	}
	return l.keep(layer.Name, n)
}

// step applies one of several operations that a layer is made of.
func (l *lowering) step(layer models.Layer, o gorgonia.Op, in ...*gorgonia.Node) (*gorgonia.Node, error) {
	n, err := gorgonia.ApplyOp(o, in...)
	if err != nil {
		return nil, err
	}
	gorgonia.WithName(layer.Name)(n)
	return n, nil
}

// planar makes the layer's node by an operation of four axes; what has only
// two goes through it as pictures of one pixel.
func (l *lowering) planar(layer models.Layer, o gorgonia.Op, constants ...*gorgonia.Node) error {
	in, err := l.inputs(layer)
	if err != nil {
		return err
	}
	flat := in[0].Dims() == 2
	if flat {
		for i, n := range in {
			s := n.Shape()
			if in[i], err = l.step(layer, op.NewReshape(2, tensor.Shape{s[0], s[1], 1, 1}), n); err != nil {
				return err
			}
		}
	}
	n, err := l.step(layer, o, append(in, constants...)...)
	if err != nil {
		return err
	}
	if flat {
		s := n.Shape()
		if n, err = l.step(layer, op.NewReshape(4, tensor.Shape{s[0], s[1]}), n); err != nil {
			return err
		}
	}
	return l.keep(layer.Name, n)
}

// addAffine folds a multiplication and addition by channel into the
// convolution or the like before it, if that is nobody else's.
func (l *lowering) addAffine(layer models.Layer) error {
	scale, shift := l.folds.affine(layer, layer.Shape[1])
	if c := l.open(layer.Inputs[0]); c != nil && c.residual == nil && c.activation == op.NoActivation {
		c.folded += "\n" + layer.Name
		c.scale, c.bias = l.folds.affineAffine(c.folded, c.scale, c.bias, scale, shift)
		l.move(c, layer)
		return nil
	}
	before := l.source[layer.Inputs[0]]
	if n, ok := l.norms[before]; ok && l.exclusive(before) && n.activation == op.NoActivation {
		n.folded += "\n" + layer.Name
		n.scale, n.shift = l.folds.affineAffine(n.folded, n.scale, n.shift, scale, shift)
		delete(l.norms, before)
		l.norms[layer.Name] = n
		return nil
	}
	if len(layer.Shape) == 2 {
		return l.planar(layer, op.NewAffine(op.NoActivation), l.constant(layer.Name+".scale", scale), l.constant(layer.Name+".shift", shift))
	}
	l.norms[layer.Name] = &pendingNorm{layer: layer, folded: layer.Name, scale: scale, shift: shift}
	return nil
}

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
		return l.apply(layer, op.NewAdd(len(layer.Inputs), len(layer.Shape)))
	}
	in, err := l.inputs(layer)
	if err != nil {
		return err
	}
	n := in[0]
	for _, other := range in[1:] {
		shape := n.Shape().Clone()
		for axis, side := range other.Shape() {
			shape[axis] = max(shape[axis], side)
		}
		var o gorgonia.Op
		switch layer.Kind {
		case models.Add:
			o = op.NewAdd(2, len(shape))
		case models.Sub:
			o = op.NewSub(len(shape))
		case models.Mul:
			o = op.NewMul(shape)
		case models.Div:
			o = op.NewDiv(len(shape))
		}
		if n, err = l.step(layer, o, n, other); err != nil {
			return err
		}
	}
	return l.keep(layer.Name, n)
}

// alike reports whether all that a layer reads has the shape of its output.
func (l *lowering) alike(layer models.Layer) bool {
	for _, name := range layer.Inputs {
		shape := tensor.Shape{1, 3, l.net.Input.Height, l.net.Input.Width}
		if in, ok := l.net.Layer(name); ok {
			shape = in.Shape
		}
		if !shape.Eq(layer.Shape) {
			return false
		}
	}
	return true
}

// addReshape makes the node of a Flatten or a Reshape. The only place where it
// matters that a layer has its channels last is here.
func (l *lowering) addReshape(layer models.Layer) error {
	n, err := l.node(layer.Inputs[0])
	if err != nil {
		return err
	}
	if in, ok := l.net.Layer(layer.Inputs[0]); ok && in.ChannelsLast && in.Spatial() {
		if n, err = l.step(layer, op.NewPermute([4]int{0, 2, 3, 1}), n); err != nil {
			return err
		}
	}
	shape := append(tensor.Shape{l.batch}, layer.Shape[1:]...)
	if n, err = l.step(layer, op.NewReshape(n.Dims(), shape), n); err != nil {
		return err
	}
	return l.keep(layer.Name, n)
}
