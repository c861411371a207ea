//go:build gpu && cgo && linux

package cuda_test

import (
	"context"
	"errors"
	"image"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"gaze/compute"
	"gaze/compute/cam"
	"gaze/compute/engine/cuda/fakegpu"
	"gaze/compute/folder"
	"gaze/compute/heat"
	"gaze/compute/output"
	"gaze/models"
	"gaze/models/weights"
	"gaze/models/zoo"
)

// small is a network of small pictures.
func small(t *testing.T) *models.Network {
	t.Helper()
	net, err := zoo.Build("squeezenet1_1", weights.Formula{Classes: 20})
	if err != nil {
		t.Fatal(err)
	}
	if net, err = net.Resized(models.ImageNetInput(64, 64)); err != nil {
		t.Fatal(err)
	}
	return net
}

func engineOn(t *testing.T, device string) *compute.Explainer {
	t.Helper()
	fakegpu.Use(t)
	e, err := compute.Open(small(t), compute.Options{Device: device})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

func pictures(n int) []*tensor.Dense {
	list := make([]*tensor.Dense, n)
	for i := range list {
		list[i] = weights.FormulaTensor("input"+strings.Repeat("'", i), 1, 3, 64, 64)
	}
	return list
}

// subjects are pictures to be explained by recipe.
func subjects(n int) []*compute.Subject {
	list := make([]*compute.Subject, n)
	for i, x := range pictures(n) {
		list[i] = &compute.Subject{Input: x}
	}
	return list
}

var recipe = compute.Recipe{Layers: []string{"features.5"}, Class: compute.TopClass}

// agree compares logits and maps of a run with the CPU's.
func agree(t *testing.T, got []*compute.Pass, of []*compute.Subject) {
	t.Helper()
	want, err := engineOn(t, "cpu").Run(t.Context(), recipe, of...)
	if err != nil {
		t.Fatal(err)
	}
	method, err := cam.ByName("gradcam")
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != len(want) {
		t.Fatalf("%d passes of %d", len(got), len(want))
	}
	for i := range want {
		a, err := got[i].Explain(t.Context(), "features.5", method)
		if err != nil {
			t.Fatal(err)
		}
		b, err := want[i].Explain(t.Context(), "features.5", method)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "logits", got[i].Logits, want[i].Logits)
		near(t, "map", a.Map.Values, b.Map.Values)
	}
}

func near(t *testing.T, what string, got, want []float32) {
	t.Helper()
	var off, all float64
	for i, w := range want {
		off += math.Pow(float64(got[i]-w), 2)
		all += math.Pow(float64(w), 2)
	}
	if !(off <= 1e-8*all) {
		t.Errorf("the %s differ from the CPU's by %.1e of their size", what, math.Sqrt(off/all))
	}
}

func TestEngineOnTheGPU(t *testing.T) {
	for _, device := range []string{"auto", "cuda", "cuda:0"} {
		e := engineOn(t, device)
		of := subjects(2)
		passes, err := e.Run(t.Context(), recipe, of...)
		if err != nil {
			t.Fatal(err)
		}
		if d := e.Device(); d.Name != "cuda" || d.Reason != "" || d.Description != "emulated device" {
			t.Errorf("--device %s is %+v", device, d)
		}
		agree(t, passes, of)
	}
}

// The GPU makes the maps of several layers itself.
func TestLayersAreExplainedOnTheGPU(t *testing.T) {
	method, err := cam.ByName("gradcam")
	if err != nil {
		t.Fatal(err)
	}
	several := compute.Recipe{
		Layers: []string{"features.3.squeeze_activation", "features.5", "features.12"}, Methods: []cam.Method{method}, Class: compute.TopClass,
	}
	for _, name := range several.Layers {
		if _, ok := small(t).Layer(name); !ok {
			t.Fatalf("no layer is called %s", name)
		}
	}
	var maps [2][]compute.Outcome
	for i, device := range []string{"cpu", "cuda"} {
		answers, err := engineOn(t, device).Explain(t.Context(), several, subjects(1)...)
		if err != nil {
			t.Fatal(err)
		}
		maps[i] = answers[0].Outcomes
	}
	for i := range maps[0] {
		want, got := maps[0][i].Explanation, maps[1][i].Explanation
		if got.Layer != several.Layers[i] || got.Device != "cuda" || want.Device != "cpu" {
			t.Errorf("%s was explained by %s, and by %s", got.Layer, got.Device, want.Device)
		}
		near(t, "map of "+got.Layer, got.Map.Values, want.Map.Values)
	}
}

