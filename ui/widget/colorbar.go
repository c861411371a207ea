package widget

import (
	"image"
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"
)

// ColorBar explains a colour map: a thin bar with its colours from the lowest value on the left to the highest on the right, and the two
// values beside it.
type ColorBar struct {
	fynewidget.BaseWidget

	bar    *canvas.Image
	lo, hi *fynewidget.Label
}

const (
	colorBarSteps  = 256
	colorBarHeight = 10
	colorBarWidth  = 60 // at least
)

// NewColorBar returns an empty bar.
func NewColorBar() *ColorBar {
	b := &ColorBar{
		bar: &canvas.Image{ScaleMode: canvas.ImageScaleFastest},
		lo:  &fynewidget.Label{SizeName: theme.SizeNameCaptionText, Alignment: fyne.TextAlignTrailing},
		hi:  &fynewidget.Label{SizeName: theme.SizeNameCaptionText},
	}
	b.ExtendBaseWidget(b)
	return b
}

// Set shows the colours of v from 0 (at lo) to 1 (at hi). nil empties the bar.
func (b *ColorBar) Set(colors func(v float64) color.Color, lo, hi string) {
	b.bar.Image = nil
	if colors != nil {
		img := image.NewRGBA(image.Rect(0, 0, colorBarSteps, 1))
		for x := range colorBarSteps {
			img.Set(x, 0, colors(float64(x)/(colorBarSteps-1)))
		}
		b.bar.Image = img
	}
	b.lo.SetText(lo)
	b.hi.SetText(hi)
	b.Refresh()
}

// CreateRenderer implements [fyne.Widget].
func (b *ColorBar) CreateRenderer() fyne.WidgetRenderer { return &colorBarRenderer{b} }

type colorBarRenderer struct{ bar *ColorBar }

func (r *colorBarRenderer) MinSize() fyne.Size {
	lo, hi := r.bar.lo.MinSize(), r.bar.hi.MinSize()
	return fyne.NewSize(lo.Width+colorBarWidth+hi.Width, max(lo.Height, hi.Height))
}

func (r *colorBarRenderer) Layout(size fyne.Size) {
	b := r.bar
	lo, hi := b.lo.MinSize(), b.hi.MinSize()
	b.lo.Resize(fyne.NewSize(lo.Width, size.Height))
	b.hi.Resize(fyne.NewSize(hi.Width, size.Height))
	b.hi.Move(fyne.NewPos(size.Width-hi.Width, 0))
	b.bar.Resize(fyne.NewSize(max(size.Width-lo.Width-hi.Width, 0), colorBarHeight))
	b.bar.Move(fyne.NewPos(lo.Width, (size.Height-colorBarHeight)/2))
}

func (r *colorBarRenderer) Refresh() {
	r.Layout(r.bar.Size())
	r.bar.lo.Refresh()
	r.bar.hi.Refresh()
	r.bar.bar.Hidden = r.bar.bar.Image == nil
	r.bar.bar.Refresh()
}

func (r *colorBarRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.bar.lo, r.bar.bar, r.bar.hi}
}

func (r *colorBarRenderer) Destroy() {}
