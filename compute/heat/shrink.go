package heat

import (
	"image"
	"runtime"

	"github.com/disintegration/imaging"
)

// stripped is a large picture that makes its pixels when they are asked for, those of a
// rectangle at a time.
type stripped interface {
	Strip(r image.Rectangle) *image.NRGBA
}

// Scale is img in a size, by imaging's filter. A picture that is large is never made as a
// whole: its rows are resized strip by strip and then the columns, which gives the same
// pixels.
func Scale(img image.Image, size image.Point, by imaging.ResampleFilter) *image.NRGBA {
	bounds := img.Bounds()
	s, ok := img.(stripped)
	if !ok || size.X == bounds.Dx() || size.Y == bounds.Dy() {
		return imaging.Resize(img, size.X, size.Y, by)
	}
	return resizeStrips(s, bounds, size, by, max(1, 1<<20/bounds.Dx()))
}

// resizeStrips is [Scale] of strips of so many rows.
func resizeStrips(s stripped, bounds image.Rectangle, size image.Point, by imaging.ResampleFilter, rows int) *image.NRGBA {
	narrow := image.NewNRGBA(image.Rect(0, 0, size.X, bounds.Dy()))
	for y := 0; y < bounds.Dy(); y += rows {
		runtime.GC() // or the garbage of all strips is as large as the picture
		high := min(rows, bounds.Dy()-y)
		strip := s.Strip(image.Rect(0, y, bounds.Dx(), y+high).Add(bounds.Min))
		copy(narrow.Pix[y*narrow.Stride:], imaging.Resize(strip, size.X, high, by).Pix)
	}
	return imaging.Resize(narrow, size.X, size.Y, by)
}
