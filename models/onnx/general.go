package onnx

import (
	"maps"
	"slices"

	"gaze/models"
)

// Many operators can be read in two ways. The known way, in operators, makes layers
// of the kinds that convolutional networks consist of, and tracks how a value's axes
// lie in them, so that nothing is moved. What does not fit goes the general way: the
// values are brought into layers whose axes are the file's own, of any number, and
// the layers do what ONNX says.

// general has one line for each operator that has a general way.
var general = join(
	generalElementwise, generalLogic, generalReductions, generalProducts, generalNorms, generalMoves, generalResizes, generalWindows, generalOrders,
	generalRecurrent, generalAttention,
)

// generalContributed has the operators of onnxruntime's own domain, as general has
// ONNX's.
var generalContributed = join(contributedElementwise, contributedProducts, contributedNorms, contributedAttention)

func join(tables ...map[string]operator) map[string]operator {
	all := make(map[string]operator)
	for _, t := range tables {
		maps.Copy(all, t)
	}
	return all
}

// operateEither makes the layers of a node in the known way or, if there is none or
// it fails, in the general way. What the known way has made is undone then.
func (b *builder) operateEither(n *node, known, general operator) error {
	if general == nil {
		general = known
	}
	undo := b.checkpoint(n)
	if known != nil && b.usually(n) && b.operateKnown(n, known) == nil {
		return nil
	}
	undo()
	if err := b.settleInputs(n); err != nil {
		return err
	}
	return general(b, n)
}

// usually reports whether the values that a node reads lie in layers as the known way
// makes them.
func (b *builder) usually(n *node) bool {
	for _, v := range n.in {
		if v != nil && v.known == nil && v.chosen == nil && !usual(b.physical(v)) && !anywhere[n.OpType] {
			return false
		}
	}
	return true
}

// anywhere are the operators whose known way works in any layer.
var anywhere = words(`Relu Sigmoid Tanh HardSwish Softplus Softsign LeakyRelu Elu HardSigmoid Gelu Swish Identity Dropout Cast
	Transpose Reshape Flatten Squeeze Unsqueeze Expand Neg`)

func (b *builder) operateKnown(n *node, known operator) error {
	if aware(n.NodeProto) {
		return known(b, n)
	}
	return b.operate(n, known)
}

// checkpoint returns a function that undoes what is made of a node after this.
func (b *builder) checkpoint(n *node) (undo func()) {
	in := slices.Clone(n.in)
	forms := make([]value, len(in))
	for i, v := range in {
		if v != nil {
			forms[i] = *v
		}
	}
	layers, left, notes := len(b.net.Layers), b.memory.left, len(b.net.Notes)
	return func() {
		b.net.Truncate(layers)
		b.memory.left = left
		b.net.Notes = b.net.Notes[:notes]
		copy(n.in, in)
		for i, v := range in {
			if v != nil {
				v.planar, v.row, v.placed = forms[i].planar, forms[i].row, forms[i].placed
			}
		}
		for _, name := range n.Output {
			delete(b.values, name)
		}
	}
}

// settleInputs replaces a node's inputs by what they stand for: whole numbers of a
// quantised file, and what an Expand repeats.
func (b *builder) settleInputs(n *node) error {
	for i, v := range n.in {
		switch {
		case v == nil || v.known != nil:
			continue
		case v.chosen != nil:
			return errChosen
		case v.quantised != nil:
			var err error
			if v, err = b.counted(v); err != nil {
				return err
			}
		}
		if v.expanded != nil && !repeats[n.OpType] {
			var err error
			if v, err = b.inFull(v); err != nil {
				return err
			}
		}
		n.in[i] = v
	}
	return nil
}

// repeats are the operators whose general way repeats axes of length 1 by itself.
var repeats = words("Expand")

// constantLayer adds a layer that has the constant's numbers in that shape, whatever
// the picture.
func (b *builder) constantLayer(name string, c *constant, shape []int) (string, error) {
	numbers, err := c.vector(b.memory)
	if err != nil {
		return "", err
	}
	p, err := dense(numbers, shape...)
	if err != nil {
		return "", err
	}
	return b.add(name, models.Layer{Kind: models.Constant, Params: params("value", p)})
}
