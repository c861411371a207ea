package compute

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"gaze/compute/cam"
	"gaze/compute/machine"
	"gaze/compute/op"
	"gaze/models"
)

// ExplainLayers makes the maps of all of a request's layers by one method in one
// run of the network, forward and back, and tells how long that took. Unlike a
// [Pass] it keeps nothing of the layers but their maps, which for many layers is
// most of the time and the memory. The method's cost must not be runs of the
// network.
func (e *Engine) ExplainLayers(ctx context.Context, req Request, m cam.Method) ([]*Explanation, time.Duration, error) {
	if m.Cost.Runs() || m.NeedsHead {
		return nil, 0, fmt.Errorf("%s asks the network about each layer", m.Title)
	}
	begin := time.Now()
	var list []*Explanation
	err := e.inTurn(ctx, []Request{req}, func(layers []string) (err error) {
		if m.MeanGradient {
			list, err = e.mapsWithinRun(ctx, req, layers, m)
		} else {
			list, err = e.mapsAfterRun(ctx, req, layers, m)
		}
		return err
	})
	return list, time.Since(begin), err
}

// mapsWithinRun has the device make the maps on the way back, where a layer's
// gradient is as soon as it is known read for the last time: it need not be kept,
// and is still in the caches.
func (e *Engine) mapsWithinRun(ctx context.Context, req Request, layers []string, m cam.Method) ([]*Explanation, error) {
	p, err := e.mapping(layers)
	if err != nil {
		return nil, err
	}
	passes, err := e.thereAndBack(ctx, p, []Request{req})
	if err != nil {
		return nil, err
	}
	list := make([]*Explanation, len(layers))
	var unclear []int
	for i := range layers {
		if list[i], err = p.mapped(passes[0], i, m); err != nil {
			return nil, err
		}
		if list[i] == nil {
			unclear = append(unclear, i)
		}
	}
	// Where all means are zero, it takes the gradient to tell why.
	for _, i := range unclear {
		alone, err := e.mapsAfterRun(ctx, req, layers[i:i+1], m)
		if err != nil {
			return nil, err
		}
		list[i] = alone[0]
	}
	return list, nil
}

// layerMap is where a program's machine makes a layer's Grad-CAM, of which means
// are the weights, 1 x C, and values the map; nil where the logits do not depend
// on the layer.
//
// Where scale is set, they are those of the batch normalisation, scale A + shift,
// that alone reads the layer. By its channels' means w the layer's own weights are
// scale w, and its map Σ_c scale_c w_c A_c is the normalisation's without
// Σ_c w_c shift_c: neither the layer's activation nor its gradient is needed.
type layerMap struct {
	means, values *gorgonia.Node
	scale, shift  []float32
}

// mapping returns the network prepared for the maps Σ_c w_c A_c of layers with
// w_c the mean of the gradient G_c.
func (e *Engine) mapping(layers []string) (*program, error) {
	if p := e.prepared(func(p *program) bool { return p.maps != nil && slices.Equal(p.layers, layers) }); p != nil {
		return p, nil
	}
	p := &program{layers: slices.Clone(layers), inputs: make([]*tensor.Dense, 1), maps: make([]layerMap, len(layers))}
	tapped := slices.Clone(layers)
	for i, name := range layers {
		if norm, ok := onlyReader(e.net, name); ok && norm.Kind == models.BatchNorm {
			scale, shift := e.folds.affine(norm, norm.Shape[1])
			p.maps[i].scale, p.maps[i].shift = floats(scale), floats(shift)
			tapped[i] = norm.Name
		}
	}
	var err error
	if p.low, err = lower(e.net, 1, tapped, e.folds); err != nil {
		return nil, err
	}
	made := make(map[*gorgonia.Node]int)
	for i, g := range p.low.gradients {
		if g == nil {
			continue
		}
		m := &p.maps[i]
		// A block's values are those of its last layer.
		if same, ok := made[p.low.taps[i]]; ok {
			m.means, m.values = p.maps[same].means, p.maps[same].values
			continue
		}
		made[p.low.taps[i]] = i
		if m.means, m.values, err = meanGradientMap(p.low.taps[i], g); err != nil {
			return nil, fmt.Errorf("the map of layer %s: %w", layers[i], err)
		}
	}
	stages := []gorgonia.Nodes{{p.low.logits}}
	if len(made) > 0 {
		// The machine computes what it is asked for one after the other: each map as
		// soon as there is its gradient.
		var back gorgonia.Nodes
		for _, l := range slices.Backward(e.net.Layers) {
			if i := slices.Index(tapped, l.Name); i >= 0 && p.maps[i].values != nil {
				back = append(back, p.maps[i].means, p.maps[i].values)
			}
		}
		stages, p.returns = append(stages, back), true
	}
	if p.machine, err = machine.New(e.on, stages...); err != nil {
		return nil, err
	}
	return e.keep(p)
}

