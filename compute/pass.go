package compute

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"gorgonia.org/tensor"

	"gaze/compute/cam"
	"gaze/compute/engine"
	"gaze/compute/picture"
	"gaze/models"
)

// Pass is the outcome of one run: everything that most maps are made of. Making a
// map from it by a method whose cost does not say so does not run the network
// again.
type Pass struct {
	// Logits of all classes. The second class of a single output has its negative.
	Logits []float32
	// Class is the class explained, Top the five most probable, best first.
	Class Score
	Top   []Score
	// Target is what was differentiated, with the class that a contrast is to.
	Target Target
	// Layers are the layers that were asked for, in that order.
	Layers []Tapped
	// Forward and Backward are the times that the network took to the logits and
	// back to the layers, for all pictures of the run; Elapsed is the whole.
	// Forward is 0 where a former pass was reused.
	Forward, Backward, Elapsed time.Duration
	// Progress, if not nil, is told how many of how many pictures a method that
	// runs the network again has shown it.
	Progress func(done, total int)

	explainer *Explainer
	input     *tensor.Dense
	// seed is the target's derivative by the network's outputs.
	seed []float32
	// said is the number of classes that the network says, and doubts are those that
	// the preprocessing and the logits raise.
	said   int
	doubts []models.Doubt
	// picture is what has to be said of the picture's file.
	picture []picture.Notice
}

// Tapped is what a run leaves of one layer.
type Tapped struct {
	Name string
	cam.Layer
}

// seedOf makes the target's derivative by the network's outputs, and notes what they
// say of the classes.
func (p *Pass) seedOf(outputs []float32, class int, target Target) (seed []float32, err error) {
	net := p.explainer.Network()
	logits := net.ClassLogits(outputs)
	if p.Class, p.Top, err = scores(net, logits, class); err != nil {
		return nil, err
	}
	if slices.Contains(target.Others, p.Class.Index) {
		return nil, classTwice(net, p.Class.Index)
	}
	p.said = said(net, logits)
	p.doubts = append(net.Doubts(), net.LogitDoubts(logits)...)
	p.Target = target.resolve(logits, p.Class.Index)
	return net.OutputSeed(p.Target.Seed(net.Output, logits, p.Class.Index)), nil
}

// said is the number of classes that the network says.
func said(net *models.Network, logits []float32) int {
	if net.Output.Exclusive() {
		return 1
	}
	n, best := 0, net.Best(logits)
	for i := range logits {
		if net.Says(logits, best, i) {
			n++
		}
	}
	return n
}

// fill takes over what the engine's pass has.
func (p *Pass) fill(from *engine.Pass) {
	p.Logits, p.seed = p.explainer.Network().ClassLogits(from.Logits), from.Seed
	p.Forward, p.Backward, p.Elapsed = from.Forward, from.Backward, from.Elapsed
	for _, t := range from.Taps {
		p.Layers = append(p.Layers, Tapped{t.Layer, layerOf(t)})
	}
}

// Outcomes makes the maps of a recipe whose layers the pass has, and whose class
// and target are the pass's. One that fails costs no other.
func (p *Pass) Outcomes(ctx context.Context, r Recipe) []Outcome {
	var list []Outcome
	for _, layers := range r.groups() {
		for _, m := range r.Methods {
			o := Outcome{Layer: strings.Join(layers, fusedLayers), Method: m}
			o.Explanation, o.Err = p.refined(ctx, layers, m, r)
			list = append(list, o)
		}
	}
	return list
}

// refined makes one map of layers by one method as the recipe says.
func (p *Pass) refined(ctx context.Context, layers []string, m cam.Method, r Recipe) (*Explanation, error) {
	maps := make([]*Explanation, len(layers))
	for i, layer := range layers {
		var err error
		if maps[i], err = p.Smooth(ctx, layer, m, r.Smoothing); err != nil {
			return nil, err
		}
	}
	e := maps[0]
	if r.Fusion != "" {
		var err error
		if e, err = Fuse(maps, r.Fusion); err != nil {
			return nil, err
		}
	}
	if r.Compat {
		in := p.explainer.Network().Input
		e = e.AsPytorchGradCAM(in.Height, in.Width)
	}
	return e, nil
}

// Explain makes the map of one of the pass's layers. It runs the network again
// only for a method whose cost says so, and then returns soon after ctx is done.
func (p *Pass) Explain(ctx context.Context, layer string, m cam.Method) (*Explanation, error) {
	i, err := p.find(layer)
	if err != nil {
		return nil, err
	}
	tapped := p.Layers[i]
	raw, err := m.Apply(ctx, tapped.Layer, &probe{p, i})
	if err != nil {
		return nil, fmt.Errorf("layer %s: %w", layer, err)
	}
	return p.explanation(layer, vanished(tapped.Gradient), m, raw), nil
}

// find is the number of one of the pass's layers.
func (p *Pass) find(layer string) (int, error) {
	i := slices.Index(p.names(), layer)
	if i < 0 {
		return 0, fmt.Errorf("layer %s is not part of this pass, which has %s", layer, strings.Join(p.names(), ", "))
	}
	return i, nil
}

// explanation says of a map of a layer, whose gradient has vanished or not, what
// has to be said.
func (p *Pass) explanation(layer string, vanished bool, m cam.Method, raw cam.Map) *Explanation {
	net := p.explainer.Network()
	return &Explanation{
		Picture: p.picture,
		Network: net.Name, Layer: layer, Method: m, Device: p.explainer.Device().Name,
		Class: p.Class, Top: p.Top, Target: p.Target, TargetName: p.Target.Name(net.Label, p.Class.Index),
		Map: raw, Output: net.Output, Said: p.said, Notices: p.notices(layer, vanished, m, raw), Guesses: net.Assumptions(), Doubts: p.doubts,
	}
}

// names are those of the pass's layers.
func (p *Pass) names() []string {
	names := make([]string, len(p.Layers))
	for i, t := range p.Layers {
		names[i] = t.Name
	}
	return names
}
