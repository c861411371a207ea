package widget

import (
	"encoding/binary"
	"image"
	"image/color"
	"image/draw"
	"math"
	"runtime"
	"sync"
)

// pyramid is a picture with copies of half, a quarter … of its size, so that showing it reduced neither flickers nor reads all of it.
// A pixel of level k covers exactly 1<<k by 1<<k pixels of the picture, fewer at the right and bottom edges.
type pyramid struct {
	levels []*image.RGBA
}

// smallestLevel is the side length, in pixels, below which no further level is made.
const smallestLevel = 128

var _ image.Image = (*pyramid)(nil)

// newPyramid returns the pyramid over img, nil for an image without pixels.
func newPyramid(img image.Image) *pyramid {
	if img == nil || img.Bounds().Empty() {
		return nil
	}
	if p, ok := img.(*pyramid); ok {
		return p
	}
	level := wholeRGBA(img)
	p := &pyramid{levels: []*image.RGBA{level}}
	for max(level.Rect.Dx(), level.Rect.Dy()) > smallestLevel {
		level = halve(level)
		p.levels = append(p.levels, level)
	}
	return p
}

// Bounds implements [image.Image].
func (p *pyramid) Bounds() image.Rectangle { return p.levels[0].Bounds() }

// ColorModel implements [image.Image].
func (p *pyramid) ColorModel() color.Model { return color.RGBAModel }

// At implements [image.Image].
func (p *pyramid) At(x, y int) color.Color { return p.levels[0].At(x, y) }

// wholeRGBA returns img as an RGBA image from (0, 0) without gaps between its rows, which is what Fyne hands to the graphics card
// unconverted. It shares the pixels of img if they have that form already.
func wholeRGBA(img image.Image) *image.RGBA {
	if shared := sharedRGBA(img); shared != nil {
		return shared
	}
	b := img.Bounds()
	dst := image.NewRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	nrgba, _ := img.(*image.NRGBA)
	inBands(b.Dy(), func(y0, y1 int) {
		if nrgba == nil {
			draw.Draw(dst, image.Rect(0, y0, b.Dx(), y1), img, b.Min.Add(image.Pt(0, y0)), draw.Src)
			return
		}
		for y := y0; y < y1; y++ {
			premultiply(dst.Pix[y*dst.Stride:][:dst.Stride], nrgba.Pix[nrgba.PixOffset(b.Min.X, b.Min.Y+y):])
		}
	})
	return dst
}

// sharedRGBA returns img as the image that wholeRGBA promises if that takes no copy, and nil otherwise.
func sharedRGBA(img image.Image) *image.RGBA {
	shared, _ := img.(*image.RGBA)
	if nrgba, ok := img.(*image.NRGBA); ok && nrgba.Opaque() {
		// The two kinds of image differ only where they are translucent.
		shared = &image.RGBA{Pix: nrgba.Pix, Stride: nrgba.Stride, Rect: nrgba.Rect}
	}
	if shared == nil || shared.Rect.Min != (image.Point{}) || shared.Stride != 4*shared.Rect.Dx() {
		return nil
	}
	return shared
}

// premultiply fills dst with the NRGBA pixels at the beginning of src; the standard library does it many times slower.
func premultiply(dst, src []uint8) {
	src = src[:len(dst)]
	for i := 0; i < len(dst); i += 4 {
		a := uint(src[i+3])
		dst[i] = uint8((uint(src[i])*a + 127) / 255)
		dst[i+1] = uint8((uint(src[i+1])*a + 127) / 255)
		dst[i+2] = uint8((uint(src[i+2])*a + 127) / 255)
		dst[i+3] = uint8(a)
	}
}

