package folder

import (
	"context"
	"io"
	"iter"
)

// Finisher makes files of a whole run once its pictures are done. Names are paths
// below the folder of results, with slashes.
type Finisher interface {
	// Name is what users call it: "table".
	Name() string
	// Finish writes its files with put, each whole or not at all. records gives those of
	// the run in the pictures' order, those that an earlier run made among them; it can
	// be gone through several times and holds one record at a time. Finish returns the
	// error of either as it is.
	Finish(ctx context.Context, records iter.Seq2[Record, error], put Put) error
}

// Put writes a file by calling write. A file of an earlier run is replaced, and one of
// somebody else stays: the error is then an [fs.ErrExist].
type Put func(name string, write func(io.Writer) error) error
