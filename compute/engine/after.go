package engine

import (
	"context"
	"fmt"
	"slices"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"gaze/compute/engine/machine"
	"gaze/models"
)

// rest is what of a network follows a layer, as a graph.
type rest struct {
	*lowered
	// beside are the layers, or the picture, that the rest reads too, past the
	// layer; sides are their nodes.
	beside []string
	sides  gorgonia.Nodes
}

// lowerAfter makes the graph of what follows a layer, whose activation is its
// input, for that many activations at once.
func lowerAfter(net *models.Network, batch int, layer string, f *folds) (*rest, error) {
	l := newLowering(net, batch, f)
	after := map[string]bool{layer: true}
	var beside []string
	for _, next := range net.Layers {
		if !slices.ContainsFunc(next.Inputs, func(in string) bool { return after[in] }) {
			continue
		}
		after[next.Name] = true
		for _, in := range next.Inputs {
			if !after[in] && !slices.Contains(beside, in) {
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
	r := &rest{lowered: new(lowered), beside: beside}
	for _, name := range beside {
		r.sides = append(r.sides, leaf(name))
	}
	r.input = leaf(layer)
	for _, next := range net.Layers {
		if !after[next.Name] || next.Name == layer || l.source[next.Name] != next.Name {
			continue
		}
		if err := l.add(next); err != nil {
			return nil, fmt.Errorf("lowering layer %s: %w", next.Name, err)
		}
	}
	var err error
	r.logits, err = l.node(net.Logits().Name)
	return r, err
}

// shape is that of a layer's output, or of the picture, in the graph.
func (l *lowering) shape(name string) tensor.Shape {
	layer, ok := l.net.Layer(name)
	if !ok {
		return tensor.Shape{l.batch, 3, l.net.Input.Height, l.net.Input.Width}
	}
	s := layer.Shape.Clone()
	if layer.ChannelsLast {
		s[1], s[2], s[3] = s[3], s[1], s[2]
	}
	s[0] = l.batch
	return s
}

// logitsAfter returns the logits of the network with each of the activations in
// the layer's place; what else the layers after it read is the picture's.
func (e *Engine) logitsAfter(ctx context.Context, picture *tensor.Dense, layer string, activations [][]float32) ([][]float32, error) {
	var all [][]float32
	err := e.take(ctx, false, func() error {
		p, err := e.programAfter(layer)
		if err != nil {
			return err
		}
		if err := e.recall(ctx, p, picture); err != nil {
			return err
		}
		p.pixels = p.pixels[:0]
		for i := range PicturesAtOnce {
			// The last ones are filled up, because another number of them would be
			// another program.
			p.pixels = append(p.pixels, activations[min(i, len(activations)-1)]...)
		}
		if err := p.machine.Let(p.low.input, p.pixels); err != nil {
			return err
		}
		if err := p.machine.Run(ctx, forward); err != nil {
			return err
		}
		logits, err := p.machine.Value(p.low.logits)
		if err != nil {
			return err
		}
		all = nil
		for part := range slices.Chunk(logits, len(logits)/PicturesAtOnce) {
			all = append(all, slices.Clone(part))
		}
		all = all[:len(activations)]
		return nil
	})
	return all, err
}

// programAfter returns what follows a layer, prepared for a batch.
func (e *Engine) programAfter(layer string) (*program, error) {
	if p := e.prepared(func(p *program) bool { return p.after == layer }); p != nil {
		return p, nil
	}
	r, err := lowerAfter(e.net, PicturesAtOnce, layer, e.folds)
	if err != nil {
		return nil, err
	}
	m, err := machine.New(e.on, gorgonia.Nodes{r.logits})
	if err != nil {
		return nil, err
	}
	return e.keep(&program{after: layer, low: r.lowered, beside: r.beside, sides: r.sides, machine: m, inputs: make([]*tensor.Dense, 1)})
}

// recall gives p what it reads of a picture beside its layer.
func (e *Engine) recall(ctx context.Context, p *program, picture *tensor.Dense) error {
	if p.inputs[0] == picture {
		return nil
	}
	values := map[string][]float32{models.InputName: floats(picture)}
	if layers := slices.DeleteFunc(slices.Clone(p.beside), func(name string) bool { return name == models.InputName }); len(layers) > 0 {
		low, err := lowerForward(e.net, 1, layers, e.folds)
		if err != nil {
			return err
		}
		m, err := machine.New(e.on, low.taps)
		if err != nil {
			return err
		}
		defer m.Close()
		if err := m.Let(low.input, floats(picture)); err != nil {
			return err
		}
		if err := m.Run(ctx, forward); err != nil {
			return err
		}
		for i, name := range layers {
			if values[name], err = m.Value(low.taps[i]); err != nil {
				return err
			}
		}
	}
	for i, name := range p.beside {
		if err := p.machine.Let(p.sides[i], slices.Repeat(values[name], PicturesAtOnce)); err != nil {
			return err
		}
	}
	p.inputs[0] = picture
	return nil
}
