package folder

import (
	"io"

	"gaze/compute"
	"gaze/compute/heat"
	"gaze/compute/output"
)

// Sheets is the [Writer] of comparison sheets as PNG files.
type Sheets struct{ Style heat.Style }

// Name implements [Writer].
func (Sheets) Name() string { return "sheet" }

// Extension implements [Writer].
func (Sheets) Extension() string { return ".png" }

// Write implements [Writer].
func (sh Sheets) Write(w io.Writer, s *compute.Subject, e *compute.Explanation) error {
	return output.EncodePNG(w, e.Sheet(s, sh.Style))
}
