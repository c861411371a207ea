package state

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestDamagedSamplesAreMended(t *testing.T) {
	dir := t.TempDir()
	list, err := writeSamples(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(list[0].Path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(list[0].Path, whole[:100], 0o600); err != nil {
		t.Fatal(err)
	}
	kept, err := os.Stat(list[1].Path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := writeSamples(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	if mended, err := os.ReadFile(list[0].Path); err != nil || string(mended) != string(whole) {
		t.Errorf("the cut file has %d bytes of %d: %v", len(mended), len(whole), err)
	}
	if still, err := os.Stat(list[1].Path); err != nil || !os.SameFile(kept, still) {
		t.Errorf("a whole file was written again: %v", err)
	}
}

func TestSamplesNeedNoCache(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("HOME", file)
	t.Setenv("XDG_CACHE_HOME", file)
	t.Setenv("LocalAppData", file)
	t.Setenv("TMPDIR", t.TempDir())
	list, err := unpackSamples(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if rel, err := filepath.Rel(os.TempDir(), list[0].Path); err != nil || strings.HasPrefix(rel, "..") {
		t.Errorf("the samples are in %s", list[0].Path)
	}
}
