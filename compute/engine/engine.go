// Package engine runs a network: forward to its logits, and backward to the
// layers that somebody looks at.
//
// An [Engine] lowers a models.Network to a gorgonia graph (package lower), has a
// machine run it on a device (packages machine, cpu and cuda), and hands out
// logits, activations and gradients. What is differentiated is the caller's: a
// [Request] brings the derivative of its target by the logits. Package compute
// makes explanations of what the engine hands out.
package engine

import (
	"errors"
	"fmt"
	"sync/atomic"

	"gorgonia.org/tensor"

	"gaze/compute/engine/lower"
	"gaze/compute/engine/machine"
	"gaze/models"
)

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

// Engine runs one network. It is safe for concurrent use; runs take turns.
type Engine struct {
	net     *models.Network
	options Options
	device  atomic.Pointer[Device]
	// most is how many pictures the device has memory for at once, 0 where that
	// was not found out.
	most atomic.Int64

	// token is held during a run. It is a channel, so that waiting for it can be
	// cancelled. What follows is the holder's.
	token    chan struct{}
	closed   bool
	backends backends
	on       machine.Device
	stop     func() error
	folds    *lower.Folds
	programs programs
}

// Open prepares net to be run. Its last layer must give one number a class.
func Open(net *models.Network, opt Options) (*Engine, error) { return openOn(known(), net, opt) }

// openOn is Open with the devices of those families.
func openOn(b backends, net *models.Network, opt Options) (*Engine, error) {
	if len(net.Layers) == 0 || len(net.Logits().Shape) != 2 {
		return nil, fmt.Errorf("network %s does not end in one number a class", net.Name)
	}
	device, opened, err := b.open(opt)
	if err != nil {
		return nil, err
	}
	e := &Engine{net: net, options: opt, backends: b, on: opened.Device, stop: opened.Close, token: make(chan struct{}, 1), folds: lower.NewFolds()}
	e.device.Store(&device)
	e.token <- struct{}{}
	return e, nil
}

// Network returns the network the engine runs.
func (e *Engine) Network() *models.Network { return e.net }

// Device tells what the engine computes on. Where that is a GPU that gets lost or
// has too little memory, it becomes the CPU, with the reason.
func (e *Engine) Device() Device { return *e.device.Load() }

// PicturesAtOnce is how many pictures run at once where the number must not depend
// on the device:
//
//   - Methods that run the network again show it that many (cam.Network's Batch),
//     and so does smoothing. What follows a layer is prepared for that many
//     activations; another number would be another program.
//   - Maps are measured with that many: see faith.Options and gazectl compare.
//
// Folder runs use [Engine.Batch] instead, which comes from the device: a CUDA device
// has its own number, cuda.batch.
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

// Close frees the engine's memory and waits for a run in progress.
func (e *Engine) Close() error {
	<-e.token
	defer func() { e.token <- struct{}{} }()
	if e.closed {
		return nil
	}
	e.closed = true
	return errors.Join(e.programs.close(), e.stop())
}

// Request is a picture to run the network on.
type Request struct {
	// Input is the preprocessed picture, 1 x channels x H x W, from package picture. It
	// must not be changed afterwards: a second request with the same tensor reuses
	// its forward pass, so that another target costs only the backward pass.
	Input *tensor.Dense
	// Seed returns the target's derivative by the logits, at these logits. Its
	// error ends the run. Only [Engine.Logits] does without it.
	Seed func(logits []float32) ([]float32, error)
}

// check reports what is wrong with requests.
func (e *Engine) check(reqs []Request) error {
	if len(reqs) == 0 {
		return errors.New("no picture to run on")
	}
	want := e.net.Input.Shape()
	for _, req := range reqs {
		if req.Input == nil || !req.Input.Shape().Eq(want) || req.Input.Dtype() != tensor.Float32 {
			return fmt.Errorf("the input must be a float32 tensor of shape %v", want)
		}
	}
	return nil
}

// checkLayers reports which layers cannot be explained.
func (e *Engine) checkLayers(layers []string) error {
	if len(layers) == 0 {
		return errors.New("no layer to explain")
	}
	for _, name := range layers {
		l, ok := e.net.Layer(name)
		if !ok {
			return fmt.Errorf("no layer is called %q", name)
		}
		if !l.Spatial() {
			return fmt.Errorf("layer %s (%s) has no spatial extent, so there is no map of it", name, l.Kind)
		}
	}
	return nil
}

// named says of which network an error tells.
func (e *Engine) named(err error) error { return fmt.Errorf("network %s: %w", e.net.Name, err) }

func floats(t *tensor.Dense) []float32 { return t.Data().([]float32) }
