package compute

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"gaze/compute/cam"
	"gaze/compute/engine"
)

// way makes a recipe's maps.
type way func(ctx context.Context, r Recipe, asked []question) ([]Answer, error)

// shortcut is a way to the recipe's maps that keeps nothing of the layers but
// their maps, nil where there is none: for one method that leaves the map as it is
// and does not run the network again.
func (x *Explainer) shortcut(r Recipe) way {
	if len(r.Methods) != 1 || !r.raw() || r.Methods[0].Cost.Runs() || r.Methods[0].NeedsHead {
		return nil
	}
	if r.Methods[0].MeanGradient {
		return x.explainWithinRun
	}
	return x.explainAfterRun
}

// explainWithinRun has the device make the maps on the backward pass.
func (x *Explainer) explainWithinRun(ctx context.Context, r Recipe, asked []question) ([]Answer, error) {
	made, err := x.engine.MeanMaps(ctx, r.Layers, requests(asked)...)
	if err != nil {
		return nil, err
	}
	answers := make([]Answer, len(made))
	for i, m := range made {
		answers[i] = Answer{Outcomes: make([]Outcome, len(r.Layers)), Forward: m.Forward, Elapsed: m.Elapsed, Network: m.Elapsed}
		var unclear []string
		for k, plane := range m.Maps {
			if plane.Values == nil {
				unclear = append(unclear, r.Layers[k])
				continue
			}
			answers[i].Outcomes[k] = success(asked[i].pass.explanation(r.Layers[k], false, r.Methods[0], cam.Map(plane)))
		}
		if len(unclear) == 0 {
			continue
		}
		// Where all means are zero, it takes the gradient to tell why.
		again := r
		again.Layers = unclear
		rest, err := x.explainAfterRun(ctx, again, asked[i:i+1])
		if err != nil {
			return nil, err
		}
		answers[i].Elapsed += rest[0].Elapsed
		answers[i].Network += rest[0].Network
		for k, plane := range m.Maps {
			if plane.Values == nil {
				answers[i].Outcomes[k], rest[0].Outcomes = rest[0].Outcomes[0], rest[0].Outcomes[1:]
			}
		}
	}
	return answers, nil
}

// explainAfterRun makes the maps from the layers that a run leaves in the device's
// memory, on all of Go's processors.
func (x *Explainer) explainAfterRun(ctx context.Context, r Recipe, asked []question) ([]Answer, error) {
	answers := make([]Answer, len(asked))
	making := make([]time.Duration, len(asked))
	passes, err := x.engine.Visit(ctx, r.Layers, requests(asked), func(i int, p *engine.Pass) error {
		begin := time.Now()
		defer func() { making[i] = time.Since(begin) }()
		answers[i] = Answer{Outcomes: asked[i].pass.outcomesOf(ctx, p.Taps, r.Methods[0]), Forward: p.Forward}
		return ctx.Err()
	})
	if err != nil {
		return nil, err
	}
	for i, p := range passes {
		answers[i].Elapsed, answers[i].Network = p.Elapsed, p.Elapsed-making[i]
	}
	return answers, nil
}

// outcomesOf makes the maps of layers by a method that does not run the network.
func (p *Pass) outcomesOf(ctx context.Context, layers []engine.Tap, m cam.Method) []Outcome {
	// A block's values are those of its last layer.
	first := make(map[[2]*float32]int)
	same := make([]int, len(layers))
	for k, l := range layers {
		at := [2]*float32{&l.Activation[0], &l.Gradient[0]}
		if _, ok := first[at]; !ok {
			first[at] = k
		}
		same[k] = first[at]
	}
	list := make([]Outcome, len(layers))
	var cores errgroup.Group
	cores.SetLimit(runtime.GOMAXPROCS(0))
	for k, l := range layers {
		list[k] = Outcome{Layer: l.Layer, Method: m}
		if same[k] != k {
			continue
		}
		cores.Go(func() error {
			raw, err := m.Apply(ctx, layerOf(l), nil)
			if err != nil {
				list[k].Err = fmt.Errorf("layer %s: %w", l.Layer, err)
			} else {
				list[k] = success(p.explanation(l.Layer, vanished(l.Gradient), m, raw))
			}
			return nil
		})
	}
	_ = cores.Wait() // what fails is in the list
	for k, l := range layers {
		if made := list[same[k]]; same[k] != k && made.Err != nil {
			list[k].Err = made.Err
		} else if same[k] != k {
			raw := made.Explanation.Map
			raw.Values = slices.Clone(raw.Values)
			list[k] = success(p.explanation(l.Layer, vanished(l.Gradient), m, raw))
		}
	}
	return list
}

// success is the outcome of a map that could be made.
func success(e *Explanation) Outcome {
	return Outcome{Layer: e.Layer, Method: e.Method, Explanation: e}
}

// layerOf is what a method reads of a tap.
func layerOf(t engine.Tap) cam.Layer {
	return cam.Layer{Channels: t.Channels, Height: t.Height, Width: t.Width, Activation: t.Activation, Gradient: t.Gradient}
}
