package compute

import (
	"context"
	"errors"
	"fmt"

	"gorgonia.org/tensor"

	"gaze/compute/engine"
	"gaze/models"
)

// Explainer is a network that explains pictures. It is safe for concurrent use;
// runs take turns.
type Explainer struct{ engine *engine.Engine }

// Open prepares a network, which must have a layer that can be explained.
func Open(net *models.Network, opt Options) (*Explainer, error) {
	e, err := engine.Open(net, opt)
	if err != nil {
		return nil, err
	}
	if net.DefaultLayer() == "" {
		return nil, errors.Join(fmt.Errorf("network %s has no layer with an extent in space to explain", net.Name), e.Close())
	}
	return &Explainer{e}, nil
}

// Network returns the network that runs.
func (x *Explainer) Network() *models.Network { return x.engine.Network() }

// Device tells where it runs. Where that is a GPU that gets lost or has too little
// memory, it becomes the CPU, with the reason.
func (x *Explainer) Device() Device { return x.engine.Device() }

// Batch is how many pictures are best explained at once where there are many.
func (x *Explainer) Batch() int { return x.engine.Batch() }

// Close frees the memory and waits for a run in progress.
func (x *Explainer) Close() error { return x.engine.Close() }

// Run runs the network on subjects at once, forward and backward to the recipe's
// layers. The memory it takes grows with their number. It returns the context's
// error soon after the context is done.
func (x *Explainer) Run(ctx context.Context, r Recipe, subjects ...*Subject) ([]*Pass, error) {
	r, err := r.Check(x.Network())
	if err != nil {
		return nil, err
	}
	return x.run(ctx, r, x.ask(r, subjects))
}

func (x *Explainer) run(ctx context.Context, r Recipe, asked []question) ([]*Pass, error) {
	passes, err := x.engine.Run(ctx, r.Layers, requests(asked)...)
	if err != nil {
		return nil, err
	}
	list := make([]*Pass, len(passes))
	for i, p := range passes {
		list[i] = asked[i].pass
		list[i].fill(p)
	}
	return list, nil
}

// Profile times each operation of a run for a subject: see [engine.Engine.Profile].
func (x *Explainer) Profile(ctx context.Context, r Recipe, s *Subject) ([]engine.OperationTime, error) {
	r, err := r.Check(x.Network())
	if err != nil {
		return nil, err
	}
	return x.engine.Profile(ctx, r.Layers, x.ask(r, []*Subject{s})[0].Request)
}

// question is a subject with what its run is going to say of the classes.
type question struct {
	engine.Request
	pass *Pass
}

// ask makes the engine's requests of a recipe for subjects.
func (x *Explainer) ask(r Recipe, subjects []*Subject) []question {
	asked := make([]question, len(subjects))
	for i, s := range subjects {
		asked[i] = x.question(s.Input, r.Class, r.Target)
		asked[i].pass.picture = s.Notices
	}
	return asked
}

// question asks about a class of a picture; the run fills in what the pass says of
// the classes when it knows the logits.
func (x *Explainer) question(input *tensor.Dense, class int, target Target) question {
	pass := &Pass{explainer: x, input: input}
	return question{engine.Request{Input: input, Seed: func(logits []float32) ([]float32, error) {
		return pass.seedOf(logits, class, target)
	}}, pass}
}

func requests(asked []question) []engine.Request {
	reqs := make([]engine.Request, len(asked))
	for i, q := range asked {
		reqs[i] = q.Request
	}
	return reqs
}
