package compute_test

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"

	"gaze/compute"
	"gaze/compute/cam"
	"gaze/compute/picture"
	"gaze/models"
	"gaze/models/onnx"
)

// TestDepthReachesTheNetwork: of pictures of 8 and 16 bits, and of signed numbers, through
// windows, a network of one channel makes the logits that onnxruntime makes of what Pillow
// resizes in floating point (testdata/depth/make.py).
func TestDepthReachesTheNetwork(t *testing.T) {
	data, err := os.ReadFile("testdata/depth/expected.json")
	if err != nil {
		t.Fatal(err)
	}
	var rows []struct {
		File, Window string
		Logits       []float64
	}
	if err := json.Unmarshal(data, &rows); err != nil || len(rows) == 0 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	in := models.ImageNetInput(32, 40).WithChannels(models.Gray)
	in.Mean, in.Std = []float32{0.449}, []float32{0.226}
	net, err := onnx.Read("testdata/depth/grey.onnx", onnx.Options{Input: &in})
	if err != nil {
		t.Fatal(err)
	}
	x, err := compute.Open(net, compute.Options{Device: "cpu"})
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	for _, row := range rows {
		w, err := picture.ParseWindow(row.Window)
		if err != nil {
			t.Fatal(err)
		}
		s, err := compute.OpenSubject(t.Context(), filepath.Join("testdata/depth", row.File), in, picture.Options{Window: w})
		if err != nil {
			t.Fatal(err)
		}
		passes, err := x.Run(t.Context(), compute.Recipe{Class: compute.TopClass}, s)
		if err != nil {
			t.Fatal(err)
		}
		// Pictures of 8 bits are rounded to levels as they are resized.
		limit := 1e-4
		if row.File == "8.png" {
			limit = 1e-2
		}
		for i, want := range row.Logits {
			if got := float64(passes[0].Logits[i]); math.Abs(got-want) > limit {
				t.Errorf("%s, window %s: logit %d is %g, want %g", row.File, row.Window, i, got, want)
			}
		}
	}
}

// TestNoticesOfPicturesReachTheSheet: what is said of a file is said by its explanation, too.
func TestNoticesOfPicturesReachTheSheet(t *testing.T) {
	in := models.ImageNetInput(32, 40).WithChannels(models.Gray)
	net, err := onnx.Read("testdata/depth/grey.onnx", onnx.Options{Input: &in})
	if err != nil {
		t.Fatal(err)
	}
	x, err := compute.Open(net, compute.Options{Device: "cpu"})
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	s, err := compute.OpenSubject(t.Context(), "testdata/depth/dim.png", in, picture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"gradcam", "hirescam", "scorecam"} {
		m, err := cam.ByName(name)
		if err != nil {
			t.Fatal(err)
		}
		answers, err := x.Explain(t.Context(), compute.Recipe{Class: compute.TopClass, Methods: []cam.Method{m}}, s)
		if err != nil || answers[0].Outcomes[0].Err != nil {
			t.Fatal(err, answers[0].Outcomes[0].Err)
		}
		e := answers[0].Outcomes[0].Explanation
		if len(e.Picture) != 1 || e.Picture[0].Kind != picture.NoticeRange {
			t.Errorf("%s: the picture's notices are %v", name, e.Picture)
		}
		if said := e.Caption("dim.png").Notices; len(said) == 0 || said[len(said)-1] != e.Picture[0].Text() {
			t.Errorf("%s: the sheet says %q", name, said)
		}
	}
}
