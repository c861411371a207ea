package picture

import (
	"image"
	"image/color"
	"iter"
	"runtime"
)

// A large picture, such as one of 100 million pixels, is not made RGB as a whole: that
// alone would take four bytes a pixel, beside one and a half for the luma and chroma
// of a photograph. It stays as it is stored, and its colours are made strip by strip
// whenever somebody looks at it.

// largePixels is the number of pixels from which on a picture is large: 64 MB of RGB.
const largePixels = 16_000_000

// Strips is a large picture whose colours are made when they are asked for.
type Strips struct{ p *Picture }

// ColorModel is that of [image.NRGBA].
func (s *Strips) ColorModel() color.Model { return color.NRGBAModel }

// Bounds begin at (0, 0).
func (s *Strips) Bounds() image.Rectangle { return image.Rectangle{Max: s.p.Size()} }

// At makes one pixel, which takes long; see [Strips.Strip].
func (s *Strips) At(x, y int) color.Color {
	if !image.Pt(x, y).In(s.Bounds()) {
		return color.NRGBA{}
	}
	return s.Strip(image.Rect(x, y, x+1, y+1)).NRGBAAt(0, 0)
}

// Strip makes the pixels inside r, which is inside the bounds. Those of the result begin
// at (0, 0).
func (s *Strips) Strip(r image.Rectangle) *image.NRGBA {
	p := s.p
	if p.Deep == nil {
		img, alpha := p.stored.part(r)
		return lay(img, alpha, p.alpha)
	}
	img := p.Deep.image(r, p.low, p.high)
	if p.Alpha == nil {
		return img
	}
	alpha := make([]uint8, 0, r.Dx()*r.Dy())
	for y := r.Min.Y; y < r.Max.Y; y++ {
		alpha = append(alpha, p.Alpha[y*p.Deep.Width+r.Min.X:][:r.Dx()]...)
	}
	return lay(img, alpha, p.alpha)
}

// stored is a picture of 8 bits as its decoder made it, and what is still to be done
// to it.
type stored struct {
	decoded
	orientation int
	// convert makes colours sRGB's; nil where they are left as they are.
	convert func(r, g, b float32) (float32, float32, float32)
}

// size is that of the upright picture.
func (s *stored) size() image.Point {
	size := s.bounds.Size()
	if s.orientation > 4 && s.orientation <= 8 {
		size.X, size.Y = size.Y, size.X
	}
	return size
}

// part makes the part inside r of the upright picture, and its alpha row by row, nil
// where that part is opaque.
func (s *stored) part(r image.Rectangle) (*image.NRGBA, []uint8) {
	from := lying(r, s.bounds.Size(), s.orientation)
	img, alpha := colours(s.img, from.Add(s.bounds.Min), s.chroma)
	if s.convert != nil {
		img = converted(img, s.convert)
	}
	if alpha != nil {
		alpha, _, _ = turned(alpha, from.Dx(), from.Dy(), s.orientation)
	}
	return upright(img, s.orientation), alpha
}

// parts are the strips of the upright picture, from top to bottom.
func (s *stored) parts() iter.Seq2[*image.NRGBA, []uint8] {
	return func(yield func(*image.NRGBA, []uint8) bool) {
		size := s.size()
		for y, step := 0, stripHeight(size); y < size.Y; y += step {
			if y > 0 {
				runtime.GC() // see pixelRows.each
			}
			if !yield(s.part(image.Rect(0, y, size.X, min(y+step, size.Y)))) {
				return
			}
		}
	}
}

// stripHeight is how many rows of a picture are made at once: some million pixels.
func stripHeight(size image.Point) int { return max(1, 1<<20/size.X) }

// lying is the part of a picture of a size that becomes r when the picture is turned as
// [upright] turns it.
func lying(r image.Rectangle, size image.Point, orientation int) image.Rectangle {
	if orientation < 2 || orientation > 8 {
		return r
	}
	if orientation > 4 {
		r = image.Rect(r.Min.Y, r.Min.X, r.Max.Y, r.Max.X)
	}
	switch orientation {
	case 2, 3, 7, 8:
		r.Min.X, r.Max.X = size.X-r.Max.X, size.X-r.Min.X
	}
	switch orientation {
	case 3, 4, 6, 7:
		r.Min.Y, r.Max.Y = size.Y-r.Max.Y, size.Y-r.Min.Y
	}
	return r
}

// pixelRows is a picture whose rows are made some at a time.
type pixelRows struct {
	size image.Point
	// at makes the rows from y0 to y1, at most as many as high.
	at   func(y0, y1 int) *image.NRGBA
	high int
}

// rowsOf are the rows of an image, all at once.
func rowsOf(img *image.NRGBA) pixelRows {
	size := img.Rect.Size()
	return pixelRows{size, func(y0, y1 int) *image.NRGBA {
		return &image.NRGBA{Pix: img.Pix[y0*img.Stride:], Stride: img.Stride, Rect: image.Rect(0, 0, size.X, y1-y0)}
	}, size.Y}
}

// stripRows are the rows of a picture, strip by strip.
func stripRows(s *Strips) pixelRows {
	size := s.Bounds().Size()
	return pixelRows{size, func(y0, y1 int) *image.NRGBA {
		return s.Strip(image.Rect(0, y0, size.X, y1))
	}, stripHeight(size)}
}

// grey are the rows without their colours.
func (r pixelRows) grey() pixelRows {
	coloured := r.at
	r.at = func(y0, y1 int) *image.NRGBA { return greyOf(coloured(y0, y1)) }
	return r
}

// each calls do with the rows from top to bottom, strip by strip. A strip is collected
// before the next one is made, since the garbage of all may be as large as the picture.
func (r pixelRows) each(top, bottom int, do func(y int, strip *image.NRGBA)) {
	for y := top; y < bottom; y += r.high {
		if y > top {
			runtime.GC()
		}
		do(y, r.at(y, min(y+r.high, bottom)))
	}
}
