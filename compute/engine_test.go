package compute_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"

	"gorgonia.org/tensor"

	"gaze/compute"
	"gaze/compute/cam"
	"gaze/models"
	"gaze/models/builtin"
	"gaze/models/weights"
	"gaze/models/zoo"
)

// tiny is conv 1x1 (3 -> 2) -> ReLU -> global average -> linear (2 -> 3) on
// pictures of 2x2, with numbers whose logits and maps can be worked out by
// hand: channel 0 is red, channel 1 is green minus blue.
func tiny(t *testing.T) *models.Network {
	t.Helper()
	n := &models.Network{
		Name: "tiny", Labels: []string{"red", "green", "neither"},
		Input: models.Input{Height: 2, Width: 2, Resize: 2, Fit: models.FitCrop, Channels: models.RGB, Scale: 1, Mean: []float32{0, 0, 0}, Std: []float32{1, 1, 1}},
	}
	one := models.Attr{Kernel: [2]int{1, 1}, Stride: [2]int{1, 1}, Dilation: [2]int{1, 1}, Groups: 1}
	layers := []models.Layer{
		{Name: "conv", Kind: models.Conv, Inputs: []string{"input"}, Attr: one, Params: map[string]*tensor.Dense{
			"weight": dense([]float32{1, 0, 0, 0, 1, -1}, 2, 3, 1, 1),
		}},
		{Name: "relu", Kind: models.ReLU, Inputs: []string{"conv"}},
		{Name: "pool", Kind: models.GlobalAvgPool, Inputs: []string{"relu"}},
		{Name: "flatten", Kind: models.Flatten, Inputs: []string{"pool"}},
		{Name: "fc", Kind: models.Linear, Inputs: []string{"flatten"}, Params: map[string]*tensor.Dense{
			"weight": dense([]float32{4, -4, 0, 8, -4, -4}, 3, 2),
			"bias":   dense([]float32{0.5, 0.25, 1}, 3),
		}},
	}
	for _, l := range layers {
		if err := n.Append(l); err != nil {
			t.Fatal(err)
		}
	}
	return n
}

func dense(v []float32, shape ...int) *tensor.Dense {
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(v))
}

// redAndGreen is red at the top left, green at the bottom right.
func redAndGreen() *tensor.Dense {
	return dense([]float32{2, 0, 0, 0 /**/, 0, 0, 0, 3 /**/, 0, 1, 0, 0}, 1, 3, 2, 2)
}

func TestTinyNetworkByHand(t *testing.T) {
	engine := open(t, tiny(t))
	rows := []struct {
		class  int
		logit  float32
		bias   float32
		method string
		layer  string
		want   []float32
		notice []compute.Notice
	}{
		// Means: red 0.5, green minus blue, cut at 0, 0.75.
		{0, 0.5 + 2 - 3, 0.5, "gradcam", "relu", []float32{2, 0, 0, -3}, []compute.Notice{compute.NoticeIdentical}},
		{0, -0.5, 0.5, "hirescam", "relu", []float32{2, 0, 0, -3}, []compute.Notice{compute.NoticeIdentical}},
		{1, 0.25 + 6, 0.25, "gradcam", "relu", []float32{0, 0, 0, 6}, []compute.Notice{compute.NoticeIdentical}},
		{2, 1 - 2 - 3, 1, "gradcam", "relu", []float32{-2, 0, 0, -3}, []compute.Notice{compute.NoticeEmpty, compute.NoticeIdentical}},
		// Before the ReLU the gradient is cut where the sum is not positive:
		// red's mean gradient is 1/4, green's 2/4.
		{1, 6.25, 0.25, "gradcam", "conv", []float32{0, -0.5, 0, 1.5}, nil},
		{1, 6.25, 0.25, "hirescam", "conv", []float32{0, 0, 0, 6}, nil},
	}
	input := redAndGreen()
	for _, r := range rows {
		t.Run(r.method+" "+r.layer, func(t *testing.T) {
			pass, err := run(t.Context(), engine, request{Input: input, Layers: []string{r.layer}, Class: r.class})
			if err != nil {
				t.Fatal(err)
			}
			m, err := cam.ByName(r.method)
			if err != nil {
				t.Fatal(err)
			}
			ex, err := pass.Explain(t.Context(), r.layer, m)
			if err != nil {
				t.Fatal(err)
			}
			if ex.Class.Logit != r.logit || ex.Class.Index != r.class {
				t.Errorf("logit of class %d is %v, not %v of %d", ex.Class.Index, ex.Class.Logit, r.logit, r.class)
			}
			if !slices.Equal(ex.Map.Values, r.want) {
				t.Errorf("map is %v, not %v", ex.Map.Values, r.want)
			}
			if !slices.Equal(ex.Notices, r.notice) {
				t.Errorf("notices are %v, not %v", ex.Notices, r.notice)
			}
			if _, _, sum := ex.Map.Range(); r.method == "hirescam" && sum != float64(r.logit-r.bias) {
				t.Errorf("HiResCAM sums to %v, the logit without its bias is %v", sum, r.logit-r.bias)
			}
		})
	}
}

