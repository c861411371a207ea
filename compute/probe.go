package compute

import (
	"context"
	"fmt"
	"slices"

	"gorgonia.org/tensor"

	"gaze/compute/cam"
	"gaze/compute/engine"
	"gaze/models"
)

// probe is a layer of a pass as a [cam.Network]: what methods ask that run the
// network again.
type probe struct {
	pass  *Pass
	layer int
}

// engine runs the network.
func (p *probe) engine() *engine.Engine { return p.pass.explainer.engine }

func (p *probe) network() *models.Network { return p.engine().Network() }

// Input implements [cam.Network].
func (p *probe) Input() (picture []float32, height, width int) {
	in := p.engine().Network().Input
	return floats(p.pass.input), in.Height, in.Width
}

// Batch implements [cam.Network]. Of whole pictures the network is shown as many
// as are best for it: see [Explainer.Batch].
func (p *probe) Batch() int { return engine.PicturesAtOnce }

// Logits implements [cam.Network].
func (p *probe) Logits() []float32 { return p.pass.Logits }

// Class implements [cam.Network].
func (p *probe) Class() int { return p.pass.Class.Index }

// Probability implements [cam.Network].
func (p *probe) Probability(class int) float64 {
	return p.network().Output.Probability(p.pass.Logits, class)
}

// LogProbability implements [cam.Network].
func (p *probe) LogProbability(class int) []float64 {
	return p.network().Output.LogDerivative(p.pass.Logits, class)
}

// LogCurvature implements [cam.Network].
func (p *probe) LogCurvature(class int, direction []float32) []float64 {
	return p.network().Output.LogCurvature(p.pass.Logits, class, direction)
}

// Progress implements [cam.Network].
func (p *probe) Progress(done, total int) {
	if p.pass.Progress != nil {
		p.pass.Progress(done, total)
	}
}

// name is the layer's.
func (p *probe) name() string { return p.pass.Layers[p.layer].Name }

// values are the target's, one for each picture's logits of all classes.
func (p *probe) values(logits [][]float32) []float64 {
	values := make([]float64, len(logits))
	for i, l := range logits {
		values[i] = p.pass.Target.Value(p.network().Output, l, p.pass.Class.Index)
	}
	return values
}

// Scores implements [cam.Network].
func (p *probe) Scores(ctx context.Context, pictures [][]float32) ([]float64, error) {
	logits, err := p.pass.explainer.Scorer(p.engine().Batch()).Scores(ctx, pictures)
	if err != nil {
		return nil, err
	}
	return p.values(logits), nil
}

// ScoresWith implements [cam.Network].
func (p *probe) ScoresWith(ctx context.Context, activations [][]float32) ([]float64, error) {
	logits, err := p.engine().LogitsAfter(ctx, p.pass.input, p.name(), activations)
	if err != nil {
		return nil, err
	}
	for i, outputs := range logits {
		logits[i] = p.network().ClassLogits(outputs)
	}
	return p.values(logits), nil
}

// Layers implements [cam.Network].
func (p *probe) Layers(ctx context.Context, pictures [][]float32) ([]cam.Layer, error) {
	passes, err := p.pass.rerun(ctx, p.name(), pictures)
	if err != nil {
		return nil, err
	}
	layers := make([]cam.Layer, len(passes))
	for i, pass := range passes {
		layers[i] = pass.Layers[0].Layer
	}
	return layers, nil
}

// rerun runs the network on other pictures, of the same class and target, to one
// layer.
func (p *Pass) rerun(ctx context.Context, layer string, pictures [][]float32) ([]*Pass, error) {
	in := p.explainer.Network().Input
	subjects := make([]*Subject, len(pictures))
	for i, pixels := range pictures {
		subjects[i] = &Subject{Input: tensor.New(tensor.WithShape(in.Shape()...), tensor.WithBacking(pixels))}
	}
	return p.explainer.Run(ctx, Recipe{Layers: []string{layer}, Class: p.Class.Index, Target: p.Target}, subjects...)
}

// Gradient implements [cam.Network].
func (p *probe) Gradient(ctx context.Context, seed func(logits []float32) []float32) ([]float32, error) {
	// The pass's own layers, because the network is prepared for them.
	passes, err := p.engine().Run(ctx, p.pass.names(), engine.Request{
		Input: p.pass.input, Seed: func(outputs []float32) ([]float32, error) {
			return p.network().OutputSeed(seed(p.network().ClassLogits(outputs))), nil
		},
	})
	if err != nil {
		return nil, err
	}
	return passes[0].Taps[p.layer].Gradient, nil
}

