package keras

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"gaze/models/hdf5"
)

func file(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// FuzzFile reads damaged files: whatever they say, reading ends without a panic.
func FuzzFile(f *testing.F) {
	for _, name := range []string{"adapted_k3.keras", "adapted_k2_h5.h5", "refuse_lambda_k3.keras"} {
		f.Add(file(f, name))
	}
	f.Fuzz(func(_ *testing.T, data []byte) {
		_, _ = decode(bytes.NewReader(data), int64(len(data)), "nowhere/fuzz.h5", Options{})
	})
}

// FuzzConfiguration reads models that nobody made, with the weights of one that
// somebody made, and wants no more memory than the file's size allows.
func FuzzConfiguration(f *testing.F) {
	weights, err := openArchive(bytes.NewReader(file(f, "adapted_k3.keras")), int64(len(file(f, "adapted_k3.keras"))))
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range []string{"adapted_k3.keras", "pre_caffe_k3.keras", "func_k2.keras", "seq_k2.keras", "convnext_k3.keras", "ops_k3.keras", "blocks_k3.keras"} {
		data := file(f, name)
		a, err := openArchive(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(a.config)
	}
	f.Fuzz(func(t *testing.T, config []byte) {
		h, err := hdf5.Open(weights.weights, weights.size)
		if err != nil {
			t.Fatal(err)
		}
		s := &source{config: config, training: config, weights: h, root: h.Root(), byPath: true, size: weights.size + int64(len(config))}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		net, err := s.network(Options{Name: "fuzz"})
		runtime.ReadMemStats(&after)
		if used := int64(after.TotalAlloc - before.TotalAlloc); used > 8*(memoryBase+memoryMultiple*s.size) {
			t.Errorf("%d bytes for a configuration of %d", used, len(config))
		}
		if err == nil && net.Outputs() < 1 {
			t.Error("a network without an output")
		}
	})
}

// FuzzWeights reads damaged weights of a model that is known, and their shapes, and
// wants no more memory than the file's size allows.
func FuzzWeights(f *testing.F) {
	known := Architecture{Config: file(f, "weights_k2.json")}
	for _, name := range []string{"weights_k2.h5", "weights_k3.weights.h5"} {
		f.Add(file(f, name))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		size := int64(len(data))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, _ = weightShapes(bytes.NewReader(data), size)
		_, _ = decodeWeights(bytes.NewReader(data), size, known, Options{Name: "fuzz"})
		runtime.ReadMemStats(&after)
		if used := int64(after.TotalAlloc - before.TotalAlloc); used > 8*(memoryBase+memoryMultiple*size) {
			t.Errorf("%d bytes for a file of %d", used, size)
		}
	})
}
