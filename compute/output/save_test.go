package output_test

import (
	"errors"
	"image"
	"image/color"
	"image/png"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"gaze/compute/output"
)

func save(path, text string, overwrite bool) error {
	return output.Save(path, overwrite, func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	})
}

func content(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// onlyFile fails unless the file is alone in its directory.
func onlyFile(t *testing.T, path string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 1 || entries[0].Name() != filepath.Base(path) {
		t.Errorf("directory holds %v, want only %s", entries, filepath.Base(path))
	}
}

func TestSaveKeepsExistingFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.png")
	if err := save(path, "first", false); err != nil {
		t.Fatal(err)
	}
	err := save(path, "second", false)
	if !errors.Is(err, fs.ErrExist) || !strings.Contains(err.Error(), path) {
		t.Errorf("error is %v, want one about %s existing", err, path)
	}
	if got := content(t, path); got != "first" {
		t.Errorf("file holds %q, want the first text", got)
	}
	if err := save(path, "third", true); err != nil {
		t.Fatal(err)
	}
	if got := content(t, path); got != "third" {
		t.Errorf("file holds %q, want the third text", got)
	}
	onlyFile(t, path)
}

func TestSaveKeepsAFileThatAppearsMeanwhile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.png")
	err := output.Save(path, false, func(w io.Writer) error {
		return os.WriteFile(path, []byte("theirs"), 0o600)
	})
	if !errors.Is(err, fs.ErrExist) {
		t.Errorf("error is %v, want fs.ErrExist", err)
	}
	if got := content(t, path); got != "theirs" {
		t.Errorf("file holds %q, want theirs", got)
	}
	onlyFile(t, path)
}

func TestOneOfManySaversWins(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.png")
	var won atomic.Int32
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if err := save(path, "whole", false); err == nil {
				won.Add(1)
			} else if !errors.Is(err, fs.ErrExist) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if won.Load() != 1 {
		t.Errorf("%d savers succeeded, want 1", won.Load())
	}
	if got := content(t, path); got != "whole" {
		t.Errorf("file holds %q", got)
	}
	onlyFile(t, path)
}

func TestFailedSaveLeavesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.png")
	if err := save(path, "before", false); err != nil {
		t.Fatal(err)
	}
	full := errors.New("disk full")
	err := output.Save(path, true, func(w io.Writer) error {
		io.WriteString(w, "half")
		return full
	})
	if !errors.Is(err, full) || !strings.Contains(err.Error(), path) {
		t.Errorf("error is %v, want the writer's, naming the file", err)
	}
	if got := content(t, path); got != "before" {
		t.Errorf("file holds %q, want what was there before", got)
	}
	onlyFile(t, path)
}

func TestSaveNamesTheFileItCannotWrite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "missing", "a.png")
	err := save(path, "", false)
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), path) || strings.Contains(err.Error(), ".tmp") {
		t.Errorf("error is %v, want one that names %s only", err, path)
	}
}

func TestSavePNGIsLossless(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.png")
	want := image.NewNRGBA(image.Rect(0, 0, 3, 2))
	for x := range 3 {
		for y := range 2 {
			want.Set(x, y, color.NRGBA{1, 2, 3, 255})
		}
	}
	if err := output.SavePNG(path, want, false); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	got, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	if got.Bounds() != want.Bounds() || color.NRGBAModel.Convert(got.At(2, 1)) != want.At(2, 1) {
		t.Errorf("read back %v with %v, want %v with %v", got.Bounds(), got.At(2, 1), want.Bounds(), want.At(2, 1))
	}
}
