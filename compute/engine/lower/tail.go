package lower

import (
	"fmt"
	"slices"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"gaze/compute/engine/op"
	"gaze/models"
)

// Tail is what of a network follows a layer, as a graph whose Input is the layer's
// activation, C x H x W for each picture. It has neither taps nor a backward pass.
type Tail struct {
	Graph
	// Beside are the layers, or the picture, that the tail reads too, past the
	// layer; Sides are their nodes. The layer itself is among them where it has tokens
	// without a place, which the activation does not tell.
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
	if err := tail.enter(l, layer, leaf); err != nil {
		return nil, err
	}
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

// enter makes the input, and of it the layer's output as the network has it.
func (t *Tail) enter(l *lowering, name string, leaf func(string) *gorgonia.Node) error {
	a, err := arrange(l.net, name, l.batch)
	if err != nil {
		return err
	}
	if len(a) == 0 {
		t.Input = leaf(name)
		return nil
	}
	layer, _ := l.net.Layer(name)
	s := l.shape(name)
	size := layer.Grid.Height * layer.Grid.Width
	channels := layer.Shape.TotalSize() / layer.Grid.Positions()
	t.Input = gorgonia.NewTensor(l.graph, tensor.Float32, 4, gorgonia.WithName(name+" in order"), gorgonia.WithShape(l.batch, channels, layer.Grid.Height, layer.Grid.Width))
	n, err := a.back(t.Input, s)
	if err != nil {
		return err
	}
	if size < layer.Grid.Positions() {
		t.Beside = append(t.Beside, name)
		side := leaf(name)
		t.Sides = append(t.Sides, side)
		rest, err := gorgonia.ApplyOp(op.NewMul(s), side, l.constant(name+" without a place", others(layer, l.batch)))
		if err != nil {
			return err
		}
		if n, err = gorgonia.ApplyOp(op.NewAdd(2, len(s)), n, rest); err != nil {
			return err
		}
	}
	l.nodes[l.source[name]] = n
	return nil
}