// Where it is asked to, the GPU does without Winograd's algorithms, which it takes
// for this network and number of pictures otherwise.
func TestEngineComputesExactlyOnTheGPU(t *testing.T) {
	fakegpu.Use(t)
	net, err := zoo.Build("resnet18", weights.Formula{Classes: 20})
	if err != nil {
		t.Fatal(err)
	}
	if net, err = net.Resized(models.ImageNetInput(64, 64)); err != nil {
		t.Fatal(err)
	}
	logits := func(opt compute.Options) []float32 {
		e, err := compute.Open(net, opt)
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		var pixels [][]float32
		for _, x := range pictures(4) {
			pixels = append(pixels, x.Data().([]float32))
		}
		all, err := e.Scorer(4).Scores(t.Context(), pixels)
		if err != nil {
			t.Fatal(err)
		}
		return slices.Concat(all...)
	}
	exact := logits(compute.Options{Device: "cuda", Exact: true})
	near(t, "exact logits", exact, logits(compute.Options{Device: "cpu", Exact: true}))
	if slices.Equal(exact, logits(compute.Options{Device: "cuda"})) {
		t.Error("the exact logits are those of Winograd's algorithms")
	}
}

func TestEngineGoesOnWithTheCPUWhenTheGPUIsLost(t *testing.T) {
	e := engineOn(t, "cuda")
	of := subjects(1)
	if _, err := e.Run(t.Context(), recipe, of...); err != nil {
		t.Fatal(err)
	}
	t.Setenv("GAZE_FAKE_LOST", "1")
	of[0] = subjects(2)[1]
	passes, err := e.Run(t.Context(), recipe, of...)
	if err != nil {
		t.Fatal(err)
	}
	if d := e.Device(); d.Name != "cpu" || !strings.Contains(d.Reason, "the GPU was lost") {
		t.Errorf("the device is %+v", d)
	}
	agree(t, passes, of)
}

func TestEngineDividesWhatTheGPUHasTooLittleMemoryFor(t *testing.T) {
	of := subjects(4)
	for memory, divided := 9_000_000, false; !divided && memory > 0; memory -= 500_000 {
		t.Run(strconv.Itoa(memory)+" bytes", func(t *testing.T) {
			e := engineOn(t, "cuda")
			t.Setenv("GAZE_FAKE_MEMORY", strconv.Itoa(memory))
			passes, err := e.Run(t.Context(), recipe, of...)
			if err != nil {
				t.Fatal(err)
			}
			d := e.Device()
			if d.Name != "cuda" {
				t.Fatalf("the device is %+v, and with more memory nothing was divided", d)
			}
			divided = strings.Contains(d.Reason, "at a time")
			agree(t, passes, of)
		})
		if t.Failed() {
			return
		}
	}
}

// batches notes how many pictures its engine was shown at once.
type batches struct {
	*compute.Explainer
	shown []int
}

func (b *batches) Explain(ctx context.Context, r compute.Recipe, of ...*compute.Subject) ([]compute.Answer, error) {
	b.shown = append(b.shown, len(of))
	return b.Explainer.Explain(ctx, r, of...)
}

// Score-CAM shows the network masked pictures, too.
func TestFolderIsExplainedInBatchesOnTheGPU(t *testing.T) {
	dir := t.TempDir()
	for i := range 10 {
		img := image.NewNRGBA(image.Rect(0, 0, 70+i, 80))
		for k := range img.Pix {
			img.Pix[k] = uint8(k*k>>(i%5)) | 3
		}
		if err := output.SavePNG(filepath.Join(dir, strconv.Itoa(i)+".png"), img, false); err != nil {
			t.Fatal(err)
		}
	}
	entries, _, err := folder.Find(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		method string
		shown  []int
	}{{"gradcam", []int{8, 2}}, {"scorecam", []int{1}}} {
		method, err := cam.ByName(c.method)
		if err != nil {
			t.Fatal(err)
		}
		pictures := 0
		for _, n := range c.shown {
			pictures += n
		}
		maps := func(device string) (list []cam.Map, shown []int) {
			explainer := &batches{Explainer: engineOn(t, device)}
			job := folder.Job{
				Explainer: explainer, Recipe: compute.Recipe{Layers: []string{"features.2"}, Methods: []cam.Method{method}, Class: 3},
				Style: heat.Style{Opacity: 0.5}, Out: t.TempDir(), Jobs: 1,
				Each: func(r folder.Result) error {
					if r.Failure != nil {
						return r.Failure
					}
					list = append(list, r.Outcomes[0].Explanation.Map)
					return nil
				},
			}
			if _, err := job.Run(t.Context(), entries[:pictures], nil); err != nil {
				t.Fatal(err)
			}
			if d := explainer.Device(); d.Name != device {
				t.Errorf("the device is %+v", d)
			}
			return list, explainer.shown
		}
		got, shown := maps("cuda")
		if !slices.Equal(shown, c.shown) {
			t.Errorf("%s: the GPU was shown %d pictures at a time, want %d", c.method, shown, c.shown)
		}
		want, shown := maps("cpu")
		if len(shown) != pictures {
			t.Errorf("%s: the CPU was shown %d pictures at a time, want one", c.method, shown)
		}
		for i, m := range want {
			near(t, c.method+" of picture "+strconv.Itoa(i), got[i].Values, m.Values)
		}
	}
}

