package output

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// File systems without hard links are rare where tests run.
func TestClaimWorksWithoutHardLinks(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.png")
	for i, want := range []error{nil, fs.ErrExist} {
		temp := filepath.Join(dir, "temp")
		if err := os.WriteFile(temp, []byte{byte('0' + i)}, 0o666); err != nil {
			t.Fatal(err)
		}
		if err := claim(temp, path); !errors.Is(err, want) {
			t.Errorf("attempt %d: error is %v, want %v", i, err, want)
		}
	}
	if data, err := os.ReadFile(path); err != nil || string(data) != "0" {
		t.Errorf("file holds %q, %v; want what was written first", data, err)
	}
	if err := claim(filepath.Join(dir, "missing"), filepath.Join(dir, "b.png")); err == nil {
		t.Error("a missing file was published")
	}
	if _, err := os.Stat(filepath.Join(dir, "b.png")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the failed attempt left its empty file: %v", err)
	}
}
