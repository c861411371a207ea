package heat

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"math"
	"strings"

	"github.com/disintegration/imaging"

	"gaze/compute/cam"
)

// Comparison is what a sheet shows: a photograph, a map of it, and how the map
// is drawn.
type Comparison struct {
	// Original is the upright picture and Frame the rectangle of it that the
	// network saw.
	Original image.Image
	Frame    image.Rectangle
	// Map is the raw map.
	Map      cam.Map
	Colormap Colormap
	// Opacity of the map in the overlay, 0..1.
	Opacity float64
	Caption Caption
	// MaxSide bounds the sides of a sheet in pixels, 0 for no bound. Pictures become
	// smaller and letters do not, as long as that is enough.
	MaxSide int
}

// Style is how maps are drawn.
type Style struct {
	Colormap Colormap
	// Opacity of the map over the picture, 0..1.
	Opacity float64
}

// NewStyle is the style of a colour map's name and an opacity, or what is wrong
// with them.
func NewStyle(colormap string, opacity float64) (Style, error) {
	c, err := ByName(colormap)
	if err != nil {
		return Style{}, err
	}
	if !(opacity >= 0 && opacity <= 1) {
		return Style{}, fmt.Errorf("opacity %v is not between 0 and 1", opacity)
	}
	return Style{c, opacity}, nil
}

// Caption is what a sheet says below the pictures.
type Caption struct {
	// File is the picture's name.
	File string
	// Network, Layer and Method say how the map was made: "squeezenet1_1",
	// "features.12", "Grad-CAM".
	Network, Layer, Method string
	// Class is the name of the class explained, Probability its probability (0..1)
	// and Logit the network's output before it. Where the output is a number the
	// probability is NaN, and Unit is what the number is measured in.
	Class              string
	Probability, Logit float32
	Unit               string
	// Threshold is the probability from which on the network says a class that does
	// not exclude others, and 0 where classes do.
	Threshold float64
	// Notices are sentences that the reader of the map has to know.
	Notices []string
}

// answer has the keys and values of what the network says.
func (c Caption) answer() []string {
	if math.IsNaN(float64(c.Probability)) {
		// More digits than a logit has: they are what the network was trained for.
		value := strings.ReplaceAll(fmt.Sprintf("%.5g", c.Logit), "-", "−")
		return []string{"Value", strings.TrimSpace(value + " " + c.Unit)}
	}
	probability := percent(c.Probability)
	if c.Threshold > 0 {
		probability += fmt.Sprintf(" (said from %.4g %%)", 100*c.Threshold)
	}
	return []string{"Probability", probability, "Logit", number(float64(c.Logit))}
}

// The sides of a panel in pixels: a photograph is shrunk until its longer side
// is maxPanel, a tiny picture enlarged until it is minPanel.
const (
	minPanel = 320
	maxPanel = 800
	// smallestPanel is where a bound on the sheet's sides no longer shrinks panels.
	smallestPanel = 128
)

// The sheet's colours: dark grey on nearly white, so that the map's are the
// only strong ones.
var (
	paper   = color.NRGBA{0xfb, 0xfb, 0xfa, 0xff}
	ink     = color.NRGBA{0x1f, 0x23, 0x28, 0xff}
	muted   = color.NRGBA{0x6b, 0x72, 0x80, 0xff}
	hair    = color.NRGBA{0xd4, 0xd7, 0xdc, 0xff}
	unseen  = color.NRGBA{0xec, 0xed, 0xef, 0xff}
	warning = color.NRGBA{0xb4, 0x53, 0x09, 0xff}
)

// Sheet draws the comparison sheet: the original, the map alone with the frame
// that the network saw, and the overlay, side by side at one size, with a
// colour bar and a caption below. An empty map is not coloured; the sheet says
// so instead.
func Sheet(c Comparison) *image.NRGBA {
	fonts := takeFonts()
	defer fonts.giveBack()
	s := newSheet(c, fonts, maxPanel)
	for side := maxPanel * 3 / 4; s.tooLarge() && side > smallestPanel; side = side * 3 / 4 {
		s = newSheet(c, fonts, side)
	}
	// Package draw is fast on RGBA only; of an opaque picture the bytes are the
	// same as NRGBA's.
	dst := image.NewRGBA(image.Rectangle{Max: s.size()})
	draw.Draw(dst, dst.Rect, image.NewUniform(paper), image.Point{}, draw.Src)
	s.drawPanels(dst)
	s.drawCaption(dst)
	s.drawNotices(dst)
	sheet := &image.NRGBA{Pix: dst.Pix, Stride: dst.Stride, Rect: dst.Rect}
	if s.tooLarge() {
		size := fit(sheet.Rect.Size(), c.MaxSide)
		return imaging.Resize(sheet, size.X, size.Y, imaging.CatmullRom)
	}
	return sheet
}

