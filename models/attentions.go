package models

import "strings"

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

// AttentionOf is the attention in the block that the layer called name belongs to, by
// the parts of its name: blocks.3.attn.heads is that of blocks.3.norm1. Where none has
// a part of the name in common, it is the last one before the layer. It is false where
// there is none.
func (n *Network) AttentionOf(name string) (Layer, bool) {
	var found Layer
	ok, most := false, -1
	before := true
	for _, l := range n.Layers {
		if l.Kind == Attention && len(l.Inputs) == 1 {
			// A later one is nearer where no part is in common.
			if c := commonParts(l.Name, name); c > most || c == 0 && most == 0 && before {
				found, ok, most = l, true, c
			}
		}
		if l.Name == name {
			before = false
		}
	}
	return found, ok
}

// commonParts is how many parts two names begin with in common.
func commonParts(a, b string) int {
	one, two := strings.Split(a, "."), strings.Split(b, ".")
	for i := range min(len(one), len(two)) {
		if one[i] != two[i] {
			return i
		}
	}
	return min(len(one), len(two))
}
