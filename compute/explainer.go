package compute

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorgonia.org/tensor"

	"gaze/compute/cam"
	"gaze/compute/engine"
	"gaze/models"
)

// Options choose how an Explainer computes.
type Options = engine.Options

// Device is something that networks run on.
type Device = engine.Device

// Devices lists what networks might run on, the processor first. Where there is
// no GPU, one that is unusable says why.
func Devices() []Device { return engine.Devices() }

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

// Answer is what came of a subject.
type Answer struct {
	// Outcomes has one for each map that the recipe asks for: layer by layer, in
	// each by all methods, or where layers are fused one for each method.
	Outcomes []Outcome
	// Forward is the time that the network took to the logits, for all pictures
	// that were run at once, and 0 where a former pass was reused; Elapsed is the
	// whole, maps included, but not the wait for other runs.
	Forward, Elapsed time.Duration
}

// Outcome is one map that a recipe asks for, or why there is none.
type Outcome struct {
	// Layer is that of the map; where layers are fused all of them, as in "a + b".
	Layer       string
	Method      cam.Method
	Explanation *Explanation
	Err         error
}

// Explain makes the recipe's maps of subjects, which are run at once, in less time
// and memory than [Explainer.Run] takes where the recipe allows it. A map that
// cannot be made is an outcome with its error and costs no other map. The error is
// the context's or one that all maps meet.
func (x *Explainer) Explain(ctx context.Context, r Recipe, subjects ...*Subject) ([]Answer, error) {
	r, err := r.Check(x.Network())
	if err != nil {
		return nil, err
	}
	return x.explain(ctx, r, x.ask(r, subjects))
}

func (x *Explainer) explain(ctx context.Context, r Recipe, asked []question) ([]Answer, error) {
	if how := x.shortcut(r); how != nil {
		return how(ctx, r, asked)
	}
	passes, err := x.run(ctx, r, asked)
	if err != nil {
		return nil, err
	}
	answers := make([]Answer, len(passes))
	for i, pass := range passes {
		begin := time.Now()
		answers[i] = Answer{Outcomes: pass.Outcomes(ctx, r), Forward: pass.Forward}
		answers[i].Elapsed = pass.Elapsed + time.Since(begin)
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	return answers, nil
}

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
