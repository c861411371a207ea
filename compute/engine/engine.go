// Package engine runs a network on a picture and explains what it saw.
//
// An [Engine] lowers a models.Network to a gorgonia graph, runs it forward and
// backward, and hands out logits, activations and gradients; package cam turns
// those into maps.
package engine

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"gaze/compute/cam"
	"gaze/compute/engine/machine"
	"gaze/models"
)

// TopClass as a request's class asks for the most probable one.
const TopClass = -1

// Options choose how an Engine computes.
type Options struct {
	// Device is "auto", "cpu", "cuda" or, for another than the first GPU,
	// "cuda:N". Auto takes the first GPU that can be used and otherwise the CPU,
	// and says why in Device.Reason; "cuda" fails where it cannot. Empty means
	// auto.
	Device string
	// Threads bounds the cores used; 0 means all.
	Threads int
	// Exact does without algorithms that save multiplications at the price of
	// rounding: Winograd's.
	Exact bool
	// TF32 lets a GPU use its tensor cores, which round the factors of
	// convolutions to ten bits of mantissa. It means nothing for the CPU and for
	// GPUs that have none, which Device.Reason then says.
	TF32 bool
}

// maxPrograms bounds how many sets of layers an Engine keeps prepared. The
// memory of each is that of the activations of as many pictures as it shows the
// network at once: one, or [PicturesAtOnce] for methods that run it again.
const maxPrograms = 4

// Engine runs one network. It is safe for concurrent use; runs take turns.
type Engine struct {
	net           *models.Network
	defaultLayers []string
	options       Options
	device        atomic.Pointer[Device]
	// most is how many pictures the GPU has memory for at once, 0 where that was
	// not found out.
	most atomic.Int64

	// turn holds a token that a run takes, so that waiting for it can be
	// cancelled. What follows is the token holder's.
	turn     chan struct{}
	closed   bool
	backends backends
	on       machine.Device
	stop     func() error
	folds    *folds
	programs []*program // most recently used first
}

// program is the network prepared for one set of layers and a number of
// pictures at once, or what of it follows a layer.
type program struct {
	layers []string
	// after is the layer whose activation is the input, empty where that is the
	// picture; beside and sides are then what else is read of the picture.
	after  string
	beside []string
	sides  gorgonia.Nodes
	// curve is set where the network is differentiated twice.
	curve *curve
	// maps are set where the machine makes the layers' Grad-CAM itself.
	maps    []layerMap
	low     *lowered
	machine *machine.Machine
	// returns is set where there is a way back: the logits depend on a layer.
	returns bool
	// inputs are what the machine's values belong to, pixels the same as numbers
	// and seed the targets' derivatives, all pictures one after the other.
	inputs []*tensor.Dense
	pixels []float32
	seed   []float32
}

// The stages of a program's machine.
const (
	forward = iota
	backward
)

// Open prepares net to be run.
func Open(net *models.Network, opt Options) (*Engine, error) { return openOn(known(), net, opt) }

// openOn is Open with the devices of those families.
func openOn(b backends, net *models.Network, opt Options) (*Engine, error) {
	if len(net.Layers) == 0 || len(net.Logits().Shape) != 2 {
		return nil, fmt.Errorf("network %s does not end in one number a class", net.Name)
	}
	if net.DefaultLayer() == "" {
		return nil, fmt.Errorf("network %s has no layer with an extent in space to explain", net.Name)
	}
	device, opened, err := b.open(opt)
	if err != nil {
		return nil, err
	}
	e := &Engine{net: net, defaultLayers: []string{net.DefaultLayer()}, options: opt, backends: b, on: opened.Device, stop: opened.Close, turn: make(chan struct{}, 1), folds: newFolds()}
	e.device.Store(&device)
	e.turn <- struct{}{}
	return e, nil
}

// Network returns the network the engine runs.
func (e *Engine) Network() *models.Network { return e.net }