func TestEngineGoesOnWithTheCPUWhenNothingFitsTheGPU(t *testing.T) {
	e := engineOn(t, "cuda")
	t.Setenv("GAZE_FAKE_MEMORY", "1000")
	of := subjects(1)
	passes, err := e.Run(t.Context(), recipe, of...)
	if err != nil {
		t.Fatal(err)
	}
	if d := e.Device(); d.Name != "cpu" || !strings.Contains(d.Reason, "out of memory") {
		t.Errorf("the device is %+v", d)
	}
	agree(t, passes, of)
}

// A GPU that was the engine's choice and cannot run the kernels is given up.
func TestEngineGoesOnWithTheCPUWhereTheGPUCannotDoIt(t *testing.T) {
	t.Setenv("GAZE_FAKE_COMPILER", "0")
	of := subjects(1)
	if _, err := engineOn(t, "cuda").Run(t.Context(), recipe, of...); err == nil || !strings.Contains(err.Error(), "compiling kernels") {
		t.Errorf("the error is %v", err)
	}
	e := engineOn(t, "auto")
	passes, err := e.Run(t.Context(), recipe, of...)
	if err != nil {
		t.Fatal(err)
	}
	if d := e.Device(); d.Name != "cpu" || !strings.Contains(d.Reason, "compiling kernels") {
		t.Errorf("the device is %+v", d)
	}
	agree(t, passes, of)
}

// countdown is a context that is cancelled once it was asked so many times.
type countdown struct {
	context.Context
	left int
}

func (c *countdown) Err() error {
	if c.left--; c.left < 0 {
		return context.Canceled
	}
	return nil
}

// A run that is cancelled while its work is queued is no fault of the GPU's.
func TestCancelledRunKeepsTheGPU(t *testing.T) {
	e := engineOn(t, "auto")
	of := subjects(1)
	for _, asked := range []int{0, 1, 2, 5, 20} {
		if _, err := e.Run(&countdown{t.Context(), asked}, recipe, of...); !errors.Is(err, context.Canceled) {
			t.Errorf("a run that was cancelled returned %v", err)
		}
		if d := e.Device(); d.Name != "cuda" || d.Reason != "" {
			t.Errorf("then the device is %+v", d)
		}
	}
	passes, err := e.Run(t.Context(), recipe, of...)
	if err != nil {
		t.Fatal(err)
	}
	agree(t, passes, of)
}

func TestWhereThereIsNoTF32IsSaid(t *testing.T) {
	fakegpu.Use(t)
	for _, c := range []struct{ device, capability, description, reason string }{
		{"cuda", "80", "emulated device, TF32", ""},
		{"auto", "80", "emulated device, TF32", ""},
		{"cuda", "75", "emulated device", "it has no tensor cores for TF32 and computes in fp32"},
		{"cpu", "80", "", "TF32 is for GPUs, it computes in fp32"},
		{"auto", "61", "", "emulated device cannot be used: its compute capability is 6.1, and 7.5 is needed; TF32 is for GPUs, it computes in fp32"},
	} {
		t.Run(c.device+" "+c.capability, func(t *testing.T) {
			t.Setenv("GAZE_FAKE_CAPABILITY", c.capability)
			e, err := compute.Open(small(t), compute.Options{Device: c.device, TF32: true})
			if err != nil {
				t.Fatal(err)
			}
			defer e.Close()
			d := e.Device()
			if d.Reason != c.reason || (d.Name == "cpu") != (c.description == "") || c.description != "" && d.Description != c.description {
				t.Errorf("the device is %+v, want %q because %q", d, c.description, c.reason)
			}
		})
	}
}

func TestGPUsThatCannotBeUsedAreRefused(t *testing.T) {
	fakegpu.Use(t)
	for name, c := range map[string]struct{ variable, value, reason string }{
		"too old": {"GAZE_FAKE_CAPABILITY", "61", "compute capability is 6.1"},
		"taken":   {"GAZE_FAKE_TAKEN", "1", "another program"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(c.variable, c.value)
			if _, err := compute.Open(small(t), compute.Options{Device: "cuda"}); err == nil || !strings.Contains(err.Error(), c.reason) {
				t.Errorf("the error is %v", err)
			}
			e, err := compute.Open(small(t), compute.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer e.Close()
			if d := e.Device(); d.Name != "cpu" || !strings.Contains(d.Reason, c.reason) {
				t.Errorf("the device is %+v", d)
			}
		})
	}
}
