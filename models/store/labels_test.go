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

// testdata/one.onnx has one output. Lists of two names are in training's order where they
// are found, and in Gaze's where they are given; which is which is told either way.
func TestNamesOfOneOutput(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("testdata", "one.onnx"))
	if err != nil {
		t.Fatal(err)
	}
	list := filepath.Join(t.TempDir(), "names.txt")
	write(t, list, "cat\ndog\n")
	for _, c := range []struct {
		name  string
		files map[string]string
		opt   store.Options
		want  [2]string
		tells string
	}{
		{"nothing", nil, store.Options{}, [2]string{"yes", "no"}, ""},
		{"beside", map[string]string{"labels.txt": "0 cat\n1 dog\n"}, store.Options{}, [2]string{"dog", "cat"}, `a high output means "dog" (and a low one "cat")`},
		{"beside, of three", map[string]string{"labels.txt": "cat\ndog\ncow\n"}, store.Options{}, [2]string{"yes", "no"}, ""},
		{"the sidecar's", map[string]string{"net.json": `{"labels":["cat","dog"]}`}, store.Options{}, [2]string{"cat", "dog"}, `a high output means "cat" (and a low one "dog")`},
		{"the sidecar's, said", map[string]string{"net.json": `{"labels":["cat","dog"],"positive":"dog"}`}, store.Options{}, [2]string{"dog", "cat"}, ""},
		{"the option's", map[string]string{"labels.txt": "a\nb\n"}, store.Options{Labels: list}, [2]string{"cat", "dog"}, `a high output means "cat" (and a low one "dog")`},
		{"the option's, said", nil, store.Options{Labels: list, Positive: "dog"}, [2]string{"dog", "cat"}, ""},
		{"one name", nil, store.Options{Positive: "tumour"}, [2]string{"tumour", "not tumour"}, ""},
		{"beside, said", map[string]string{"labels.txt": "cat\ndog\n"}, store.Options{Positive: "cat"}, [2]string{"cat", "dog"}, ""},
	} {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "net.onnx"), string(data))
		for name, text := range c.files {
			write(t, filepath.Join(dir, name), text)
		}
		net, err := store.New(dir).Open("net", c.opt)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		told := strings.Join(net.Remarks(), " ")
		if got := [2]string{net.Label(0), net.Label(1)}; got != c.want || !strings.Contains(told, c.tells) || strings.Contains(told, "a high output means") != (c.tells != "") {
			t.Errorf("%s: %q, told %q; not %q, %q", c.name, got, told, c.want, c.tells)
		}
		found := slices.ContainsFunc(net.Notes, func(n models.Note) bool { return n.Kind == models.NoteLabels })
		if want := strings.HasPrefix(c.name, "beside") && c.want[0] != "yes"; found != want {
			t.Errorf("%s: that labels were found is told: %v", c.name, found)
		}
	}
	dir := t.TempDir()
	write(t, filepath.Join(dir, "net.onnx"), string(data))
	write(t, filepath.Join(dir, "net.json"), `{"positive":"cow","labels":["cat","dog"]}`)
	if _, err := store.New(dir).Open("net", store.Options{}); err == nil || !strings.Contains(err.Error(), "sidecar net.json") {
		t.Errorf("a label that is not there: %v", err)
	}
}

// What a sidecar says besides the picture.
func TestSidecarSaysTheRest(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("testdata", "one.onnx"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write(t, filepath.Join(dir, "net.onnx"), string(data))
	write(t, filepath.Join(dir, "net.json"), `{"activation":"none","unit":"years","layer":"conv"}`)
	net, err := store.New(dir).Open("net", store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := models.Output{Activation: models.ActivationNone, Unit: "years"}
	if net.Output != want || net.DefaultLayer() != "conv" || strings.Contains(strings.Join(net.Remarks(), " "), "sigmoid") {
		t.Errorf("%+v, layer %s, told %q", net.Output, net.DefaultLayer(), net.Remarks())
	}
	for says, side := range map[string]string{
		`layer "relu9"`:           `{"layer":"relu9"}`,
		"sidecar net.json: input": `{"input":{"stack":"*_{a,b}.png"}}`,
		"always 1":                `{"activation":"softmax"}`,
		"net.json has 3 labels":   `{"labels":["a","b","c"]}`,
	} {
		write(t, filepath.Join(dir, "net.json"), side)
		if _, err := store.New(dir).Open("net", store.Options{}); err == nil || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), "net.onnx") && !strings.Contains(err.Error(), "net.json") {
			t.Errorf("%s: %v does not say %q", side, err, says)
		}
	}
}