func TestTopClassAndProbabilities(t *testing.T) {
	engine := open(t, tiny(t))
	pass, err := run(t.Context(), engine, request{Input: redAndGreen(), Class: compute.TopClass})
	if err != nil {
		t.Fatal(err)
	}
	if pass.Class.Label != "green" || len(pass.Top) != 3 || pass.Top[0] != pass.Class {
		t.Errorf("class %+v, top %+v", pass.Class, pass.Top)
	}
	if pass.Layers[0].Name != "relu" {
		t.Errorf("the default layer is %s", pass.Layers[0].Name)
	}
	var sum float64
	for i, s := range pass.Top {
		sum += float64(s.Probability)
		if i > 0 && s.Logit > pass.Top[i-1].Logit {
			t.Errorf("%+v is after %+v", s, pass.Top[i-1])
		}
	}
	if math.Abs(sum-1) > 1e-6 {
		t.Errorf("probabilities sum to %v", sum)
	}
}

// TestTapsAreNotOptimisedAway taps every stage of a fused block: each must be
// the value of that very layer, and none may change the logits.
func TestTapsAreNotOptimisedAway(t *testing.T) {
	net, err := zoo.Build("resnet18", weights.Formula{Classes: 10})
	if err != nil {
		t.Fatal(err)
	}
	if net, err = net.Resized(models.ImageNetInput(64, 64)); err != nil {
		t.Fatal(err)
	}
	engine := open(t, net)
	input := weights.FormulaTensor("input", 1, 3, 64, 64)
	layers := []string{"layer2.0.conv2", "layer2.0.bn2", "layer2.0.downsample.0", "layer2.0.downsample.1", "layer2.0.add", "layer2.0", "layer2.1", "layer2"}
	pass, err := run(t.Context(), engine, request{Input: input, Layers: layers, Class: 3})
	if err != nil {
		t.Fatal(err)
	}
	at := make(map[string][]float32)
	for i, name := range layers {
		at[name] = pass.Layers[i].Activation
	}
	norm := func(name string, x []float32) []float32 {
		l, _ := net.Layer(name)
		p := func(key string, c int) float64 { return float64(l.Params[key].Data().([]float32)[c]) }
		y := make([]float32, len(x))
		for i, v := range x {
			c := i / (l.Shape[2] * l.Shape[3])
			y[i] = float32((float64(v)-p("running_mean", c))/math.Sqrt(p("running_var", c)+l.Attr.Epsilon)*p("weight", c) + p("bias", c))
		}
		return y
	}
	near(t, "batch norm of conv2", at["layer2.0.bn2"], norm("layer2.0.bn2", at["layer2.0.conv2"]))
	near(t, "batch norm of the shortcut", at["layer2.0.downsample.1"], norm("layer2.0.downsample.1", at["layer2.0.downsample.0"]))
	sum := make([]float32, len(at["layer2.0.add"]))
	cut := make([]float32, len(sum))
	for i := range sum {
		sum[i] = at["layer2.0.bn2"][i] + at["layer2.0.downsample.1"][i]
		cut[i] = max(at["layer2.0.add"][i], 0)
	}
	near(t, "sum", at["layer2.0.add"], sum)
	near(t, "ReLU", at["layer2.0"], cut)
	if !slices.Equal(at["layer2.1"], at["layer2"]) {
		t.Error("the container's output is not its last layer's")
	}
	plain, err := run(t.Context(), engine, request{Input: input, Class: 3})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "logits without taps", plain.Logits, pass.Logits)
}

