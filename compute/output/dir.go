package output

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"

	"github.com/gofrs/flock"
)

// Dir is a folder that a run of the program writes into. Files are named by paths below
// it, with slashes; a name that leads out of it is an error.
type Dir struct {
	path string
	// run is in the names of the temporary files, so that those of a run that was
	// killed can be told from those of a program that is alive.
	run string
}

// NewDir returns the folder at path, which need not be there yet.
func NewDir(path string) *Dir { return &Dir{path, fmt.Sprintf("%016x", rand.Uint64())} }

// Run identifies this use of the folder: see [Dir.Clean].
func (d *Dir) Run() string { return d.run }

// Path is what the file is called outside the folder.
func (d *Dir) Path(name string) string { return filepath.Join(d.path, filepath.FromSlash(name)) }

// local returns the path of a file that lies in the folder.
func (d *Dir) local(name string) (string, error) {
	if !filepath.IsLocal(filepath.FromSlash(name)) {
		return "", fmt.Errorf("%s is outside the folder %s", name, d.path)
	}
	return d.Path(name), nil
}

// Make makes the folder, with those above it.
func (d *Dir) Make() error { return os.MkdirAll(d.path, 0o777) }

// Put writes a file as [Save] does, and makes the folders above it.
func (d *Dir) Put(name string, overwrite bool, write func(io.Writer) error) error {
	path, err := d.local(name)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return fmt.Errorf("folder for results: %w", err)
	}
	return save(path, temporary(filepath.Dir(path), d.run+"-"), overwrite, write)
}

// Size is the size of a file in bytes. It reports false if nothing has that name.
func (d *Dir) Size(name string) (int64, bool) {
	path, err := d.local(name)
	if err != nil {
		return 0, false
	}
	info, err := os.Lstat(path)
	if err != nil {
		return 0, false
	}
	return info.Size(), true
}

// Source is a file that is read, at any place.
type Source interface {
	io.ReaderAt
	io.Closer
}

// Log is a file that grows at its end and can be read meanwhile. Sync returns when all
// that was written is safe.
type Log interface {
	Source
	io.Writer
	Sync() error
}

// Open opens a file to be read. The error is an [fs.ErrNotExist] if it is not there.
func (d *Dir) Open(name string) (Source, error) {
	path, err := d.local(name)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	return f, nil
}

// Append opens a file to be read and to be written at its end, and makes it if need be.
func (d *Dir) Append(name string) (Log, error) {
	path, err := d.local(name)
	if err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o666)
	if err != nil {
		return nil, err
	}
	return f, nil
}

// Remove removes a file.
func (d *Dir) Remove(name string) error {
	path, err := d.local(name)
	if err != nil {
		return err
	}
	return os.Remove(path)
}

// Clean removes the temporary files that a run left in a folder when it was killed. The
// caller must know that it has ended.
func (d *Dir) Clean(folder, run string) {
	path, err := d.local(folder)
	if err != nil || run == "" || strings.ContainsAny(run, `*?[\/`) {
		return
	}
	left, err := filepath.Glob(escapeGlob(path) + string(filepath.Separator) + ".gaze-" + run + "-*.tmp")
	if err != nil {
		return
	}
	for _, name := range left {
		os.Remove(name)
	}
}

// escapeGlob makes a pattern that only the path itself matches.
func escapeGlob(path string) string {
	if filepath.Separator == '\\' {
		return path
	}
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(path)
}

// ErrInUse is why a folder cannot be locked: another run writes into it.
var ErrInUse = errors.New("another run writes into this folder; wait until it has ended, or choose another folder")

// Lock keeps other runs out of the folder until unlock is called or the program ends,
// for whatever reason. name is the lock's file. If another run has it, the error is
// [ErrInUse]. File systems that have no locks are not locked.
func (d *Dir) Lock(name string) (unlock func(), err error) {
	path, err := d.local(name)
	if err != nil {
		return nil, err
	}
	for {
		unlock, err := d.tryLock(path)
		if unlock != nil || err != nil {
			return unlock, err
		}
	}
}

// tryLock is Lock. It returns nothing where whoever had the lock removed its file
// meanwhile: a third run may have another file of that name by now.
func (d *Dir) tryLock(path string) (unlock func(), err error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", d.path, reason(err))
	}
	// As long as it is open no other file is taken for it.
	defer file.Close()
	lock := flock.New(path, flock.SetPermissions(0o666))
	free, err := lock.TryLock()
	switch {
	case errors.Is(err, errors.ErrUnsupported):
		os.Remove(path)
		return func() {}, nil
	case err != nil:
		return nil, fmt.Errorf("lock %s: %w", d.path, reason(err))
	case !free:
		return nil, fmt.Errorf("%s: %w", d.path, ErrInUse)
	}
	mine, err := file.Stat()
	if there, thereErr := os.Stat(path); err != nil || thereErr != nil || !os.SameFile(mine, there) {
		lock.Unlock()
		return nil, nil
	}
	return func() {
		os.Remove(path)
		lock.Unlock()
	}, nil
}
