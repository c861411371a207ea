package compute_test

import (
	"errors"
	"math"
	"slices"
	"testing"

	"gaze/compute"
	"gaze/compute/cam"
)

// smooth makes a smoothed map of class 1 of the tiny network at relu.
func smooth(t *testing.T, method string, s compute.Smoothing) (*compute.Explanation, error) {
	t.Helper()
	e, err := compute.Open(tiny(t), compute.Options{Device: "cpu"})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	pass, err := run(t.Context(), e, request{Input: redAndGreen(), Layers: []string{"relu"}, Class: 1})
	if err != nil {
		t.Fatal(err)
	}
	m, err := cam.ByName(method)
	if err != nil {
		t.Fatal(err)
	}
	return pass.Smooth(t.Context(), "relu", m, s)
}

// Grad-CAM of class 1 is 6 at the bottom right, of the mirror image at the bottom
// left; scaled and turned back, all six maps are 1 there.
func TestAugmentedMapByHand(t *testing.T) {
	e, err := smooth(t, "gradcam", compute.SmoothAugment)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{0, 0, 0, 1} {
		if math.Abs(float64(e.Map.Values[i])-want) > 1e-6 {
			t.Fatalf("the map is %v", e.Map.Values)
		}
	}
	if e.Smoothing != compute.SmoothAugment || e.Made() != "Grad-CAM, smoothed by augmentation" {
		t.Errorf("it was made by %q", e.Made())
	}
}

// The products that HiResCAM sums are 0 0 0 6 in the second channel and nothing in
// the first: centred, -1.5 -1.5 -1.5 4.5.
func TestEigenSmoothedMapByHand(t *testing.T) {
	e, err := smooth(t, "hirescam", compute.SmoothEigen)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{-1.5, -1.5, -1.5, 4.5} {
		if math.Abs(float64(e.Map.Values[i])-want) > 1e-5 {
			t.Fatalf("the map is %v", e.Map.Values)
		}
	}
	if !slices.Contains(e.Notices, compute.NoticeSmoothed) {
		t.Error("nothing says that the guarantee is gone")
	}
	if _, err := smooth(t, "eigencam", compute.SmoothEigen); !errors.Is(err, cam.ErrNoChannels) {
		t.Errorf("Eigen-CAM smoothed: %v", err)
	}
}

// The gradient is 2 wherever green outweighs blue, so the mean map over noisy
// pictures is the mean of twice what is then left, plus what the noise lights up.
func TestNoiseSmoothedMapIsTheSameTwice(t *testing.T) {
	first, err := smooth(t, "gradcam", compute.SmoothNoise)
	if err != nil {
		t.Fatal(err)
	}
	second, err := smooth(t, "gradcam", compute.SmoothNoise)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(first.Map.Values, second.Map.Values) {
		t.Errorf("once %v, once %v", first.Map.Values, second.Map.Values)
	}
	if v := first.Map.Values[3]; v < 5 || v > 7 || v == 6 {
		t.Errorf("6 becomes %g", v)
	}
	if v := first.Map.Values[0]; v <= 0 || v > 1 {
		t.Errorf("noise lights up %g where nothing was", v)
	}
}

// What the table says of a smoothing is what it does.
func TestEverySmoothingHasACaptionAndItsNumberOfRuns(t *testing.T) {
	e, err := compute.Open(tiny(t), compute.Options{Device: "cpu"})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	plain := (&compute.Explanation{Method: cam.GradCAM()}).Made()
	said := map[string]bool{plain: true, plain + ", smoothed by ": true}
	for _, s := range compute.Smoothings() {
		pass, err := run(t.Context(), e, request{Input: redAndGreen(), Layers: []string{"relu"}, Class: 1})
		if err != nil {
			t.Fatal(err)
		}
		runs := 0
		pass.Progress = func(done, _ int) { runs = done }
		m, err := pass.Smooth(t.Context(), "relu", cam.GradCAM(), s)
		if err != nil {
			t.Fatal(err)
		}
		if said[m.Made()] {
			t.Errorf("%s has no caption of its own: %q", s, m.Made())
		}
		said[m.Made()] = true
		if runs != s.Runs() {
			t.Errorf("%s runs the network %d times, and says %d", s, runs, s.Runs())
		}
	}
	if n := compute.Smoothing("").Runs(); n != 0 {
		t.Errorf("no smoothing runs the network %d times", n)
	}
}