// Curvature implements [cam.Network].
func (p *probe) Curvature(ctx context.Context, seed, direction []float32) (logits, gradient []float32, err error) {
	outputs, gradient, err := p.engine().Curvature(ctx, p.pass.input, p.name(), p.network().OutputSeed(seed), direction)
	if err != nil {
		return nil, nil, err
	}
	// The logits of the classes are linear in the outputs, and so are their derivatives.
	return p.network().ClassLogits(outputs), gradient, nil
}

// Head implements [cam.Network].
func (p *probe) Head() []float32 {
	linear, ok := p.engine().Network().Head(p.name())
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

// Attention implements [cam.Network].
func (p *probe) Attention(ctx context.Context, slopes cam.Slopes, look func(cam.Attentions) error) error {
	layers := p.network().Attentions()
	if len(layers) == 0 || p.network().HidesAttention() {
		return cam.ErrNoAttention
	}
	for _, l := range layers {
		switch {
		case l.Attr.Window != [2]int{}:
			return cam.ErrWindows
		case !l.Shape.Eq(layers[0].Shape):
			return cam.ErrTokens
		}
	}
	return p.attention(ctx, slopes, layers, look)
}

// AttentionHere implements [cam.Network].
func (p *probe) AttentionHere(ctx context.Context, look func(cam.Attentions) error) error {
	layer, ok := p.network().AttentionOf(p.name())
	if !ok {
		return cam.ErrNoAttention
	}
	layers := []models.Layer{layer}
	// Which tokens the head reads is known at the last one.
	all := p.network().Attentions()
	if last := all[len(all)-1]; last.Name != layer.Name && last.Shape.Eq(layer.Shape) {
		layers = append(layers, last)
	}
	return p.attention(ctx, cam.NoSlopes, layers, func(a cam.Attentions) error {
		a.Layers = a.Layers[:1]
		return look(a)
	})
}

// attention is that of layers, of equally many tokens each.
func (p *probe) attention(ctx context.Context, slopes cam.Slopes, layers []models.Layer, look func(cam.Attentions) error) error {
	names := make([]string, len(layers))
	for i, l := range layers {
		if l.Grid == nil {
			return cam.ErrNoAttention
		}
		names[i] = l.Name
	}
	seed := p.pass.seed
	if slopes == cam.NoSlopes {
		// A logit's alone, which a target of that class may not depend on.
		logit := make([]float32, len(p.pass.Logits))
		logit[p.pass.Class.Index] = 1
		seed = p.network().OutputSeed(logit)
	}
	return p.engine().Attention(ctx, names, engine.Slopes(slopes), engine.Request{
		Input: p.pass.input, Seed: func([]float32) ([]float32, error) { return seed, nil },
	}, func(found *engine.Attentions) error {
		if len(found.Read) == 0 {
			return cam.ErrVanished
		}
		g := layers[0].Grid
		a := cam.Attentions{Height: g.Height, Width: g.Width, At: g.At, Read: found.Read}
		for _, l := range found.Layers {
			a.Layers = append(a.Layers, cam.Attention(l))
		}
		return look(a)
	})
}

// Evidence implements [cam.Network].
func (p *probe) Evidence(ctx context.Context) ([]cam.Evidence, error) {
	q := p.pass.explainer.question(p.pass.input, p.pass.Class.Index, p.pass.Target)
	parts, err := p.engine().Evidence(ctx, q.Request)
	if err != nil {
		return nil, err
	}
	list := make([]cam.Evidence, len(parts))
	for i, part := range parts {
		list[i] = cam.Evidence(part)
	}
	return list, nil
}

// Later implements [cam.Network].
func (p *probe) Later(ctx context.Context) ([]cam.Layer, error) {
	names := p.engine().Network().LaterResolutions(p.name())
	if len(names) == 0 {
		return nil, fmt.Errorf("no layer of a coarser resolution follows layer %s", p.name())
	}
	passes, err := p.pass.explainer.Run(ctx, Recipe{Layers: names, Class: p.Class(), Target: p.pass.Target}, &Subject{Input: p.pass.input})
	if err != nil {
		return nil, err
	}
	layers := make([]cam.Layer, len(names))
	for i, l := range passes[0].Layers {
		layers[i] = l.Layer
	}
	return layers, nil
}

func floats(t *tensor.Dense) []float32 { return t.Data().([]float32) }
