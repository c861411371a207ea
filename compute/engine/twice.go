package engine

import (
	"context"
	"slices"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"gaze/compute/engine/lower"
	"gaze/compute/engine/machine"
)

// twiceProgram is the network prepared to be differentiated twice by a layer, for
// one picture.
type twiceProgram struct {
	graph   *lower.Twice
	machine *machine.Machine
	picture *tensor.Dense
}

func (p *twiceProgram) code() *machine.Machine { return p.machine }

func (e *Engine) twiceProgram(layer string) (*twiceProgram, error) {
	return prepared(&e.programs, newKey(kindTwice, []string{layer}, 1), func() (*twiceProgram, error) {
		g, err := lower.NewTwice(e.net, layer, e.folds)
		if err != nil {
			return nil, err
		}
		last := gorgonia.Nodes{g.Along}
		if g.Bend != nil {
			last = append(last, g.Bend)
		}
		m, err := machine.New(e.on, gorgonia.Nodes{g.Logits}, g.Gradients, last)
		return &twiceProgram{graph: g, machine: m}, err
	})
}

// Curvature returns how the logits of a picture change along a direction of the
// layer's output, J direction, and how the gradient of what has the constant
// derivative seed by the logits does, H direction. The direction is C x H x W.
func (e *Engine) Curvature(ctx context.Context, picture *tensor.Dense, layer string, seed, direction []float32) (logits, gradient []float32, err error) {
	err = e.hold(ctx, false, func() (err error) {
		logits, gradient, err = e.curvature(ctx, picture, layer, seed, direction)
		return err
	})
	return logits, gradient, err
}

func (e *Engine) curvature(ctx context.Context, picture *tensor.Dense, layer string, seed, direction []float32) (logits, gradient []float32, err error) {
	p, err := e.twiceProgram(layer)
	if err != nil {
		return nil, nil, err
	}
	if p.picture != picture {
		p.picture = picture
		if err := p.machine.Let(p.graph.Input, floats(picture)); err != nil {
			return nil, nil, err
		}
	}
	if err := p.machine.Let(p.graph.Seed, slices.Clone(seed)); err != nil {
		return nil, nil, err
	}
	if err := p.machine.Let(p.graph.Direction, slices.Clone(direction)); err != nil {
		return nil, nil, err
	}
	if err := p.machine.Run(ctx, backward+1); err != nil {
		return nil, nil, err
	}
	along, err := p.machine.Value(p.graph.Along)
	if err != nil {
		return nil, nil, err
	}
	logits, gradient = slices.Clone(along), make([]float32, len(direction))
	if p.graph.Bend == nil {
		return logits, gradient, nil
	}
	bend, err := p.machine.Value(p.graph.Bend)
	copy(gradient, bend)
	return logits, gradient, err
}
