package folder

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math"
	"path/filepath"
	"strconv"
	"testing"

	"gorgonia.org/tensor"

	"gaze/compute"
	"gaze/models"
)

// redOrNot is a network of one sigmoid: y is 8 times the mean of red in 0..1, less 4.
// Its maps are of what a convolution passes on: red, and what 1 lacks of it.
func redOrNot(t *testing.T) *compute.Explainer {
	t.Helper()
	dense := func(v []float32, shape ...int) *tensor.Dense {
		return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(v))
	}
	net := &models.Network{
		Name: "red", Labels: []string{"red"}, Output: models.Output{Activation: models.ActivationSigmoid},
		Input: models.Input{Height: 4, Width: 4, Resize: 4, Fit: models.FitStretch, Channels: models.RGB, Scale: 1.0 / 255, Mean: []float32{0, 0, 0}, Std: []float32{1, 1, 1}},
	}
	for _, l := range []models.Layer{
		{
			Name: "conv", Kind: models.Conv, Inputs: []string{models.InputName}, Attr: models.Attr{Kernel: [2]int{1, 1}, Stride: [2]int{1, 1}, Dilation: [2]int{1, 1}, Groups: 1},
			Params: map[string]*tensor.Dense{"weight": dense([]float32{1, 0, 0, -1, 0, 0}, 2, 3, 1, 1), "bias": dense([]float32{0, 1}, 2)},
		},
		{Name: "pool", Kind: models.GlobalAvgPool, Inputs: []string{"conv"}},
		{Name: "flatten", Kind: models.Flatten, Inputs: []string{"pool"}},
		{Name: "fc", Kind: models.Linear, Inputs: []string{"flatten"}, Params: map[string]*tensor.Dense{"weight": dense([]float32{4, -4}, 1, 2)}},
	} {
		if err := net.Append(l); err != nil {
			t.Fatal(err)
		}
	}
	x, err := compute.Open(net, compute.Options{Device: "cpu"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { x.Close() })
	return x
}

// Of pictures of one output, those with a low one are explained as the second class.
func TestRunExplainsWhatOneOutputSays(t *testing.T) {
	root, out := t.TempDir(), filepath.Join(t.TempDir(), "out")
	for name, c := range map[string]color.NRGBA{"black.png": {A: 255}, "red.png": {R: 255, A: 255}} {
		img := image.NewNRGBA(image.Rect(0, 0, 4, 4))
		for i := range 16 {
			img.SetNRGBA(i%4, i/4, c)
		}
		var b bytes.Buffer
		if err := png.Encode(&b, img); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(root, name), b.Bytes())
	}
	j, _ := newJob(t, out)
	j.Explainer, j.Recipe = redOrNot(t), compute.Recipe{Class: compute.TopClass}
	if report := mustRun(t, j, find(t, root)); report.Done != 2 || report.Failed != 0 {
		t.Fatalf("the report is %+v", report)
	}
	rows := table(t, out)
	// y is -4 for black and 4 for red, so that the class explained has the logit 4. Its
	// channel is 1 everywhere and weighs 4/16.
	sure := 1 / (1 + math.Exp(-4))
	for i, want := range []struct{ name, class, label string }{{"black.png", "1", "not red"}, {"red.png", "0", "red"}} {
		r := rows[i]
		p, err := strconv.ParseFloat(r[colProbability], 64)
		if filepath.Base(r[colPath]) != want.name || r[colClass] != want.class || r[colLabel] != want.label || r[colLogit] != "4" || err != nil || math.Abs(p-sure) > 1e-6 {
			t.Errorf("row %d is %q", i, r)
		}
		if r[colTop] != want.label || r[colMin] != "0.25" || r[colMax] != "0.25" {
			t.Errorf("row %d has the first class %s and a map of %s to %s", i, r[colTop], r[colMin], r[colMax])
		}
	}
}
