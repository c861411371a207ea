package folder

import (
	"context"

	compute "gaze/compute/engine"
	"gaze/compute/cam"
	"gaze/models"
)

// Explainer is a network that explains pictures.
type Explainer interface {
	// Network tells the input, the layers and the classes.
	Network() *models.Network
	// Batch is how many pictures are best explained at once, at least 1. It may
	// change from one call of Explain to the next.
	Batch() int
	// Explain runs the network on all the requests at once and makes for each a
	// map of each of the first one's layers, in their order. It returns soon after
	// ctx is done.
	Explain(ctx context.Context, reqs []compute.Request, m cam.Method) ([][]*compute.Explanation, error)
}

// Engine is a compute.Engine as an [Explainer].
type Engine struct{ *compute.Engine }

// Explain implements [Explainer].
func (e Engine) Explain(ctx context.Context, reqs []compute.Request, m cam.Method) ([][]*compute.Explanation, error) {
	maps, err := e.Engine.Explain(ctx, reqs, m)
	if err != nil {
		return nil, err
	}
	all := make([][]*compute.Explanation, len(maps))
	for i := range maps {
		all[i] = maps[i].Explanations
	}
	return all, nil
}