// tooLarge reports whether a side is above the bound.
func (s *sheet) tooLarge() bool {
	size := s.size()
	return s.MaxSide > 0 && max(size.X, size.Y) > s.MaxSide
}

// sheet is a comparison with its layout, in pixels. Three columns of one width
// stand side by side; in each, from top to bottom: a title, a panel, and a
// part of the caption. Notices run below all three.
type sheet struct {
	Comparison
	lo, hi float64
	empty  bool

	panel                  image.Point
	em                     float64
	margin, gutter, column int
	body, strong, large    *typeface
	caption                [3][]line
	notices                []line
}

// line is one line of text, with the name of what it tells in its margin.
type line struct {
	key, text string
	face      *typeface
}

// newSheet lays out a sheet whose panels have at most most pixels a side.
func newSheet(c Comparison, fonts *fonts, most int) *sheet {
	s := &sheet{Comparison: c}
	_, invalid := c.Colormap.normalize(c.Map)
	s.empty = !c.Colormap.Shows(c.Map)
	s.lo, s.hi = finiteRange(c.Map)

	s.panel = panelSize(c.Original.Bounds().Size(), most)
	s.column = max(s.panel.X, minPanel)
	s.em = math.Round(max(13, min(24, float64(s.column)/30)))
	s.margin, s.gutter = s.ems(2.5), s.ems(2)
	s.body, s.strong, s.large = fonts.regular(s.em), fonts.bold(s.em), fonts.bold(math.Round(s.em*1.4))

	s.caption[0] = append(s.heading(c.Caption.Class), s.fields(c.Caption.answer()...)...)
	s.caption[0] = append(s.caption[0], line{"File", elide(s.body, c.Caption.File, s.column-s.keyWidth()), s.body})
	s.caption[1] = s.fields("Raw range", number(s.lo)+" "+ellipsis+" "+number(s.hi),
		"Map size", fmt.Sprintf("%d × %d", c.Map.Width, c.Map.Height), "Colours", s.colours())
	s.caption[2] = append(s.heading(c.Caption.Method),
		s.fields("Network", c.Caption.Network, "Layer", c.Caption.Layer, "Opacity", s.opacity())...)

	notices := c.Caption.Notices
	if invalid > 0 {
		notices = append(notices[:len(notices):len(notices)],
			fmt.Sprintf("%d of the map's %d values are not finite numbers; they are drawn as zero.", invalid, len(c.Map.Values)))
	}
	for _, n := range notices {
		for _, text := range wrap(s.body, n, s.width()-2*s.margin-s.ems(1), 3) {
			s.notices = append(s.notices, line{text: text, face: s.body})
		}
	}
	return s
}

// panelSize is the size in which a picture is shown.
func panelSize(size image.Point, most int) image.Point {
	longest := max(size.X, size.Y)
	switch {
	case longest == 0:
		return image.Pt(minPanel, minPanel)
	case longest < min(minPanel, most):
		return scaled(size, minPanel/float64(longest))
	}
	return fit(size, most)
}

func (s *sheet) colours() string {
	if s.empty {
		return "none"
	}
	return s.Colormap.String()
}

func (s *sheet) opacity() string {
	if s.empty {
		return "nothing to lay over"
	}
	return fmt.Sprintf("%.0f %%", 100*clampOpacity(s.Opacity))
}

// heading makes at least one line of text.
func (s *sheet) heading(text string) []line {
	lines := []line{{face: s.large}}
	for i, t := range wrap(s.large, text, s.column, 3) {
		lines = append(lines[:i], line{text: t, face: s.large})
	}
	return lines
}

