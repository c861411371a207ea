package lower

import (
	"fmt"
	"slices"

	"gorgonia.org/gorgonia"

	"gaze/compute/engine/op"
	"gaze/models"
)

// MeanMaps is the graph of a network that makes the maps Σ_c w_c A_c of layers
// itself, with w_c the mean of the gradient of channel c. Neither activations nor
// gradients have to be kept for them.
type MeanMaps struct {
	Graph
	// Maps has one for each layer asked for, in their order.
	Maps []MeanMap
}

// MeanMap is one layer's map, of which Means are the weights w and Values the map,
// once both are multiplied by Factor; nil where the logits do not depend on the
// layer. Both may be another layer's, so that the machine need neither keep the
// layer's activation nor know its gradient:
//
// A term A of a sum A + B that nothing else reads has the sum's gradient. Then they
// are the sum's, and Other is Σ_c w_c B_c, which the sum's map has beyond A's.
//
// An A that only a batch normalisation, scale A + shift, reads has the
// normalisation's gradient times scale. Its own weights are scale w, and its map
// Σ_c scale_c w_c A_c is the normalisation's without Σ_c w_c shift_c. Scale and
// Shift are nil elsewhere.
type MeanMap struct {
	Means, Values, Other *gorgonia.Node
	Factor               float64
	Scale, Shift         []float32

	// of is the layer whose gradient counts, beside what is added to A, if it is a
	// term.
	of, beside string
}

// NewMeanMaps makes the graph for a batch of pictures. With recompute, a ReLU's
// values are made again from what it reads where that is explained too, as the map
// is summed up; then they need not be kept. It needs a kernel for that.
func NewMeanMaps(net *models.Network, batch int, layers []string, recompute bool, f *Folds) (*MeanMaps, error) {
	b := meanMapsBuilder{net: net, layers: layers, recompute: recompute, folds: f, index: make(map[string]int)}
	maps := make([]MeanMap, len(layers))
	for i, name := range layers {
		maps[i] = b.derive(name)
		b.tap(maps[i].of)
		for _, read := range []string{maps[i].of, maps[i].beside} {
			if read != "" {
				from, _ := b.reading(read)
				b.tap(from)
			}
		}
	}
	g, err := Network(net, batch, b.tapped, f)
	if err != nil {
		return nil, err
	}
	b.graph = g
	// Means of a layer nearer to the picture are known from those of a layer nearer
	// to the logits, if these are built first.
	b.means = newMeans(g.Input.Graph(), f)
	for _, l := range net.Layers {
		for i := range maps {
			if maps[i].of != l.Name || g.Gradients[b.index[l.Name]] == nil {
				continue
			}
			if err := b.build(&maps[i]); err != nil {
				return nil, fmt.Errorf("the map of layer %s: %w", layers[i], err)
			}
		}
	}
	return &MeanMaps{Graph: *g, Maps: maps}, nil
}

// Outputs are the nodes of all maps, those of the layers nearest to the logits
// first: the machine computes them in that order, each map as soon as it has the
// gradient.
func (g *MeanMaps) Outputs(net *models.Network) gorgonia.Nodes {
	var outputs gorgonia.Nodes
	for _, l := range slices.Backward(net.Layers) {
		for _, m := range slices.Backward(g.Maps) {
			if m.of == l.Name {
				outputs = append(outputs, m.nodes()...)
			}
		}
	}
	return outputs
}

// nodes are the map's.
func (m *MeanMap) nodes() gorgonia.Nodes {
	switch {
	case m.Values == nil:
		return nil
	case m.Other == nil:
		return gorgonia.Nodes{m.Means, m.Values}
	}
	return gorgonia.Nodes{m.Means, m.Values, m.Other}
}

// meanMapsBuilder is a graph of maps in the making.
type meanMapsBuilder struct {
	net       *models.Network
	layers    []string
	recompute bool
	folds     *Folds
	// tapped are the layers that the graph has taps at, and index where.
	tapped []string
	index  map[string]int
	graph  *Graph
	means  *means
}

// tap has the graph tap a layer, once.
func (b *meanMapsBuilder) tap(name string) {
	if _, ok := b.index[name]; !ok {
		b.index[name] = len(b.tapped)
		b.tapped = append(b.tapped, name)
	}
}

// derive finds of which layer the machine makes the map of one of the layers.
func (b *meanMapsBuilder) derive(name string) MeanMap {
	m := MeanMap{of: b.net.Producer(name)}
	if norm, ok := b.net.OnlyReader(m.of); ok && norm.Kind == models.BatchNorm {
		scale, shift := b.folds.Affine(norm, norm.Shape[1])
		m.of, m.Scale, m.Shift = norm.Name, floats(scale), floats(shift)
	}
	sum, ok := b.net.OnlyReader(m.of)
	if !ok || sum.Kind != models.Add || len(sum.Inputs) != 2 || sum.Inputs[0] != m.of {
		return m
	}
	term, _ := b.net.Layer(m.of)
	other, ok := b.net.Layer(sum.Inputs[1])
	// What is explained itself is there for this, too.
	if ok && term.Shape.Eq(sum.Shape) && other.Shape.Eq(sum.Shape) && slices.Contains(b.layers, other.Name) {
		m.of, m.beside = sum.Name, other.Name
	}
	return m
}

// reading tells where the machine finds a layer's values, and what it applies to
// them as it sums up.
func (b *meanMapsBuilder) reading(name string) (tap string, act op.Activation) {
	name = b.net.Producer(name)
	if l, ok := b.net.Layer(name); ok && b.recompute && l.Kind == models.ReLU && slices.Contains(b.layers, l.Inputs[0]) {
		return l.Inputs[0], op.ActivationReLU
	}
	return name, op.NoActivation
}

// build makes a map's nodes. Gorgonia finds nodes that are there already.
func (b *meanMapsBuilder) build(m *MeanMap) (err error) {
	if m.Means, m.Factor, err = b.means.of(b.graph.Gradients[b.index[m.of]]); err != nil {
		return err
	}
	if m.Values, err = b.sum(m.Means, m.of); err != nil || m.beside == "" {
		return err
	}
	m.Other, err = b.sum(m.Means, m.beside)
	return err
}

// sum is a layer's sum over the channels, weighted.
func (b *meanMapsBuilder) sum(weights *gorgonia.Node, layer string) (*gorgonia.Node, error) {
	from, act := b.reading(layer)
	return gorgonia.ApplyOp(op.NewChannelSum(act), weights, b.graph.Taps[b.index[from]])
}
