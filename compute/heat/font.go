package heat

import (
	"image"
	"image/color"
	"image/draw"
	"io"
	"log"
	"os"
	"path/filepath"
	"sync"
	"unicode"

	"github.com/go-text/typesetting/fontscan"
	"github.com/go-text/typesetting/language"
	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// typeface is a font at one size that draws every rune: its own glyphs, a
// system font's where it has none, a hollow box where nobody has one. Text
// runs from left to right and is not shaped. It is not safe for concurrent
// use.
type typeface struct {
	size  float64
	font  *sfnt.Font
	faces map[*sfnt.Font]font.Face
	buf   sfnt.Buffer
	// runes has the face that a rune is drawn with, nil for none, and its width.
	runes  map[rune]runeFace
	glyphs map[glyphKey]glyph
	// substitute finds another font with the rune, or nil.
	substitute func(rune) *sfnt.Font
}

// newTypeface returns f at size pixels an em.
func newTypeface(f *sfnt.Font, size float64) *typeface {
	return &typeface{
		size: size, font: f, faces: make(map[*sfnt.Font]font.Face), runes: make(map[rune]runeFace), glyphs: make(map[glyphKey]glyph), substitute: systemFont,
	}
}

// runeFace is how a rune is drawn.
type runeFace struct {
	face    font.Face
	advance fixed.Int26_6
}

// rune returns how a rune is drawn.
func (t *typeface) rune(r rune) runeFace {
	if f, ok := t.runes[r]; ok {
		return f
	}
	f := runeFace{t.face(r), fixed.Int26_6(t.size * 0.7 * 64)}
	if f.face != nil {
		if adv, ok := f.face.GlyphAdvance(r); ok {
			f.advance = adv
		}
	}
	if len(t.runes) >= mostGlyphs {
		clear(t.runes)
	}
	t.runes[r] = f
	return f
}

var regularFont, boldFont = mustParse(goregular.TTF), mustParse(gobold.TTF)

// mustParse parses a font that is compiled in.
func mustParse(ttf []byte) func() *sfnt.Font {
	return sync.OnceValue(func() *sfnt.Font {
		f, err := opentype.Parse(ttf)
		if err != nil {
			panic("heat: embedded font: " + err.Error())
		}
		return f
	})
}

// face returns the font to draw r with, or nil if no font has it.
func (t *typeface) face(r rune) font.Face {
	// Fonts have empty glyphs for some of them.
	if unicode.IsControl(r) {
		return nil
	}
	f := t.font
	if !has(f, &t.buf, r) {
		if f = t.substitute(r); f == nil {
			return nil
		}
	}
	if face, ok := t.faces[f]; ok {
		return face
	}
	face, err := opentype.NewFace(f, &opentype.FaceOptions{Size: t.size, DPI: 72, Hinting: font.HintingNone})
	if err != nil {
		face = nil
	}
	t.faces[f] = face
	return face
}

func has(f *sfnt.Font, buf *sfnt.Buffer, r rune) bool {
	i, err := f.GlyphIndex(buf, r)
	return err == nil && i != 0
}

// advance is the width of one rune.
func (t *typeface) advance(r rune) fixed.Int26_6 { return t.rune(r).advance }

// width is the width of s in pixels, rounded up.
func (t *typeface) width(s string) int {
	var w fixed.Int26_6
	for _, r := range s {
		w += t.advance(r)
	}
	return w.Ceil()
}

// draw writes s with its baseline at y, beginning at x.
func (t *typeface) draw(dst draw.Image, x, y int, s string, ink color.Color) {
	dot, src := fixed.P(x, y), image.NewUniform(ink)
	for _, r := range s {
		f := t.rune(r)
		if f.face == nil {
			t.box(dst, dot, f.advance, src)
		} else if g := t.glyph(f.face, r, dot.X&63); g.drawn {
			at := g.mask.Rect.Add(g.corner).Add(image.Pt(dot.X.Floor(), y))
			draw.DrawMask(dst, at, src, image.Point{}, g.mask, image.Point{}, draw.Over)
		}
		dot.X += f.advance
	}
}

// box stands for a rune that no font has.
func (t *typeface) box(dst draw.Image, dot fixed.Point26_6, adv fixed.Int26_6, src image.Image) {
	gap := max(1, int(t.size/12))
	r := image.Rect(dot.X.Round()+gap, dot.Y.Round()-int(t.size*0.7), (dot.X+adv).Round()-gap, dot.Y.Round())
	outline(dst, r, max(1, int(t.size/16)), src)
}

// outline draws the border of r, inside it.
func outline(dst draw.Image, r image.Rectangle, width int, src image.Image) {
	inner := r.Inset(width)
	for _, edge := range []image.Rectangle{
		{r.Min, image.Pt(r.Max.X, inner.Min.Y)},
		{image.Pt(r.Min.X, inner.Max.Y), r.Max},
		{image.Pt(r.Min.X, inner.Min.Y), image.Pt(inner.Min.X, inner.Max.Y)},
		{image.Pt(inner.Max.X, inner.Min.Y), image.Pt(r.Max.X, inner.Max.Y)},
	} {
		draw.Draw(dst, edge, src, image.Point{}, draw.Over)
	}
}

// systemFont finds an installed font that has r, or nil. It is safe for
// concurrent use; the first call scans the system's fonts, which takes
// seconds the first time on a machine and is remembered in the user's cache.
func systemFont(r rune) *sfnt.Font { return installed().lookup(r) }

var installed = sync.OnceValue(func() *systemFonts {
	fonts := fontscan.NewFontMap(log.New(io.Discard, "", 0))
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	if err := fonts.UseSystemFonts(filepath.Join(cache, "gaze")); err != nil {
		return &systemFonts{}
	}
	fonts.SetQuery(fontscan.Query{Families: []string{fontscan.SansSerif}})
	return &systemFonts{fonts: fonts, files: make(map[fontscan.Location]*sfnt.Font), runes: make(map[rune]*sfnt.Font)}
})

type systemFonts struct {
	mu sync.Mutex
	// fonts is nil where the system's fonts cannot be listed.
	fonts *fontscan.FontMap
	files map[fontscan.Location]*sfnt.Font
	runes map[rune]*sfnt.Font
	buf   sfnt.Buffer
}

func (s *systemFonts) lookup(r rune) *sfnt.Font {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fonts == nil {
		return nil
	}
	if f, ok := s.runes[r]; ok {
		return f
	}
	s.fonts.SetScript(language.LookupScript(r))
	var f *sfnt.Font
	if face := s.fonts.ResolveFace(r); face != nil {
		f = s.open(s.fonts.FontLocation(face.Font))
	}
	if f != nil && !has(f, &s.buf, r) {
		f = nil
	}
	s.runes[r] = f
	return f
}

// open reads a font file, once; nil if it cannot be read.
func (s *systemFonts) open(at fontscan.Location) *sfnt.Font {
	if f, ok := s.files[at]; ok {
		return f
	}
	var f *sfnt.Font
	if data, err := os.ReadFile(at.File); err == nil {
		if fonts, err := opentype.ParseCollection(data); err == nil {
			if opened, err := fonts.Font(int(at.Index)); err == nil {
				f = opened
			}
		}
	}
	s.files[at] = f
	return f
}
