package widget

import (
	"image"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"
)

// MapCard is one cell of a [MapGrid]: a picture with a map over it, its name, and lines of small type below.
type MapCard struct {
	Picture, Overlay image.Image
	Title            string
	Lines            []string
}

// MapGrid shows maps of a picture as cards in rows, as many in a row as there is room for. One of them is chosen.
type MapGrid struct {
	fynewidget.BaseWidget

	// OnChosen is told the card that the user chose.
	OnChosen func(i int)

	grid    *fynewidget.GridWrap
	cards   []MapCard
	lines   int
	opacity float64
	setting bool // by the program, not by the user
}

// The size of a card's picture in Fyne's units.
const (
	mapCardWidth  = 184
	mapCardHeight = 138
)

// NewMapGrid returns a grid without cards, each of which has room for that many lines.
func NewMapGrid(lines int, onChosen func(i int)) *MapGrid {
	g := &MapGrid{OnChosen: onChosen, lines: lines, opacity: 1}
	g.grid = fynewidget.NewGridWrap(
		func() int { return len(g.cards) },
		func() fyne.CanvasObject { return newMapCard(g.lines) },
		func(i fynewidget.GridWrapItemID, o fyne.CanvasObject) { o.(*mapCard).show(g.cards[i], g.opacity) },
	)
	g.grid.OnSelected = func(i fynewidget.GridWrapItemID) {
		if g.OnChosen != nil && !g.setting {
			g.OnChosen(i)
		}
	}
	g.ExtendBaseWidget(g)
	return g
}

// SetCards replaces the cards; none is chosen then.
func (g *MapGrid) SetCards(cards []MapCard) {
	g.cards = cards
	g.grid.UnselectAll()
	g.grid.Refresh()
}

// SetOpacity sets how opaque the maps are over the pictures, 0..1.
func (g *MapGrid) SetOpacity(opacity float64) {
	g.opacity = opacity
	g.grid.Refresh()
}

// Choose marks card i and brings it into view; -1 marks none.
func (g *MapGrid) Choose(i int) {
	g.setting = true
	defer func() { g.setting = false }()
	if i < 0 || i >= len(g.cards) {
		g.grid.UnselectAll()
		return
	}
	g.grid.Select(i)
}

// CreateRenderer implements [fyne.Widget].
func (g *MapGrid) CreateRenderer() fyne.WidgetRenderer { return fynewidget.NewSimpleRenderer(g.grid) }

// mapCard is a cell of the grid.
type mapCard struct {
	fynewidget.BaseWidget
	picture, heat *canvas.Image
	title         *fynewidget.Label
	lines         []*fynewidget.Label
	object        fyne.CanvasObject
}

func newMapCard(lines int) *mapCard {
	c := &mapCard{
		picture: &canvas.Image{FillMode: canvas.ImageFillContain, ScaleMode: canvas.ImageScaleFastest},
		heat:    &canvas.Image{FillMode: canvas.ImageFillContain, ScaleMode: canvas.ImageScaleFastest},
		title:   &fynewidget.Label{Truncation: fyne.TextTruncateEllipsis, TextStyle: fyne.TextStyle{Bold: true}, SizeName: theme.SizeNameCaptionText},
	}
	c.picture.SetMinSize(fyne.NewSize(mapCardWidth, mapCardHeight))
	box := container.New(layout.NewCustomPaddedVBoxLayout(-8), container.NewStack(c.picture, c.heat), layout.NewSpacer(), c.title)
	for range lines {
		l := &fynewidget.Label{Truncation: fyne.TextTruncateEllipsis, SizeName: theme.SizeNameCaptionText, Importance: fynewidget.LowImportance}
		c.lines = append(c.lines, l)
		box.Add(l)
	}
	c.object = container.NewPadded(box)
	c.ExtendBaseWidget(c)
	return c
}

func (c *mapCard) show(card MapCard, opacity float64) {
	c.picture.Image, c.heat.Image = card.Picture, card.Overlay
	c.heat.Translucency = 1 - opacity
	c.picture.Refresh()
	c.heat.Refresh()
	c.title.SetText(card.Title)
	for i, l := range c.lines {
		text := ""
		if i < len(card.Lines) {
			text = card.Lines[i]
		}
		l.SetText(text)
	}
}

// CreateRenderer implements [fyne.Widget].
func (c *mapCard) CreateRenderer() fyne.WidgetRenderer { return fynewidget.NewSimpleRenderer(c.object) }