// Device tells what the engine computes on. Where that is a GPU that gets lost or
// has too little memory, it becomes the CPU, with the reason.
func (e *Engine) Device() Device { return *e.device.Load() }

// Close frees the engine's memory and waits for a run in progress.
func (e *Engine) Close() error {
	<-e.turn
	defer func() { e.turn <- struct{}{} }()
	if e.closed {
		return nil
	}
	e.closed = true
	return errors.Join(e.forget(), e.stop())
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
	// Target is what is explained of the class.
	Target Target

	// seed, if not nil, makes the derivative by the logits in place of the
	// target's.
	seed func(logits []float32) []float32
}

// Pass is the outcome of one run: everything the maps are made of. Making a
// map from it by any method does not run the network again.
type Pass struct {
	// Logits of all classes.
	Logits []float32
	// Class is the class explained, Top the five most probable, best first.
	Class Score
	Top   []Score
	// Target is what was differentiated, with the class that a contrast is to.
	Target Target
	// Layers are the layers that were asked for, in that order.
	Layers []Tapped
	// Forward and Backward are the times the network took to the logits and
	// back to the layers, for all pictures of the run; Elapsed is the whole.
	// Forward is 0 where a former request's was reused.
	Forward, Backward, Elapsed time.Duration
	// Progress, if not nil, is told how many of how many pictures a method that
	// runs the network again has shown it.
	Progress func(done, total int)

	engine *Engine
	input  *tensor.Dense
	seed   []float32
}

// Tapped is what a run leaves of one layer.
type Tapped struct {
	Name string
	cam.Layer
}

// PicturesAtOnce is how many pictures are run at once where the number must not
// depend on the device. These depend on it:
//
//   - What follows a layer is prepared for that many activations: another number of
//     them is another program. So methods that run the network again prepare that
//     many (cam.Network's Batch), and smoothing goes by as many.
//   - The window measures maps with that many, which is also the default of
//     faith.Options and of gazectl compare.
//   - A method shows no device more at once, even if its [Device.Batch] is larger.
const PicturesAtOnce = 8

// Batch is how many pictures the engine is best shown at once where there are
// many: what the device is best shown, or as many as it has memory for.
func (e *Engine) Batch() int {
	batch := e.Device().Batch
	if most := int(e.most.Load()); most > 0 {
		return min(most, batch)
	}
	return batch
}

// Run runs the network forward and back to the requested layers. It returns
// the context's error soon after the context is done.
func (e *Engine) Run(ctx context.Context, req Request) (*Pass, error) {
	passes, err := e.RunBatch(ctx, []Request{req})
	if err != nil {
		return nil, err
	}
	return passes[0], nil
}

// RunBatch runs several pictures at once, all to the layers of the first
// request; a request without layers, or with the same ones, may follow it. The
// memory it takes grows with their number.
func (e *Engine) RunBatch(ctx context.Context, reqs []Request) ([]*Pass, error) {
	return inParts(e, reqs, func(part []Request) (passes []*Pass, err error) {
		err = e.inTurn(ctx, part, func(layers []string) (err error) {
			passes, err = e.run(ctx, part, layers)
			return err
		})
		return passes, err
	})
}

// inParts does something for as many requests at a time as the GPU has memory
// for, which it finds out, and says where that is not all of them.
func inParts[T any](e *Engine, reqs []Request, do func(part []Request) ([]T, error)) ([]T, error) {
	var all []T
	for rest := reqs; ; {
		n := len(rest)
		if most := int(e.most.Load()); most > 0 {
			n = min(n, most)
		}
		part := rest[:n]
		if n < len(reqs) && len(part[0].Layers) == 0 {
			// Only the first request need name the layers.
			part = slices.Clone(part)
			part[0].Layers = reqs[0].Layers
		}
		done, err := do(part)
		if errors.Is(err, machine.ErrMemory) && n > 1 {
			e.atMost(n / 2)
			continue
		}
		if err != nil {
			return nil, err
		}
		if all, rest = append(all, done...), rest[n:]; len(rest) == 0 {
			return all, nil
		}
	}
}