func TestRunRefuses(t *testing.T) {
	engine := open(t, tiny(t))
	input := redAndGreen()
	rows := []struct {
		req  request
		says string
	}{
		{request{Input: input, Layers: []string{"conv9"}}, `no layer "conv9"`},
		{request{Input: input, Layers: []string{"fc"}}, "fc (Linear) of network tiny has no extent in space"},
		{request{Input: input, Layers: []string{"pool"}}, "pool (GlobalAvgPool) of network tiny has no extent"},
		{request{Input: input, Class: 3}, "class 3 is not between 0 and 2"},
		{request{Input: dense(make([]float32, 27), 1, 3, 3, 3)}, "must be a float32 tensor of shape (1, 3, 2, 2)"},
		{request{}, "must be a float32 tensor"},
		{request{Input: dense(slices.Repeat([]float32{float32(math.Inf(1))}, 12), 1, 3, 2, 2)}, "out of range"},
	}
	for _, r := range rows {
		if _, err := run(t.Context(), engine, r.req); err == nil || !strings.Contains(err.Error(), r.says) || !strings.Contains(err.Error(), "tiny") {
			t.Errorf("%+v: %v, not %q", r.req, err, r.says)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := run(ctx, engine, request{Input: input}); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled run returned %v", err)
	}
	if _, err := run(t.Context(), engine, request{Input: input}); err != nil {
		t.Errorf("a run after all that: %v", err)
	}
	if err := engine.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := run(t.Context(), engine, request{Input: input}); err == nil {
		t.Error("a closed engine ran")
	}
}

func TestOpenRefuses(t *testing.T) {
	for _, device := range []string{"tpu", "cuda:-1", "cuda:x", "cuda:99"} {
		if _, err := compute.Open(tiny(t), compute.Options{Device: device}); err == nil {
			t.Errorf("device %s was opened", device)
		}
	}
	if _, err := compute.Open(&models.Network{Name: "nothing"}, compute.Options{}); err == nil {
		t.Error("a network without layers was opened")
	}
}

func TestVanishedGradient(t *testing.T) {
	net, err := zoo.Build("squeezenet1_1", weights.Formula{Classes: 200})
	if err != nil {
		t.Fatal(err)
	}
	if net, err = net.Resized(models.ImageNetInput(64, 64)); err != nil {
		t.Fatal(err)
	}
	engine := open(t, net)
	input := weights.FormulaTensor("input", 1, 3, 64, 64)
	pass, err := run(t.Context(), engine, request{Input: input, Class: compute.TopClass})
	if err != nil {
		t.Fatal(err)
	}
	// SqueezeNet's logits come from a ReLU: one that is 0 has no gradient.
	dead := slices.Index(pass.Logits, 0)
	if dead < 0 {
		t.Fatal("no logit is 0")
	}
	if pass, err = run(t.Context(), engine, request{Input: input, Class: dead}); err != nil {
		t.Fatal(err)
	}
	ex, err := pass.Explain(t.Context(), "features.12", cam.Methods()[0])
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(ex.Notices, []compute.Notice{compute.NoticeVanished}) {
		t.Errorf("notices are %v", ex.Notices)
	}
	layers := []string{"features.3.squeeze", "features.3", "features.12"}
	all, err := explainEach(t.Context(), engine, []request{{Input: input, Layers: layers, Class: dead}}, cam.Methods()[0])
	if err != nil {
		t.Fatal(err)
	}
	for i, ex := range all[0].Explanations {
		if ex.Layer != layers[i] || !slices.Equal(ex.Notices, []compute.Notice{compute.NoticeVanished}) {
			t.Errorf("at once, layer %s is explained as %s with notices %v", layers[i], ex.Layer, ex.Notices)
		}
	}
}

// TestConcurrentRunsDoNotMix runs several pictures, layers and classes at once
// and compares each with the same run on its own.
func TestConcurrentRunsDoNotMix(t *testing.T) {
	net, err := builtin.Network()
	if err != nil {
		t.Fatal(err)
	}
	if net, err = net.Resized(models.ImageNetInput(96, 96)); err != nil {
		t.Fatal(err)
	}
	engine, alone := open(t, net), open(t, net)
	var wg sync.WaitGroup
	for i, layer := range []string{"layer4", "layer3", "layer2", "layer1", "relu"} {
		wg.Go(func() {
			input := weights.FormulaTensor(layer+".input", 1, 3, 96, 96)
			for class := range 3 {
				req := request{Input: input, Layers: []string{layer}, Class: class + 10*i}
				got, err := run(t.Context(), engine, req)
				if err != nil {
					t.Error(err)
					return
				}
				want, err := run(t.Context(), alone, req)
				if err != nil {
					t.Error(err)
					return
				}
				if !slices.Equal(got.Logits, want.Logits) || !slices.Equal(got.Layers[0].Gradient, want.Layers[0].Gradient) {
					t.Errorf("%s, class %d: another run's numbers", layer, class)
				}
			}
		})
	}
	wg.Wait()
}

func TestDevicesAreNamed(t *testing.T) {
	var names []string
	for _, d := range compute.Devices() {
		names = append(names, d.Name)
		if d.Description == "" || d.Usable == (d.Reason != "") {
			t.Errorf("%+v: a device is usable or says why not", d)
		}
	}
	if names[0] != "cpu" || len(names) < 2 || names[1] != "cuda" {
		t.Errorf("devices are %v", names)
	}
}
