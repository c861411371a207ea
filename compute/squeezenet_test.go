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
	"gaze/compute/race"
	"gaze/models"
	"gaze/models/store"
)

// trained is the folder of published weights and what PyTorch made of them; it
// is not part of the project.
const trained = "../../shared/weights"

// TestTrainedSqueezeNet runs the published SqueezeNet 1.1 on six photographs.
func TestTrainedSqueezeNet(t *testing.T) {
	race.SkipNumbers(t)
	net := openTrained(t, "squeezenet1_1.safetensors")
	layers := []string{"features.12", "classifier.2", "features.7"}
	againstTrained(t, net, readTrained(t, "squeezenet1_1"), layers, []float64{tolerance, tolerance, tolerance})
}

// openTrained loads a network of the published ones.
func openTrained(t *testing.T, file string) *models.Network {
	t.Helper()
	path := filepath.Join(trained, file)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("the published weights are not here: %v", err)
	}
	net, err := store.New("").Open(path, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return net
}

// trainedReference says what was computed for a published network.
type trainedReference struct {
	name    string
	Targets []struct {
		Value string `json:"onnx_value"`
	} `json:"targets"`
	Photos []struct {
		File string `json:"file"`
		Top  []struct {
			Index int `json:"index"`
		} `json:"top5"`
	} `json:"photos"`
}

func readTrained(t *testing.T, name string) trainedReference {
	t.Helper()
	reference := trainedReference{name: name}
	text, err := os.ReadFile(filepath.Join(trained, name+".reference.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &reference); err != nil {
		t.Fatal(err)
	}
	return reference
}

// againstTrained runs net on the six photographs: from the stored pixels,
// where logits and maps must be PyTorch's, and from the files, where JPEG
// decoders differ by a few levels. layers are the reference's targets, within
// how far each one's maps may be.
func againstTrained(t *testing.T, net *models.Network, reference trainedReference, layers []string, within []float64) {
	t.Helper()
	engine := open(t, net)
	want := read(t, filepath.Join(trained, reference.name+".reference.safetensors"))
	crops := readCrops(t, filepath.Join(trained, "..", "photos", "imagenet", "reference_crops.safetensors"))

	check := func(t *testing.T, req request, photo int) {
		t.Helper()
		pass, err := run(t.Context(), engine, req)
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
				ex, err := pass.Explain(t.Context(), layer, m)
				if err != nil {
					t.Fatal(err)
				}
				name := fmt.Sprintf("photo%d.t%d.%s", photo, i, m.Name)
				nearer(t, within[i], name, ex.Map.Values, values(want, name))
			}
		}
	}
	t.Run("stored tensor", func(t *testing.T) {
		check(t, request{Input: want.Tensors["photo0.input"], Layers: layers, Class: compute.TopClass}, 0)
	})
	for i, photo := range reference.Photos {
		t.Run(photo.File, func(t *testing.T) {
			input, err := picture.FromRGB(crops[i], net.Input)
			if err != nil {
				t.Fatal(err)
			}
			check(t, request{Input: input, Layers: layers, Class: compute.TopClass}, i)

			p, err := picture.Open(t.Context(), filepath.Join(trained, "..", "photos", "imagenet", photo.File), picture.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if input, _, err = picture.Tensor(p.Image, net.Input); err != nil {
				t.Fatal(err)
			}
			pass, err := run(t.Context(), engine, request{Input: input, Class: compute.TopClass})
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
