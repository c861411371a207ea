package models

import (
	"errors"
	"slices"
)

// ErrNoBlocks says that a network does not consist of blocks of attention after each
// of which its head could follow.
var ErrNoBlocks = errors.New("the network does not consist of blocks of attention that its head could follow")

// BlockHeads returns the network with a further head behind each block that has one of
// its Attentions, and the names of these heads' outputs, in that order; the last one's is
// the network's own. A block ends with the last sum before the next attention that all
// paths from the picture to the logits go through; what follows the last block is the
// head, which all share with their parameters. The error is [ErrNoBlocks] where there are
// no such sums, or their shapes differ.
func (n *Network) BlockHeads() (with *Network, outputs []string, err error) {
	ends, err := n.blockEnds()
	if err != nil {
		return nil, nil, err
	}
	last := ends[len(ends)-1]
	for _, end := range ends {
		if !n.Layers[end].Shape.Eq(n.Layers[last].Shape) {
			return nil, nil, ErrNoBlocks
		}
	}
	copied := *n
	copied.Layers, copied.index, copied.Parts = nil, nil, nil
	for _, l := range n.Layers[:last+1] {
		if err := copied.Append(l); err != nil {
			return nil, nil, err
		}
	}
	for _, end := range ends[:len(ends)-1] {
		behind := map[string]string{n.Layers[last].Name: n.Layers[end].Name}
		for _, l := range n.Layers[last+1:] {
			own := l.Name
			l.Inputs = slices.Clone(l.Inputs)
			for i, in := range l.Inputs {
				if name, ok := behind[in]; ok {
					l.Inputs[i] = name
				}
			}
			l.Name = copied.FreeName(own + " behind " + n.Layers[end].Name)
			behind[own] = l.Name
			if err := copied.Append(l); err != nil {
				return nil, nil, err
			}
		}
		outputs = append(outputs, behind[n.Logits().Name])
	}
	for _, l := range n.Layers[last+1:] {
		if err := copied.Append(l); err != nil {
			return nil, nil, err
		}
	}
	return &copied, append(outputs, n.Logits().Name), nil
}

// blockEnds are the numbers of the sums with which blocks end, one for each of the
// network's Attentions.
func (n *Network) blockEnds() ([]int, error) {
	var ends []int
	open, end := false, -1
	close := func() bool {
		if open {
			ends = append(ends, end)
		}
		return !open || end >= 0
	}
	for i, l := range n.Layers {
		if l.Kind == Attention && len(l.Inputs) == 1 {
			if !close() {
				return nil, ErrNoBlocks
			}
			open, end = true, -1
		}
		if open && l.Kind == Add && l.Spatial() && !n.bypassed(i) {
			end = i
		}
	}
	if !open || !close() {
		return nil, ErrNoBlocks
	}
	return ends, nil
}
