package weights_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gaze/models"
	"gaze/models/weights"
)

func TestSidecarsAreReadAsTheyWereWritten(t *testing.T) {
	for name, s := range map[string]weights.Sidecar{
		"nothing": {},
		"a part":  {Input: models.Preprocessing{Channels: models.BGR, Mean: []float32{103.939, 116.779, 123.68}}},
		"all": {
			Architecture: "resnet18", Source: "my own <training>", Notes: []string{"one", "two"},
			Input: models.Preprocessing{
				Height: 64, Width: 96, Resize: 128, Fit: models.FitCrop, Filter: models.FilterBicubic, Channels: models.GrayAlpha,
				Scale: 1. / 255, Mean: []float32{0.1, 0.2}, Std: []float32{0.3, 0.4},
			},
			Output: models.Output{Activation: models.ActivationSigmoid, Threshold: 0.35},
			Names:  []string{"reif", "unreif & grün"}, Positive: "reif", Layer: "layer4",
		},
		"a number": {Output: models.Output{Activation: models.ActivationNone, Unit: "years"}, Labels: "imagenet-1k"},
	} {
		data, err := s.Encode()
		if err != nil {
			t.Fatal(err)
		}
		back, err := weights.DecodeSidecar(data)
		if err != nil {
			t.Fatalf("%s: %v of %s", name, err, data)
		}
		if diff := cmp.Diff(&s, back); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if got := s.Empty(); got != (name == "nothing") {
			t.Errorf("%s: says nothing: %v", name, got)
		}
	}
}

// A sidecar that was written looks as people write them.
func TestSidecarIsWrittenForPeople(t *testing.T) {
	s := weights.Sidecar{
		Input: models.Preprocessing{Height: 224, Width: 224, Channels: models.Gray, Mean: []float32{0.5}}, Names: []string{"a <b>"},
	}
	data, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	var got, want any
	text := `{"input": {"size": 224, "channels": "L", "mean": [0.5]}, "labels": ["a <b>"]}`
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(text), &want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if !strings.Contains(string(data), "a <b>") {
		t.Errorf("written as %s", data)
	}
}

// What is said later goes before what was said earlier, part by part.
func TestWhatIsSaidLaterGoesFirst(t *testing.T) {
	below := &weights.Sidecar{
		Input:  models.Preprocessing{Height: 32, Width: 32, Resize: 40, Mean: []float32{0.1}, Std: []float32{0.2}, Filter: models.FilterBicubic},
		Output: models.Output{Activation: models.ActivationSigmoid, Threshold: 0.2}, Names: []string{"a", "b"}, Positive: "b", Source: "kept",
	}
	above := &weights.Sidecar{
		Input:  models.Preprocessing{Height: 64, Width: 64, Mean: []float32{0.3}},
		Output: models.Output{Activation: models.ActivationNone, Unit: "mm"}, Names: []string{"c", "d"},
	}
	want := &weights.Sidecar{
		Input:  models.Preprocessing{Height: 64, Width: 64, Mean: []float32{0.3}, Std: []float32{0.2}, Filter: models.FilterBicubic},
		Output: models.Output{Activation: models.ActivationNone, Unit: "mm"}, Names: []string{"c", "d"}, Source: "kept",
	}
	if diff := cmp.Diff(want, above.Over(below)); diff != "" {
		t.Error(diff)
	}
	var none *weights.Sidecar
	if none.Over(below) != below || above.Over(nil) != above {
		t.Error("with nothing else it is not the same")
	}
}
