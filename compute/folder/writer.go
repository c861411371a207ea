package folder

import (
	"io"

	"gaze/compute"
)

// Writer makes a file of each map of a run. A new kind of file is a type of its own
// in a file of its own, and given to [Job.Writers].
type Writer interface {
	// Extension tells its files from other writers': ".png".
	Extension() string
	// Write writes the file of one map, of a subject that its outcome belongs to.
	Write(w io.Writer, s *compute.Subject, e *compute.Explanation) error
}
