package widget

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"
)

// Chip is a quiet button on a tinted ground, which stays until what it warns of is dealt with.
type Chip struct {
	fynewidget.BaseWidget

	// OnTapped is called when the chip is tapped, and by Space and Enter while it has the keyboard.
	OnTapped func()

	text             string
	hovered, focused bool

	ground *canvas.Rectangle
	icon   *fynewidget.Icon
	label  *line
}

var (
	_ fyne.Focusable    = (*Chip)(nil)
	_ desktop.Hoverable = (*Chip)(nil)
)

const chipIconSize = 16

// amber is the tint of a chip. It is seen through on a light and on a dark ground alike.
var amber = color.NRGBA{0xff, 0xb0, 0x00, 0xff}

// NewChip returns a chip with a text.
func NewChip(text string, tapped func()) *Chip {
	c := &Chip{
		OnTapped: tapped,
		text:     text,
		ground:   canvas.NewRectangle(nil),
		icon:     fynewidget.NewIcon(theme.NewWarningThemedResource(theme.WarningIcon())),
		label:    newLine(theme.SizeNameText, fyne.TextAlignLeading),
	}
	c.label.bold(true)
	c.ExtendBaseWidget(c)
	return c
}

// SetText changes the text.
func (c *Chip) SetText(text string) {
	if text != c.text {
		c.text = text
		c.Refresh()
	}
}

// Text returns the text.
func (c *Chip) Text() string { return c.text }

// Tapped implements [fyne.Tappable].
func (c *Chip) Tapped(*fyne.PointEvent) { c.tap() }

func (c *Chip) tap() {
	if c.OnTapped != nil {
		c.OnTapped()
	}
}

// FocusGained implements [fyne.Focusable].
func (c *Chip) FocusGained() {
	c.focused = true
	c.Refresh()
}

// FocusLost implements [fyne.Focusable].
func (c *Chip) FocusLost() {
	c.focused = false
	c.Refresh()
}

// TypedRune implements [fyne.Focusable].
func (c *Chip) TypedRune(rune) {}

// TypedKey implements [fyne.Focusable].
func (c *Chip) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeySpace, fyne.KeyReturn, fyne.KeyEnter:
		c.tap()
	}
}

// MouseIn implements [desktop.Hoverable].
func (c *Chip) MouseIn(*desktop.MouseEvent) {
	c.hovered = true
	c.Refresh()
}

// MouseMoved implements [desktop.Hoverable].
func (c *Chip) MouseMoved(*desktop.MouseEvent) {}

// MouseOut implements [desktop.Hoverable].
func (c *Chip) MouseOut() {
	c.hovered = false
	c.Refresh()
}

// CreateRenderer implements [fyne.Widget].
func (c *Chip) CreateRenderer() fyne.WidgetRenderer {
	r := &chipRenderer{c}
	r.applyTheme()
	return r
}

type chipRenderer struct{ chip *Chip }

func (r *chipRenderer) MinSize() fyne.Size {
	c := r.chip
	inner := c.Theme().Size(theme.SizeNameInnerPadding)
	return fyne.NewSize(inner+chipIconSize+c.label.width(), c.label.MinSize().Height)
}

func (r *chipRenderer) Layout(size fyne.Size) {
	c := r.chip
	inner := c.Theme().Size(theme.SizeNameInnerPadding)
	c.ground.Resize(size)
	c.icon.Move(fyne.NewPos(inner, (size.Height-chipIconSize)/2))
	c.icon.Resize(fyne.NewSquareSize(chipIconSize))
	c.label.Move(fyne.NewPos(inner+chipIconSize, 0))
	c.label.Resize(fyne.NewSize(max(size.Width-inner-chipIconSize, 0), size.Height))
}

func (r *chipRenderer) Refresh() {
	r.applyTheme()
	r.Layout(r.chip.Size())
	for _, o := range r.Objects() {
		o.Refresh()
	}
}

func (r *chipRenderer) applyTheme() {
	c := r.chip
	th, variant := c.Theme(), fyne.CurrentApp().Settings().ThemeVariant()
	c.label.set(c.text, theme.ColorNameForeground)
	share := 0.25
	if c.hovered || c.focused {
		share = 0.45
	}
	c.ground.FillColor = faded(amber, share)
	c.ground.StrokeColor, c.ground.StrokeWidth = faded(amber, 0.8), 1
	if c.focused {
		c.ground.StrokeColor, c.ground.StrokeWidth = th.Color(theme.ColorNamePrimary, variant), 2
	}
	c.ground.CornerRadius = th.Size(theme.SizeNameInputRadius)
}

func (r *chipRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.chip.ground, r.chip.icon, r.chip.label}
}

func (r *chipRenderer) Destroy() {}

// faded is a colour of which only a share is seen, 0..1.
func faded(c color.NRGBA, share float64) color.Color {
	c.A = uint8(share * float64(c.A))
	return c
}
