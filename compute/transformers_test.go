package compute_test

import (
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"gaze/compute"
	"gaze/compute/cam"
	"gaze/compute/race"
	"gaze/models/weights"
	"gaze/models/zoo"
)

// TestTransformers compares transformers for pictures of two sizes with PyTorch, as
// TestAgainstPyTorch does, and the finished map with pytorch-grad-cam's.
func TestTransformers(t *testing.T) {
	race.SkipNumbers(t)
	files, err := filepath.Glob(filepath.Join("testdata", "transformers", "*.safetensors"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, path := range files {
		name, rest, _ := strings.Cut(filepath.Base(path), "@")
		t.Run(name+"@"+strings.TrimSuffix(rest, ".safetensors"), func(t *testing.T) {
			if testing.Short() && !strings.Contains(name, "tiny") {
				t.Skip("a large network")
			}
			size, err := strconv.Atoi(strings.TrimSuffix(rest, ".safetensors"))
			if err != nil {
				t.Fatal(err)
			}
			net, err := zoo.Build(name, weights.Formula{Classes: 1000})
			if err != nil {
				t.Fatal(err)
			}
			in := net.Input
			in.Height, in.Width, in.Resize = size, size, size
			if net, err = net.Resized(in); err != nil {
				t.Fatal(err)
			}
			want := read(t, path)
			input := weights.FormulaTensor("input", 1, 3, size, size)
			compare(t, net, input, want, tolerance)
			layer := net.DefaultLayer()
			stored := values(want, "final4/gradcam/"+layer)
			if stored == nil {
				return
			}
			pass, err := run(t.Context(), open(t, net), request{Input: input, Layers: []string{layer}, Class: compute.TopClass})
			if err != nil {
				t.Fatal(err)
			}
			m, err := cam.ByName("gradcam")
			if err != nil {
				t.Fatal(err)
			}
			ex, err := pass.Explain(t.Context(), layer, m)
			if err != nil {
				t.Fatal(err)
			}
			final := ex.AsPytorchGradCAM(size, size).Map
			var every []float32
			for y := 0; y < size; y += 4 {
				for x := 0; x < size; x += 4 {
					every = append(every, final.Values[y*size+x])
				}
			}
			nearer(t, 2e-2, "final/gradcam/"+layer, every, stored)
		})
	}
}
