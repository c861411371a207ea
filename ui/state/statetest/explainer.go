// Package statetest has what tests of the window's state and of the window need:
// a network that computes nothing, pictures, and a loop in place of a window's.
package statetest

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gorgonia.org/tensor"

	"gaze/compute"
	"gaze/compute/cam"
	"gaze/compute/faith"
	"gaze/compute/heat"
	"gaze/models"
	"gaze/ui/state"
)

// Explainer is a state.Explainer whose runs cost nothing and are counted.
type Explainer struct {
	Net *models.Network
	// OnRun, if not nil, is what a run does before it succeeds.
	OnRun func(ctx context.Context, r Run) error
	// OnExplain, if not nil, is what making a map does before it succeeds.
	OnExplain func(ctx context.Context, m cam.Method) error
	// Notices are those of every explanation.
	Notices []compute.Notice
	// Outputs, if not nil, are what the network gives for every picture. Without them it
	// is rather sure of its first class.
	Outputs []float32

	mu     sync.Mutex
	runs   []Run
	closed bool
}

// Run is what the network was run for.
type Run struct {
	compute.Recipe
	Input *tensor.Dense
}

// Network implements [state.Explainer].
func (e *Explainer) Network() *models.Network { return e.Net }

// Device implements [state.Explainer].
func (e *Explainer) Device() compute.Device {
	return compute.Device{Name: "cpu", Description: "CPU, AVX2, 2 threads", Usable: true, Instructions: "AVX2", Threads: 2}
}

// Run implements [state.Explainer].
func (e *Explainer) Run(ctx context.Context, r compute.Recipe, s *compute.Subject) (state.Pass, error) {
	run := Run{r, s.Input}
	e.mu.Lock()
	e.runs = append(e.runs, run)
	e.mu.Unlock()
	// The network's best class is its first.
	if slices.Contains(r.Target.Others, max(r.Class, 0)) {
		return nil, errors.New("the target has a class twice")
	}
	if e.OnRun != nil {
		if err := e.OnRun(ctx, run); err != nil {
			return nil, err
		}
	}
	return &pass{e, r}, nil
}

// Explain implements [state.Explainer].
func (e *Explainer) Explain(ctx context.Context, r compute.Recipe, subjects ...*compute.Subject) ([]compute.Answer, error) {
	var answers []compute.Answer
	for _, s := range subjects {
		p, err := e.Run(ctx, r, s)
		if err != nil {
			return nil, err
		}
		answers = append(answers, compute.Answer{Outcomes: p.Outcomes(ctx, r, nil)})
	}
	return answers, ctx.Err()
}

// Measure implements [state.Explainer] with a network that is the surer of the first
// class the brighter the picture is. Each map is measured alone.
func (e *Explainer) Measure(ctx context.Context, s *compute.Subject, maps []*compute.Explanation, _ *compute.Explanation, metrics []faith.Metric, opt faith.Options) ([][]faith.Figure, error) {
	in := e.Net.Input
	var all [][]faith.Figure
	for _, x := range maps {
		subject := faith.Subject{
			Picture: s.Input.Data().([]float32), Height: in.Height, Width: in.Width, Class: x.Class.Index,
			Maps: []cam.Map{heat.Resize(x.Map, in.Height, in.Width)},
		}
		figures, err := faith.Measure(ctx, scorer(len(e.Net.Labels)), subject, metrics, opt)
		if err != nil {
			return nil, err
		}
		all = append(all, figures[0])
	}
	return all, nil
}

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

// Close implements [state.Explainer].
func (e *Explainer) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closed = true
	return nil
}

// Closed reports whether the explainer was closed.
func (e *Explainer) Closed() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.closed
}

// Runs lists what the network was run for.
func (e *Explainer) Runs() []Run {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.runs
}

type pass struct {
	explainer *Explainer
	recipe    compute.Recipe
}

func (p *pass) Took() time.Duration { return 41 * time.Millisecond }

// Outcomes implements [state.Pass].
func (p *pass) Outcomes(ctx context.Context, r compute.Recipe, _ func(state.Progress)) []compute.Outcome {
	list := r.Maps()
	for i := range list {
		list[i].Explanation, list[i].Err = p.explain(ctx, list[i], r)
	}
	return list
}

