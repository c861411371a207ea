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
	var unclear []string
	for i, name := range layers {
		if list[i], err = p.mapped(passes[0], i, m); err != nil {
			return nil, err
		}
		if list[i] == nil {
			unclear = append(unclear, name)
		}
	}
	if len(unclear) == 0 {
		return list, nil
	}
	// Where all means are zero, it takes the gradient to tell why.
	rest, err := e.mapsAfterRun(ctx, req, unclear, m)
	if err != nil {
		return nil, err
	}
	for i := range list {
		if list[i] == nil {
			list[i], rest = rest[0], rest[1:]
		}
	}
	return list, nil
}

// layerMap is where a program's machine makes a layer's Grad-CAM, of which means
// are the weights w and values the map; nil where the logits do not depend on the
// layer. Both may be another layer's, so that the machine need neither keep the
// layer's activation nor know its gradient:
//
// A term A of a sum A + B that nothing else reads has the sum's gradient. Then they
// are the sum's, and other is Σ_c w_c B_c, which the sum's map has beyond A's.
//
// An A that alone a batch normalisation, scale A + shift, reads has the
// normalisation's gradient times scale. Its own weights are scale w, and its map
// Σ_c scale_c w_c A_c is the normalisation's without Σ_c w_c shift_c. Scale and
// shift are nil elsewhere.
type layerMap struct {
	// of is the layer whose gradient counts, beside what is added to A, if it is a
	// term.
	of, beside           string
	means, values, other *gorgonia.Node
	scale, shift         []float32
}

// derive finds of which layer the machine makes the map of one of those layers.
func (e *Engine) derive(name string, layers []string) layerMap {
	m := layerMap{of: e.source(name)}
	if norm, ok := onlyReader(e.net, m.of); ok && norm.Kind == models.BatchNorm {
		scale, shift := e.folds.affine(norm, norm.Shape[1])
		m.of, m.scale, m.shift = norm.Name, floats(scale), floats(shift)
	}
	sum, ok := onlyReader(e.net, m.of)
	if !ok || sum.Kind != models.Add || len(sum.Inputs) != 2 || sum.Inputs[0] != m.of {
		return m
	}
	term, _ := e.net.Layer(m.of)
	other, ok := e.net.Layer(sum.Inputs[1])
	// What is explained itself is there for this, too.
	if ok && term.Shape.Eq(sum.Shape) && other.Shape.Eq(sum.Shape) && slices.Contains(layers, other.Name) {
		m.of, m.beside = sum.Name, other.Name
	}
	return m
}

// source is the layer that makes a container's values, or another idle layer's.
func (e *Engine) source(name string) string {
	for {
		l, ok := e.net.Layer(name)
		if !ok || !idle(e.net, l) {
			return name
		}
		name = l.Inputs[0]
	}
}

// reading tells where a machine finds a layer's values: where what a ReLU reads is
// explained, too, it takes that and makes the ReLU's again as it sums up, which then
// need not be kept. A remote device has no kernel for that.
func (e *Engine) reading(name string, layers []string) (tap string, act op.Activation) {
	name = e.source(name)
	_, remote := e.on.(machine.Remote)
	if l, ok := e.net.Layer(name); ok && l.Kind == models.ReLU && slices.Contains(layers, l.Inputs[0]) && !remote {
		return l.Inputs[0], op.ActivationReLU
	}
	return name, op.NoActivation
}

// mapping returns the network prepared for the maps Σ_c w_c A_c of layers with
// w_c the mean of the gradient G_c.
func (e *Engine) mapping(layers []string) (*program, error) {
	if p := e.prepared(func(p *program) bool { return p.maps != nil && slices.Equal(p.layers, layers) }); p != nil {
		return p, nil
	}
	p := &program{layers: slices.Clone(layers), inputs: make([]*tensor.Dense, 1), maps: make([]layerMap, len(layers))}
	index := make(map[string]int)
	var tapped []string
	tap := func(name string) {
		if _, ok := index[name]; !ok {
			index[name] = len(tapped)
			tapped = append(tapped, name)
		}
	}
	for i, name := range layers {
		m := e.derive(name, layers)
		p.maps[i] = m
		tap(m.of)
		for _, read := range []string{m.of, m.beside} {
			if read != "" {
				from, _ := e.reading(read, layers)
				tap(from)
			}
		}
	}
	var err error
	if p.low, err = lower(e.net, 1, tapped, e.folds); err != nil {
		return nil, err
	}
	sum := func(weights *gorgonia.Node, layer string) (*gorgonia.Node, error) {
		from, act := e.reading(layer, layers)
		return gorgonia.ApplyOp(op.NewChannelSum(act), weights, p.low.taps[index[from]])
	}
	// The machine computes what it is asked for one after the other: each map as
	// soon as there is its gradient.
	var back gorgonia.Nodes
	for _, l := range slices.Backward(e.net.Layers) {
		for i := range p.maps {
			m := &p.maps[i]
			if m.of != l.Name || p.low.gradients[index[m.of]] == nil {
				continue
			}
			if err := m.build(p.low.gradients[index[m.of]], sum); err != nil {
				return nil, fmt.Errorf("the map of layer %s: %w", layers[i], err)
			}
			back = append(back, m.means, m.values)
			if m.other != nil {
				back = append(back, m.other)
			}
		}
	}
	stages := []gorgonia.Nodes{{p.low.logits}}
	if len(back) > 0 {
		stages, p.returns = append(stages, back), true
	}
	if p.machine, err = machine.New(e.on, stages...); err != nil {
		return nil, err
	}
	return e.keep(p)
}

// build makes the map's nodes; sum makes those of weighted sums over the channels of
// a layer. Gorgonia finds nodes that are there already.
func (m *layerMap) build(gradient *gorgonia.Node, sum func(weights *gorgonia.Node, layer string) (*gorgonia.Node, error)) (err error) {
	if m.means, err = gorgonia.ApplyOp(op.NewGlobalAvgPool(), gradient); err != nil {
		return err
	}
	if m.values, err = sum(m.means, m.of); err != nil || m.beside == "" {
		return err
	}
	m.other, err = sum(m.means, m.beside)
	return err
}

// mapped is the map of layer i that the machine has made, or nil where all its
// weights are zero.
func (p *program) mapped(pass *Pass, i int, m cam.Method) (*Explanation, error) {
	from := &p.maps[i]
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
	if from.other != nil {
		others, err := p.machine.Value(from.other)
		if err != nil {
			return nil, err
		}
		for k, v := range others {
			values[k] -= v
		}
	}
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
	s := from.values.Shape()
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
