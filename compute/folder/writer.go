package folder

import (
	"io"

	"gaze/compute"
)

// Writer makes a file of each map of a run. A new kind of file is a type in a file of
// its own; docs/adding.md has an example. Its methods are called on several
// goroutines at the same time.
type Writer interface {
	// Extension tells its files from other writers': ".png". It has no comma, space
	// or slash.
	Extension() string
	// Write writes the file of e, a map of s. Its error ends the run.
	Write(w io.Writer, s *compute.Subject, e *compute.Explanation) error
}
