package state

import (
	"context"
	"time"

	"gaze/compute"
	"gaze/compute/faith"
	"gaze/models"
)

// Explainer is what the state needs of a [compute.Explainer].
type Explainer interface {
	Network() *models.Network
	Device() compute.Device
	// Run runs the network on a picture and keeps what the recipe's layers computed.
	Run(ctx context.Context, r compute.Recipe, s *compute.Subject) (Pass, error)
	// Explain makes the recipe's maps, in less time where they are all that is
	// wanted.
	Explain(ctx context.Context, r compute.Recipe, subjects ...*compute.Subject) ([]compute.Answer, error)
	// Measure tells how faithful maps are.
	Measure(ctx context.Context, s *compute.Subject, maps []*compute.Explanation, random *compute.Explanation, metrics []faith.Metric, opt faith.Options) ([][]faith.Figure, error)
	Close() error
}

// Pass is what the state needs of a [compute.Pass].
type Pass interface {
	// Outcomes makes the recipe's maps. A method that runs the network again tells
	// progress how far it is.
	Outcomes(ctx context.Context, r compute.Recipe, progress func(Progress)) []compute.Outcome
	// Took is the time that the network needed.
	Took() time.Duration
}

// explainer is a compute.Explainer as an [Explainer].
type explainer struct{ *compute.Explainer }

func (x explainer) Run(ctx context.Context, r compute.Recipe, s *compute.Subject) (Pass, error) {
	passes, err := x.Explainer.Run(ctx, r, s)
	if err != nil {
		return nil, err
	}
	return keptPass{passes[0]}, nil
}

// keptPass is a compute.Pass as a [Pass].
type keptPass struct{ *compute.Pass }

func (p keptPass) Outcomes(ctx context.Context, r compute.Recipe, progress func(Progress)) []compute.Outcome {
	p.Progress = func(done, total int) { progress(Progress{done, total}) }
	return p.Pass.Outcomes(ctx, r)
}

func (p keptPass) Took() time.Duration { return p.Elapsed }
