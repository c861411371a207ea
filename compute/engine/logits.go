package engine

import (
	"context"
	"slices"

	"gorgonia.org/tensor"
)

// Logits runs the network forward only, on all pictures at once, and returns
// each one's logits. The memory it takes grows with their number.
func (e *Engine) Logits(ctx context.Context, inputs []*tensor.Dense) ([][]float32, error) {
	reqs := make([]Request, len(inputs))
	for i, in := range inputs {
		reqs[i] = Request{Input: in, Class: TopClass}
	}
	return inParts(e, reqs, func(part []Request) ([][]float32, error) { return e.logits(ctx, part) })
}

func (e *Engine) logits(ctx context.Context, reqs []Request) ([][]float32, error) {
	var all [][]float32
	err := e.inTurn(ctx, reqs, func([]string) error {
		p, err := e.program(nil, len(reqs))
		if err != nil {
			return err
		}
		if _, err := p.show(reqs); err != nil {
			return err
		}
		if err := p.machine.Run(ctx, forward); err != nil {
			clear(p.inputs)
			return err
		}
		logits, err := p.machine.Value(p.low.logits)
		if err != nil {
			return err
		}
		all = nil
		for part := range slices.Chunk(logits, len(logits)/len(reqs)) {
			all = append(all, slices.Clone(part))
		}
		return nil
	})
	return all, err
}

// Scorer asks an engine for the logits of pictures, a fixed number of them at a
// time, which bounds the memory.
type Scorer struct {
	engine *Engine
	batch  int
}

// NewScorer is a scorer that shows the engine that many pictures at once.
func NewScorer(e *Engine, batch int) *Scorer { return &Scorer{e, max(1, batch)} }

// Scores returns the logits of pictures, each 3 x H x W float32, preprocessed.
// They may be changed afterwards.
func (s *Scorer) Scores(ctx context.Context, pictures [][]float32) ([][]float32, error) {
	in := s.engine.net.Input
	var all [][]float32
	for part := range slices.Chunk(pictures, s.batch) {
		// A tensor of its own is how the engine knows a picture. The last ones are
		// filled up, because another number of them would be another program.
		inputs := make([]*tensor.Dense, s.batch)
		for i := range inputs {
			pixels := part[min(i, len(part)-1)]
			inputs[i] = tensor.New(tensor.WithShape(1, 3, in.Height, in.Width), tensor.WithBacking(pixels))
		}
		logits, err := s.engine.Logits(ctx, inputs)
		if err != nil {
			return nil, err
		}
		all = append(all, logits[:len(part)]...)
	}
	return all, nil
}
