package output_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"gaze/compute/output"
)

func put(d *output.Dir, name, text string, overwrite bool) error {
	return d.Put(name, overwrite, func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	})
}

func TestDirWritesBelowItself(t *testing.T) {
	root := t.TempDir()
	d := output.NewDir(filepath.Join(root, "out"))
	if err := put(d, "a/b/c.txt", "text", false); err != nil {
		t.Fatal(err)
	}
	if got := content(t, filepath.Join(root, "out", "a", "b", "c.txt")); got != "text" {
		t.Errorf("the file holds %q", got)
	}
	if n, ok := d.Size("a/b/c.txt"); !ok || n != 4 {
		t.Errorf("its size is %d, %v", n, ok)
	}
	if err := put(d, "a/b/c.txt", "other", false); !errors.Is(err, fs.ErrExist) {
		t.Errorf("written again: %v", err)
	}
	for _, name := range []string{"../x", "/x", "a/../../x", ""} {
		if err := put(d, name, "", true); err == nil {
			t.Errorf("%q was written", name)
		}
		if _, ok := d.Size(name); ok {
			t.Errorf("%q has a size", name)
		}
	}
}

func TestOnlyOneRunLocksAFolder(t *testing.T) {
	path := t.TempDir()
	first, second := output.NewDir(path), output.NewDir(path)
	unlock, err := first.Lock(".lock")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := second.Lock(".lock"); !errors.Is(err, output.ErrInUse) {
		t.Errorf("a second run locked it too: %v", err)
	}
	other, err := second.Lock(".other")
	if err != nil {
		t.Errorf("another lock: %v", err)
	}
	other()
	unlock()
	again, err := second.Lock(".lock")
	if err != nil {
		t.Fatalf("after the first has ended: %v", err)
	}
	again()
	if left, err := os.ReadDir(path); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// What other programs are writing stays.
func TestCleanRemovesTheFilesOfOneRun(t *testing.T) {
	root := t.TempDir()
	dead, alive := output.NewDir(filepath.Join(root, "o[u]t*")), output.NewDir(filepath.Join(root, "o[u]t*"))
	var inside []string
	err := dead.Put("a/x", true, func(io.Writer) error {
		return alive.Put("a/y", true, func(io.Writer) error {
			alive.Clean("a", dead.Run())
			entries, err := os.ReadDir(dead.Path("a"))
			for _, e := range entries {
				inside = append(inside, e.Name())
			}
			return err
		})
	})
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the file of the dead run was published: %v", err)
	}
	if len(inside) != 1 {
		t.Errorf("%q were left, want the file of the other run alone", inside)
	}
}