// atMost notes how many pictures the GPU is shown at a time from now on.
func (e *Engine) atMost(pictures int) {
	e.most.Store(int64(pictures))
	d := e.Device()
	d.Reason, d.Cause = fmt.Sprintf("it is shown %d pictures at a time, for more it has too little memory", pictures), ""
	e.device.Store(&d)
}

// inTurn checks requests and, when no other run is in progress, calls do with
// their layers. Errors name the network, except the context's while waiting.
func (e *Engine) inTurn(ctx context.Context, reqs []Request, do func(layers []string) error) error {
	layers, err := e.check(reqs)
	if err != nil {
		return fmt.Errorf("network %s: %w", e.net.Name, err)
	}
	return e.take(ctx, len(reqs) > 1, func() error { return do(layers) })
}

// take calls do when no other run is in progress, and again where it failed for
// a reason of the GPU's that can be avoided. Work that is divisible can be asked
// for in parts, and does not leave a GPU that has too little memory for it.
func (e *Engine) take(ctx context.Context, divisible bool, do func() error) error {
	// Of two that are ready, select takes either.
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-e.turn:
	}
	defer func() { e.turn <- struct{}{} }()
	if e.closed {
		return fmt.Errorf("network %s: the engine is closed", e.net.Name)
	}
	err := do()
	if refused(err) {
		err = e.retry(divisible, err, do)
	}
	if err != nil {
		return fmt.Errorf("network %s: %w", e.net.Name, err)
	}
	return nil
}