// halve returns src at half its size, rounded up, each pixel the mean of two by two.
func halve(src *image.RGBA) *image.RGBA {
	w, h := src.Rect.Dx(), src.Rect.Dy()
	dst := image.NewRGBA(image.Rect(0, 0, (w+1)/2, (h+1)/2))
	inBands(dst.Rect.Dy(), func(y0, y1 int) {
		for y := y0; y < y1; y++ {
			upper := src.Pix[2*y*src.Stride:][:4*w]
			lower := src.Pix[min(2*y+1, h-1)*src.Stride:][:4*w]
			out := dst.Pix[y*dst.Stride:][:dst.Stride]
			for x := 0; x < len(out); x += 4 {
				l := 2 * x
				r := min(l+4, 4*(w-1))
				mean := meanOfFour(
					binary.LittleEndian.Uint32(upper[l:]), binary.LittleEndian.Uint32(upper[r:]),
					binary.LittleEndian.Uint32(lower[l:]), binary.LittleEndian.Uint32(lower[r:]))
				binary.LittleEndian.PutUint32(out[x:], mean)
			}
		}
	})
	return dst
}

// meanOfFour returns the rounded mean of each byte. It adds two bytes at a time, in the lower and upper half of a word.
func meanOfFour(a, b, c, d uint32) uint32 {
	const (
		half = 0x00ff00ff // every other byte
		two  = 0x00020002
	)
	even := a&half + b&half + c&half + d&half + two
	odd := a>>8&half + b>>8&half + c>>8&half + d>>8&half + two
	return even>>2&half | odd>>2&half<<8
}

// inBands calls do for bands of rows that make up [0, rows), on all cores.
func inBands(rows int, do func(y0, y1 int)) {
	bands := min(runtime.GOMAXPROCS(0), max(rows/64, 1))
	var wg sync.WaitGroup
	for i := range bands {
		wg.Go(func() { do(i*rows/bands, (i+1)*rows/bands) })
	}
	wg.Wait()
}

// tile is the part of a picture that is on screen, with a margin, at the resolution of the screen: what is given to Fyne instead of the
// whole picture, so that neither the picture's size nor the zoom matters to the time and memory a frame takes.
type tile struct {
	from  *pyramid
	level int
	rect  image.Rectangle // in pixels of the level
	image *image.RGBA     // the pixels of rect
}

// cover makes the tile show all that a pane of the size of visible needs, where whole is the place of the picture in the pane, visible
// the part of whole on screen and density the device pixels per canvas unit. It returns the place of the tile in the pane.
func (t *tile) cover(whole, visible box, density float64) box {
	base := t.from.levels[0].Rect.Size()
	unitX, unitY := whole.w/float64(base.X), whole.h/float64(base.Y)

	// The coarsest level that still has a pixel for every pixel of the screen.
	level := int(math.Floor(-math.Log2(max(unitX, unitY) * density)))
	level = min(max(level, 0), len(t.from.levels)-1)
	unitX *= float64(int(1) << level)
	unitY *= float64(int(1) << level)

	full := t.from.levels[level].Rect
	need := image.Rect(
		int(math.Floor((visible.x-whole.x)/unitX)), int(math.Floor((visible.y-whole.y)/unitY)),
		int(math.Ceil((visible.x+visible.w-whole.x)/unitX)), int(math.Ceil((visible.y+visible.h-whole.y)/unitY)),
	)
	// One pixel more, because interpolation looks at the neighbours.
	need = need.Inset(-1).Intersect(full)
	if t.image == nil || level != t.level || !need.In(t.rect) {
		// The margin lets small moves do without a new tile.
		margin := max(need.Dx(), need.Dy()) / 4
		t.level, t.rect = level, need.Inset(-margin).Intersect(full)
		t.image = crop(t.from.levels[level], t.rect)
	}
	return box{
		x: whole.x + float64(t.rect.Min.X)*unitX,
		y: whole.y + float64(t.rect.Min.Y)*unitY,
		w: float64(t.rect.Dx()) * unitX,
		h: float64(t.rect.Dy()) * unitY,
	}
}

// crop returns the pixels of r, which lies within src, in an image from (0, 0): src itself if that is all of it.
func crop(src *image.RGBA, r image.Rectangle) *image.RGBA {
	if r == src.Rect {
		return src
	}
	dst := image.NewRGBA(image.Rect(0, 0, r.Dx(), r.Dy()))
	draw.Draw(dst, dst.Rect, src, r.Min, draw.Src)
	return dst
}

// newTile returns a tile of img that covers nothing yet; nil for an image without pixels.
func newTile(img image.Image) *tile {
	if p := newPyramid(img); p != nil {
		return &tile{from: p}
	}
	return nil
}
