package keras_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"

	"gaze/models"
	"gaze/models/keras"
)

type object = map[string]any

// members reads a zip archive.
func members(t testing.TB, name string) map[string][]byte {
	t.Helper()
	z, err := zip.OpenReader(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	all := make(map[string][]byte)
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if all[f.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// archive writes a zip archive whose members are compressed, as people do who
// change a .keras file.
func archive(t testing.TB, of map[string][]byte) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for name, data := range of {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(data); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// changed is the path of a .keras file of testdata with another configuration.
func changed(t testing.TB, name string, change func(config object)) string {
	t.Helper()
	all := members(t, name)
	var config object
	if err := json.Unmarshal(all["config.json"], &config); err != nil {
		t.Fatal(err)
	}
	change(config)
	data, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	all["config.json"] = data
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, archive(t, all), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// rewritten is the path of a .keras file of testdata with a text in place of another
// in its configuration.
func rewritten(t testing.TB, name, old, text string) string {
	t.Helper()
	all := members(t, name)
	all["config.json"] = bytes.ReplaceAll(all["config.json"], []byte(old), []byte(text))
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, archive(t, all), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// layersOf are the layers of a model's configuration.
func layersOf(config object) []any { return config["config"].(object)["layers"].([]any) }

// layerOf is the configuration of the layer of a name.
func layerOf(config object, name string) object {
	for _, l := range layersOf(config) {
		if l.(object)["config"].(object)["name"] == name {
			return l.(object)
		}
	}
	panic("no layer " + name)
}

// settingsOf are the settings of the layer of a name.
func settingsOf(config object, name string) object { return layerOf(config, name)["config"].(object) }

// insert puts layers behind the first of a Sequential model.
func insert(config object, layers ...object) {
	list := layersOf(config)
	out := []any{list[0]}
	for _, l := range layers {
		out = append(out, l)
	}
	config["config"].(object)["layers"] = append(out, list[1:]...)
}

func kerasLayer(class, name string, settings object) object {
	settings["name"] = name
	return object{"module": "keras.layers", "class_name": class, "config": settings, "registered_name": nil}
}

func mustRead(t testing.TB, path string, opt keras.Options) *models.Network {
	t.Helper()
	net, err := keras.Read(path, opt)
	if err != nil {
		t.Fatal(err)
	}
	return net
}