func TestFuseByHand(t *testing.T) {
	gradCAM, err := cam.ByName("gradcam")
	if err != nil {
		t.Fatal(err)
	}
	layerCAM, err := cam.ByName("layercam")
	if err != nil {
		t.Fatal(err)
	}
	of := func(layer string, m cam.Method, height, width int, values ...float32) *compute.Explanation {
		return &compute.Explanation{Network: "net", Layer: layer, Method: m, Map: cam.Map{Height: height, Width: width, Values: values}}
	}
	th := func(v float64) float64 { return math.Tanh(2 * v) }
	for _, r := range []struct {
		maps []*compute.Explanation
		how  compute.Fusion
		want []float64
	}{
		{[]*compute.Explanation{of("a", gradCAM, 1, 1, 7), of("b", gradCAM, 1, 4, -1, 0, 2, 4)}, compute.FuseMean, []float64{0.5, 0.5, 0.75, 1}},
		{[]*compute.Explanation{of("a", gradCAM, 1, 2, 1, 0), of("b", gradCAM, 1, 4, -1, 0, 2, 4)}, compute.FuseMax, []float64{1, 0.75, 0.5, 1}},
		{[]*compute.Explanation{of("a", layerCAM, 1, 2, 1, 0), of("b", layerCAM, 1, 2, 1, 2)}, compute.FuseMax, []float64{th(1), th(1)}},
		{[]*compute.Explanation{of("a", layerCAM, 1, 2, 0, 1), of("b", layerCAM, 1, 2, 1, 2)}, compute.FuseMax, []float64{th(0.5), th(1)}},
		{[]*compute.Explanation{of("a", gradCAM, 1, 2, 0, -1), of("b", gradCAM, 1, 2, -3, -2)}, compute.FuseMean, []float64{0, 0}},
	} {
		e, err := compute.Fuse(r.maps, r.how)
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range r.want {
			if math.Abs(float64(e.Map.Values[i])-want) > 1e-6 {
				t.Errorf("fused by %s: %v, not %v", r.how, e.Map.Values, r.want)
				break
			}
		}
		if e.Layer != "a + b" || e.Fusion != r.how || slices.Contains(e.Notices, compute.NoticeEmpty) != e.Map.Empty() {
			t.Errorf("fused is %q by %q, notices %v", e.Layer, e.Fusion, e.Notices)
		}
	}
	if _, err := compute.Fuse([]*compute.Explanation{of("a", gradCAM, 1, 1, 1), of("b", layerCAM, 1, 1, 1)}, compute.FuseMean); err == nil {
		t.Error("two methods were fused")
	}
	if _, err := compute.Fuse([]*compute.Explanation{of("a", gradCAM, 1, 1, 1)}, compute.FuseMean); err == nil {
		t.Error("one layer was fused")
	}
}

func TestAsPytorchGradCAMByHand(t *testing.T) {
	e := &compute.Explanation{Map: cam.Map{Height: 1, Width: 2, Values: []float32{1, 3}}}
	// Without its floor the map is 0 1; four pixels lie at -1/4, 1/4, 3/4 and 5/4.
	for i, want := range []float64{0, 0.25, 0.75, 1} {
		if got := e.AsPytorchGradCAM(1, 4).Map.Values[i]; math.Abs(float64(got)-want) > 1e-6 {
			t.Errorf("pixel %d is %g, not %g", i, got, want)
		}
	}
	empty := &compute.Explanation{Map: cam.Map{Height: 1, Width: 2, Values: []float32{-1, -3}}}
	if got := empty.AsPytorchGradCAM(1, 4).Map; !got.Empty() {
		t.Errorf("an empty map becomes %v", got.Values)
	}
}
