package store_test

import (
	"encoding/binary"
	"errors"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nlpodyssey/safetensors"

	"gaze/models"
	"gaze/models/builtin"
	"gaze/models/store"
	"gaze/models/weights"
	"gaze/models/zoo"
)

// save writes the formula's weights of arch with that many classes.
func save(t *testing.T, path, arch string, classes int) {
	t.Helper()
	net, err := zoo.Build(arch, weights.Formula{Classes: classes})
	if err != nil {
		t.Fatal(err)
	}
	views := make(map[string]safetensors.TensorView)
	for _, l := range net.Layers {
		for name, p := range l.Params {
			var data []byte
			for _, v := range p.Data().([]float32) {
				data = binary.LittleEndian.AppendUint32(data, math.Float32bits(v))
			}
			var shape []uint64
			for _, side := range p.Shape() {
				shape = append(shape, uint64(side))
			}
			if views[l.Name+"."+name], err = safetensors.NewTensorView(safetensors.F32, shape, data); err != nil {
				t.Fatal(err)
			}
		}
	}
	data, err := safetensors.Serialize(views, nil)
	if err != nil {
		t.Fatal(err)
	}
	write(t, path, string(data))
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestOpenBuiltIn(t *testing.T) {
	for _, ref := range []string{"", "builtin", "everyday"} {
		net, err := store.New(t.TempDir()).Open(ref, store.Options{})
		if err != nil || net.Name != builtin.Name {
			t.Errorf("%q: %v, %v", ref, net, err)
		}
	}
}

func TestOpenFile(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	save(t, path("squeezenet1_1.safetensors"), "squeezenet1_1", 1000)
	save(t, path("mine.safetensors"), "resnet18", 3)
	save(t, path("described.safetensors"), "resnet18", 3)
	write(t, path("described.json"), `{"architecture":"resnet18","input":{"size":128},"labels":"names.txt","source":"a test"}`)
	write(t, path("names.txt"), "cup\nbottle\nchair\n")

	rows := []struct {
		ref, weights       string
		name, architecture string
		label              string
		input              models.Input
	}{
		{path("squeezenet1_1.safetensors"), "", "squeezenet1_1", "squeezenet1_1", "tench", models.ImageNetInput(224, 256)},
		{path("mine.safetensors"), "", "mine", "resnet18", "class 0", models.ImageNetInput(224, 256)},
		{"resnet18", path("mine.safetensors"), "resnet18", "resnet18", "class 0", models.ImageNetInput(224, 256)},
		{path("described.safetensors"), "", "described", "resnet18", "cup", models.ImageNetInput(128, 146)},
	}
	for _, r := range rows {
		t.Run(r.ref+r.weights, func(t *testing.T) {
			net, err := store.New(t.TempDir()).Open(r.ref, store.Options{Weights: r.weights})
			if err != nil {
				t.Fatal(err)
			}
			if net.Name != r.name || net.Architecture != r.architecture || net.Label(0) != r.label || net.Input != r.input {
				t.Errorf("%s (%s), class 0 %q, input %+v", net.Name, net.Architecture, net.Label(0), net.Input)
			}
			if net.Source == "" {
				t.Error("nothing says where it comes from")
			}
		})
	}
	net, err := store.New(t.TempDir()).Open(path("described.safetensors"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if l, _ := net.Layer("layer4"); l.Shape[2] != 4 || net.Source != "a test" {
		t.Errorf("layer4 is %v for an input of 128, source %q", l.Shape, net.Source)
	}
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	save(t, path("mine.safetensors"), "resnet18", 3)
	save(t, path("labels.safetensors"), "resnet18", 3)
	write(t, path("labels.json"), `{"input":{"size":64},"labels":"two.txt"}`)
	write(t, path("two.txt"), "cup\nbottle\n")
	save(t, path("sidecar.safetensors"), "resnet18", 3)
	write(t, path("sidecar.json"), `not JSON`)
	write(t, path("net.onnx"), "")
	rows := []struct {
		ref, weights string
		says         []string
	}{
		{"squeezenet1_1", "", []string{"squeezenet1_1", "--weights", "gazectl models get squeezenet1_1", "5.0 MB"}},
		{"resnet1", "", []string{`"resnet1"`, "everyday", "resnet18"}},
		{path("none.safetensors"), "", []string{"none.safetensors"}},
		{path("net.onnx"), "", []string{"net.onnx", "ONNX"}},
		{"squeezenet1_1", path("mine.safetensors"), []string{"mine.safetensors", "squeezenet1_1", "features.0.weight is missing"}},
		{path("labels.safetensors"), "", []string{"two.txt has 2 labels for 3 classes"}},
		{path("sidecar.safetensors"), "", []string{"sidecar.json"}},
	}
	for _, r := range rows {
		_, err := store.New(t.TempDir()).Open(r.ref, store.Options{Weights: r.weights})
		if err == nil {
			t.Errorf("%s %s was opened", r.ref, r.weights)
			continue
		}
		for _, s := range r.says {
			if !strings.Contains(err.Error(), s) {
				t.Errorf("%q does not say %q", err, s)
			}
		}
	}
}

func TestListStartsWithWhatIsReady(t *testing.T) {
	list, err := store.New(filepath.Join(t.TempDir(), "missing")).List()
	if err != nil {
		t.Fatal(err)
	}
	if list[0].Name != builtin.Name || !list[0].Ready {
		t.Errorf("the first is %+v", list[0])
	}
	var names []string
	for _, e := range list {
		names = append(names, e.Name)
		if e.Ready == (e.Needs != "") {
			t.Errorf("%+v: a network is ready or says what it needs", e)
		}
	}
	slices.Sort(names)
	want := zoo.Names()
	slices.Sort(want)
	if !slices.Equal(names, want) {
		t.Errorf("listed are %v, not %v", names, want)
	}
}

func TestOwnFolder(t *testing.T) {
	dir := t.TempDir()
	save(t, filepath.Join(dir, "mine.safetensors"), "resnet18", 3)
	save(t, filepath.Join(dir, "squeezenet1_1.safetensors"), "squeezenet1_1", 7)
	write(t, filepath.Join(dir, "mine.json"), `{"input":{"size":64},"labels":"names.txt"}`)
	write(t, filepath.Join(dir, "names.txt"), "cup\nbottle\nchair\n")
	write(t, filepath.Join(dir, "resnet50-0676ba61.pth.part"), "half")
	write(t, filepath.Join(dir, ".hidden.pth"), "")
	t.Setenv(store.DirVariable, dir)
	s := store.New("")
	if s.Dir() != dir {
		t.Errorf("the folder is %s", s.Dir())
	}
	list, err := s.List()
	if err != nil {
		t.Fatal(err)
	}
	ready := make(map[string]string)
	for _, e := range list {
		if e.Ready {
			ready[e.Name] = filepath.Base(e.Path)
		}
	}
	if want := map[string]string{"everyday": ".", "mine": "mine.safetensors", "squeezenet1_1": "squeezenet1_1.safetensors"}; !maps.Equal(ready, want) {
		t.Errorf("ready are %v, not %v", ready, want)
	}
	for name, classes := range map[string]int{"mine": 3, "squeezenet1_1": 7} {
		net, err := s.Open(name, store.Options{})
		if err != nil || net.Name != name || net.Classes() != classes {
			t.Errorf("%s: %v, %v", name, net, err)
		}
	}
	if err := s.Remove("mine"); err == nil {
		t.Error("the user's own file was removed")
	}
	if err := s.Remove("squeezenet1_1"); err == nil {
		t.Error("the user's own file was removed")
	}
}

func TestEveryPublishedNetworkIsInTheZoo(t *testing.T) {
	list, err := store.New(t.TempDir()).List()
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		var missing *store.MissingError
		if _, err := store.New(t.TempDir()).Open(e.Name, store.Options{}); !e.Ready && !errors.As(err, &missing) {
			t.Errorf("%s cannot be downloaded: %v", e.Name, err)
		}
	}
}
