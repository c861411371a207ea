package folder

import (
	"io"

	"gaze/compute/output"
)

// Place is where the files of a run go: a folder, [output.Dir], or what stands in for
// one. Names are paths below it, with slashes. Its methods are called on several
// goroutines at the same time.
type Place interface {
	// Make makes the place itself.
	Make() error
	// Lock keeps other runs out until unlock is called or the program ends; if another
	// has the lock, the error is [output.ErrInUse].
	Lock(name string) (unlock func(), err error)
	// Put writes a file whole or not at all. Unless overwrite is set an existing file
	// stays, and the error is an [fs.ErrExist].
	Put(name string, overwrite bool, write func(io.Writer) error) error
	// Size reports false if there is no such file.
	Size(name string) (bytes int64, ok bool)
	// Open opens a file to be read; the error is an [fs.ErrNotExist] if there is none.
	Open(name string) (output.Source, error)
	// Append opens the file that a run notes its pictures in.
	Append(name string) (output.Log, error)
	Remove(name string) error
	// Path is what users call a file.
	Path(name string) string
	// Run identifies this use of the place, and Clean removes what another use that was
	// killed left unfinished among the files of a folder.
	Run() string
	Clean(folder, run string)
}