// fields makes lines of alternating keys and values.
func (s *sheet) fields(keysAndValues ...string) []line {
	var lines []line
	for i := 0; i+1 < len(keysAndValues); i += 2 {
		key := keysAndValues[i]
		for _, text := range wrap(s.body, keysAndValues[i+1], s.column-s.keyWidth(), 2) {
			lines = append(lines, line{key, text, s.body})
			key = ""
		}
	}
	return lines
}

func (s *sheet) ems(n float64) int      { return int(math.Round(n * s.em)) }
func (s *sheet) keyWidth() int          { return s.ems(6.5) }
func (s *sheet) width() int             { return 2*s.margin + 3*s.column + 2*s.gutter }
func (s *sheet) left(column int) int    { return s.margin + column*(s.column+s.gutter) }
func (s *sheet) panelTop() int          { return s.margin + s.ems(1.9) }
func (s *sheet) captionTop() int        { return s.panelTop() + s.panel.Y + s.ems(1.4) }
func (s *sheet) noticesTop() int        { return s.captionTop() + s.captionHeight() + s.ems(1) }
func leading(t *typeface) int           { return int(math.Round(1.5 * t.size)) }
func baseline(t *typeface, top int) int { return top + int(math.Round(1.1*t.size)) }

// headHeight is the height of the colour bar, and at least of the headings
// beside it, so that the fields below begin on one line where they can.
func (s *sheet) headHeight() int { return s.ems(2.8) }

func (s *sheet) captionHeight() int {
	height := 0
	for i, lines := range s.caption {
		h := 0
		for _, l := range lines {
			h += leading(l.face)
		}
		if i == 1 {
			h += s.headHeight()
		} else {
			h += s.headHeight() - leading(s.large)
		}
		height = max(height, h)
	}
	return height
}

func (s *sheet) size() image.Point {
	height := s.captionTop() + s.captionHeight() + s.margin
	if len(s.notices) > 0 {
		height += s.ems(1) + len(s.notices)*leading(s.body)
	}
	return image.Pt(s.width(), height)
}

func (s *sheet) drawPanels(dst draw.Image) {
	bounds := s.Original.Bounds()
	original := image.NewNRGBA(image.Rectangle{Max: s.panel})
	if !bounds.Empty() {
		original = Scale(s.Original, s.panel, imaging.CatmullRom)
	}
	alone := imaging.New(s.panel.X, s.panel.Y, unseen)
	overlay := imaging.Clone(original)
	if f, ok := placeFrame(s.Map, s.Colormap, bounds, s.Frame, s.panel); ok {
		f.blend(alone, s.Colormap, 1)
		f.blend(overlay, s.Colormap, s.Opacity)
	}
	s.drawFrame(alone, bounds)
	if s.empty {
		s.drawEmpty(alone)
	}

	size := fmt.Sprintf("%d × %d", bounds.Dx(), bounds.Dy())
	for i, p := range []struct {
		title, detail string
		img           *image.NRGBA
	}{{"Original", size, original}, {"Map", "", alone}, {"Overlay", "", overlay}} {
		x, y := s.left(i), baseline(s.body, s.margin)
		s.strong.draw(dst, x, y, p.title, ink)
		s.body.draw(dst, x+s.column-s.body.width(p.detail), y, p.detail, muted)

		at := p.img.Rect.Add(image.Pt(x+(s.column-s.panel.X)/2, s.panelTop()))
		lay(dst, at, p.img)
		// Products are photographed on white: without a line the picture would
		// not end.
		outline(dst, at.Inset(-1), 1, image.NewUniform(hair))
	}
}

// lay draws a picture over dst, an opaque one by copying.
func lay(dst draw.Image, at image.Rectangle, img *image.NRGBA) {
	if img.Opaque() {
		draw.Draw(dst, at, &image.RGBA{Pix: img.Pix, Stride: img.Stride, Rect: img.Rect}, img.Rect.Min, draw.Src)
		return
	}
	draw.Draw(dst, at, img, img.Rect.Min, draw.Over)
}

