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
	"gaze/models/keras/apps"
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
			if net.Name != r.name || net.Architecture != r.architecture || net.Label(0) != r.label || !net.Input.Equal(r.input) {
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
		{path("net.onnx"), "", []string{"net.onnx", "is empty"}},
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
	want := append(zoo.Names(), apps.Names()...)
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

// TestExtensionsCanBeOpened: what is offered is read, by its own reader.
func TestExtensionsCanBeOpened(t *testing.T) {
	for _, ext := range store.Extensions() {
		path := filepath.Join(t.TempDir(), "mine"+strings.ToUpper(ext))
		write(t, path, "no network")
		_, err := store.New(t.TempDir()).Open(path, store.Options{})
		if err == nil || !strings.Contains(err.Error(), path) || strings.Contains(err.Error(), "are read from") {
			t.Errorf("%s: %v", ext, err)
		}
	}
}

func TestEveryPublishedNetworkIsInTheZoo(t *testing.T) {
	list, err := store.New(t.TempDir()).List()
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		var missing *store.MissingError
		if _, err := store.New(t.TempDir()).Open(e.Name, store.Options{}); e.Published != nil && !e.Ready && !errors.As(err, &missing) {
			t.Errorf("%s cannot be downloaded: %v", e.Name, err)
		}
	}
}

// testdata/opensize.onnx leaves the input's size open and pads to keep half of
// it, whatever that is: Conv(3x3, stride 2, SAME_UPPER), then the mean of each
// channel.
func TestSizeOfONNXFileIsKnownBeforeItIsRead(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("testdata", "opensize.onnx"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write(t, filepath.Join(dir, "flag.onnx"), string(data))
	write(t, filepath.Join(dir, "sidecar.onnx"), string(data))
	write(t, filepath.Join(dir, "sidecar.json"), `{"input":{"size":33}}`)
	write(t, filepath.Join(dir, "both.onnx"), string(data))
	write(t, filepath.Join(dir, "both.json"), `{"input":{"size":64,"channels":"bgr"}}`)
	for ref, opt := range map[string]store.Options{"flag": says(models.Preprocessing{Height: 33, Width: 33}), "sidecar": {}, "both": says(models.Preprocessing{Height: 33, Width: 33})} {
		net, err := store.New(dir).Open(ref, opt)
		if err != nil {
			t.Fatal(err)
		}
		l, _ := net.Layer("c")
		if want := [4]int{1, 1, 1, 1}; net.Input.Height != 33 || l.Attr.Pad != want || !l.Shape.Eq([]int{1, 3, 17, 17}) {
			t.Errorf("%s: the input is %v, the convolution pads %v and gives %v", ref, net.Input, l.Attr.Pad, l.Shape)
		}
		if said := net.Remarks(); len(said) != 1 || strings.Contains(said[0], "pictures of") {
			t.Errorf("%s: %q", ref, said)
		}
	}
}

// A name means the network of that name, whatever it looks like; the built-in
// network's is its own.
func TestNamesGoBeforeFiles(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("testdata", "opensize.onnx"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	names := []string{"best.pt", "a b", "v1.0"}
	if filepath.Separator == '/' {
		names = append(names, `b\s`)
	}
	for _, name := range append(names, "builtin", "everyday", "") {
		write(t, filepath.Join(dir, name+".onnx"), string(data))
	}
	s := store.New(dir)
	list, err := s.List()
	if err == nil || !strings.Contains(err.Error(), "builtin.onnx has the name of the built-in network") || !strings.Contains(err.Error(), "everyday.onnx has the name") {
		t.Errorf("files that cannot be asked for: %v", err)
	}
	var own []string
	for _, e := range list {
		if e.Path == "" {
			continue
		}
		own = append(own, e.Name)
		if net, err := s.Open(e.Name, store.Options{}); err != nil || net.Source != e.Name+".onnx" {
			t.Errorf("%q: %v", e.Name, err)
		}
	}
	slices.Sort(names)
	slices.Sort(own)
	if !slices.Equal(own, names) {
		t.Errorf("listed are %q, not %q", own, names)
	}
	for _, path := range []string{filepath.Join(dir, "everyday.onnx"), filepath.Join(dir, ".onnx")} {
		if net, err := s.Open(path, store.Options{}); err != nil || net.Classes() != 3 {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestWeightsAloneSayTheirNetwork(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "mine.safetensors")
	save(t, path, "resnet18", 3)
	net, err := store.New(dir).Open("", store.Options{Weights: path})
	if err != nil || net.Architecture != "resnet18" || net.Name != "mine" {
		t.Errorf("%+v, %v", net, err)
	}
	if _, err := store.New(dir).Open("builtin", store.Options{Weights: path}); err == nil || !strings.Contains(err.Error(), "everyday") {
		t.Errorf("the built-in network with another's weights: %v", err)
	}
}
