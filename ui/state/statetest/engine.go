// Package statetest has what tests of the window's state and of the window need:
// a network that computes nothing, pictures, and a loop in place of a window's.
package statetest

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"gorgonia.org/tensor"

	"gaze/compute/cam"
	"gaze/compute/engine"
	"gaze/compute/faith"
	"gaze/models"
	"gaze/ui/state"
)

// Engine is a state.Engine whose runs cost nothing and are counted.
type Engine struct {
	Net *models.Network
	// OnRun, if not nil, is what a run does before it succeeds.
	OnRun func(ctx context.Context, r Run) error
	// OnExplain, if not nil, is what making a map does before it succeeds.
	OnExplain func(ctx context.Context, m cam.Method) error
	// Notices are those of every explanation.
	Notices []engine.Notice

	mu     sync.Mutex
	runs   []Run
	closed bool
}

// Run is what the network was run for.
type Run struct {
	state.Recipe
	Input *tensor.Dense
}

// Network implements [state.Engine].
func (e *Engine) Network() *models.Network { return e.Net }

// Device implements [state.Engine].
func (e *Engine) Device() engine.Device {
	return engine.Device{Name: "cpu", Description: "CPU, AVX2, 2 threads", Usable: true}
}

// Run implements [state.Engine].
func (e *Engine) Run(ctx context.Context, r state.Recipe, input *tensor.Dense) (state.Pass, error) {
	run := Run{r, input}
	e.mu.Lock()
	e.runs = append(e.runs, run)
	e.mu.Unlock()
	if e.OnRun != nil {
		if err := e.OnRun(ctx, run); err != nil {
			return nil, err
		}
	}
	return &pass{e, r}, nil
}

// Explain implements [state.Engine].
func (e *Engine) Explain(ctx context.Context, r state.Recipe, input *tensor.Dense) ([]*engine.Explanation, error) {
	p, err := e.Run(ctx, r, input)
	if err != nil {
		return nil, err
	}
	var list []*engine.Explanation
	for _, layer := range r.Layers {
		one := r
		one.Layers = []string{layer}
		x, err := p.Explain(ctx, one, nil)
		if err != nil {
			return nil, err
		}
		list = append(list, x)
	}
	return list, nil
}

// Scorer implements [state.Engine]: it is a network that is the surer of the first class the brighter the
// picture is.
func (e *Engine) Scorer(int) faith.Scorer { return scorer(len(e.Net.Labels)) }

type scorer int

func (n scorer) Scores(_ context.Context, pictures [][]float32) ([][]float32, error) {
	all := make([][]float32, len(pictures))
	for i, p := range pictures {
		all[i] = make([]float32, n)
		for _, v := range p {
			all[i][0] += v / float32(len(p))
		}
	}
	return all, nil
}

// Close implements [state.Engine].
func (e *Engine) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closed = true
	return nil
}

// Closed reports whether the engine was closed.
func (e *Engine) Closed() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.closed
}

// Runs lists what the network was run for.
func (e *Engine) Runs() []Run {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.runs
}

type pass struct {
	engine *Engine
	recipe state.Recipe
}

func (p *pass) Took() time.Duration { return 41 * time.Millisecond }

// Explain returns a map that grows to the lower right for Grad-CAM, and to the
// lower left for other methods.
func (p *pass) Explain(ctx context.Context, r state.Recipe, _ func(state.Progress)) (*engine.Explanation, error) {
	layer, m := r.Layers[0], r.Methods[0]
	if p.engine.OnExplain != nil {
		if err := p.engine.OnExplain(ctx, m); err != nil {
			return nil, err
		}
	}
	net := p.engine.Net
	l, _ := net.Layer(layer)
	h, w := l.Shape[2], l.Shape[3]
	raw := cam.Map{Height: h, Width: w, Values: make([]float32, h*w)}
	for y := range h {
		for x := range w {
			if m.Name != "gradcam" {
				x = w - 1 - x
			}
			raw.Values[y*w+x] = float32(x*y) - 1
		}
	}
	x := &engine.Explanation{Network: net.Name, Layer: layer, Method: m, Device: "cpu", Map: raw, Notices: p.engine.Notices}
	for i, probability := range []float32{0.78, 0.1, 0.051, 0.02, 0.004} {
		x.Top = append(x.Top, engine.Score{Index: i, Label: net.Label(i), Logit: float32(5 - i), Probability: probability})
	}
	x.Class = x.Top[0]
	if c := p.recipe.Class; c >= 0 {
		x.Class = engine.Score{Index: c, Label: net.Label(c), Logit: -1, Probability: 0.0001}
		if c < len(x.Top) {
			x.Class = x.Top[c]
		}
	}
	x.Smoothing, x.Fusion, x.Compat = r.Smoothing, r.Fusion, r.Compat
	x.Target, x.TargetName = r.Target, r.Target.Name(net.Label, x.Class.Index)
	if r.Fusion != "" {
		x.Layer = strings.Join(r.Layers, " + ")
	}
	return x, nil
}

// TinyNetwork has two layers to explain, "conv" and "relu", and the classes
// "cat", "dog", "mug", "pen", "cup" and "hat".
func TinyNetwork(t *testing.T, name string) *models.Network {
	t.Helper()
	net := &models.Network{
		Name: name, Architecture: name,
		Input:  models.Input{Height: 8, Width: 8, Resize: 8, Fit: models.FitCrop, Scale: 1, Std: [3]float32{1, 1, 1}},
		Labels: []string{"cat", "dog", "mug", "pen", "cup", "hat"},
	}
	param := func(shape ...int) *tensor.Dense {
		return tensor.New(tensor.WithShape(shape...), tensor.Of(tensor.Float32))
	}
	for _, l := range []models.Layer{
		{
			Name: "conv", Kind: models.Conv, Inputs: []string{models.InputName},
			Attr:   models.Attr{Kernel: [2]int{3, 3}, Stride: [2]int{2, 2}, Dilation: [2]int{1, 1}, Pad: [4]int{1, 1, 1, 1}, Groups: 1},
			Params: map[string]*tensor.Dense{"weight": param(5, 3, 3, 3), "bias": param(5)},
		},
		{Name: "relu", Kind: models.ReLU, Inputs: []string{"conv"}},
		{Name: "pool", Kind: models.GlobalAvgPool, Inputs: []string{"relu"}},
		{Name: "flat", Kind: models.Flatten, Inputs: []string{"pool"}},
		{
			Name: "fc", Kind: models.Linear, Inputs: []string{"flat"},
			Params: map[string]*tensor.Dense{"weight": param(6, 5), "bias": param(6)},
		},
	} {
		if err := net.Append(l); err != nil {
			t.Fatal(err)
		}
	}
	return net
}
