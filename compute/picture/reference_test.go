package picture_test

import (
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nlpodyssey/safetensors"

	"gaze/compute/picture"
	"gaze/models"
)

// shared is where photographs and reference numbers are kept beside the
// repository.
const shared = "../../../shared"

func readTensors(t *testing.T, name string) (safetensors.SafeTensors, map[string]string) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(shared, name))
	if os.IsNotExist(err) {
		t.Skipf("%s is not beside the repository", name)
	}
	if err != nil {
		t.Fatal(err)
	}
	st, err := safetensors.Deserialize(data)
	if err != nil {
		t.Fatal(err)
	}
	_, meta, err := safetensors.ReadMetadata(data)
	if err != nil {
		t.Fatal(err)
	}
	return st, meta.Metadata()
}

func bytesOf(t *testing.T, st safetensors.SafeTensors, name string) []byte {
	t.Helper()
	v, ok := st.Tensor(name)
	if !ok {
		t.Fatalf("no tensor %s", name)
	}
	return v.Data()
}

// TestFromRGBEqualsTorchvision: from the same pixels, the input is PyTorch's
// bit for bit.
func TestFromRGBEqualsTorchvision(t *testing.T) {
	st, _ := readTensors(t, "weights/squeezenet1_1.reference.safetensors")
	in := models.ImageNetInput(224, 256)
	got, err := picture.FromRGB(bytesOf(t, st, "photo0.crop_rgb"), in)
	if err != nil {
		t.Fatal(err)
	}
	want := bytesOf(t, st, "photo0.input")
	var differ int
	for i, g := range got.Data().([]float32) {
		if math.Float32bits(g) != binary.LittleEndian.Uint32(want[4*i:]) {
			differ++
		}
	}
	if differ > 0 {
		t.Errorf("%d of %d values differ", differ, len(want)/4)
	}
}

// TestPhotographsMatchPIL compares whole photographs, decoded, resized and
// cropped, with the crops PIL made of them.
func TestPhotographsMatchPIL(t *testing.T) {
	st, meta := readTensors(t, "photos/imagenet/reference_crops.safetensors")
	plain := models.Input{Height: 224, Width: 224, Resize: 256, Fit: models.FitCrop, Channels: models.RGB, Scale: 1, Mean: []float32{0, 0, 0}, Std: []float32{1, 1, 1}}
	for k, name := range strings.Split(meta["order"], ",") {
		t.Run(name, func(t *testing.T) {
			p, err := picture.Open(t.Context(), filepath.Join(shared, "photos/imagenet", name), picture.Options{})
			if err != nil {
				t.Fatal(err)
			}
			x, _, err := picture.Tensor(p.Image, plain)
			if err != nil {
				t.Fatal(err)
			}
			want := bytesOf(t, st, "photo"+string(rune('0'+k))+".crop_rgb")
			var sum, worst float64
			for i, v := range x.Data().([]float32) {
				c, pixel := i/(224*224), i%(224*224)
				d := math.Abs(float64(v) - float64(want[3*pixel+c]))
				sum, worst = sum+d, max(worst, d)
			}
			mean := sum / float64(len(want))
			t.Logf("%v: difference mean %.4f, max %.0f levels of 255", p.Image.Rect.Size(), mean, worst)
			if worst != 0 {
				t.Errorf("difference mean %.4f, max %.0f", mean, worst)
			}
		})
	}
}
