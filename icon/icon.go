// Package icon holds the application's icon: an eye with a heat map for its
// iris.
package icon

import _ "embed"

//go:embed icon.svg
var drawing []byte

// SVG is a drawing that the binary carries with it. Its pointer is a
// fyne.Resource without this package having to import Fyne.
type SVG struct {
	name    string
	content []byte
}

// Name is the file name that tells a toolkit the format: "gaze.svg".
func (s *SVG) Name() string { return s.name }

// Content is the SVG document. It must not be changed.
func (s *SVG) Content() []byte { return s.content }

var resource = &SVG{name: "gaze.svg", content: drawing}

// Resource is the application's icon. It is the same pointer every time: Fyne
// compares resources with ==, to draw none twice.
func Resource() *SVG { return resource }
