package engine

import (
	"context"
	"fmt"
	"slices"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"gaze/compute/engine/machine"
)

// curve is what a program differentiates twice.
type curve struct {
	// direction is one in the layer's output; along is the logits' derivative
	// along it, bend the gradient's, nil where the gradient does not change.
	direction, along, bend *gorgonia.Node
}

// Curvature implements [cam.Network].
func (p *probe) Curvature(ctx context.Context, seed, direction []float32) (logits, gradient []float32, err error) {
	e := p.pass.engine
	err = e.take(ctx, false, func() error {
		q, err := e.programTwice(p.name())
		if err != nil {
			return err
		}
		if q.inputs[0] != p.pass.input {
			q.inputs[0] = p.pass.input
			if err := q.machine.Let(q.low.input, floats(p.pass.input)); err != nil {
				return err
			}
		}
		if err := q.machine.Let(q.low.seed, slices.Clone(seed)); err != nil {
			return err
		}
		if err := q.machine.Let(q.curve.direction, slices.Clone(direction)); err != nil {
			return err
		}
		if err := q.machine.Run(ctx, backward+1); err != nil {
			return err
		}
		along, err := q.machine.Value(q.curve.along)
		if err != nil {
			return err
		}
		logits, gradient = slices.Clone(along), make([]float32, len(direction))
		if q.curve.bend == nil {
			return nil
		}
		bend, err := q.machine.Value(q.curve.bend)
		copy(gradient, bend)
		return err
	})
	return logits, gradient, err
}

// programTwice returns the network prepared to be differentiated twice by a
// layer, for one picture.
func (e *Engine) programTwice(layer string) (*program, error) {
	if p := e.prepared(func(p *program) bool { return p.curve != nil && p.layers[0] == layer }); p != nil {
		return p, nil
	}
	low, err := lower(e.net, 1, []string{layer}, e.folds)
	if err != nil {
		return nil, err
	}
	if low.gradients[0] == nil {
		return nil, fmt.Errorf("the logits do not depend on layer %s", layer)
	}
	// The gradient G is linear in the seed s, G = Jᵀ s, so the derivative of G
	// times the direction is by the seed J direction, and by the layer H direction.
	tap := low.taps[0]
	c := &curve{direction: gorgonia.NewTensor(tap.Graph(), tensor.Float32, tap.Dims(), gorgonia.WithName("direction"), gorgonia.WithShape(tap.Shape()...))}
	second, err := derivatives(low.gradients[0], c.direction, low.seed, tap)
	if err != nil {
		return nil, fmt.Errorf("differentiating twice by layer %s: %w", layer, err)
	}
	c.along, c.bend = second[0], second[1]
	last := gorgonia.Nodes{c.along}
	if c.bend != nil {
		last = append(last, c.bend)
	}
	m, err := machine.New(e.on, gorgonia.Nodes{low.logits}, low.gradients, last)
	if err != nil {
		return nil, err
	}
	return e.keep(&program{layers: []string{layer}, curve: c, low: low, machine: m, inputs: make([]*tensor.Dense, 1)})
}
