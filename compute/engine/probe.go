package engine

import (
	"context"
	"fmt"
	"slices"

	"gorgonia.org/tensor"

	"gaze/compute/cam"
	"gaze/models"
)

// probe is a layer of a pass as a [cam.Network]: what methods ask that run the
// network again.
type probe struct {
	pass  *Pass
	layer int
}

// Input implements [cam.Network].
func (p *probe) Input() (picture []float32, height, width int) {
	in := p.pass.engine.net.Input
	return floats(p.pass.input), in.Height, in.Width
}

// Batch implements [cam.Network].
func (p *probe) Batch() int { return PicturesAtOnce }

// Logits implements [cam.Network].
func (p *probe) Logits() []float32 { return p.pass.Logits }

// Class implements [cam.Network].
func (p *probe) Class() int { return p.pass.Class.Index }

// Progress implements [cam.Network].
func (p *probe) Progress(done, total int) {
	if p.pass.Progress != nil {
		p.pass.Progress(done, total)
	}
}

// name is the layer's.
func (p *probe) name() string { return p.pass.Layers[p.layer].Name }

// values are the target's, one for each picture's logits.
func (p *probe) values(logits [][]float32) []float64 {
	values := make([]float64, len(logits))
	for i, l := range logits {
		values[i] = p.pass.Target.Value(l, p.pass.Class.Index)
	}
	return values
}

// Scores implements [cam.Network].
func (p *probe) Scores(ctx context.Context, pictures [][]float32) ([]float64, error) {
	logits, err := NewScorer(p.pass.engine, p.pass.engine.Batch()).Scores(ctx, pictures)
	if err != nil {
		return nil, err
	}
	return p.values(logits), nil
}

// ScoresWith implements [cam.Network].
func (p *probe) ScoresWith(ctx context.Context, activations [][]float32) ([]float64, error) {
	logits, err := p.pass.engine.logitsAfter(ctx, p.pass.input, p.name(), activations)
	if err != nil {
		return nil, err
	}
	return p.values(logits), nil
}

// Layers implements [cam.Network].
func (p *probe) Layers(ctx context.Context, pictures [][]float32) ([]cam.Layer, error) {
	in := p.pass.engine.net.Input
	reqs := make([]Request, len(pictures))
	for i, pixels := range pictures {
		reqs[i] = Request{
			Input:  tensor.New(tensor.WithShape(1, 3, in.Height, in.Width), tensor.WithBacking(pixels)),
			Layers: []string{p.name()}, Class: p.pass.Class.Index, Target: p.pass.Target,
		}
	}
	passes, err := p.pass.engine.RunBatch(ctx, reqs)
	if err != nil {
		return nil, err
	}
	layers := make([]cam.Layer, len(passes))
	for i, pass := range passes {
		layers[i] = pass.Layers[0].Layer
	}
	return layers, nil
}

// Gradient implements [cam.Network].
func (p *probe) Gradient(ctx context.Context, seed func(logits []float32) []float32) ([]float32, error) {
	// The pass's own layers, because the network is prepared for them.
	pass, err := p.pass.engine.Run(ctx, Request{Input: p.pass.input, Layers: p.pass.names(), Class: p.Class(), seed: seed})
	if err != nil {
		return nil, err
	}
	return pass.Layers[p.layer].Gradient, nil
}

// Head implements [cam.Network].
func (p *probe) Head() []float32 {
	linear, ok := head(p.pass.engine.net, p.name())
	if !ok {
		return nil
	}
	if linear == nil {
		return slices.Clone(p.pass.seed)
	}
	weight := linear.Params["weight"]
	classes, channels := weight.Shape()[0], weight.Shape()[1]
	all, of := floats(weight), make([]float32, channels)
	for c, s := range p.pass.seed[:classes] {
		if s == 0 {
			continue
		}
		for k := range of {
			of[k] += s * all[c*channels+k]
		}
	}
	return of
}

// Evidence implements [cam.Network].
func (p *probe) Evidence(ctx context.Context) ([]cam.Evidence, error) {
	e := p.pass.engine
	biases := make(map[string][]float32)
	var pass *Pass
	err := e.take(ctx, false, func() error {
		layers := []string{models.InputName}
		for _, l := range e.net.Layers {
			if b := bias(l, e.folds); b != nil {
				biases[l.Name] = b
				layers = append(layers, l.Name)
			}
		}
		req := Request{Input: p.pass.input, Layers: layers, Class: p.pass.Class.Index, Target: p.pass.Target}
		passes, err := e.run(ctx, []Request{req}, layers)
		if err == nil {
			pass = passes[0]
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	list := make([]cam.Evidence, len(pass.Layers))
	for i, l := range pass.Layers {
		values := l.Gradient
		pixels := l.Height * l.Width
		for k := range values {
			if b, ok := biases[l.Name]; ok {
				values[k] *= b[k/pixels]
			} else {
				values[k] *= l.Activation[k]
			}
		}
		list[i] = cam.Evidence{Channels: l.Channels, Height: l.Height, Width: l.Width, Values: values}
	}
	return list, nil
}

// bias is what a layer adds to each of its channels, nil where it is no layer
// that does or its output has no extent in space.
func bias(l models.Layer, f *folds) []float32 {
	if !l.Spatial() || l.ChannelsLast {
		return nil
	}
	switch l.Kind {
	case models.Conv:
		if b := l.Params["bias"]; b != nil {
			return floats(b)
		}
	case models.BatchNorm:
		_, shift := f.affine(l, l.Shape[1])
		return floats(shift)
	}
	return nil
}

// Later implements [cam.Network].
func (p *probe) Later(ctx context.Context) ([]cam.Layer, error) {
	names := laterLayers(p.pass.engine.net, p.name())
	if len(names) == 0 {
		return nil, fmt.Errorf("no layer of a coarser resolution follows layer %s", p.name())
	}
	pass, err := p.pass.engine.Run(ctx, Request{Input: p.pass.input, Layers: names, Class: p.Class(), Target: p.pass.Target})
	if err != nil {
		return nil, err
	}
	layers := make([]cam.Layer, len(names))
	for i := range names {
		layers[i] = pass.Layers[i].Layer
	}
	return layers, nil
}

// laterLayers are the last layers of each resolution coarser than the named
// layer's, up to the network's default layer, that all paths go through.
func laterLayers(net *models.Network, name string) []string {
	from := slices.IndexFunc(net.Layers, func(l models.Layer) bool { return l.Name == name })
	last := slices.IndexFunc(net.Layers, func(l models.Layer) bool { return l.Name == net.DefaultLayer() })
	if from < 0 {
		return nil
	}
	area := func(l models.Layer) int {
		height, width := l.Plane()
		return height * width
	}
	finest := area(net.Layers[from])
	var names []string
	seen := make(map[int]bool)
	for i := last; i > from; i-- {
		l := net.Layers[i]
		if a := area(l); !l.Spatial() || a >= finest || seen[a] || bypassed(net, i) {
			continue
		}
		seen[area(l)] = true
		names = append(names, l.Name)
	}
	slices.Reverse(names)
	return names
}

// bypassed reports whether a layer after number i reads one before it, or the
// picture.
func bypassed(net *models.Network, i int) bool {
	before := map[string]bool{models.InputName: true}
	for _, l := range net.Layers[:i] {
		before[l.Name] = true
	}
	for _, l := range net.Layers[i+1:] {
		if slices.ContainsFunc(l.Inputs, func(in string) bool { return before[in] }) {
			return true
		}
	}
	return false
}
