package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"gaze/compute/cam"
	"gaze/compute/engine/machine"
	"gaze/compute/engine/op"
	"gaze/models"
)

// Maps are a picture's maps of several layers by one method.
type Maps struct {
	// Explanations has one for each layer, in the request's order.
	Explanations []*Explanation
	// Forward is the time the network took to the logits, for all pictures that were
	// run at once, and 0 where a former request's was reused; Elapsed is the whole,
	// maps included, but not the wait for other runs.
	Forward, Elapsed time.Duration
}

// Explain makes the maps of all layers of the first request by one method for each
// of several pictures, which are run at once as by [Engine.RunBatch]. Unless the
// method runs the network again, it keeps nothing of the layers but their maps, and
// computes no more than these take, which is less time and memory than a [Pass].
func (e *Engine) Explain(ctx context.Context, reqs []Request, m cam.Method) ([]Maps, error) {
	if m.Cost.Runs() || m.NeedsHead {
		return e.mapsOfPasses(ctx, reqs, m)
	}
	maps := e.mapsAfterRun
	if m.MeanGradient {
		maps = e.mapsWithinRun
	}
	return inParts(e, reqs, func(part []Request) (list []Maps, err error) {
		err = e.inTurn(ctx, part, func(layers []string) (err error) {
			begin := time.Now()
			list, err = maps(ctx, part, layers, m)
			for i := range list {
				list[i].Elapsed = time.Since(begin)
			}
			return err
		})
		return list, err
	})
}

// mapsOfPasses makes the maps by a method that asks the network.
func (e *Engine) mapsOfPasses(ctx context.Context, reqs []Request, m cam.Method) ([]Maps, error) {
	passes, err := e.RunBatch(ctx, reqs)
	if err != nil {
		return nil, err
	}
	list := make([]Maps, len(passes))
	for i, pass := range passes {
		begin := time.Now()
		list[i].Forward = pass.Forward
		for _, l := range pass.Layers {
			x, err := pass.Explain(ctx, l.Name, m)
			if err != nil {
				return nil, err
			}
			list[i].Explanations = append(list[i].Explanations, x)
		}
		list[i].Elapsed = pass.Elapsed + time.Since(begin)
	}
	return list, nil
}

