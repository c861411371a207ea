package scenes

import (
	"image"
	"math"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/gomedium"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

// lettering is text to be printed on a surface: how much ink there is at each
// place.
type lettering struct {
	ink    *image.Alpha
	height float64 // pixels of a capital letter
}

var (
	bold   = parse(gobold.TTF)
	medium = parse(gomedium.TTF)
)

func parse(ttf []byte) *opentype.Font {
	f, err := opentype.Parse(ttf)
	if err != nil {
		panic(err) // the font is part of the program
	}
	return f
}

// em is the size at which text is drawn, in pixels.
const em = 64

// letters draws a line of text.
func letters(f *opentype.Font, text string) *lettering {
	face, err := opentype.NewFace(f, &opentype.FaceOptions{Size: em, DPI: 72})
	if err != nil {
		panic(err) // the size is valid
	}
	t := &lettering{
		ink:    image.NewAlpha(image.Rect(0, 0, font.MeasureString(face, text).Ceil()+8, em*5/4)),
		height: float64(face.Metrics().CapHeight) / 64,
	}
	d := font.Drawer{Dst: t.ink, Src: image.Opaque, Face: face, Dot: fixed.P(4, em)}
	d.DrawString(text)
	return t
}

// at is the ink, from 0 to 1, at a place relative to the middle of the text, x
// to the right and y down, where capital letters are high high.
func (t *lettering) at(x, y, high float64) float64 {
	scale := t.height / high
	u, v := x*scale+float64(t.ink.Rect.Dx())/2-0.5, y*scale+em-t.height/2-0.5
	fu, fv := math.Floor(u), math.Floor(v)
	iu, iv := int(fu), int(fv)
	u, v = u-fu, v-fv
	ink := func(x, y int) float64 { return float64(t.ink.AlphaAt(x, y).A) / 255 }
	return (ink(iu, iv)*(1-u)+ink(iu+1, iv)*u)*(1-v) + (ink(iu, iv+1)*(1-u)+ink(iu+1, iv+1)*u)*v
}
