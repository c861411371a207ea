package engine

import (
	"context"

	"gorgonia.org/tensor"
)

// Logits runs the network forward only, on all pictures at once, and returns each
// one's logits. The memory that it takes grows with their number.
func (e *Engine) Logits(ctx context.Context, inputs ...*tensor.Dense) ([][]float32, error) {
	reqs := make([]Request, len(inputs))
	for i, in := range inputs {
		reqs[i] = Request{Input: in}
	}
	return job[[]float32]{e, reqs, func(_ int, batch []Request) ([][]float32, error) { return e.logits(ctx, batch) }}.run(ctx)
}

func (e *Engine) logits(ctx context.Context, reqs []Request) ([][]float32, error) {
	p, err := e.passProgram(nil, len(reqs))
	if err != nil {
		return nil, err
	}
	if _, err := p.ahead(ctx, reqs); err != nil {
		return nil, err
	}
	return p.logits(len(reqs))
}
