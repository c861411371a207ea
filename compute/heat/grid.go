package heat

import (
	"fmt"
	"image"
	"image/draw"
	"math"

	"github.com/disintegration/imaging"

	"gaze/compute/cam"
)

// Grid is what a sheet of several maps of one photograph shows.
type Grid struct {
	// Original is the upright picture and Frame the rectangle of it that the
	// network saw.
	Original image.Image
	Frame    image.Rectangle
	// Title says what all maps have in common, on one line.
	Title    string
	Cells    []Cell
	Colormap Colormap
	// Opacity of the maps, 0..1.
	Opacity float64
	// Notices are sentences that the reader of the maps has to know.
	Notices []string
}

// Cell is one map of a Grid.
type Cell struct {
	// Name is the cell's title: a method's.
	Name string
	Map  cam.Map
	// Lines are shown below the map.
	Lines []string
}

// The sides of a grid's pictures in pixels and their number in a row.
const (
	gridPanel   = 360
	gridColumns = 4
)

// GridSheet draws the original and then each map over it, with its raw range
// and lines below it.
func GridSheet(g Grid) *image.NRGBA {
	bounds := g.Original.Bounds()
	original := image.NewNRGBA(image.Rect(0, 0, gridPanel, gridPanel))
	if !bounds.Empty() {
		size := scaled(bounds.Size(), gridPanel/float64(max(bounds.Dx(), bounds.Dy())))
		original = Scale(g.Original, size, imaging.CatmullRom)
	}
	panel := original.Rect.Size()

	em := 14.0
	fonts := takeFonts()
	defer fonts.giveBack()
	body, strong := fonts.regular(em), fonts.bold(em)
	ems := func(n float64) int { return int(math.Round(n * em)) }
	margin, gutter, column := ems(2), ems(1.5), max(panel.X, gridPanel*2/3)
	lines := 1
	for _, c := range g.Cells {
		lines = max(lines, 1+len(c.Lines))
	}
	columns := min(gridColumns, len(g.Cells)+1)
	rows := (len(g.Cells) + columns) / columns
	row := leading(strong) + panel.Y + ems(0.4) + lines*leading(body) + gutter
	top := margin + leading(strong) + gutter/2
	width, bottom := 2*margin+columns*column+(columns-1)*gutter, top+rows*row-gutter
	var notices []string
	for _, n := range g.Notices {
		notices = append(notices, wrap(body, n, width-2*margin-ems(1), 3)...)
	}
	height := bottom + margin
	if len(notices) > 0 {
		height += gutter + len(notices)*leading(body)
	}
	dst := image.NewRGBA(image.Rect(0, 0, width, height))
	draw.Draw(dst, dst.Rect, image.NewUniform(paper), image.Point{}, draw.Src)
	strong.draw(dst, margin, baseline(strong, margin), elide(strong, g.Title, dst.Rect.Dx()-2*margin), ink)

	for i, c := range append([]Cell{{Name: "Original", Lines: []string{fmt.Sprintf("%d × %d", bounds.Dx(), bounds.Dy())}}}, g.Cells...) {
		x, y := margin+i%columns*(column+gutter), top+i/columns*row
		strong.draw(dst, x, baseline(strong, y), elide(strong, c.Name, column), ink)
		y += leading(strong)
		img, text := original, c.Lines
		if i > 0 {
			img = imaging.Clone(original)
			if f, ok := placeFrame(c.Map, g.Colormap, bounds, g.Frame, panel); ok {
				f.blend(img, g.Colormap, g.Opacity)
			}
			lo, hi := finiteRange(c.Map)
			text = append([]string{"raw " + number(lo) + " " + ellipsis + " " + number(hi)}, c.Lines...)
			if !g.Colormap.Shows(c.Map) {
				text[0] += ", empty"
			}
		}
		at := img.Rect.Add(image.Pt(x, y))
		draw.Draw(dst, at, img, image.Point{}, draw.Over)
		outline(dst, at.Inset(-1), 1, image.NewUniform(hair))
		y += panel.Y + ems(0.4)
		for _, l := range text {
			body.draw(dst, x, baseline(body, y), elide(body, l, column), muted)
			y += leading(body)
		}
	}
	drawNotices(dst, image.Pt(margin, bottom+gutter), body, notices)
	return &image.NRGBA{Pix: dst.Pix, Stride: dst.Stride, Rect: dst.Rect}
}
