package onnx

import "errors"

// moves are the operators that move whole numbers or choose among them: what
// their results stand for is what their inputs stand for.
var moves = map[string]bool{
	"Identity": true, "Dropout": true, "Cast": true, "Reshape": true, "Flatten": true, "Squeeze": true, "Unsqueeze": true, "Transpose": true,
	"Expand": true, "Slice": true, "Split": true, "Gather": true, "Concat": true, "MaxPool": true, "DepthToSpace": true, "SpaceToDepth": true,
}

// operate makes the layers of a node by an operator that knows nothing of whole
// numbers and what they stand for.
func (b *builder) operate(n *node, do operator) error {
	if !repeating[n.OpType] {
		for i, v := range n.in {
			if v != nil && v.expanded != nil {
				var err error
				if n.in[i], err = b.repeated(v); err != nil {
					return err
				}
			}
		}
	}
	var q *quantised
	differ := false
	for _, v := range n.in {
		if v == nil || v.known != nil {
			continue
		}
		if v.chosen != nil {
			return b.operateChosen(n)
		}
		if q == nil {
			q = v.quantised
		}
		differ = differ || !v.quantised.same(q)
	}
	if q == nil {
		return do(b, n)
	}
	carries := moves[n.OpType] && !differ && (q.own != "" || q.single())
	for i, v := range n.in {
		if v == nil || v.quantised == nil {
			continue
		}
		n.in[i] = plainly(v)
		if !carries {
			var err error
			if n.in[i], err = b.counted(v); err != nil {
				return err
			}
		}
	}
	if n.OpType == "Cast" {
		do = (*builder).identity
	}
	if err := do(b, n); err != nil || !carries {
		return err
	}
	for _, name := range n.Output {
		if v := b.values[name]; v != nil {
			v.quantised = q
		}
	}
	return nil
}

// operateChosen handles the product of a scale that is chosen for each picture:
// with a constant it is another scale; with the whole numbers it is what they
// stand for.
func (b *builder) operateChosen(n *node) error {
	if n.OpType == "Identity" || n.OpType == "Cast" || n.OpType == "Squeeze" || n.OpType == "Unsqueeze" || n.OpType == "Reshape" {
		c := *n.in[0]
		b.set(n.out(), &c)
		return nil
	}
	if n.OpType != "Mul" || len(n.in) != 2 || n.in[0] == nil || n.in[1] == nil {
		return errChosen
	}
	by, other := n.in[0], n.in[1]
	if by.chosen == nil {
		by, other = other, by
	}
	switch {
	case by.chosen.zero || other.chosen != nil:
		return errChosen
	case other.known != nil && by.chosen.factor == nil:
		b.set(n.out(), &value{chosen: &chosen{own: by.chosen.own, factor: other.known}})
		return nil
	case other.known != nil:
		c, err := b.pair(n.OpType, by.chosen.factor, other.known)
		b.set(n.out(), &value{chosen: &chosen{own: by.chosen.own, factor: c}})
		return err
	case other.quantised == nil || other.quantised.own != by.chosen.own || !other.quantised.centred:
		return errChosen
	case by.chosen.factor == nil:
		return b.view(n, plainly(other), other.layout)
	}
	return b.scale(n, plainly(other), by.chosen.factor, nil)
}

// errChosen is the error of nodes that read the scale of a DynamicQuantizeLinear
// in another way than quantised files do.
var errChosen = errors.New("of the scale or zero point that DynamicQuantizeLinear chooses is not supported here")
