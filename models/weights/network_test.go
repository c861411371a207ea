package weights_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/nlpodyssey/safetensors"

	"gaze/compute"
	"gaze/models"
	"gaze/models/weights"
	"gaze/models/zoo"
)

// TestEveryContainerGivesTheSameLogits writes one network's parameters in every
// form and runs it on each.
func TestEveryContainerGivesTheSameLogits(t *testing.T) {
	const arch = "squeezenet1_1"
	net, err := zoo.Build(arch, weights.Formula{Classes: 1000})
	if err != nil {
		t.Fatal(err)
	}
	var f torchFile
	for _, l := range net.Layers {
		for param, p := range l.Params {
			f.entries = append(f.entries, dense("module."+l.Name+"."+param, len(f.storages), p.Shape()...))
			f.storages = append(f.storages, floatStorage(p.Data().([]float32)...))
		}
	}
	want := logits(t, arch, weights.Formula{Classes: 1000})
	dir := t.TempDir()
	for name, data := range map[string][]byte{"net.safetensors": safetensorsOf(t, net), "net.pth": f.zip(t), "old.pth": f.legacy(), "pytorch_model.bin": f.zip(t)} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		set, err := weights.Read(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := logits(t, arch, set); !slices.Equal(got, want) {
			t.Errorf("%s: logits begin %v, not %v", name, got[:4], want[:4])
		}
	}
}

// safetensorsOf is a network's parameters as a file.
func safetensorsOf(t testing.TB, net *models.Network) []byte {
	t.Helper()
	views := make(map[string]safetensors.TensorView)
	for _, l := range net.Layers {
		for name, p := range l.Params {
			var shape []uint64
			for _, side := range p.Shape() {
				shape = append(shape, uint64(side))
			}
			view, err := safetensors.NewTensorView(safetensors.F32, shape, floatStorage(p.Data().([]float32)...).data)
			if err != nil {
				t.Fatal(err)
			}
			views[l.Name+"."+name] = view
		}
	}
	data, err := safetensors.Serialize(views, nil)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// BenchmarkFirstExplanation goes from a file of ResNet-50's weights to the
// first explanation, which prepares the weights.
func BenchmarkFirstExplanation(b *testing.B) {
	const arch = "resnet50"
	net, err := zoo.Build(arch, weights.Formula{Classes: 1000})
	if err != nil {
		b.Fatal(err)
	}
	path := filepath.Join(b.TempDir(), arch+".safetensors")
	if err := os.WriteFile(path, safetensorsOf(b, net), 0o600); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		set, err := weights.Read(path)
		if err != nil {
			b.Fatal(err)
		}
		logits(b, arch, set)
	}
}

// logits runs a network on the formula's picture.
func logits(t testing.TB, arch string, src zoo.Source) []float32 {
	t.Helper()
	net, err := zoo.Build(arch, src)
	if err != nil {
		t.Fatal(err)
	}
	engine, err := compute.Open(net, compute.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close()
	passes, err := engine.Run(t.Context(), compute.Recipe{Class: compute.TopClass}, &compute.Subject{Input: weights.FormulaTensor("input", 1, 3, net.Input.Height, net.Input.Width)})
	if err != nil {
		t.Fatal(err)
	}
	pass := passes[0]
	return pass.Logits
}