// check reports what is wrong with requests and returns their layers.
func (e *Engine) check(reqs []Request) ([]string, error) {
	if len(reqs) == 0 {
		return nil, errors.New("no picture to run on")
	}
	want := tensor.Shape{1, 3, e.net.Input.Height, e.net.Input.Width}
	for _, req := range reqs {
		if req.Input == nil || !req.Input.Shape().Eq(want) || req.Input.Dtype() != tensor.Float32 {
			return nil, fmt.Errorf("the input must be a float32 tensor of shape %v", want)
		}
		if req.Class != TopClass && (req.Class < 0 || req.Class >= e.net.Classes()) {
			return nil, fmt.Errorf("class %d is not between 0 and %d", req.Class, e.net.Classes()-1)
		}
		if err := req.Target.check(e.net.Classes()); err != nil {
			return nil, err
		}
		if len(req.Layers) > 0 && !slices.Equal(req.Layers, reqs[0].Layers) {
			return nil, fmt.Errorf("pictures run at once are explained at the same layers, not %v and %v", reqs[0].Layers, req.Layers)
		}
	}
	layers := reqs[0].Layers
	if len(layers) == 0 {
		layers = e.defaultLayers
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

func (e *Engine) run(ctx context.Context, reqs []Request, layers []string) ([]*Pass, error) {
	start := time.Now()
	p, err := e.program(layers, len(reqs))
	if err != nil {
		return nil, err
	}
	passes, err := e.thereAndBack(ctx, p, reqs)
	if err != nil {
		return nil, err
	}
	for i, pass := range passes {
		if pass.Layers, err = p.tapped(i, len(passes)); err != nil {
			return nil, err
		}
		for k, l := range pass.Layers {
			// The machine's memory is the next run's.
			pass.Layers[k].Activation, pass.Layers[k].Gradient = slices.Clone(l.Activation), slices.Clone(l.Gradient)
		}
		pass.Elapsed = time.Since(start)
	}
	return passes, nil
}

// thereAndBack runs the network forward and back to the program's layers. What
// that leaves of them is in the program until the next run.
func (e *Engine) thereAndBack(ctx context.Context, p *program, reqs []Request) ([]*Pass, error) {
	fresh, err := p.show(reqs)
	if err != nil {
		return nil, err
	}
	begin := time.Now()
	if err := errors.Join(p.machine.Run(ctx, forward), p.machine.Wait()); err != nil {
		// The next request for the same picture has a way forward to run.
		clear(p.inputs)
		return nil, err
	}
	var ahead time.Duration
	if fresh {
		ahead = time.Since(begin)
	}
	passes, err := e.scores(p, reqs)
	if err != nil {
		return nil, err
	}
	begin = time.Now()
	if p.returns {
		if err := p.aim(passes); err != nil {
			return nil, err
		}
		if err := errors.Join(p.machine.Run(ctx, backward), p.machine.Wait()); err != nil {
			return nil, err
		}
	}
	back := time.Since(begin)
	for _, pass := range passes {
		pass.Forward, pass.Backward = ahead, back
	}
	return passes, nil
}

// program returns the network prepared for layers, or without any for the way
// forward alone, and a number of pictures.
func (e *Engine) program(layers []string, batch int) (*program, error) {
	if p := e.prepared(func(p *program) bool {
		return p.after == "" && p.curve == nil && p.maps == nil && len(p.inputs) == batch && slices.Equal(p.layers, layers)
	}); p != nil {
		return p, nil
	}
	low, err := lower(e.net, batch, layers, e.folds)
	if err != nil {
		return nil, err
	}
	stages := []gorgonia.Nodes{append(gorgonia.Nodes{low.logits}, low.taps...)}
	back := slices.DeleteFunc(slices.Clone(low.gradients), func(n *gorgonia.Node) bool { return n == nil })
	if len(back) > 0 {
		stages = append(stages, back)
	}
	m, err := machine.New(e.on, stages...)
	if err != nil {
		return nil, err
	}
	return e.keep(&program{
		layers: slices.Clone(layers), low: low, machine: m, returns: len(back) > 0,
		inputs: make([]*tensor.Dense, batch),
	})
}

// prepared finds a program, which becomes the one used last; nil where there is
// none.
func (e *Engine) prepared(is func(*program) bool) *program {
	i := slices.IndexFunc(e.programs, is)
	if i < 0 {
		return nil
	}
	p := e.programs[i]
	copy(e.programs[1:], e.programs[:i])
	e.programs[0] = p
	return p
}

// keep adds a program and drops the one that was not used for longest.
func (e *Engine) keep(p *program) (*program, error) {
	e.programs = slices.Insert(e.programs, 0, p)
	if len(e.programs) <= maxPrograms {
		return p, nil
	}
	oldest := e.programs[maxPrograms]
	e.programs = e.programs[:maxPrograms]
	return p, oldest.machine.Close()
}

// show gives the machine the requests' pictures, unless it has them, and
// reports whether they are new.
func (p *program) show(reqs []Request) (fresh bool, err error) {
	for i, req := range reqs {
		if p.inputs[i] != req.Input {
			p.inputs[i] = req.Input
			fresh = true
		}
	}
	if !fresh {
		return false, nil
	}
	pixels := floats(reqs[0].Input)
	if len(reqs) > 1 {
		p.pixels = p.pixels[:0]
		for _, req := range reqs {
			p.pixels = append(p.pixels, floats(req.Input)...)
		}
		pixels = p.pixels
	}
	return true, p.machine.Let(p.low.input, pixels)
}

// aim sets the derivative by the logits to that of the passes' targets.
func (p *program) aim(passes []*Pass) error {
	seed := make([]float32, 0, len(p.seed))
	for _, pass := range passes {
		seed = append(seed, pass.seed...)
	}
	if slices.Equal(seed, p.seed) {
		return nil
	}
	p.seed = seed
	return p.machine.Let(p.low.seed, seed)
}

// tapped are picture i's shares of activations and gradients, in the machine's
// memory.
func (p *program) tapped(i, batch int) ([]Tapped, error) {
	list := make([]Tapped, len(p.layers))
	for k, name := range p.layers {
		activation, err := p.machine.Value(p.low.taps[k])
		if err != nil {
			return nil, err
		}
		var gradient []float32
		if n := p.low.gradients[k]; n == nil {
			// The derivative by what the logits do not depend on.
			gradient = make([]float32, len(activation))
		} else if gradient, err = p.machine.Value(n); err != nil {
			return nil, err
		}
		s := p.low.taps[k].Shape()
		size := len(activation) / batch
		list[k] = Tapped{Name: name, Layer: cam.Layer{
			Channels: s[1], Height: s[2], Width: s[3],
			Activation: activation[i*size : (i+1)*size], Gradient: gradient[i*size : (i+1)*size],
		}}
	}
	return list, nil
}

// scores makes a pass for each request from the machine's logits.
func (e *Engine) scores(p *program, reqs []Request) ([]*Pass, error) {
	logits, err := p.machine.Value(p.low.logits)
	if err != nil {
		return nil, err
	}
	passes := make([]*Pass, len(reqs))
	size := len(logits) / len(reqs)
	for i, req := range reqs {
		p := &Pass{Logits: slices.Clone(logits[i*size : (i+1)*size]), engine: e, input: req.Input}
		if err := p.score(req.Class); err != nil {
			return nil, err
		}
		if slices.Contains(req.Target.Others, p.Class.Index) {
			return nil, fmt.Errorf("the target has %s twice", e.net.Label(p.Class.Index))
		}
		p.Target = req.Target.resolve(p.Logits, p.Class.Index)
		if p.seed = p.Target.Seed(p.Logits, p.Class.Index); req.seed != nil {
			p.seed = req.seed(p.Logits)
		}
		passes[i] = p
	}
	return passes, nil
}

// topScores is how many of the most probable classes a Pass lists.
const topScores = 5

// score finds the most probable classes and the one to explain.
func (p *Pass) score(class int) error {
	for i, v := range p.Logits {
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			return fmt.Errorf("the logit of %s is %v: the weights or the picture hold numbers out of range", p.engine.net.Label(i), v)
		}
	}
	norm := logSum(p.Logits)
	of := func(i int) Score {
		v := p.Logits[i]
		return Score{Index: i, Label: p.engine.net.Label(i), Logit: v, Probability: float32(math.Exp(float64(v) - norm))}
	}
	p.Top = make([]Score, 0, topScores+1)
	for i, v := range p.Logits {
		at, _ := slices.BinarySearchFunc(p.Top, v, func(s Score, v float32) int {
			if s.Logit >= v {
				return -1
			}
			return 1
		})
		if at < topScores {
			p.Top = slices.Insert(p.Top, at, of(i))[:min(len(p.Top)+1, topScores)]
		}
	}
	if p.Class = p.Top[0]; class != TopClass {
		p.Class = of(class)
	}
	return nil
}

// Explain makes the map of one of the pass's layers. It runs the network again
// only for a method whose cost says so, and then returns soon after ctx is done.
func (p *Pass) Explain(ctx context.Context, layer string, m cam.Method) (*Explanation, error) {
	i := slices.IndexFunc(p.Layers, func(t Tapped) bool { return t.Name == layer })
	if i < 0 {
		return nil, fmt.Errorf("layer %s is not part of this pass, which has %s", layer, strings.Join(p.names(), ", "))
	}
	tapped := p.Layers[i]
	raw, err := m.Apply(ctx, tapped.Layer, &probe{p, i})
	if err != nil {
		return nil, fmt.Errorf("layer %s: %w", layer, err)
	}
	return p.explanation(layer, vanished(tapped.Gradient), m, raw), nil
}

// explanation says of a map of a layer, whose gradient has vanished or not, what
// has to be said.
func (p *Pass) explanation(layer string, vanished bool, m cam.Method, raw cam.Map) *Explanation {
	net := p.engine.net
	return &Explanation{
		Network: net.Name, Layer: layer, Method: m, Device: p.engine.Device().Name,
		Class: p.Class, Top: p.Top, Target: p.Target, TargetName: p.Target.Name(net.Label, p.Class.Index),
		Map: raw, Notices: notices(net, layer, vanished, m, p.Target, raw),
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
