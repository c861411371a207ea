package ui

import (
	"context"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"gorgonia.org/tensor"

	compute "gaze/compute/engine"
	"gaze/compute/cam"
	"gaze/compute/faith"
	"gaze/models"
	"gaze/models/store"
	"gaze/models/zoo"
)

// loop runs what is posted to it on the test's goroutine, as Fyne does on its
// own.
type loop chan func()

func newLoop() loop { return make(loop, 1000) }

func (l loop) post(f func()) { l <- f }

// until runs what is posted until done reports true.
func (l loop) until(t *testing.T, what string, done func() bool) {
	t.Helper()
	deadline := time.After(time.Minute)
	for !done() {
		select {
		case f := <-l:
			f()
		case <-time.After(5 * time.Millisecond):
		case <-deadline:
			t.Fatalf("still waiting for: %s", what)
		}
	}
}

// fakeEngine is an engine whose runs cost nothing and are counted.
type fakeEngine struct {
	net *models.Network
	// run, if not nil, is what a run does before it succeeds.
	run func(ctx context.Context, req compute.Request) error
	// explain, if not nil, is what making a map does before it succeeds.
	explain func(ctx context.Context, m cam.Method) error
	// notices are those of every explanation.
	notices []compute.Notice

	mu       sync.Mutex
	requests []compute.Request
	closed   bool
}

func (e *fakeEngine) Network() *models.Network { return e.net }

func (e *fakeEngine) Device() compute.Device {
	return compute.Device{Name: "cpu", Description: "CPU, AVX2, 2 threads", Usable: true, Instructions: "AVX2", Threads: 2}
}

func (e *fakeEngine) Run(ctx context.Context, req compute.Request) (pass, error) {
	e.mu.Lock()
	e.requests = append(e.requests, req)
	e.mu.Unlock()
	if e.run != nil {
		if err := e.run(ctx, req); err != nil {
			return nil, err
		}
	}
	return &fakePass{e, req}, nil
}

func (e *fakeEngine) ExplainLayers(ctx context.Context, req compute.Request, m cam.Method) ([]*compute.Explanation, error) {
	p, err := e.Run(ctx, req)
	if err != nil {
		return nil, err
	}
	var list []*compute.Explanation
	for _, layer := range req.Layers {
		x, err := p.Explain(ctx, layer, m)
		if err != nil {
			return nil, err
		}
		list = append(list, x)
	}
	return list, nil
}

// Scorer is a network that is the surer of the first class the brighter the
// picture is.
func (e *fakeEngine) Scorer(int) faith.Scorer { return fakeScorer(len(e.net.Labels)) }

type fakeScorer int

func (n fakeScorer) Scores(_ context.Context, pictures [][]float32) ([][]float32, error) {
	all := make([][]float32, len(pictures))
	for i, p := range pictures {
		all[i] = make([]float32, n)
		for _, v := range p {
			all[i][0] += v / float32(len(p))
		}
	}
	return all, nil
}

func (e *fakeEngine) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closed = true
	return nil
}

func (e *fakeEngine) runs() []compute.Request {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.requests
}

type fakePass struct {
	engine *fakeEngine
	req    compute.Request
}

func (p *fakePass) Report(progress func(done, total int)) {}

func (p *fakePass) Took() time.Duration { return 41 * time.Millisecond }

// Explain returns a map that grows to the lower right for Grad-CAM, and to the
// lower left for other methods.
func (p *fakePass) Explain(ctx context.Context, layer string, m cam.Method) (*compute.Explanation, error) {
	if p.engine.explain != nil {
		if err := p.engine.explain(ctx, m); err != nil {
			return nil, err
		}
	}
	net := p.engine.net
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
	e := &compute.Explanation{Network: net.Name, Layer: layer, Method: m, Device: "cpu", Map: raw, Notices: p.engine.notices}
	for i, probability := range []float32{0.78, 0.1, 0.051, 0.02, 0.004} {
		e.Top = append(e.Top, compute.Score{Index: i, Label: net.Label(i), Logit: float32(5 - i), Probability: probability})
	}
	e.Class = e.Top[0]
	if c := p.req.Class; c >= 0 {
		e.Class = compute.Score{Index: c, Label: net.Label(c), Logit: -1, Probability: 0.0001}
		if c < len(e.Top) {
			e.Class = e.Top[c]
		}
	}
	return e, nil
}

// tinyNetwork has two layers to explain, "conv" and "relu", and the classes
// "cat", "dog", "mug", "pen", "cup" and "hat".
func tinyNetwork(t *testing.T, name string) *models.Network {
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

// picturesIn draws pictures into a new folder and returns it and their paths.
func picturesIn(t *testing.T, names ...string) (dir string, paths []string) {
	t.Helper()
	dir = t.TempDir()
	for i, name := range names {
		path := filepath.Join(dir, name)
		writePNG(t, path, drawing(96, 64, i))
		paths = append(paths, path)
	}
	return dir, paths
}

// drawing is a picture of a coloured disc on a sky; kind chooses the colour.
func drawing(w, h, kind int) image.Image {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	disc := []color.NRGBA{{0xd9, 0x48, 0x41, 0xff}, {0x2f, 0x9e, 0x44, 0xff}, {0xf0, 0x8c, 0x00, 0xff}, {0x70, 0x48, 0xe8, 0xff}}[kind%4]
	cx, cy, r := w*5/8, h*9/16, h/4
	for y := range h {
		for x := range w {
			c := color.NRGBA{uint8(120 + 80*y/h), uint8(160 + 60*y/h), 0xe6, 0xff}
			if (x-cx)*(x-cx)+(y-cy)*(y-cy) < r*r {
				c = disc
			}
			img.SetNRGBA(x, y, c)
		}
	}
	return img
}

func writePNG(t *testing.T, path string, img image.Image) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := png.Encode(f, img); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// fakeShelf offers one network besides the built-in one, and gets it as its get
// says.
type fakeShelf struct {
	get  func(ctx context.Context, report func(store.Progress)) error
	here bool
}

func (s *fakeShelf) Dir() string { return "/home/ada/.local/share/gaze/models" }

func (s *fakeShelf) List() ([]store.Entry, error) {
	offered := store.Entry{
		Name: "resnet50", Bytes: 102_530_000, Ready: s.here,
		Published: &zoo.Published{Network: "resnet50", URL: "https://download.pytorch.org/models/resnet50-0676ba61.pth", Top1: 76.13, Licence: "BSD-3-Clause"},
	}
	return []store.Entry{{Name: "everyday", Ready: true}, offered}, nil
}

func (s *fakeShelf) Get(ctx context.Context, _ string, report func(store.Progress)) error {
	err := s.get(ctx, report)
	s.here = err == nil
	return err
}
