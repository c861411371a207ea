package folder

import (
	"io"

	"gaze/compute"
)

// Writer makes a file of each map of a run. A new kind of file is a type in a file of
// its own; docs/adding.md has an example. Its methods are called on several
// goroutines at the same time.
//
// A writer whose files depend on more than the map and the style has a method
// Settings() string that says on what, so that a resumed run makes them anew where that
// is another.
type Writer interface {
	// Name is what users and records call its files: "sheet".
	Name() string
	// Extension tells its files from other writers': ".png". It has no comma, space
	// or slash.
	Extension() string
	// Write writes the file of e, a map of s. Its error ends the run.
	Write(w io.Writer, s *compute.Subject, e *compute.Explanation) error
}
