package cam_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"gaze/compute/cam"
)

// randomLayer is a layer as after a ReLU: half of its activations are 0.
func randomLayer(channels, height, width int, seed uint64) cam.Layer {
	random := rand.New(rand.NewPCG(seed, 0))
	l := cam.Layer{Channels: channels, Height: height, Width: width}
	for range channels * height * width {
		l.Activation = append(l.Activation, float32(max(random.NormFloat64(), 0)))
		l.Gradient = append(l.Gradient, float32(random.NormFloat64()))
	}
	return l
}

// sameUpToScale compares two maps after dividing each by its largest value.
func sameUpToScale(t *testing.T, a, b cam.Map) {
	t.Helper()
	_, topA, _ := a.Range()
	_, topB, _ := b.Range()
	for i := range a.Values {
		if d := float64(a.Values[i])/topA - float64(b.Values[i])/topB; !(math.Abs(d) < 1e-5) {
			t.Fatalf("at %d the maps are %g of %g and %g of %g", i, a.Values[i], topA, b.Values[i], topB)
		}
	}
}

// A gradient that is the same at every pixel is what global average pooling and
// a linear layer leave.
func TestConstantGradientMakesMapsEqual(t *testing.T) {
	l := randomLayer(8, 4, 5, 1)
	pixels := l.Height * l.Width
	for i := range l.Gradient {
		l.Gradient[i] = l.Gradient[i/pixels*pixels]
	}
	grad := apply(t, "gradcam", l)
	for _, other := range []string{"hirescam", "xgradcam"} {
		sameUpToScale(t, grad, apply(t, other, l))
	}
	sameUpToScale(t, apply(t, "layercam", l), apply(t, "gradcamelementwise", l))
}

func TestXGradCAMSumsToHiResCAM(t *testing.T) {
	l := randomLayer(8, 4, 5, 2)
	_, _, want := apply(t, "hirescam", l).Range()
	if _, _, got := apply(t, "xgradcam", l).Range(); math.Abs(got-want) > 1e-5 {
		t.Errorf("XGrad-CAM sums to %g, gradient times activation to %g", got, want)
	}
}

func TestLayerCAMIsElementWiseAfterReLU(t *testing.T) {
	l := randomLayer(8, 4, 5, 3)
	layer, element := apply(t, "layercam", l), apply(t, "gradcamelementwise", l)
	if d := furthest(layer.Values, element.Values); d != 0 {
		t.Errorf("the maps differ by %g", d)
	}
	l.Activation[0], l.Gradient[0] = -1, -1
	if d := furthest(apply(t, "layercam", l).Values, apply(t, "gradcamelementwise", l).Values); d != 1 {
		t.Errorf("a negative activation and gradient make a difference of %g, not 1", d)
	}
}

func TestElementWiseIsHiResCAMOfOneChannelClipped(t *testing.T) {
	l := randomLayer(1, 4, 5, 4)
	hires, element := apply(t, "hirescam", l), apply(t, "gradcamelementwise", l)
	for i, v := range hires.Values {
		if element.Values[i] != max(v, 0) {
			t.Errorf("at %d it is %g for %g", i, element.Values[i], v)
		}
	}
}

func TestEigenMethodsAreEigenCAMOfProducts(t *testing.T) {
	l := randomLayer(6, 5, 5, 5)
	product, absolute := l, l
	product.Activation, absolute.Activation = nil, nil
	for i, a := range l.Activation {
		product.Activation = append(product.Activation, a*l.Gradient[i])
		absolute.Activation = append(absolute.Activation, a*float32(math.Abs(float64(l.Gradient[i]))))
	}
	for method, of := range map[string]cam.Layer{"eigengradcam": product, "segeigencam": absolute} {
		if d := furthest(apply(t, method, l).Values, apply(t, "eigencam", of).Values); d > 1e-5 {
			t.Errorf("%s is %g away", method, d)
		}
	}
}

// tanh(x + 1) is tanh(1) + x / cosh(1)^2 for small x, and what is constant goes
// with the centring.
func TestKPCAOfTinyActivationsIsEigenCAM(t *testing.T) {
	l := randomLayer(6, 5, 5, 6)
	for i := range l.Activation {
		l.Activation[i] *= 1e-3
	}
	sameUpToScale(t, apply(t, "eigencam", l), apply(t, "kpcacam", l))
}

func TestClassAgnosticMethodsIgnoreTheGradient(t *testing.T) {
	l := randomLayer(6, 5, 5, 7)
	without := l
	without.Gradient = nil
	for _, m := range cam.OneRun() {
		if m.NeedsGradient {
			if _, err := m.Apply(t.Context(), without, nil); err == nil {
				t.Errorf("%s takes no gradient for one", m.Title)
			}
			continue
		}
		if d := furthest(apply(t, m.Name, l).Values, apply(t, m.Name, without).Values); d != 0 {
			t.Errorf("%s differs by %g", m.Title, d)
		}
	}
}

func TestSignIsTheSameAtEveryCall(t *testing.T) {
	rows := []struct {
		what        string
		layer       cam.Layer
		first, last float64
	}{
		{"the last pixel stands out", cam.Layer{Channels: 1, Height: 1, Width: 3, Activation: []float32{0, 0, 3}}, -1, 2},
		{"the last pixel stands out by being low", cam.Layer{Channels: 1, Height: 1, Width: 3, Activation: []float32{3, 3, 0}}, -1, 2},
		{"both are as far out, the last has the larger sum", cam.Layer{Channels: 2, Height: 1, Width: 2, Activation: []float32{0, 8, 6, 0}}, -5, 5},
		{"both are as far out, the first has the larger sum", cam.Layer{Channels: 2, Height: 1, Width: 2, Activation: []float32{8, 0, 0, 6}}, 5, -5},
		{"nothing tells them apart", cam.Layer{Channels: 2, Height: 1, Width: 2, Activation: []float32{0, 1, 1, 0}}, math.Sqrt2 / 2, -math.Sqrt2 / 2},
	}
	for _, r := range rows {
		v := apply(t, "eigencam", r.layer).Values
		if math.Abs(float64(v[0])-r.first) > 1e-6 || math.Abs(float64(v[len(v)-1])-r.last) > 1e-6 {
			t.Errorf("%s: the map is %v", r.what, v)
		}
	}
}

func TestRandomCAMIsOneDrawAPicture(t *testing.T) {
	// Each pixel sees the weight of one channel.
	const channels = 400
	l := cam.Layer{Channels: channels, Height: 20, Width: 20, Activation: make([]float32, channels*channels)}
	for c := range channels {
		l.Activation[c*channels+c] = 1
	}
	first := apply(t, "randomcam", l)
	if d := furthest(first.Values, apply(t, "randomcam", l).Values); d != 0 {
		t.Errorf("a second map of the same layer differs by %g", d)
	}
	lo, hi, sum := first.Range()
	var squares float64
	for _, v := range first.Values {
		squares += float64(v) * float64(v)
	}
	// Uniform on -1 to 1: variance 1/3; four standard errors.
	if lo < -1 || hi > 1 || math.Abs(sum/channels) > 4/math.Sqrt(3*channels) || math.Abs(squares/channels-1.0/3) > 4*0.3/math.Sqrt(channels) {
		t.Errorf("weights of mean %g and mean square %g from %g to %g are not uniform", sum/channels, squares/channels, lo, hi)
	}
	other := l
	other.Activation = append([]float32{1.001}, l.Activation[1:]...)
	if d := furthest(first.Values, apply(t, "randomcam", other).Values); d < 0.5 {
		t.Errorf("another picture's weights are no further than %g away", d)
	}
}
