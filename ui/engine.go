package ui

import (
	"context"
	"time"

	compute "gaze/compute/engine"
	"gaze/compute/cam"
	"gaze/compute/faith"
	"gaze/models"
	"gaze/models/store"
)

// engine is what the session needs of a compute.Engine.
type engine interface {
	Network() *models.Network
	Device() compute.Device
	Run(ctx context.Context, req compute.Request) (pass, error)
	// ExplainLayers explains all of a request's layers in one run.
	ExplainLayers(ctx context.Context, req compute.Request, m cam.Method) ([]*compute.Explanation, error)
	// Scorer shows the network a number of pictures at once.
	Scorer(batch int) faith.Scorer
	Close() error
}

// pass is what the session needs of a compute.Pass.
type pass interface {
	Explain(ctx context.Context, layer string, m cam.Method) (*compute.Explanation, error)
	// Took is the time the network needed.
	Took() time.Duration
	// Report has a method that runs the network again tell how far it is.
	Report(progress func(done, total int))
}

// source says where a network comes from: its name in the store or a weights
// file, and for a named architecture the weights file to use with it.
type source struct {
	Ref, Weights string
}

// opener loads a network and prepares it to be run.
type opener func(source) (engine, error)

// openEngine is the opener of the program; tests have their own.
func openEngine(from source) (engine, error) {
	net, err := store.New("").Open(from.Ref, store.Options{Weights: from.Weights})
	if err != nil {
		return nil, err
	}
	e, err := compute.Open(net, compute.Options{})
	if err != nil {
		return nil, err
	}
	return realEngine{e}, nil
}

type realEngine struct{ *compute.Engine }

func (e realEngine) Run(ctx context.Context, req compute.Request) (pass, error) {
	p, err := e.Engine.Run(ctx, req)
	if err != nil {
		return nil, err
	}
	return realPass{p}, nil
}

func (e realEngine) ExplainLayers(ctx context.Context, req compute.Request, m cam.Method) ([]*compute.Explanation, error) {
	maps, err := e.Explain(ctx, []compute.Request{req}, m)
	if err != nil {
		return nil, err
	}
	return maps[0].Explanations, nil
}

func (e realEngine) Scorer(batch int) faith.Scorer { return compute.NewScorer(e.Engine, batch) }

type realPass struct{ *compute.Pass }

func (p realPass) Report(progress func(done, total int)) { p.Progress = progress }

func (p realPass) Took() time.Duration { return p.Elapsed }
