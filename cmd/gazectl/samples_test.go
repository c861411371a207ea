package main

import (
	"bytes"
	"image/jpeg"
	"os"
	"path/filepath"
	"testing"

	"gaze/models/builtin/samples"
)

func TestSamplesAreWritten(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "folder")
	mine := write(t, filepath.Join(t.TempDir(), "mug.jpg"), []byte("mine"))
	list := parse[sampleFile](t, gazectl(t, "samples", dir, "--json"))
	if len(list) != len(samples.List()) {
		t.Fatalf("%d files of %d samples", len(list), len(samples.List()))
	}
	for _, s := range list {
		data, err := os.ReadFile(s.Path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := jpeg.Decode(bytes.NewReader(data)); err != nil {
			t.Errorf("%s: %v", s.Path, err)
		}
		if s.Title == "" || len(s.Classes) == 0 {
			t.Errorf("%+v", s)
		}
	}
	// A file of the user's that has a sample's name is left alone.
	if o := gazectl(t, "samples", filepath.Dir(mine)); o.status != 0 {
		t.Errorf("%+v", o)
	}
	if data, err := os.ReadFile(mine); err != nil || string(data) != "mine" {
		t.Errorf("%q, %v", data, err)
	}
	if o := gazectl(t, "samples", filepath.Join(mine, "below a file")); o.status != exitUsage {
		t.Errorf("a folder that cannot be made: %+v", o)
	}
}
