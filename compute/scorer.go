package compute

import (
	"context"
	"slices"

	"gorgonia.org/tensor"

	"gaze/compute/engine"
)

// Scorer asks a network for the logits of pictures, a fixed number of them at a
// time, which bounds the memory.
type Scorer struct {
	engine *engine.Engine
	batch  int
}

// Scorer is a scorer that shows the network that many pictures at once.
func (x *Explainer) Scorer(batch int) *Scorer { return &Scorer{x.engine, max(1, batch)} }

// Scores returns the logits of all classes for pictures, each channels x H x W
// float32, preprocessed.
// They may be changed afterwards.
func (s *Scorer) Scores(ctx context.Context, pictures [][]float32) ([][]float32, error) {
	in := s.engine.Network().Input
	var all [][]float32
	for part := range slices.Chunk(pictures, s.batch) {
		// A tensor of its own is how the engine knows a picture. The last ones are
		// filled up, because another number of them would be another program.
		inputs := make([]*tensor.Dense, s.batch)
		for i := range inputs {
			pixels := part[min(i, len(part)-1)]
			inputs[i] = tensor.New(tensor.WithShape(in.Shape()...), tensor.WithBacking(pixels))
		}
		logits, err := s.engine.Logits(ctx, inputs...)
		if err != nil {
			return nil, err
		}
		for _, outputs := range logits[:len(part)] {
			all = append(all, s.engine.Network().ClassLogits(outputs))
		}
	}
	return all, nil
}
