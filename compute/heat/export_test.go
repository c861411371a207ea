package heat

import (
	"image"

	"github.com/disintegration/imaging"

	"gaze/compute/cam"
)

// Blend returns a copy of the picture with the map laid over the frame, as sheets
// have it.
func Blend(original image.Image, frame image.Rectangle, m cam.Map, c Colormap, opacity float64) *image.NRGBA {
	dst := imaging.Clone(original)
	dst.Rect = dst.Rect.Add(original.Bounds().Min)
	if f, ok := placeFrame(m, c, dst.Rect, frame, dst.Rect.Size()); ok {
		f.blend(dst, c, opacity)
	}
	return dst
}

// Answer is what a sheet says of the class explained.
func (c Caption) Answer() []string { return c.answer() }