// drawFrame outlines what the network saw.
func (s *sheet) drawFrame(dst draw.Image, bounds image.Rectangle) {
	if bounds.Empty() || s.Frame.Empty() {
		return
	}
	x := spanOn(s.Frame.Min.X-bounds.Min.X, s.Frame.Max.X-bounds.Min.X, bounds.Dx(), s.panel.X)
	y := spanOn(s.Frame.Min.Y-bounds.Min.Y, s.Frame.Max.Y-bounds.Min.Y, bounds.Dy(), s.panel.Y)
	round := func(v float64) int { return int(math.Round(v)) }
	r := image.Rect(round(x.from), round(y.from), round(x.to), round(y.to))
	outline(dst, r, max(1, s.ems(0.08)), image.NewUniform(ink))
}

// drawEmpty writes in place of a map that there is none.
func (s *sheet) drawEmpty(dst draw.Image) {
	// A panel too flat for words leaves them to the caption.
	if s.panel.Y < s.ems(4) || s.panel.X < s.ems(10) {
		return
	}
	middle := s.panel.Y / 2
	for _, l := range []struct {
		face     *typeface
		text     string
		baseline int
		ink      color.NRGBA
	}{{s.strong, "The map is empty", middle - s.ems(0.2), ink}, {s.body, "no value is above zero", middle + s.ems(1.2), muted}} {
		l.face.draw(dst, (s.panel.X-l.face.width(l.text))/2, l.baseline, l.text, l.ink)
	}
}

func (s *sheet) drawCaption(dst draw.Image) {
	s.drawBar(dst, image.Rect(s.left(1), s.captionTop(), s.left(1)+s.column, s.captionTop()+s.ems(0.8)))
	for i, lines := range s.caption {
		y, heads := s.captionTop(), true
		for _, l := range lines {
			if heads && l.face != s.large {
				heads = false
				y += s.headHeight()
				if i != 1 {
					y -= leading(s.large)
				}
			}
			x := s.left(i)
			if l.face != s.large {
				s.body.draw(dst, x, baseline(l.face, y), l.key, muted)
				x += s.keyWidth()
			}
			l.face.draw(dst, x, baseline(l.face, y), l.text, ink)
			y += leading(l.face)
		}
	}
}

// drawBar draws the colour bar into r and its ends' raw values below it.
func (s *sheet) drawBar(dst draw.Image, r image.Rectangle) {
	if s.empty {
		draw.Draw(dst, r, image.NewUniform(unseen), image.Point{}, draw.Src)
		return
	}
	for x := r.Min.X; x < r.Max.X; x++ {
		c := s.Colormap.At((float64(x-r.Min.X) + 0.5) / float64(r.Dx()))
		draw.Draw(dst, image.Rect(x, r.Min.Y, x+1, r.Max.Y), image.NewUniform(c), image.Point{}, draw.Src)
	}
	outline(dst, r.Inset(-1), 1, image.NewUniform(hair))

	lowest, highest := s.Colormap.Limits(s.Map)
	y, least, middle, most := baseline(s.body, r.Max.Y+s.ems(0.2)), number(lowest), number((lowest+highest)/2), number(highest)
	if !s.Colormap.Diverging && s.lo < 0 {
		least = "≤ 0"
	}
	s.body.draw(dst, r.Min.X, y, least, muted)
	s.body.draw(dst, r.Min.X+(r.Dx()-s.body.width(middle))/2, y, middle, muted)
	s.body.draw(dst, r.Max.X-s.body.width(most), y, most, muted)
}

func (s *sheet) drawNotices(dst draw.Image) {
	texts := make([]string, len(s.notices))
	for i, l := range s.notices {
		texts[i] = l.text
	}
	drawNotices(dst, image.Pt(s.margin, s.noticesTop()), s.body, texts)
}

// drawNotices draws lines of notices beside a bar that draws the eye to them.
func drawNotices(dst draw.Image, at image.Point, face *typeface, lines []string) {
	if len(lines) == 0 {
		return
	}
	ems := func(n float64) int { return int(math.Round(n * face.size)) }
	bar := image.Rect(at.X, at.Y, at.X+max(2, ems(0.15)), at.Y+len(lines)*leading(face))
	draw.Draw(dst, bar, image.NewUniform(warning), image.Point{}, draw.Src)
	for i, text := range lines {
		face.draw(dst, at.X+ems(1), baseline(face, at.Y+i*leading(face)), text, ink)
	}
}