// mapsWithinRun has the device make the maps on the way back, where a layer's
// gradient is as soon as it is known read for the last time: it need not be kept,
// and is still in the caches. Where only its means are needed, it is not computed.
func (e *Engine) mapsWithinRun(ctx context.Context, reqs []Request, layers []string, m cam.Method) ([]Maps, error) {
	p, err := e.mapping(layers, len(reqs))
	if err != nil {
		return nil, err
	}
	passes, err := e.thereAndBack(ctx, p, reqs)
	if err != nil {
		return nil, err
	}
	list := make([]Maps, len(reqs))
	unclear := make([][]string, len(reqs))
	for i, pass := range passes {
		list[i] = Maps{Explanations: make([]*Explanation, len(layers)), Forward: pass.Forward}
		for k, name := range layers {
			if list[i].Explanations[k], err = p.mapped(pass, i, k, m); err != nil {
				return nil, err
			}
			if list[i].Explanations[k] == nil {
				unclear[i] = append(unclear[i], name)
			}
		}
	}
	for i := range list {
		if len(unclear[i]) == 0 {
			continue
		}
		// Where all means are zero, it takes the gradient to tell why.
		rest, err := e.mapsAfterRun(ctx, reqs[i:i+1], unclear[i], m)
		if err != nil {
			return nil, err
		}
		missing := rest[0].Explanations
		for k, x := range list[i].Explanations {
			if x == nil {
				list[i].Explanations[k], missing = missing[0], missing[1:]
			}
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
//
// What the machine computes has to be multiplied by factor.
type layerMap struct {
	// of is the layer whose gradient counts, beside what is added to A, if it is a
	// term.
	of, beside           string
	means, values, other *gorgonia.Node
	factor               float64
	scale, shift         []float32
}

// derive finds of which layer the machine makes the map of one of those layers.
func (e *Engine) derive(name string, layers []string) layerMap {
	m := layerMap{of: e.net.Producer(name)}
	if norm, ok := e.net.OnlyReader(m.of); ok && norm.Kind == models.BatchNorm {
		scale, shift := e.folds.affine(norm, norm.Shape[1])
		m.of, m.scale, m.shift = norm.Name, floats(scale), floats(shift)
	}
	sum, ok := e.net.OnlyReader(m.of)
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

// reading tells where a machine finds a layer's values: where what a ReLU reads is
// explained, too, it takes that and makes the ReLU's again as it sums up, which then
// need not be kept. A remote device has no kernel for that.
func (e *Engine) reading(name string, layers []string) (tap string, act op.Activation) {
	name = e.net.Producer(name)
	_, remote := e.on.(machine.Remote)
	if l, ok := e.net.Layer(name); ok && l.Kind == models.ReLU && slices.Contains(layers, l.Inputs[0]) && !remote {
		return l.Inputs[0], op.ActivationReLU
	}
	return name, op.NoActivation
}

// mapping returns the network prepared for the maps Σ_c w_c A_c of layers with
// w_c the mean of the gradient G_c, and for a number of pictures at once.
func (e *Engine) mapping(layers []string, batch int) (*program, error) {
	if p := e.prepared(func(p *program) bool {
		return p.maps != nil && len(p.inputs) == batch && slices.Equal(p.layers, layers)
	}); p != nil {
		return p, nil
	}
	p := &program{layers: slices.Clone(layers), inputs: make([]*tensor.Dense, batch), maps: make([]layerMap, len(layers))}
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
	if p.low, err = lower(e.net, batch, tapped, e.folds); err != nil {
		return nil, err
	}
	sum := func(weights *gorgonia.Node, layer string) (*gorgonia.Node, error) {
		from, act := e.reading(layer, layers)
		return gorgonia.ApplyOp(op.NewChannelSum(act), weights, p.low.taps[index[from]])
	}
	// The first layers' gradients tell which of the last ones' are known besides. The
	// machine computes what it is asked for one after the other: each map as soon as
	// there is its gradient.
	wanted := newMeans(p.low.input.Graph(), e.folds)
	var back gorgonia.Nodes
	for _, l := range e.net.Layers {
		for i := range p.maps {
			m := &p.maps[i]
			if m.of != l.Name || p.low.gradients[index[m.of]] == nil {
				continue
			}
			if err := m.build(p.low.gradients[index[m.of]], wanted, sum); err != nil {
				return nil, fmt.Errorf("the map of layer %s: %w", layers[i], err)
			}
			back = append(m.nodes(), back...)
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
func (m *layerMap) build(gradient *gorgonia.Node, wanted *means, sum func(weights *gorgonia.Node, layer string) (*gorgonia.Node, error)) (err error) {
	if m.means, m.factor, err = wanted.of(gradient); err != nil {
		return err
	}
	if m.values, err = sum(m.means, m.of); err != nil || m.beside == "" {
		return err
	}
	m.other, err = sum(m.means, m.beside)
	return err
}

// nodes are the map's.
func (m *layerMap) nodes() gorgonia.Nodes {
	if m.other == nil {
		return gorgonia.Nodes{m.means, m.values}
	}
	return gorgonia.Nodes{m.means, m.values, m.other}
}

// mapped is the map of layer k for picture i that the machine has made, or nil where
// all its weights are zero.
func (p *program) mapped(pass *Pass, i, k int, m cam.Method) (*Explanation, error) {
	from := &p.maps[k]
	if from.values == nil {
		return nil, nil
	}
	var failed error
	read := func(n *gorgonia.Node) []float32 {
		all, err := p.machine.Value(n)
		failed = errors.Join(failed, err)
		size := len(all) / len(p.inputs)
		return slices.Clone(all[i*size:][:size])
	}
	weights, values := read(from.means), read(from.values)
	var other []float32
	if from.other != nil {
		other = read(from.other)
	}
	if failed != nil {
		return nil, failed
	}
	for j, v := range other {
		values[j] -= v
	}
	if from.scale != nil {
		var constant float64
		for c, w := range weights {
			constant += float64(w) * float64(from.shift[c])
			weights[c] = w * from.scale[c]
		}
		for j, v := range values {
			values[j] = float32(float64(v) - constant)
		}
	}
	if vanished(weights) {
		return nil, nil
	}
	for j, v := range values {
		values[j] = float32(from.factor * float64(v))
	}
	s := from.values.Shape()
	return pass.explanation(p.layers[k], false, m, cam.Map{Height: s[2], Width: s[3], Values: values}), nil
}

// mapsAfterRun makes the maps from the layers that a run leaves, on all of Go's
// processors.
func (e *Engine) mapsAfterRun(ctx context.Context, reqs []Request, layers []string, m cam.Method) ([]Maps, error) {
	p, err := e.program(layers, len(reqs))
	if err != nil {
		return nil, err
	}
	passes, err := e.thereAndBack(ctx, p, reqs)
	if err != nil {
		return nil, err
	}
	list := make([]Maps, len(reqs))
	for i, pass := range passes {
		tapped, err := p.tapped(i, len(passes))
		if err != nil {
			return nil, err
		}
		list[i].Forward = pass.Forward
		if list[i].Explanations, err = pass.explainAll(ctx, tapped, m); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// explainAll makes the maps of layers from their activations and gradients.
func (p *Pass) explainAll(ctx context.Context, layers []Tapped, m cam.Method) ([]*Explanation, error) {
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
	list := make([]*Explanation, len(layers))
	failed := make([]error, len(layers))
	inParallel(len(layers), func(k int) {
		if same[k] != k {
			return
		}
		raw, err := m.Apply(ctx, layers[k].Layer, nil)
		if err != nil {
			failed[k] = fmt.Errorf("layer %s: %w", layers[k].Name, err)
			return
		}
		list[k] = p.explanation(layers[k].Name, vanished(layers[k].Gradient), m, raw)
	})
	if err := errors.Join(failed...); err != nil {
		return nil, err
	}
	for k, l := range layers {
		if same[k] != k {
			raw := list[same[k]].Map
			raw.Values = slices.Clone(raw.Values)
			list[k] = p.explanation(l.Name, vanished(l.Gradient), m, raw)
		}
	}
	return list, nil
}
