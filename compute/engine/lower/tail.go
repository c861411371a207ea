package lower

import (
	"fmt"
	"slices"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"gaze/models"
)

// Tail is what of a network follows a layer, as a graph whose Input is the layer's
// activation. It has neither taps nor a backward pass.
type Tail struct {
	Graph
	// Beside are the layers, or the picture, that the tail reads too, past the
	// layer; Sides are their nodes.
	Beside []string
	Sides  gorgonia.Nodes
}

// NewTail makes the graph of what follows a layer for a batch of activations.
func NewTail(net *models.Network, batch int, layer string, f *Folds) (*Tail, error) {
	l := newLowering(net, batch, f)
	after := map[string]bool{layer: true}
	var beside []string
	for _, next := range net.Layers {
		if !slices.ContainsFunc(next.Inputs, func(in string) bool { return after[in] }) {
			continue
		}
		after[next.Name] = true
		for _, in := range next.Inputs {
			if !after[in] && !l.still[in] && !slices.Contains(beside, in) {
				beside = append(beside, in)
			}
		}
	}
	if !after[net.Logits().Name] {
		return nil, fmt.Errorf("the logits do not depend on layer %s", layer)
	}
	l.resolve(append(slices.Clone(beside), layer))
	leaf := func(name string) *gorgonia.Node {
		s := l.shape(name)
		n := gorgonia.NewTensor(l.graph, tensor.Float32, len(s), gorgonia.WithName(name), gorgonia.WithShape(s...))
		l.nodes[l.source[name]] = n
		return n
	}
	tail := &Tail{Beside: beside}
	for _, name := range beside {
		tail.Sides = append(tail.Sides, leaf(name))
	}
	tail.Input = leaf(layer)
	for _, next := range net.Layers {
		if !after[next.Name] && !l.still[next.Name] || next.Name == layer || l.source[next.Name] != next.Name {
			continue
		}
		if err := l.add(next); err != nil {
			return nil, fmt.Errorf("lowering layer %s: %w", next.Name, err)
		}
	}
	var err error
	tail.Logits, err = l.node(net.Logits().Name)
	return tail, err
}
