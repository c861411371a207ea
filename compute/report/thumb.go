package report

import (
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"io"
	"math"

	"github.com/disintegration/imaging"

	"gaze/compute"
	"gaze/compute/heat"
)

// Thumbs makes the small pictures of the page: the map over the picture, as JPEG. It is a
// writer of folder runs.
type Thumbs struct{ Style heat.Style }

// thumbSide is the longer side of a thumbnail in pixels, and thumbQuality that of its
// JPEG: 4 to 8 kB.
const (
	thumbSide    = 200
	thumbQuality = 80
)

// Name is what users and records call it.
func (Thumbs) Name() string { return "thumb" }

// Extension tells thumbnails from other files of a map.
func (Thumbs) Extension() string { return ".thumb.jpg" }

// Write writes the thumbnail of e, a map of s.
func (t Thumbs) Write(w io.Writer, s *compute.Subject, e *compute.Explanation) error {
	return jpeg.Encode(w, t.draw(s.Image, s.Frame, e), &jpeg.Options{Quality: thumbQuality})
}

func (t Thumbs) draw(picture image.Image, frame image.Rectangle, e *compute.Explanation) *image.NRGBA {
	size := picture.Bounds().Size()
	by := min(1, thumbSide/float64(max(size.X, size.Y, 1)))
	scaled := func(n int) int { return int(math.Round(float64(n) * by)) }
	small := heat.Scale(picture, image.Pt(max(1, scaled(size.X)), max(1, scaled(size.Y))), imaging.Box)
	seen := frame.Sub(picture.Bounds().Min)
	seen = image.Rect(scaled(seen.Min.X), scaled(seen.Min.Y), scaled(seen.Max.X), scaled(seen.Max.Y))
	over := heat.Overlay(small.Rect, seen, e.Map, t.Style.Colormap)
	opacity := image.NewUniform(color.Alpha{uint8(math.Round(255 * min(max(t.Style.Opacity, 0), 1)))})
	draw.DrawMask(small, small.Rect, over, image.Point{}, opacity, image.Point{}, draw.Over)
	return small
}
