package lower

import (
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"gaze/compute/engine/op"
	"gaze/models"
)

// pendingConv is a convolution that later layers may still be fused into.
type pendingConv struct {
	layer models.Layer
	x     *gorgonia.Node
	// folded names the layers that scale and bias are made of.
	folded       string
	weight, bias *tensor.Dense
	// scale is what the output channels are multiplied by, nil for nothing.
	scale      *tensor.Dense
	residual   *gorgonia.Node
	activation op.Activation
}

// pendingNorm is a batch normalisation or a Scale that stands on its own;
// another one and an activation may still be fused into it.
type pendingNorm struct {
	layer        models.Layer
	folded       string
	scale, shift *tensor.Dense
	activation   op.Activation
}

func (l *lowering) addConv(layer models.Layer) error {
	before := layer.Inputs[0]
	if pad, ok := l.pads[l.source[before]]; ok {
		delete(l.pads, l.source[before])
		before = pad.Inputs[0]
		for side, n := range pad.Attr.Pad {
			layer.Attr.Pad[side] += n
		}
	}
	x, err := l.node(before)
	if err != nil {
		return err
	}
	c := &pendingConv{layer: layer, x: x, folded: layer.Name}
	c.weight, c.bias = l.folds.biased(layer)
	l.convs[layer.Name] = c
	return nil
}

// addActivation fuses an activation into the convolution or normalisation
// before it, if that is nobody else's.
func (l *lowering) addActivation(layer models.Layer, act op.Activation) error {
	if c := l.open(layer.Inputs[0]); c != nil && c.activation == op.NoActivation {
		c.activation = act
		l.move(c, layer)
		return nil
	}
	before := l.source[layer.Inputs[0]]
	if n, ok := l.norms[before]; ok && l.exclusive(before) && n.activation == op.NoActivation {
		n.activation = act
		delete(l.norms, before)
		l.norms[layer.Name] = n
		return nil
	}
	return l.apply(layer, op.NewActivate(act, max(len(layer.Shape), 1)))
}

// addSum fuses an addition into the first of its terms that is an unfinished
// convolution.
func (l *lowering) addSum(layer models.Layer) error {
	if len(layer.Inputs) == 2 && l.alike(layer) {
		for i, name := range layer.Inputs {
			c := l.open(name)
			if c == nil || c.residual != nil || c.activation != op.NoActivation {
				continue
			}
			other, err := l.node(layer.Inputs[1-i])
			if err != nil {
				return err
			}
			c.residual = other
			l.move(c, layer)
			return nil
		}
	}
	return l.addElementwise(layer)
}

// addAffine folds a multiplication and addition by channel into the
// convolution or the like before it, if that is nobody else's.
func (l *lowering) addAffine(layer models.Layer) error {
	scale, shift := l.folds.Affine(layer, layer.Shape[1])
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

// open returns the unfinished convolution behind name if nobody else reads it
// and it is not tapped.
func (l *lowering) open(name string) *pendingConv {
	name = l.source[name]
	if !l.exclusive(name) {
		return nil
	}
	return l.convs[name]
}

// exclusive reports whether an output has one reader and is not tapped.
func (l *lowering) exclusive(name string) bool { return !l.tapped[name] && l.reads[name] == 1 }

// move makes c the unfinished output of layer.
func (l *lowering) move(c *pendingConv, layer models.Layer) {
	for _, in := range layer.Inputs {
		if l.convs[l.source[in]] == c {
			delete(l.convs, l.source[in])
		}
	}
	l.convs[layer.Name] = c
}

// finish makes the node of an output that was left pending, with what was fused
// into it meanwhile.
func (l *lowering) finish(name string) error {
	if c, pending := l.convs[name]; pending {
		delete(l.convs, name)
		in := gorgonia.Nodes{c.x, l.constant(c.layer.Name+".weight", c.weight), l.constant(c.layer.Name+".bias", c.bias)}
		conv := op.NewConv(op.WindowOf(c.layer.Attr), c.layer.Attr.Groups, c.activation, c.residual != nil)
		if c.scale != nil {
			conv, in = conv.WithScale(), append(in, l.constant(c.layer.Name+".scale", c.scale))
		}
		if c.residual != nil {
			in = append(in, c.residual)
		}
		n, err := gorgonia.ApplyOp(conv, in...)
		if err != nil {
			return err
		}
		if err := l.keep(name, n); err != nil {
			return err
		}
	}
	if p, pending := l.norms[name]; pending {
		delete(l.norms, name)
		key := p.layer.Name
		if err := l.apply(models.Layer{Name: name, Inputs: p.layer.Inputs}, op.NewAffine(p.activation), l.constant(key+".scale", p.scale), l.constant(key+".shift", p.shift)); err != nil {
			return err
		}
	}
	if pad, pending := l.pads[name]; pending {
		delete(l.pads, name)
		if err := l.apply(pad, op.NewPad(pad.Attr.Pad, float32(pad.Attr.Value))); err != nil {
			return err
		}
	}
	return nil
}
