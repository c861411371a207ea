package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestModelsFolder(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("GAZE_MODELS", dir)
	if o := gazectl(t, "models", "path"); o.status != 0 || o.stdout != dir+"\n" {
		t.Errorf("models path: %+v", o)
	}
	write(t, filepath.Join(dir, "mine.onnx"), []byte("not one"))
	names := func(args ...string) (ready []string) {
		for _, e := range parse[map[string]any](t, gazectl(t, args...)) {
			if e["ready"] == true {
				ready = append(ready, e["name"].(string))
			}
		}
		return ready
	}
	if got := names("models", "list", "--json"); !slices.Equal(got, []string{"everyday", "mine"}) {
		t.Errorf("ready are %v", got)
	}
	// What was downloaded can be removed, the user's own file cannot.
	write(t, filepath.Join(dir, "squeezenet1_1-b8a52dc0.pth"), []byte("as if downloaded"))
	if got := names("models", "--json"); !slices.Equal(got, []string{"everyday", "squeezenet1_1", "mine"}) {
		t.Errorf("ready are %v", got)
	}
	if o := gazectl(t, "models", "rm", "squeezenet1_1", "mine"); o.status != exitFailed || !strings.Contains(o.stderr, "removing mine") {
		t.Errorf("models rm: %+v", o)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 1 || left[0].Name() != "mine.onnx" {
		t.Errorf("left are %v (%v)", left, err)
	}
	if o := gazectl(t, "models", "get", "resnet19"); o.status != exitUsage || !strings.Contains(o.stderr, `"resnet19"`) {
		t.Errorf("models get of an unknown network: %+v", o)
	}
	if o := gazectl(t, "explain", "--model", "resnet50", "photo.jpg"); o.status != exitUsage || !strings.Contains(o.stderr, "gazectl models get resnet50") {
		t.Errorf("a network that is not here: %+v", o)
	}
	if o := gazectl(t, "explain", "--model", "mine", "photo.jpg"); o.status != exitUsage || !strings.Contains(o.stderr, "mine.onnx") {
		t.Errorf("an own file that is damaged: %+v", o)
	}
}
