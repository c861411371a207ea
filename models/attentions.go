package models

import "slices"

// Attentions lists the layers in which tokens attend to each other, in topological
// order. Each has one input of q, k and v; what reads them apart is not among them.
func (n *Network) Attentions() []Layer {
	var list []Layer
	for _, l := range n.Layers {
		if l.Kind == Attention && len(l.Inputs) == 1 {
			list = append(list, l)
		}
	}
	return list
}

// HidesAttention reports whether some attention of the network is made of a softmax and a
// product and none of its Attentions, so that these are not all that there is.
func (n *Network) HidesAttention() bool {
	for _, l := range n.Layers {
		if l.Kind != MatMul {
			continue
		}
		if slices.ContainsFunc(l.Inputs, n.softened) {
			return true
		}
	}
	return slices.ContainsFunc(n.Layers, func(l Layer) bool { return l.Kind == Attention && len(l.Inputs) > 1 })
}

// softened reports whether the values called name are those of a softmax, in whatever
// order.
func (n *Network) softened(name string) bool {
	for {
		l, ok := n.Layer(name)
		if !ok || l.Kind == Softmax {
			return ok
		}
		if k := l.Kind; k != View && k != Transpose && k != Reshape && !n.Idle(l) {
			return false
		}
		name = l.Inputs[0]
	}
}

// AttentionOf is the attention in the block that the layer called name belongs to: see
// [Network.BlockHeads]. What lies between two blocks belongs to the
// second one, and what follows the last one to that. Where there are no blocks, it is the next attention from the
// layer on, or else the last one. It is false where there is none.
func (n *Network) AttentionOf(name string) (Layer, bool) {
	attentions := n.Attentions()
	if len(attentions) == 0 {
		return Layer{}, false
	}
	ends, err := n.blockEnds()
	if err != nil {
		ends = ends[:0]
		for _, l := range attentions {
			ends = append(ends, n.index[l.Name])
		}
	}
	at := n.index[n.Producer(name)]
	for i, end := range ends {
		if at <= end {
			return attentions[i], true
		}
	}
	return attentions[len(attentions)-1], true
}
