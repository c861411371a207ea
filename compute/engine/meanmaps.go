package engine

import (
	"context"
	"errors"
	"slices"
	"time"

	"gorgonia.org/gorgonia"

	"gaze/compute/engine/lower"
	"gaze/compute/engine/machine"
)

// Plane is a number for each pixel of a layer, in row-major order.
type Plane struct {
	Height, Width int
	// Values is nil where all weights are zero: then the gradient may have
	// vanished, which a [Pass] tells.
	Values []float32
}

// MeanMaps are the maps Σ_c w_c A_c of layers for one picture, with w_c the mean of
// the gradient of channel c.
type MeanMaps struct {
	// Logits of all classes.
	Logits []float32
	// Maps has one for each layer asked for, in their order.
	Maps []Plane
	// Forward and Elapsed are as of a [Pass].
	Forward, Elapsed time.Duration
}

// meanMapsProgram is the network prepared for the maps of a set of layers.
type meanMapsProgram struct {
	roundTrip
	maps []lower.MeanMap
}

// meanMapsProgram returns the network prepared for maps of layers.
func (e *Engine) meanMapsProgram(layers []string, batch int) (*meanMapsProgram, error) {
	return prepared(&e.programs, newKey(kindMeanMaps, layers, batch), func() (*meanMapsProgram, error) {
		// A remote device has no kernel for a sum of what a ReLU makes.
		_, remote := e.on.(machine.Remote)
		g, err := lower.NewMeanMaps(e.net, batch, layers, !remote, e.folds)
		if err != nil {
			return nil, err
		}
		trip, err := e.newRoundTrip(&g.Graph, batch, gorgonia.Nodes{g.Logits}, g.Outputs(e.net))
		return &meanMapsProgram{trip, g.Maps}, err
	})
}

// MeanMaps has the device make the maps of layers on the backward pass, where a
// layer's gradient is read for the last time as soon as it is known: it need not
// be kept, and is still in the caches. Where only its means are needed, it is not
// computed. This takes less time and memory than a [Pass].
func (e *Engine) MeanMaps(ctx context.Context, layers []string, reqs ...Request) ([]*MeanMaps, error) {
	if err := e.checkLayers(layers); err != nil {
		return nil, e.named(err)
	}
	return job[*MeanMaps]{e, reqs, func(_ int, batch []Request) ([]*MeanMaps, error) { return e.meanMaps(ctx, layers, batch) }}.run(ctx)
}

func (e *Engine) meanMaps(ctx context.Context, layers []string, reqs []Request) ([]*MeanMaps, error) {
	begin := time.Now()
	p, err := e.meanMapsProgram(layers, len(reqs))
	if err != nil {
		return nil, err
	}
	laps, err := p.thereAndBack(ctx, reqs)
	if err != nil {
		return nil, err
	}
	list := make([]*MeanMaps, len(reqs))
	for i, l := range laps {
		list[i] = &MeanMaps{Logits: l.logits, Maps: make([]Plane, len(layers)), Forward: l.forward}
		for k := range layers {
			if list[i].Maps[k], err = p.plane(k, i, len(reqs)); err != nil {
				return nil, err
			}
		}
		list[i].Elapsed = time.Since(begin)
	}
	return list, nil
}

// plane is layer k's map for picture i.
func (p *meanMapsProgram) plane(k, i, batch int) (Plane, error) {
	m := p.maps[k]
	if m.Values == nil {
		return Plane{}, nil
	}
	var failed error
	read := func(n *gorgonia.Node) []float32 {
		all, err := p.machine.Value(n)
		if err != nil {
			failed = errors.Join(failed, err)
			return nil
		}
		return slices.Clone(share(all, i, batch))
	}
	weights, values := read(m.Means), read(m.Values)
	var other []float32
	if m.Other != nil {
		other = read(m.Other)
	}
	if failed != nil {
		return Plane{}, failed
	}
	for j, v := range other {
		values[j] -= v
	}
	if m.Scale != nil {
		var constant float64
		for c, w := range weights {
			constant += float64(w) * float64(m.Shift[c])
			weights[c] = w * m.Scale[c]
		}
		for j, v := range values {
			values[j] = float32(float64(v) - constant)
		}
	}
	s := m.Values.Shape()
	plane := Plane{Height: s[2], Width: s[3]}
	if !slices.ContainsFunc(weights, func(w float32) bool { return w != 0 }) {
		return plane, nil
	}
	for j, v := range values {
		values[j] = float32(m.Factor * float64(v))
	}
	plane.Values = values
	return plane, nil
}
