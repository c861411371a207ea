package state

import (
	"context"
	"time"

	"gorgonia.org/tensor"

	"gaze/compute/engine"
	"gaze/compute/faith"
	"gaze/models"
)

// Engine is what the state needs of an engine.Engine.
type Engine interface {
	Network() *models.Network
	Device() engine.Device
	// Run shows the network a picture and keeps what the recipe's layers computed.
	Run(ctx context.Context, r Recipe, input *tensor.Dense) (Pass, error)
	// Explain makes the map of each of the recipe's layers by its first method.
	Explain(ctx context.Context, r Recipe, input *tensor.Dense) ([]*engine.Explanation, error)
	// Scorer shows the network a number of pictures at once.
	Scorer(batch int) faith.Scorer
	Close() error
}

// Pass is what the state needs of an engine.Pass.
type Pass interface {
	// Explain makes the recipe's map by its first method. A method that runs the
	// network again tells progress how far it is.
	Explain(ctx context.Context, r Recipe, progress func(Progress)) (*engine.Explanation, error)
	// Took is the time the network needed.
	Took() time.Duration
}

// realEngine is an engine.Engine that takes recipes.
type realEngine struct{ *engine.Engine }

func (e realEngine) Run(ctx context.Context, r Recipe, input *tensor.Dense) (Pass, error) {
	p, err := e.Engine.Run(ctx, r.request(input))
	if err != nil {
		return nil, err
	}
	return realPass{p, e.Network().Input}, nil
}

// request is what a run of the recipe asks the engine for.
func (r Recipe) request(input *tensor.Dense) engine.Request {
	return engine.Request{Input: input, Layers: r.Layers, Class: r.Class, Target: r.Target}
}

func (e realEngine) Explain(ctx context.Context, r Recipe, input *tensor.Dense) ([]*engine.Explanation, error) {
	if r.Smoothing == "" && !r.Compat {
		maps, err := e.Engine.Explain(ctx, []engine.Request{r.request(input)}, r.Methods[0])
		if err != nil {
			return nil, err
		}
		return maps[0].Explanations, nil
	}
	p, err := e.Run(ctx, r, input)
	if err != nil {
		return nil, err
	}
	var list []*engine.Explanation
	for _, layer := range r.Layers {
		one := r
		one.Layers, one.Fusion = []string{layer}, ""
		x, err := p.Explain(ctx, one, func(Progress) {})
		if err != nil {
			return nil, err
		}
		list = append(list, x)
	}
	return list, nil
}

func (e realEngine) Scorer(batch int) faith.Scorer { return engine.NewScorer(e.Engine, batch) }

type realPass struct {
	*engine.Pass
	input models.Input
}

func (p realPass) Explain(ctx context.Context, r Recipe, progress func(Progress)) (*engine.Explanation, error) {
	p.Progress = func(done, total int) { progress(Progress{done, total}) }
	var list []*engine.Explanation
	for _, layer := range r.Layers {
		e, err := p.Smooth(ctx, layer, r.Methods[0], r.Smoothing)
		if err != nil {
			return nil, err
		}
		list = append(list, e)
	}
	e := list[0]
	if r.Fusion != "" {
		var err error
		if e, err = engine.Fuse(list, r.Fusion); err != nil {
			return nil, err
		}
	}
	if r.Compat {
		e = e.AsPytorchGradCAM(p.input.Height, p.input.Width)
	}
	return e, nil
}

func (p realPass) Took() time.Duration { return p.Elapsed }
