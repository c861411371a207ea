package main

import (
	"os"
	"path/filepath"
	"testing"
)

func TestSamplesAreWrittenOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "pictures")
	files := parse[sampleFile](t, gazectl(t, "samples", dir, "--json"))
	if len(files) < 2 || len(files[0].Classes) != 2 {
		t.Fatalf("written are %+v", files)
	}
	if err := os.WriteFile(files[0].Path, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if o := gazectl(t, "samples", dir); o.status != 0 {
		t.Errorf("a second time: status %d, %s", o.status, o.stderr)
	}
	if data, err := os.ReadFile(files[0].Path); err != nil || string(data) != "mine" {
		t.Errorf("a file that was there became %d bytes, %v", len(data), err)
	}
}