// explain makes a map that grows to the lower right for Grad-CAM, and to the lower
// left for other methods.
func (p *pass) explain(ctx context.Context, o compute.Outcome, r compute.Recipe) (*compute.Explanation, error) {
	layer, _, _ := strings.Cut(o.Layer, " + ")
	m := o.Method
	if p.explainer.OnExplain != nil {
		if err := p.explainer.OnExplain(ctx, m); err != nil {
			return nil, err
		}
	}
	net := p.explainer.Net
	l, _ := net.Layer(layer)
	h, w := l.Plane()
	raw := cam.Map{Height: h, Width: w, Values: make([]float32, h*w)}
	for y := range h {
		for x := range w {
			if !m.Is(cam.GradCAM()) {
				x = w - 1 - x
			}
			raw.Values[y*w+x] = float32(x*y) - 1
		}
	}
	x := &compute.Explanation{Network: net.Name, Layer: layer, Method: m, Device: "cpu", Map: raw, Notices: p.explainer.Notices}
	x.Class, x.Top = p.explainer.scores(p.recipe.Class)
	x.Smoothing, x.Fusion, x.Compat = r.Smoothing, r.Fusion, r.Compat
	x.Target, x.TargetName = r.Target, r.Target.Name(net.Label, x.Class.Index)
	x.Layer = o.Layer
	return x, nil
}

// scores are what the network says of a class, or with compute.TopClass of the best
// one, and the best classes.
func (e *Explainer) scores(class int) (asked compute.Score, top []compute.Score) {
	net := e.Net
	if e.Outputs == nil {
		for i, probability := range []float32{0.78, 0.1, 0.051, 0.02, 0.004} {
			top = append(top, compute.Score{Index: i, Label: net.Label(i), Logit: float32(5 - i), Probability: probability, Said: i == 0})
		}
		if class >= len(top) {
			return compute.Score{Index: class, Label: net.Label(class), Logit: -1, Probability: 0.0001}, top
		}
		return top[max(class, 0)], top
	}
	logits := net.ClassLogits(e.Outputs)
	var all []compute.Score
	for i, y := range logits {
		all = append(all, compute.Score{Index: i, Label: net.Label(i), Logit: y, Probability: float32(net.Output.Probability(logits, i)), Said: net.Says(logits, net.Best(logits), i)})
	}
	best := net.Best(logits)
	top = slices.SortedStableFunc(slices.Values(all), func(a, b compute.Score) int {
		switch best {
		case a.Index:
			return -1
		case b.Index:
			return 1
		}
		return cmp.Compare(b.Logit, a.Logit)
	})
	if class < 0 {
		class = best
	}
	return all[class], top[:min(5, len(top))]
}

// TinyNetwork has two layers to explain, "conv" and "relu", and the classes
// "cat", "dog", "mug", "pen", "cup" and "hat".
func TinyNetwork(t *testing.T, name string) *models.Network {
	t.Helper()
	return tinyNetwork(t, name, []string{"cat", "dog", "mug", "pen", "cup", "hat"}, 6)
}

// HeadNetwork is like TinyNetwork, with outputs that mean something else.
func HeadNetwork(t *testing.T, name string, outputs int, meaning models.Output, labels []string) *models.Network {
	t.Helper()
	net := tinyNetwork(t, name, labels, outputs)
	net.Output = meaning
	return net
}

func tinyNetwork(t *testing.T, name string, labels []string, outputs int) *models.Network {
	t.Helper()
	net := &models.Network{
		Name: name, Architecture: name,
		Input:  models.Input{Height: 8, Width: 8, Resize: 8, Fit: models.FitCrop, Channels: models.RGB, Scale: 1, Mean: []float32{0, 0, 0}, Std: []float32{1, 1, 1}},
		Labels: labels,
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
			Params: map[string]*tensor.Dense{"weight": param(outputs, 5), "bias": param(outputs)},
		},
	} {
		if err := net.Append(l); err != nil {
			t.Fatal(err)
		}
	}
	return net
}
