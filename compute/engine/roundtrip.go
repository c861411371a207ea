package engine

import (
	"context"
	"errors"
	"slices"
	"time"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"gaze/compute/engine/lower"
	"gaze/compute/engine/machine"
)

// The stages of a program's machine.
const (
	forward = iota
	backward
)

// roundTrip is a program with a forward pass and, unless the logits depend on no
// layer, a backward pass, for a fixed number of pictures.
type roundTrip struct {
	graph   *lower.Graph
	machine *machine.Machine
	returns bool
	// inputs are what the machine's values belong to, pixels the same as numbers
	// and seed the targets' derivatives, all pictures one after the other.
	inputs []*tensor.Dense
	pixels []float32
	seed   []float32
}

func (r *roundTrip) code() *machine.Machine { return r.machine }

// newRoundTrip prepares a program that computes what is wanted on the forward and
// on the backward pass; the latter may be nothing.
func (e *Engine) newRoundTrip(g *lower.Graph, batch int, ahead, back gorgonia.Nodes) (roundTrip, error) {
	stages := []gorgonia.Nodes{ahead}
	if len(back) > 0 {
		stages = append(stages, back)
	}
	m, err := machine.New(e.on, stages...)
	return roundTrip{graph: g, machine: m, returns: len(back) > 0, inputs: make([]*tensor.Dense, batch)}, err
}

// lap is what one run of a round trip leaves of a picture.
type lap struct {
	logits, seed      []float32
	forward, backward time.Duration
}

// ahead runs the forward pass and returns the time that it took: 0 where the values
// of the same pictures are still there.
func (r *roundTrip) ahead(ctx context.Context, reqs []Request) (time.Duration, error) {
	fresh, err := r.show(reqs)
	if err != nil {
		return 0, err
	}
	begin := time.Now()
	if err := errors.Join(r.machine.Run(ctx, forward), r.machine.Wait()); err != nil {
		// The next request for the same picture has a forward pass to run.
		clear(r.inputs)
		return 0, err
	}
	if !fresh {
		return 0, nil
	}
	return time.Since(begin), nil
}

// thereAndBack runs both passes. What that leaves of layers is in the machine
// until the next run.
func (r *roundTrip) thereAndBack(ctx context.Context, reqs []Request) ([]lap, error) {
	ahead, err := r.ahead(ctx, reqs)
	if err != nil {
		return nil, err
	}
	logits, err := r.logits(len(reqs))
	if err != nil {
		return nil, err
	}
	laps := make([]lap, len(reqs))
	for i, req := range reqs {
		laps[i] = lap{logits: logits[i], forward: ahead}
		if laps[i].seed, err = req.Seed(logits[i]); err != nil {
			return nil, err
		}
	}
	begin := time.Now()
	if r.returns {
		if err := r.aim(laps); err != nil {
			return nil, err
		}
		if err := errors.Join(r.machine.Run(ctx, backward), r.machine.Wait()); err != nil {
			return nil, err
		}
	}
	back := time.Since(begin)
	for i := range laps {
		laps[i].backward = back
	}
	return laps, nil
}

// logits are those of each picture of the last run.
func (r *roundTrip) logits(batch int) ([][]float32, error) {
	values, err := r.machine.Value(r.graph.Logits)
	if err != nil {
		return nil, err
	}
	all := make([][]float32, batch)
	for i := range all {
		all[i] = slices.Clone(share(values, i, batch))
	}
	return all, nil
}

// show gives the machine the requests' pictures, unless it has them, and reports
// whether they are new.
func (r *roundTrip) show(reqs []Request) (fresh bool, err error) {
	for i, req := range reqs {
		if r.inputs[i] != req.Input {
			r.inputs[i] = req.Input
			fresh = true
		}
	}
	if !fresh {
		return false, nil
	}
	pixels := floats(reqs[0].Input)
	if len(reqs) > 1 {
		r.pixels = r.pixels[:0]
		for _, req := range reqs {
			r.pixels = append(r.pixels, floats(req.Input)...)
		}
		pixels = r.pixels
	}
	return true, r.machine.Let(r.graph.Input, pixels)
}

// aim sets the derivative by the logits to that of the laps' targets.
func (r *roundTrip) aim(laps []lap) error {
	seed := make([]float32, 0, len(r.seed))
	for _, l := range laps {
		seed = append(seed, l.seed...)
	}
	if slices.Equal(seed, r.seed) {
		return nil
	}
	r.seed = seed
	return r.machine.Let(r.graph.Seed, seed)
}

// share is picture i's part of the values of a batch.
func share(values []float32, i, batch int) []float32 {
	size := len(values) / batch
	return values[i*size : (i+1)*size]
}
