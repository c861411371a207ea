// Package compute runs a network on a picture and explains what it saw.
//
// An [Engine] lowers a models.Network to a gorgonia graph, runs it forward and
// backward, and hands out logits, activations and gradients; package cam turns
// those into maps.
package compute

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"gaze/compute/cam"
	"gaze/compute/machine"
	"gaze/models"
)

// TopClass as a request's class asks for the most probable one.
const TopClass = -1

// Options choose how an Engine computes.
type Options struct {
	// Device is "auto", "cpu" or "cuda". Auto takes the GPU where it can be
	// used and otherwise the CPU, and says why in Device.Reason; "cuda" fails
	// where it cannot. Empty means auto.
	Device string
	// Threads bounds the cores used; 0 means all.
	Threads int
	// Exact does without algorithms that save multiplications at the price of
	// rounding: see machine.NewCPU.
	Exact bool
}

// maxPrograms bounds how many sets of layers an Engine keeps prepared. The
// memory of each is that of one picture's activations.
const maxPrograms = 3

// Engine runs one network. It is safe for concurrent use; runs take turns.
type Engine struct {
	net    *models.Network
	device Device
	on     machine.Device
	stop   func() error

	// turn holds a token that a run takes, so that waiting for it can be
	// cancelled. What follows is the token holder's.
	turn     chan struct{}
	closed   bool
	folds    *folds
	programs []*program // most recently used first
}

// program is the network prepared for one set of layers.
type program struct {
	layers  []string
	low     *lowered
	machine *machine.Machine
	// input and class are what the machine's values belong to.
	input *tensor.Dense
	class int
	seed  []float32
}

// The stages of a program's machine.
const (
	forward = iota
	backward
)

// Open prepares net to be run.
func Open(net *models.Network, opt Options) (*Engine, error) {
	if len(net.Layers) == 0 || len(net.Logits().Shape) != 2 {
		return nil, fmt.Errorf("network %s does not end in one number a class", net.Name)
	}
	if net.DefaultLayer() == "" {
		return nil, fmt.Errorf("network %s has no layer with an extent in space to explain", net.Name)
	}
	device, on, stop, err := openDevice(opt)
	if err != nil {
		return nil, err
	}
	e := &Engine{net: net, device: device, on: on, stop: stop, turn: make(chan struct{}, 1), folds: newFolds()}
	e.turn <- struct{}{}
	return e, nil
}

// Network returns the network the engine runs.
func (e *Engine) Network() *models.Network { return e.net }

// Device tells what the engine computes on.
func (e *Engine) Device() Device { return e.device }

// Close frees the engine's memory and waits for a run in progress.
func (e *Engine) Close() error {
	<-e.turn
	defer func() { e.turn <- struct{}{} }()
	if e.closed {
		return nil
	}
	e.closed = true
	var errs []error
	for _, p := range e.programs {
		errs = append(errs, p.machine.Close())
	}
	e.programs = nil
	return errors.Join(append(errs, e.stop())...)
}

// Request asks for one run of the network.
type Request struct {
	// Input is the preprocessed picture, 1 x 3 x H x W, from picture.Tensor.
	// It must not be changed afterwards: a second request with the same tensor
	// reuses its forward pass, so that another class costs only the way back.
	Input *tensor.Dense
	// Layers are the layers to explain; empty means the network's default.
	Layers []string
	// Class is the index of the class to explain, or TopClass.
	Class int
}

// Pass is the outcome of one run: everything the maps are made of. Making a
// map from it by any method does not run the network again.
type Pass struct {
	// Logits of all classes.
	Logits []float32
	// Class is the class explained, Top the five most probable, best first.
	Class Score
	Top   []Score
	// Layers are the layers that were asked for, in that order.
	Layers []Tapped
	// Elapsed is the time the network took.
	Elapsed time.Duration

	net    *models.Network
	device string
}

// Tapped is what a run leaves of one layer.
type Tapped struct {
	Name string
	cam.Layer
}

// Run runs the network forward and back to the requested layers. It returns
// the context's error soon after the context is done.
func (e *Engine) Run(ctx context.Context, req Request) (*Pass, error) {
	layers, err := e.check(req)
	if err != nil {
		return nil, fmt.Errorf("network %s: %w", e.net.Name, err)
	}
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-e.turn:
	}
	defer func() { e.turn <- struct{}{} }()
	if e.closed {
		return nil, fmt.Errorf("network %s: the engine is closed", e.net.Name)
	}
	pass, err := e.run(ctx, req, layers)
	if err != nil {
		return nil, fmt.Errorf("network %s: %w", e.net.Name, err)
	}
	return pass, nil
}

// check reports what is wrong with a request and returns its layers.
func (e *Engine) check(req Request) ([]string, error) {
	in := e.net.Input
	want := tensor.Shape{1, 3, in.Height, in.Width}
	if req.Input == nil || !req.Input.Shape().Eq(want) || req.Input.Dtype() != tensor.Float32 {
		return nil, fmt.Errorf("the input must be a float32 tensor of shape %v", want)
	}
	if req.Class != TopClass && (req.Class < 0 || req.Class >= e.net.Classes()) {
		return nil, fmt.Errorf("class %d is not between 0 and %d", req.Class, e.net.Classes()-1)
	}
	layers := req.Layers
	if len(layers) == 0 {
		layers = []string{e.net.DefaultLayer()}
	}
	for _, name := range layers {
		l, ok := e.net.Layer(name)
		if !ok {
			return nil, fmt.Errorf("no layer is called %q", name)
		}
		if !l.Spatial() {
			return nil, fmt.Errorf("layer %s (%s) has no extent in space, there is no map of it", name, l.Kind)
		}
	}
	return layers, nil
}

