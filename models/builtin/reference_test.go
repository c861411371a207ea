package builtin_test

import (
	"context"
	"image"
	"image/png"
	"math"
	"os"
	"testing"

	"gorgonia.org/tensor"

	"gaze/compute"
	"gaze/compute/picture"
	"gaze/models"
	"gaze/models/builtin"
	"gaze/models/weights"
)

// TestLogitsAreThoseOfPyTorch compares the logits of ten sample pictures with
// those that train/reference.py wrote.
func TestLogitsAreThoseOfPyTorch(t *testing.T) {
	net, engine := open(t)
	set, err := weights.Read("testdata/samples.reference.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	want, err := set.Param("logits", 10, net.Classes())
	if err != nil {
		t.Fatal(err)
	}
	got, err := logits(t.Context(), engine, seen(t, net.Input))
	if err != nil {
		t.Fatal(err)
	}
	values, worst := want.Data().([]float32), 0.0
	for i, row := range got {
		for k, v := range row {
			worst = max(worst, math.Abs(float64(v-values[i*net.Classes()+k])))
		}
	}
	t.Logf("the largest difference of %d logits is %.1e", len(values), worst)
	// The logits reach from -5 to 10.
	if !(worst < 1e-4) {
		t.Errorf("a logit differs by %g from PyTorch's", worst)
	}
}

// seen reads the pictures of testdata/samples.seen.png, which lie side by side.
func seen(t *testing.T, in models.Input) (inputs []*tensor.Dense) {
	t.Helper()
	f, err := os.Open("testdata/samples.seen.png")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	strip, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	for left := 0; left < strip.Bounds().Dx(); left += in.Width {
		pixels := make([]uint8, 0, in.Height*in.Width*3)
		for y := range in.Height {
			for x := range in.Width {
				r, g, b, _ := strip.At(left+x, y).RGBA()
				pixels = append(pixels, uint8(r>>8), uint8(g>>8), uint8(b>>8))
			}
		}
		x, err := picture.FromRGB(pixels, in)
		if err != nil {
			t.Fatal(err)
		}
		inputs = append(inputs, x)
	}
	if size := strip.Bounds().Size(); size != image.Pt(10*in.Width, in.Height) {
		t.Fatalf("the strip is %v", size)
	}
	return inputs
}

// open loads the built-in network into an engine.
func open(t *testing.T) (*models.Network, *compute.Explainer) {
	t.Helper()
	net, err := builtin.Network()
	if err != nil {
		t.Fatal(err)
	}
	engine, err := compute.Open(net, compute.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { engine.Close() })
	return net, engine
}

// logits runs the network on preprocessed pictures at once.
func logits(ctx context.Context, x *compute.Explainer, inputs []*tensor.Dense) ([][]float32, error) {
	pictures := make([][]float32, len(inputs))
	for i, in := range inputs {
		pictures[i] = in.Data().([]float32)
	}
	return x.Scorer(len(pictures)).Scores(ctx, pictures)
}