// meanGradientMap makes the nodes of w, 1 x C, and of Σ_c w_c A_c, which is w
// times the activation as a matrix of channels by pixels.
func meanGradientMap(activation, gradient *gorgonia.Node) (means, values *gorgonia.Node, err error) {
	s := activation.Shape()
	pooled, err := gorgonia.ApplyOp(op.NewGlobalAvgPool(), gradient)
	if err != nil {
		return nil, nil, err
	}
	if means, err = gorgonia.ApplyOp(op.NewReshape(4, tensor.Shape{1, s[1]}), pooled); err != nil {
		return nil, nil, err
	}
	channels, err := gorgonia.ApplyOp(op.NewReshape(4, tensor.Shape{s[1], s[2] * s[3]}), activation)
	if err != nil {
		return nil, nil, err
	}
	values, err = gorgonia.ApplyOp(op.NewLinearGrad(), means, channels)
	return means, values, err
}

// mapped is the map of layer i that the machine has made, or nil where all its
// weights are zero.
func (p *program) mapped(pass *Pass, i int, m cam.Method) (*Explanation, error) {
	from := p.maps[i]
	if from.values == nil {
		return nil, nil
	}
	weights, err := p.machine.Value(from.means)
	if err != nil {
		return nil, err
	}
	values, err := p.machine.Value(from.values)
	if err != nil {
		return nil, err
	}
	values = slices.Clone(values)
	if from.scale != nil {
		weights = slices.Clone(weights)
		var constant float64
		for c, w := range weights {
			constant += float64(w) * float64(from.shift[c])
			weights[c] = w * from.scale[c]
		}
		for k, v := range values {
			values[k] = float32(float64(v) - constant)
		}
	}
	if vanished(weights) {
		return nil, nil
	}
	s := p.low.taps[i].Shape()
	return pass.explanation(p.layers[i], false, m, cam.Map{Height: s[2], Width: s[3], Values: values}), nil
}

// mapsAfterRun makes the maps from the layers that a run leaves, on all of Go's
// processors.
func (e *Engine) mapsAfterRun(ctx context.Context, req Request, layers []string, m cam.Method) ([]*Explanation, error) {
	p, err := e.program(layers, 1)
	if err != nil {
		return nil, err
	}
	passes, err := e.thereAndBack(ctx, p, []Request{req})
	if err != nil {
		return nil, err
	}
	tapped, err := p.tapped(0, 1)
	if err != nil {
		return nil, err
	}
	list := make([]*Explanation, len(layers))
	// A block's values are those of its last layer.
	first := make(map[[2]*float32]int)
	same := make([]int, len(layers))
	for i, l := range tapped {
		at := [2]*float32{&l.Activation[0], &l.Gradient[0]}
		if _, ok := first[at]; !ok {
			first[at] = i
		}
		same[i] = first[at]
	}
	failed := make([]error, len(layers))
	next := make(chan int)
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(layers)) {
		workers.Go(func() {
			for i := range next {
				raw, err := m.Apply(ctx, tapped[i].Layer, nil)
				if err != nil {
					failed[i] = fmt.Errorf("layer %s: %w", layers[i], err)
					continue
				}
				list[i] = passes[0].explanation(layers[i], vanished(tapped[i].Gradient), m, raw)
			}
		})
	}
	for i := range layers {
		if same[i] == i {
			next <- i
		}
	}
	close(next)
	workers.Wait()
	if err := errors.Join(failed...); err != nil {
		return nil, err
	}
	for i, k := range same {
		if k != i {
			raw := list[k].Map
			raw.Values = slices.Clone(raw.Values)
			list[i] = passes[0].explanation(layers[i], vanished(tapped[i].Gradient), m, raw)
		}
	}
	return list, nil
}
