package scenes

import (
	"image"
	"math"
	"strings"

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

// letters draws lines of text, each in the middle.
func letters(f *opentype.Font, text string) *lettering {
	const size = 64
	face, err := opentype.NewFace(f, &opentype.FaceOptions{Size: size, DPI: 72})
	if err != nil {
		panic(err) // the size is valid
	}
	lines := strings.Split(text, "\n")
	width := 0
	for _, l := range lines {
		width = max(width, font.MeasureString(face, l).Ceil())
	}
	t := &lettering{
		ink:    image.NewAlpha(image.Rect(0, 0, width+8, len(lines)*size*5/4)),
		height: float64(face.Metrics().CapHeight) / 64,
	}
	for i, l := range lines {
		d := font.Drawer{Dst: t.ink, Src: image.Opaque, Face: face}
		d.Dot = fixed.P((width+8-font.MeasureString(face, l).Ceil())/2, size+i*size*5/4)
		d.DrawString(l)
	}
	return t
}

// at is the ink, from 0 to 1, at a place relative to the middle of the text, x
// to the right and y down, where capital letters are high high.
func (t *lettering) at(x, y, high float64) float64 {
	scale := t.height / high
	b := t.ink.Rect
	middle := float64(b.Dy())/2 + float64(64-b.Dy()/2) - t.height/2
	if b.Dy() > 64*5/4 {
		middle = float64(b.Dy()) / 2
	}
	u, v := x*scale+float64(b.Dx())/2-0.5, y*scale+middle-0.5
	fu, fv := math.Floor(u), math.Floor(v)
	iu, iv := int(fu), int(fv)
	u, v = u-fu, v-fv
	ink := func(x, y int) float64 { return float64(t.ink.AlphaAt(x, y).A) / 255 }
	return (ink(iu, iv)*(1-u)+ink(iu+1, iv)*u)*(1-v) + (ink(iu, iv+1)*(1-u)+ink(iu+1, iv+1)*u)*v
}
