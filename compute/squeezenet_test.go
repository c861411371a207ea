package compute_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/nlpodyssey/safetensors"

	"gaze/compute"
	"gaze/compute/cam"
	"gaze/compute/picture"
	"gaze/models/store"
)

// trained is the folder of published weights and what PyTorch made of them; it
// is not part of the project.
const trained = "../../shared/weights"

// TestTrainedSqueezeNet runs the published SqueezeNet 1.1 on six photographs:
// from the stored pixels, where logits and maps must be PyTorch's, and from
// the files, where JPEG decoders differ by a few levels.
func TestTrainedSqueezeNet(t *testing.T) {
	path := filepath.Join(trained, "squeezenet1_1.safetensors")
	if _, err := os.Stat(path); err != nil {
		t.Skipf("the published weights are not here: %v", err)
	}
	net, err := store.New("").Open(path, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	engine := open(t, net)
	want := read(t, filepath.Join(trained, "squeezenet1_1.reference.safetensors"))
	layers := []string{"features.12", "classifier.2", "features.7"}
	var reference struct {
		Photos []struct {
			File  string `json:"file"`
			Class int    `json:"class_index"`
			Top   []struct {
				Index int `json:"index"`
			} `json:"top5"`
		} `json:"photos"`
	}
	text, err := os.ReadFile(filepath.Join(trained, "squeezenet1_1.reference.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &reference); err != nil {
		t.Fatal(err)
	}
	crops := readCrops(t, filepath.Join(trained, "..", "photos", "imagenet", "reference_crops.safetensors"))

	check := func(t *testing.T, req compute.Request, photo int) {
		t.Helper()
		pass, err := engine.Run(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		logits := values(want, fmt.Sprintf("photo%d.logits", photo))
		if d := furthest(pass.Logits, logits); !(d <= 1e-3) {
			t.Errorf("logits are off by %g", d)
		}
		for i, layer := range layers {
			for _, method := range []string{"gradcam", "hirescam"} {
				m, err := cam.ByName(method)
				if err != nil {
					t.Fatal(err)
				}
				ex, err := pass.Explain(layer, m)
				if err != nil {
					t.Fatal(err)
				}
				name := fmt.Sprintf("photo%d.t%d.%s", photo, i, m.Name)
				near(t, name, ex.Map.Values, values(want, name))
			}
		}
	}
	t.Run("stored tensor", func(t *testing.T) {
		check(t, compute.Request{Input: want.Tensors["photo0.input"], Layers: layers, Class: compute.TopClass}, 0)
	})
	for i, photo := range reference.Photos {
		t.Run(photo.File, func(t *testing.T) {
			input, err := picture.FromRGB(crops[i], net.Input)
			if err != nil {
				t.Fatal(err)
			}
			check(t, compute.Request{Input: input, Layers: layers, Class: compute.TopClass}, i)

			p, err := picture.Open(t.Context(), filepath.Join(trained, "..", "photos", "imagenet", photo.File), picture.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			if input, _, err = picture.Tensor(p.Image, net.Input); err != nil {
				t.Fatal(err)
			}
			pass, err := engine.Run(t.Context(), compute.Request{Input: input, Class: compute.TopClass})
			if err != nil {
				t.Fatal(err)
			}
			if pass.Class.Index != photo.Top[0].Index {
				t.Errorf("from the file the best class is %+v, not %d", pass.Class, photo.Top[0].Index)
			}
			d := furthest(pass.Logits, values(want, fmt.Sprintf("photo%d.logits", i)))
			if !(d <= 0.4) {
				t.Errorf("from the file the logits are off by %g", d)
			}
			t.Logf("from the file: logits off by %.3g", d)
		})
	}
}

// readCrops returns the six photographs as 224x224 pixels of three bytes.
func readCrops(t *testing.T, path string) [][]uint8 {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	file, err := safetensors.Deserialize(data)
	if err != nil {
		t.Fatal(err)
	}
	var crops [][]uint8
	for i := range 6 {
		view, ok := file.Tensor(fmt.Sprintf("photo%d.crop_rgb", i))
		if !ok {
			t.Fatalf("%s has no crop of photograph %d", path, i)
		}
		crops = append(crops, view.Data())
	}
	return crops
}

func furthest(got, want []float32) float64 {
	d := math.NaN()
	if len(got) == len(want) {
		d = 0
		for i := range want {
			d = max(d, math.Abs(float64(got[i])-float64(want[i])))
		}
	}
	return d
}
