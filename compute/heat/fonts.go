package heat

import (
	"image"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// fonts are typefaces that one sheet at a time draws with. They keep the glyphs that
// were drawn, because the sheets of a folder have most of their words in common.
type fonts struct{ made map[fontSize]*typeface }

type fontSize struct {
	font *sfnt.Font
	size float64
}

// spareFonts are those that no sheet draws with at the moment.
var spareFonts = sync.Pool{New: func() any { return &fonts{make(map[fontSize]*typeface)} }}

func takeFonts() *fonts { return spareFonts.Get().(*fonts) }

func (f *fonts) giveBack() {
	if len(f.made) > mostSizes {
		clear(f.made)
	}
	spareFonts.Put(f)
}

// mostSizes bounds the typefaces that are kept: pictures of one size have three.
const mostSizes = 24

func (f *fonts) regular(size float64) *typeface { return f.at(regularFont(), size) }
func (f *fonts) bold(size float64) *typeface    { return f.at(boldFont(), size) }

func (f *fonts) at(font *sfnt.Font, size float64) *typeface {
	key := fontSize{font, size}
	if f.made[key] == nil {
		f.made[key] = newTypeface(font, size)
	}
	return f.made[key]
}

// glyph is a rune as it is drawn at a place between two pixels: a mask, and where its
// corner is from the dot rounded down.
type glyph struct {
	mask   *image.Alpha
	corner image.Point
	drawn  bool
}

type glyphKey struct {
	r rune
	x fixed.Int26_6
}

// mostGlyphs bounds the glyphs that a typeface keeps: a few hundred bytes each.
const mostGlyphs = 4096

// glyph returns a rune's glyph at a dot whose place between two pixels is x.
func (t *typeface) glyph(face font.Face, r rune, x fixed.Int26_6) glyph {
	key := glyphKey{r, x}
	if g, ok := t.glyphs[key]; ok {
		return g
	}
	var g glyph
	if at, mask, maskp, _, ok := face.Glyph(fixed.Point26_6{X: x}, r); ok {
		g = glyph{image.NewAlpha(image.Rectangle{Max: at.Size()}), at.Min, true}
		for y := range at.Dy() {
			for x := range at.Dx() {
				_, _, _, a := mask.At(maskp.X+x, maskp.Y+y).RGBA()
				g.mask.Pix[y*g.mask.Stride+x] = uint8(a >> 8)
			}
		}
	}
	if len(t.glyphs) >= mostGlyphs {
		clear(t.glyphs)
	}
	t.glyphs[key] = g
	return g
}
