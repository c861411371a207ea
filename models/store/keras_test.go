package store_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gaze/models"
	"gaze/models/store"
)

// TestOpenKeras opens files of Keras by their paths and by their names: a whole
// model, one in HDF5, and weights with the model in a JSON file beside them, which is
// no sidecar.
func TestOpenKeras(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"gray_k3.keras", "func_k2_h5.h5", "weights_k2.h5", "weights_k2.json", "weights_k3.weights.h5", "weights_k3.json"} {
		data, err := os.ReadFile(filepath.Join("..", "keras", "testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, name), string(data))
	}
	write(t, filepath.Join(dir, "func_k2_h5.json"), `{"input":{"size":[40,36],"crop":"none"},"source":"a test"}`)
	rows := []struct {
		file, name, source string
		classes            int
		channels           models.Channels
		layer              string
	}{
		{"gray_k3.keras", "gray_k3", "gray_k3.keras", 10, models.Gray, "conv2"},
		{"func_k2_h5.h5", "func_k2_h5", "a test", 6, models.RGB, "last_conv"},
		{"weights_k2.h5", "weights_k2", "weights_k2.h5", 6, models.RGB, "last_conv"},
		{"weights_k3.weights.h5", "weights_k3", "weights_k3.weights.h5", 4, models.RGB, "mini_base/out_relu"},
	}
	for _, r := range rows {
		t.Run(r.file, func(t *testing.T) {
			net, err := store.New(dir).Open(filepath.Join(dir, r.file), store.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if net.Name != r.name || net.Source != r.source || net.Classes() != r.classes || net.Input.Channels != r.channels || net.DefaultLayer() != r.layer {
				t.Errorf("%s from %s: %d classes, %s, layer %s", net.Name, net.Source, net.Classes(), net.Input.Channels, net.DefaultLayer())
			}
		})
	}
	saved := filepath.Join(dir, "exported")
	if err := os.Mkdir(saved, 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(saved, "saved_model.pb"), "")
	for _, path := range []string{saved, filepath.Join(saved, "saved_model.pb")} {
		if _, err := store.New(dir).Open(path, store.Options{}); err == nil || !strings.Contains(err.Error(), "SavedModel") || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", path, err)
		}
	}
	list, err := store.New(dir).List()
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(list, func(e store.Entry) bool { return e.Name == "func_k2_h5" && e.Ready }) {
		t.Error("the folder's model is not listed")
	}
}

// What a sidecar says of the numbers is of those that go into the file's own Rescaling,
// which is the network's preprocessing where nothing is said.
func TestNumbersBeforeRescaling(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("..", "keras", "testdata", "gray_k3.keras"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		sidecar string
		scale   float32
		layers  bool
		told    string
	}{
		{``, 1. / 255, false, "Guessed"},
		{`{"input":{"crop":"none"}}`, 1. / 255, false, "Guessed"},
		{`{"input":{"scale":1,"mean":0,"std":1}}`, 1, true, "Guessed"},
		{`{"input":{"scale":1}}`, 1, true, "a mean of 0, a standard deviation of 1 (the network scales pixels itself)"},
		{`{"input":{"scale":0.00392156862745098,"mean":0,"std":1}}`, 1. / 255, true, "brings pixels of 0 to 255 into range itself, and gets numbers from 0 to 1"},
	} {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "net.keras"), string(data))
		if c.sidecar != "" {
			write(t, filepath.Join(dir, "net.json"), c.sidecar)
		}
		net, err := store.New(dir).Open("net", store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		told := strings.Join(net.Remarks(), " ")
		if first := net.Layers[0].Kind == models.Scale; net.Input.Scale != c.scale || first != c.layers || !strings.Contains(told, c.told) || strings.Contains(told, "gets numbers") != strings.Contains(c.told, "gets numbers") {
			t.Errorf("%s: %v, the first layer is %s, told %q", c.sidecar, net.Input, net.Layers[0].Kind, told)
		}
	}
}
