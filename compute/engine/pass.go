package engine

import (
	"context"
	"slices"
	"time"

	"gorgonia.org/gorgonia"

	"gaze/compute/engine/lower"
)

// Tap is what a run leaves of one layer.
type Tap struct {
	// Layer is its name.
	Layer string
	// Channels, Height and Width of the layer's output.
	Channels, Height, Width int
	// Activation is the layer's output and Gradient the target's derivative by it,
	// both C x H x W in row-major order. The gradient is zero where the logits do
	// not depend on the layer.
	Activation, Gradient []float32
}

// Pass is the outcome of one forward and backward pass for one picture.
type Pass struct {
	// Logits of all classes, and the target's derivative by them.
	Logits, Seed []float32
	// Taps has one for each layer asked for, in their order.
	Taps []Tap
	// Forward and Backward are the times that the network took to the logits and
	// back to the layers, for all pictures of the batch; Elapsed is the whole,
	// without the wait for other runs. Forward is 0 where a former request's was
	// reused.
	Forward, Backward, Elapsed time.Duration
}

// passProgram is the network prepared for passes to a set of layers.
type passProgram struct {
	roundTrip
	layers []string
}

// passProgram returns the network prepared for passes to layers, or without any
// for the forward pass alone.
func (e *Engine) passProgram(layers []string, batch int) (*passProgram, error) {
	return prepared(&e.programs, newKey(kindPass, layers, batch), func() (*passProgram, error) {
		g, err := lower.Network(e.net, batch, layers, e.folds)
		if err != nil {
			return nil, err
		}
		back := slices.DeleteFunc(slices.Clone(g.Gradients), func(n *gorgonia.Node) bool { return n == nil })
		trip, err := e.newRoundTrip(g, batch, append(gorgonia.Nodes{g.Logits}, g.Taps...), back)
		return &passProgram{trip, slices.Clone(layers)}, err
	})
}

// Run runs the network on pictures, forward and backward to layers. The memory
// that it takes grows with the number of pictures. It returns the context's error
// soon after the context is done.
func (e *Engine) Run(ctx context.Context, layers []string, reqs ...Request) ([]*Pass, error) {
	return e.Visit(ctx, layers, reqs, func(_ int, p *Pass) error {
		p.keep()
		return nil
	})
}

// Visit is Run for whoever needs the layers only for a moment: it calls visit with
// the pass of each request, by its number, while the taps are in the machine's
// memory. They are valid until visit returns, unless visit copies them. Where a
// device failed, visit is called for the same request again. Elapsed of the passes
// that Visit returns has the time of visit.
func (e *Engine) Visit(ctx context.Context, layers []string, reqs []Request, visit func(i int, p *Pass) error) ([]*Pass, error) {
	if err := e.checkLayers(layers); err != nil {
		return nil, e.named(err)
	}
	return job[*Pass]{e, reqs, func(from int, batch []Request) ([]*Pass, error) {
		return e.pass(ctx, layers, batch, func(i int, p *Pass) error { return visit(from+i, p) })
	}}.run(ctx)
}

// pass runs one batch and has its passes visited.
func (e *Engine) pass(ctx context.Context, layers []string, reqs []Request, visit func(i int, p *Pass) error) ([]*Pass, error) {
	begin := time.Now()
	p, err := e.passProgram(layers, len(reqs))
	if err != nil {
		return nil, err
	}
	laps, err := p.thereAndBack(ctx, reqs)
	if err != nil {
		return nil, err
	}
	passes := make([]*Pass, len(reqs))
	for i, l := range laps {
		passes[i] = &Pass{Logits: l.logits, Seed: l.seed, Forward: l.forward, Backward: l.backward}
		if passes[i].Taps, err = p.taps(i, len(reqs)); err != nil {
			return nil, err
		}
		if err := visit(i, passes[i]); err != nil {
			return nil, err
		}
		passes[i].Elapsed = time.Since(begin)
	}
	return passes, nil
}

// taps are picture i's, in the machine's memory.
func (p *passProgram) taps(i, batch int) ([]Tap, error) {
	list := make([]Tap, len(p.layers))
	for k, name := range p.layers {
		activation, err := p.machine.Value(p.graph.Taps[k])
		if err != nil {
			return nil, err
		}
		gradient, err := p.gradient(k, len(activation))
		if err != nil {
			return nil, err
		}
		s := p.graph.Taps[k].Shape()
		list[k] = Tap{
			Layer: name, Channels: s[1], Height: s[2], Width: s[3],
			Activation: share(activation, i, batch), Gradient: share(gradient, i, batch),
		}
	}
	return list, nil
}

// gradient is that of tap k, of all pictures. It is zero where the logits do not
// depend on the layer.
func (p *passProgram) gradient(k, size int) ([]float32, error) {
	if n := p.graph.Gradients[k]; n != nil {
		return p.machine.Value(n)
	}
	return make([]float32, size), nil
}

// keep copies the taps: the machine's memory is the next run's.
func (p *Pass) keep() {
	for i := range p.Taps {
		t := &p.Taps[i]
		t.Activation, t.Gradient = slices.Clone(t.Activation), slices.Clone(t.Gradient)
	}
}
