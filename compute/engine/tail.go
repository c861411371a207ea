package engine

import (
	"context"
	"slices"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"gaze/compute/engine/lower"
	"gaze/compute/engine/machine"
	"gaze/models"
)

// tailProgram is what follows a layer, prepared for [PicturesAtOnce] activations.
type tailProgram struct {
	graph   *lower.Tail
	machine *machine.Machine
	// picture is what the values beside the layer are of.
	picture *tensor.Dense
	values  []float32
}

func (p *tailProgram) code() *machine.Machine { return p.machine }

// tailProgram returns what follows a layer, prepared.
func (e *Engine) tailProgram(layer string) (*tailProgram, error) {
	return prepared(&e.programs, newKey(kindTail, []string{layer}, PicturesAtOnce), func() (*tailProgram, error) {
		g, err := lower.NewTail(e.net, PicturesAtOnce, layer, e.folds)
		if err != nil {
			return nil, err
		}
		m, err := machine.New(e.on, gorgonia.Nodes{g.Logits})
		return &tailProgram{graph: g, machine: m}, err
	})
}

// LogitsAfter returns the logits of the network with each of the activations, at
// most [PicturesAtOnce] of C x H x W, in the layer's place. What else the layers after
// it read is the picture's.
func (e *Engine) LogitsAfter(ctx context.Context, picture *tensor.Dense, layer string, activations [][]float32) (logits [][]float32, err error) {
	err = e.hold(ctx, false, func() (err error) {
		logits, err = e.logitsAfter(ctx, picture, layer, activations)
		return err
	})
	return logits, err
}

func (e *Engine) logitsAfter(ctx context.Context, picture *tensor.Dense, layer string, activations [][]float32) ([][]float32, error) {
	p, err := e.tailProgram(layer)
	if err != nil {
		return nil, err
	}
	if err := e.recall(ctx, p, picture); err != nil {
		return nil, err
	}
	p.values = p.values[:0]
	for i := range PicturesAtOnce {
		// The last ones are filled up, because another number of them would be
		// another program.
		p.values = append(p.values, activations[min(i, len(activations)-1)]...)
	}
	if err := p.machine.Let(p.graph.Input, p.values); err != nil {
		return nil, err
	}
	if err := p.machine.Run(ctx, forward); err != nil {
		return nil, err
	}
	values, err := p.machine.Value(p.graph.Logits)
	if err != nil {
		return nil, err
	}
	logits := make([][]float32, len(activations))
	for i := range logits {
		logits[i] = slices.Clone(share(values, i, PicturesAtOnce))
	}
	return logits, nil
}

// recall gives p what it reads of a picture beside its layer.
func (e *Engine) recall(ctx context.Context, p *tailProgram, picture *tensor.Dense) error {
	if p.picture == picture {
		return nil
	}
	values, err := e.valuesBeside(ctx, p.graph.Beside, picture)
	if err != nil {
		return err
	}
	for i, name := range p.graph.Beside {
		if err := p.machine.Let(p.graph.Sides[i], slices.Repeat(values[name], PicturesAtOnce)); err != nil {
			return err
		}
	}
	p.picture = picture
	return nil
}

// valuesBeside are the picture and the activations of layers, by name.
func (e *Engine) valuesBeside(ctx context.Context, beside []string, picture *tensor.Dense) (map[string][]float32, error) {
	values := map[string][]float32{models.InputName: floats(picture)}
	layers := slices.DeleteFunc(slices.Clone(beside), func(name string) bool { return name == models.InputName })
	if len(layers) == 0 {
		return values, nil
	}
	g, err := lower.Forward(e.net, 1, layers, e.folds)
	if err != nil {
		return nil, err
	}
	m, err := machine.New(e.on, g.Taps)
	if err != nil {
		return nil, err
	}
	defer m.Close()
	if err := m.Let(g.Input, floats(picture)); err != nil {
		return nil, err
	}
	if err := m.Run(ctx, forward); err != nil {
		return nil, err
	}
	for i, name := range layers {
		// The machine's memory goes with it.
		value, err := m.Value(g.Taps[i])
		if err != nil {
			return nil, err
		}
		values[name] = slices.Clone(value)
	}
	return values, nil
}
