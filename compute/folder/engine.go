package folder

import (
	"context"

	"gaze/compute"
	"gaze/compute/cam"
	"gaze/models"
)

// Explainer is a network that explains pictures, one at a time.
type Explainer interface {
	// Network tells the input, the layers and the classes.
	Network() *models.Network
	// Explain runs the network once and makes a map of each of the request's
	// layers, in their order. It returns soon after ctx is done.
	Explain(ctx context.Context, req compute.Request, m cam.Method) ([]*compute.Explanation, error)
}

// Engine is a compute.Engine as an [Explainer].
type Engine struct{ *compute.Engine }

// Explain implements [Explainer].
func (e Engine) Explain(ctx context.Context, req compute.Request, m cam.Method) ([]*compute.Explanation, error) {
	pass, err := e.Run(ctx, req)
	if err != nil {
		return nil, err
	}
	var list []*compute.Explanation
	for _, l := range pass.Layers {
		x, err := pass.Explain(ctx, l.Name, m)
		if err != nil {
			return nil, err
		}
		list = append(list, x)
	}
	return list, nil
}
