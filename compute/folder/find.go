// Package folder explains every picture in a folder: it finds the pictures,
// runs a network on each, and writes comparison sheets and a table of results.
//
// What is wrong with one picture is written into its row of the table and does not
// stop the others.
package folder

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/maruel/natural"

	"gaze/compute/picture"
)

// Entry is a picture that was found, or a file or folder that cannot be used: one
// that looks like a picture, or that may contain pictures.
type Entry struct {
	// Path opens the file.
	Path string
	// Rel is its path relative to the root it was found in, with slashes.
	Rel string
	// Err is why the entry cannot be used; nil for a picture.
	Err error
}

// Find lists the pictures in folders and everything below them in natural
// order, folder by folder: img2 comes before img10, whatever the case. A root
// may also be a picture's file, which is listed whatever it is called.
//
// Pictures are recognised by their extension: see [picture.Extensions]. DICOM files
// need none. Hidden files and folders are left out. Links to folders are followed, and each folder is listed
// once, so circles end. Folders that cannot be read, and what has a picture's
// extension but is no file, are listed with the reason. What runs of this program wrote
// is no picture: the second list says where such files were left out. The error is the
// context's, or says which root cannot be found.
func Find(ctx context.Context, roots ...string) ([]Entry, []Results, error) {
	f := finder{ctx: ctx, seen: make(map[string]bool)}
	for _, root := range roots {
		info, err := os.Stat(root)
		if err != nil {
			return nil, nil, fmt.Errorf("find pictures: %w", unusable(root, err))
		}
		if info.IsDir() {
			err = f.folder(root, "")
		} else {
			f.file(root, filepath.Base(root), info.Mode())
		}
		if err != nil {
			return nil, nil, err
		}
	}
	return f.entries, f.results, nil
}

type finder struct {
	ctx     context.Context
	entries []Entry
	results []Results
	// seen holds folders, by the paths that links lead to, and files.
	seen map[string]bool
}

// folder lists the folder at dir, whose path in the root is rel. The error is
// the context's.
func (f *finder) folder(dir, rel string) error {
	if err := f.ctx.Err(); err != nil {
		return fmt.Errorf("find pictures: %w", err)
	}
	real, err := filepath.EvalSymlinks(dir)
	if err == nil {
		real, err = filepath.Abs(real)
	}
	if err != nil {
		f.add(Entry{dir, rel, unusable(dir, err)})
		return nil
	}
	if f.seen[real] {
		return nil
	}
	f.seen[real] = true

	children, err := os.ReadDir(dir)
	if err != nil {
		f.add(Entry{dir, rel, unusable(dir, err)})
	}
	slices.SortFunc(children, func(a, b fs.DirEntry) int {
		return cmp.Or(
			natural.Compare(strings.ToLower(a.Name()), strings.ToLower(b.Name())),
			strings.Compare(a.Name(), b.Name()),
		)
	})
	f.leaveOut(dir, children)
	for _, c := range children {
		if strings.HasPrefix(c.Name(), ".") {
			continue
		}
		if err := f.child(filepath.Join(dir, c.Name()), path.Join(rel, c.Name()), c.Type()); err != nil {
			return err
		}
	}
	return nil
}

func (f *finder) child(name, rel string, mode fs.FileMode) error {
	looksRight := looksLikePicture(name)
	if mode&fs.ModeSymlink != 0 {
		info, err := os.Stat(name)
		if err != nil {
			if looksRight {
				f.add(Entry{name, rel, unusable(name, err)})
			}
			return nil
		}
		mode = info.Mode()
	}
	if looksRight || mode.IsRegular() && saysNothing(name) && picture.IsDICOM(name) {
		f.file(name, rel, mode)
	}
	if mode.IsDir() {
		return f.folder(name, rel)
	}
	return nil
}

// looksLikePicture reports whether a file is called like a picture.
func looksLikePicture(name string) bool {
	return slices.Contains(picture.Extensions(), strings.ToLower(filepath.Ext(name)))
}

// saysNothing reports whether a name has no extension, or a number for one, as where
// DICOM files are called after what they identify.
func saysNothing(name string) bool {
	return strings.Trim(strings.TrimPrefix(filepath.Ext(name), "."), "0123456789") == ""
}

func (f *finder) file(name, rel string, mode fs.FileMode) {
	switch {
	case mode.IsDir():
		f.add(Entry{name, rel, &picture.Error{Path: name, Reason: picture.Directory}})
	case !mode.IsRegular():
		f.add(Entry{name, rel, &picture.Error{Path: name, Reason: picture.NotRegular}})
	default:
		f.add(Entry{name, rel, nil})
	}
}

// add appends e unless another root has led to it already.
func (f *finder) add(e Entry) {
	if f.mark(e.Path) {
		return
	}
	f.entries = append(f.entries, e)
}

// mark notes a file as seen and reports whether it was already.
func (f *finder) mark(path string) bool {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	// Folders are in seen by the same kind of path, and may be unusable yet.
	key := "entry:" + path
	seen := f.seen[key]
	f.seen[key] = true
	return seen
}

func unusable(name string, err error) error {
	e := &picture.Error{Path: name, Reason: picture.Unreadable, Err: err}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		e.Reason = picture.NotFound
	case errors.Is(err, fs.ErrPermission):
		e.Reason = picture.Permission
	}
	return e
}