func (e *Engine) run(ctx context.Context, req Request, layers []string) (*Pass, error) {
	start := time.Now()
	p, err := e.program(layers)
	if err != nil {
		return nil, err
	}
	if p.input != req.Input {
		if err := p.machine.Let(p.low.input, floats(req.Input)); err != nil {
			return nil, err
		}
		p.input = req.Input
	}
	if err := p.machine.Run(ctx, forward); err != nil {
		return nil, err
	}
	logits, err := p.machine.Value(p.low.logits)
	if err != nil {
		return nil, err
	}
	pass := &Pass{Logits: slices.Clone(logits), net: e.net, device: e.device.Name}
	if err := pass.score(e.net, req.Class); err != nil {
		return nil, err
	}
	if p.class != pass.Class.Index {
		clear(p.seed)
		p.seed[pass.Class.Index] = 1
		if err := p.machine.Let(p.low.seed, p.seed); err != nil {
			return nil, err
		}
		p.class = pass.Class.Index
	}
	if err := p.machine.Run(ctx, backward); err != nil {
		return nil, err
	}
	if pass.Layers, err = p.tapped(layers); err != nil {
		return nil, err
	}
	pass.Elapsed = time.Since(start)
	return pass, nil
}

// program returns the network prepared for layers.
func (e *Engine) program(layers []string) (*program, error) {
	i := slices.IndexFunc(e.programs, func(p *program) bool { return slices.Equal(p.layers, layers) })
	if i >= 0 {
		p := e.programs[i]
		e.programs = slices.Insert(slices.Delete(e.programs, i, i+1), 0, p)
		return p, nil
	}
	low, err := lower(e.net, layers, e.folds)
	if err != nil {
		return nil, err
	}
	if len(e.programs) == maxPrograms {
		if err := e.programs[maxPrograms-1].machine.Close(); err != nil {
			return nil, err
		}
		e.programs = e.programs[:maxPrograms-1]
	}
	m, err := machine.New(e.on, append(gorgonia.Nodes{low.logits}, low.taps...), low.gradients)
	if err != nil {
		return nil, err
	}
	p := &program{layers: slices.Clone(layers), low: low, machine: m, class: TopClass, seed: make([]float32, e.net.Classes())}
	e.programs = slices.Insert(e.programs, 0, p)
	return p, nil
}

// tapped copies activations and gradients out of the machine.
func (p *program) tapped(layers []string) ([]Tapped, error) {
	list := make([]Tapped, len(layers))
	for i, name := range layers {
		activation, err := p.machine.Value(p.low.taps[i])
		if err != nil {
			return nil, err
		}
		gradient, err := p.machine.Value(p.low.gradients[i])
		if err != nil {
			return nil, err
		}
		s := p.low.taps[i].Shape()
		list[i] = Tapped{Name: name, Layer: cam.Layer{
			Channels: s[1], Height: s[2], Width: s[3],
			Activation: slices.Clone(activation), Gradient: slices.Clone(gradient),
		}}
	}
	return list, nil
}

// topScores is how many of the most probable classes a Pass lists.
const topScores = 5

// score finds the most probable classes and the one to explain.
func (p *Pass) score(net *models.Network, class int) error {
	highest := math.Inf(-1)
	for i, v := range p.Logits {
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			return fmt.Errorf("the logit of %s is %v: the weights or the picture hold numbers out of range", net.Label(i), v)
		}
		highest = max(highest, float64(v))
	}
	var sum float64
	for _, v := range p.Logits {
		sum += math.Exp(float64(v) - highest)
	}
	scores := make([]Score, len(p.Logits))
	for i, v := range p.Logits {
		scores[i] = Score{Index: i, Label: net.Label(i), Logit: v, Probability: float32(math.Exp(float64(v)-highest) / sum)}
	}
	if class != TopClass {
		p.Class = scores[class]
	}
	slices.SortStableFunc(scores, func(a, b Score) int {
		switch {
		case a.Logit > b.Logit:
			return -1
		case a.Logit < b.Logit:
			return 1
		}
		return 0
	})
	p.Top = slices.Clone(scores[:min(topScores, len(scores))])
	if class == TopClass {
		p.Class = p.Top[0]
	}
	return nil
}

// Explain makes the map of one of the pass's layers. It does not run the
// network.
func (p *Pass) Explain(layer string, m cam.Method) (*Explanation, error) {
	i := slices.IndexFunc(p.Layers, func(t Tapped) bool { return t.Name == layer })
	if i < 0 {
		var names []string
		for _, t := range p.Layers {
			names = append(names, t.Name)
		}
		return nil, fmt.Errorf("layer %s is not part of this pass, which has %s", layer, strings.Join(names, ", "))
	}
	tapped := p.Layers[i]
	raw, err := m.Apply(tapped.Layer)
	if err != nil {
		return nil, fmt.Errorf("layer %s: %w", layer, err)
	}
	return &Explanation{
		Network: p.net.Name, Layer: layer, Method: m, Device: p.device,
		Class: p.Class, Top: p.Top, Map: raw, Notices: notices(p.net, tapped, raw),
	}, nil
}
