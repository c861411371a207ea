package heat

import (
	"image"
	"math"

	"github.com/disintegration/imaging"

	"gaze/compute/cam"
)

// MaxOverlaySide bounds the sides of what Overlay returns, in pixels: a map is
// smooth, and a window has no use for more.
const MaxOverlaySide = 2048

// Overlay draws the raw map m in colours where the network saw it, for a
// window to lay over the picture, translucently and stretched to the same
// rectangle. original is the upright picture's bounds and frame the rectangle
// in it that the network saw. The result begins at (0, 0), has the original's
// proportions and at most MaxOverlaySide pixels a side; it is transparent
// outside the frame and opaque inside. An empty map has no colours: the result
// is transparent everywhere.
func Overlay(original, frame image.Rectangle, m cam.Map, c Colormap) *image.NRGBA {
	size := fit(original.Size(), MaxOverlaySide)
	dst := image.NewNRGBA(image.Rectangle{Max: size})
	f, ok := placeFrame(m, c, original, frame, size)
	if !ok {
		return dst
	}
	colors := c.colors()
	f.rows(func(y int, values []float32) {
		row := dst.Pix[dst.PixOffset(f.x.first, y):]
		for i, v := range values {
			p, hot := row[4*i:4*i+4:4*i+4], &colors[level32(v)]
			p[0], p[1], p[2], p[3] = hot.R, hot.G, hot.B, hot.A
		}
	})
	return dst
}

// Composite draws the map over the picture, and Alone in its place, as a comparison sheet
// does. The result has the size of the picture, shrunk to at most side pixels a side
// unless side is 0. An empty map has no colours.
func Composite(c Comparison, side int) *image.NRGBA {
	bounds := c.Original.Bounds()
	size := bounded(bounds.Size(), side)
	if bounds.Empty() {
		return image.NewNRGBA(image.Rectangle{})
	}
	dst := imaging.Resize(c.Original, size.X, size.Y, imaging.CatmullRom)
	if f, ok := placeFrame(c.Map, c.Colormap, bounds, c.Frame, size); ok {
		f.blend(dst, c.Colormap, c.Opacity)
	}
	return dst
}

// Alone draws the map where the network saw the picture: see [Composite].
func Alone(c Comparison, side int) *image.NRGBA {
	bounds := c.Original.Bounds()
	size := bounded(bounds.Size(), side)
	dst := imaging.New(size.X, size.Y, unseen)
	if f, ok := placeFrame(c.Map, c.Colormap, bounds, c.Frame, size); ok {
		f.blend(dst, c.Colormap, 1)
	}
	return dst
}

// bounded is fit for a side that may be 0 for any.
func bounded(size image.Point, side int) image.Point {
	if side < 1 {
		return size
	}
	return fit(size, side)
}

// blend mixes the field's colours into dst; pixel (0, 0) of the field is the
// first of dst:
//
//	(1-opacity)*original + opacity*heat
//
// of the sRGB values as they are stored, without going to linear light, as the
// published figures are made. opacity is brought into 0..1.
func (f field) blend(dst *image.NRGBA, c Colormap, opacity float64) {
	// Fixed point with 16 bits behind the point: exact to the nearest level,
	// and two table reads a channel in place of two products.
	const one, half = 1 << 16, 1 << 15
	hotShare := uint32(math.Round(one * clampOpacity(opacity)))
	var cold [256]uint32
	var hot [256][3]uint32
	for i, col := range c.colors() {
		cold[i] = uint32(i)*(one-hotShare) + half
		hot[i] = [3]uint32{uint32(col.R) * hotShare, uint32(col.G) * hotShare, uint32(col.B) * hotShare}
	}
	f.rows(func(y int, values []float32) {
		row := dst.Pix[y*dst.Stride+4*f.x.first:]
		for i, v := range values {
			p, h := row[4*i:4*i+3:4*i+3], &hot[level32(v)]
			p[0] = uint8((cold[p[0]] + h[0]) >> 16)
			p[1] = uint8((cold[p[1]] + h[1]) >> 16)
			p[2] = uint8((cold[p[2]] + h[2]) >> 16)
		}
	})
}

// placeFrame normalises m for the colours and stretches it over frame, a rectangle of the
// original, on a grid of size pixels that covers the original. It reports
// false where there is nothing to draw.
func placeFrame(m cam.Map, c Colormap, original, frame image.Rectangle, size image.Point) (field, bool) {
	norm, _ := c.normalize(m)
	if !c.Shows(m) || original.Empty() || frame.Empty() {
		return field{}, false
	}
	x := spanOn(frame.Min.X-original.Min.X, frame.Max.X-original.Min.X, original.Dx(), size.X)
	y := spanOn(frame.Min.Y-original.Min.Y, frame.Max.Y-original.Min.Y, original.Dy(), size.Y)
	return place(norm, x, y, size.X, size.Y)
}

// spanOn converts an interval on an axis of from pixels to one of to pixels.
func spanOn(lo, hi, from, to int) span {
	scale := float64(to) / float64(from)
	return span{float64(lo) * scale, float64(hi) * scale}
}

// fit returns size, shrunk in proportion to at most side pixels a side; no
// side of a picture vanishes.
func fit(size image.Point, side int) image.Point {
	longest := max(size.X, size.Y)
	if longest <= side {
		return size
	}
	return scaled(size, float64(side)/float64(longest))
}

func scaled(size image.Point, by float64) image.Point {
	side := func(n int) int { return max(1, int(math.Round(float64(n)*by))) }
	return image.Pt(side(size.X), side(size.Y))
}

// level32 is level for values known to be in 0..1.
func level32(v float32) uint8 { return uint8(float32(v*255) + 0.5) }

func clampOpacity(o float64) float64 {
	if !(o > 0) {
		return 0
	}
	return min(o, 1)
}
