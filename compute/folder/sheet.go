package folder

import (
	"fmt"
	"io"
	"strings"

	"gaze/compute"
	"gaze/compute/heat"
	"gaze/compute/output"
)

// Drawing says how pictures of maps are drawn and written.
type Drawing struct {
	Style    heat.Style
	Encoding output.Encoding
	// MaxSide bounds the sides in pixels, 0 for no bound.
	MaxSide int
}

// Settings is what the files depend on besides the style.
func (d Drawing) Settings() string {
	s := d.Encoding.Settings()
	if d.MaxSide > 0 {
		s += fmt.Sprintf(" max_side=%d", d.MaxSide)
	}
	return strings.TrimSpace(s)
}

// Sheets is the [Writer] of comparison sheets.
type Sheets struct{ Drawing }

// Name implements [Writer].
func (Sheets) Name() string { return "sheet" }

// Extension implements [Writer].
func (sh Sheets) Extension() string { return sh.Encoding.Extension() }

// Write implements [Writer].
func (sh Sheets) Write(w io.Writer, s *compute.Subject, e *compute.Explanation) error {
	c := e.Comparison(s, sh.Style)
	c.MaxSide = sh.MaxSide
	return sh.Encoding.Encode(w, heat.Sheet(c))
}

// Overlays is the [Writer] of pictures with the map over them.
type Overlays struct{ Drawing }

// Name implements [Writer].
func (Overlays) Name() string { return "overlay" }

// Extension implements [Writer].
func (o Overlays) Extension() string { return ".overlay" + o.Encoding.Extension() }

// Write implements [Writer].
func (o Overlays) Write(w io.Writer, s *compute.Subject, e *compute.Explanation) error {
	return o.Encoding.Encode(w, heat.Composite(e.Comparison(s, o.Style), o.MaxSide))
}

// Maps is the [Writer] of maps in colours, in the place that they have in the picture.
type Maps struct{ Drawing }

// Name implements [Writer].
func (Maps) Name() string { return "map" }

// Extension implements [Writer].
func (m Maps) Extension() string { return ".map" + m.Encoding.Extension() }

// Write implements [Writer].
func (m Maps) Write(w io.Writer, s *compute.Subject, e *compute.Explanation) error {
	return m.Encoding.Encode(w, heat.Alone(e.Comparison(s, m.Style), m.MaxSide))
}

// Raws is the [Writer] of raw maps as NumPy arrays of float32.
type Raws struct{}

// Name implements [Writer].
func (Raws) Name() string { return "raw" }

// Extension implements [Writer].
func (Raws) Extension() string { return ".npy" }

// Write implements [Writer].
func (Raws) Write(w io.Writer, _ *compute.Subject, e *compute.Explanation) error {
	return output.EncodeNPY(w, e.Map.Height, e.Map.Width, e.Map.Values)
}
