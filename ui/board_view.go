package ui

import (
	"fmt"
	"image"
	"math"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"

	compute "gaze/compute/engine"
	"gaze/compute/faith"
	"gaze/compute/heat"
	"gaze/ui/widget"
)

// boardView shows the board: the chosen map large with a slider that walks
// through all of them, and beside it their cards.
type boardView struct {
	window  *Window
	session *session

	axis    *fynewidget.RadioGroup
	sort    *choice
	measure *fynewidget.Button
	work    *progress

	title, facts  *fynewidget.Label
	picture, heat *canvas.Image
	walk          *widget.LabeledSlider
	use           *fynewidget.Button
	cards         *widget.MapGrid
	message       *fynewidget.Label
	overlays      map[*compute.Explanation]image.Image
	colours       heat.Colormap

	large  *fyne.Container
	object fyne.CanvasObject
}

func newBoardView(w *Window) *boardView {
	s := w.session
	v := &boardView{window: w, session: s, overlays: make(map[*compute.Explanation]image.Image)}
	v.axis = fynewidget.NewRadioGroup(axisNames(), func(name string) {
		for a, n := range axisNames() {
			if n == name {
				s.selectAxis(axis(a))
			}
		}
		unfocus(v.axis)
	})
	v.axis.Horizontal, v.axis.Required = true, true
	orders := []string{lang.L("in order")}
	for _, m := range boardMetrics() {
		orders = append(orders, metricTitle(m))
	}
	v.sort = newChoice(orders, func(string) {
		m := faith.Metric{}
		if i := v.sort.SelectedIndex(); i > 0 {
			m = boardMetrics()[i-1]
		}
		s.sortBoard(m)
	})
	v.measure = fynewidget.NewButtonWithIcon(lang.L("Measure"), theme.MediaPlayIcon(), s.measureBoard)
	v.work = newProgress(s.cancelMeasuring)

	v.title = fynewidget.NewLabel("")
	v.title.Truncation = fyne.TextTruncateEllipsis
	v.facts = fynewidget.NewLabel("")
	v.facts.Wrapping, v.facts.SizeName = fyne.TextWrapWord, theme.SizeNameCaptionText
	v.picture = &canvas.Image{FillMode: canvas.ImageFillContain, ScaleMode: canvas.ImageScaleFastest}
	v.heat = &canvas.Image{FillMode: canvas.ImageFillContain, ScaleMode: canvas.ImageScaleFastest}
	v.walk = widget.NewLabeledSlider("", 0, 1, 1, v.position, func(x float64) { s.selectCard(s.board.order[int(x)]) })
	v.use = fynewidget.NewButton(lang.L("Side by side"), func() {
		s.useCard()
		w.stage.tabs.SelectIndex(0)
	})
	v.cards = widget.NewMapGrid(3, func(i int) { s.selectCard(s.board.order[i]) })
	v.message = fynewidget.NewLabelWithStyle("", fyne.TextAlignCenter, fyne.TextStyle{})
	v.message.Wrapping = fyne.TextWrapWord

	v.large = container.NewBorder(
		container.NewBorder(nil, nil, nil, v.use, v.title), container.NewVBox(v.walk, v.facts),
		nil, nil, container.NewStack(v.picture, v.heat),
	)
	split := container.NewHSplit(v.large, container.NewStack(v.cards, container.NewCenter(v.message)))
	split.SetOffset(0.44)
	top := container.NewHBox(v.axis, layout.NewSpacer(), fynewidget.NewLabel(lang.L("Sort")), v.sort, v.measure, v.work.object)
	v.object = container.NewBorder(top, nil, nil, nil, split)
	return v
}

// axisNames are what maps can be compared by, in the order of the axes.
func axisNames() []string { return []string{lang.L("Methods"), lang.L("Layers"), lang.L("Classes")} }

// metricTitle is a metric's name in the window, where there is little room.
func metricTitle(m faith.Metric) string {
	switch m.Name {
	case "gap":
		return lang.L("gap")
	case "drop":
		return lang.L("drop")
	case "road":
		return "ROAD"
	}
	return m.Title
}

// position says where the slider stands: "3 / 12".
func (v *boardView) position(x float64) string {
	return fmt.Sprintf("%.0f / %d", x+1, max(1, len(v.session.board.cards)))
}

func (v *boardView) update(c change) {
	b := &v.session.board
	if c&changedBoard != 0 {
		v.axis.SetSelected(axisNames()[b.axis])
		at := 0
		for i, m := range boardMetrics() {
			if m.Name == b.sort.Name {
				at = i + 1
			}
		}
		setSelectedIndex(v.sort, at)
	}
	if c&changedChoice != 0 && v.colours.Name != v.session.colours().Name {
		clear(v.overlays)
		c |= changedBoard
	}
	if c&(changedBoard|changedMeasuring) != 0 {
		v.updateWork()
	}
	if c&changedBoard != 0 {
		v.updateCards()
	}
	if c&(changedBoard|changedCard) != 0 {
		v.updateLarge()
	}
	if c&changedOpacity != 0 {
		v.cards.SetOpacity(v.session.settings.Opacity)
		v.heat.Translucency = 1 - v.session.settings.Opacity
		v.heat.Refresh()
	}
}

func (v *boardView) updateWork() {
	b := &v.session.board
	measured := len(b.cards) > 0 && b.cards[0].figures != nil
	show(v.measure, b.measuring == nil)
	enable(v.measure, !b.working && len(b.cards) > 0 && !measured)
	if m := b.measuring; m != nil {
		v.work.set(true, m.share(), lang.L("{{.Done}} of {{.Total}}", map[string]any{"Done": m.done, "Total": m.total}))
	} else {
		v.work.set(false, 0, "")
	}
}

func (v *boardView) updateCards() {
	b := &v.session.board
	v.colours = v.session.colours()
	message := ""
	switch {
	case b.err != nil:
		message = failure(b.err)
	case b.working && len(b.cards) == 0:
		message = lang.L("Making the maps…")
	}
	v.message.SetText(message)
	show(v.message, message != "")
	used := make(map[*compute.Explanation]image.Image)
	cards := make([]widget.MapCard, 0, len(b.order))
	for _, i := range b.order {
		c := b.cards[i]
		overlay, ok := v.overlays[c.Explanation]
		if !ok {
			overlay = heat.Overlay(b.base.small.Rect, b.base.smallSeen, c.Map, v.colours)
		}
		used[c.Explanation] = overlay
		cards = append(cards, widget.MapCard{Picture: b.base.small, Overlay: overlay, Title: v.name(c), Lines: append([]string{v.raw(c)}, pairs(figures(c))...)})
	}
	v.overlays = used
	v.cards.SetOpacity(v.session.settings.Opacity)
	v.cards.SetCards(cards)
	v.walk.SetRange(0, float64(max(1, len(cards)-1)), 1)
	if v.walk.Disable(); len(cards) > 1 {
		v.walk.Enable()
	}
}

// name is what tells the card from the others.
func (v *boardView) name(c card) string {
	switch v.session.board.axis {
	case byLayer:
		return c.Layer
	case byClass:
		return c.Class.Label + " " + percent(float64(c.Class.Probability))
	}
	return c.Method.Title
}

// raw writes the raw map's range, or what is wrong with it.
func (v *boardView) raw(c card) string {
	if !v.colours.Shows(c.Map) {
		return lang.L("empty")
	}
	lo, hi, _ := c.Map.Range()
	return lang.L("raw {{.Low}} … {{.High}}", map[string]any{"Low": value(lo), "High": value(hi)})
}

// figures writes how faithful the card's map is, where that is known.
func figures(c card) []string {
	var words []string
	for _, f := range c.figures {
		words = append(words, metricTitle(f.Metric)+" "+hundredths(f.Value))
	}
	return words
}

// hundredths writes a figure with two decimals, or that there is none.
func hundredths(v float64) string {
	if math.IsNaN(v) {
		return "–"
	}
	// Adding 0 makes 0 of what would be written as -0.00.
	return minus(fmt.Sprintf("%.2f", math.Round(100*v)/100+0))
}

// pairs writes two words on a line.
func pairs(words []string) []string {
	var lines []string
	for pair := range slices.Chunk(words, 2) {
		lines = append(lines, strings.Join(pair, " · "))
	}
	return lines
}

// updateLarge shows the chosen card.
func (v *boardView) updateLarge() {
	b := &v.session.board
	if b.selected >= len(b.cards) {
		v.picture.Image, v.heat.Image = nil, nil
		v.picture.Refresh()
		v.heat.Refresh()
		v.title.SetText("")
		v.facts.SetText("")
		v.use.Disable()
		return
	}
	c := b.cards[b.selected]
	v.picture.Image = b.base.large
	v.heat.Image = heat.Overlay(b.base.large.Rect, b.base.largeSeen, c.Map, v.colours)
	v.heat.Translucency = 1 - v.session.settings.Opacity
	v.picture.Refresh()
	v.heat.Refresh()
	v.title.SetText(strings.Join([]string{c.Class.Label + " " + percent(float64(c.Class.Probability)), c.Method.Title, c.Layer}, " · "))
	words := []string{lang.L("map {{.Width}}×{{.Height}}", map[string]any{"Width": c.Map.Width, "Height": c.Map.Height}), v.raw(c)}
	lines := []string{strings.Join(append(words, figures(c)...), "  ·  ")}
	for _, n := range c.Notices {
		lines = append(lines, notice(n))
	}
	if m := v.session.method(); b.axis == byLayer && c.Method.Name != m.Name {
		lines = append(lines, lang.L("{{.Method}} runs the network for each layer; the layers are compared by {{.Shown}}.", map[string]any{"Method": m.Title, "Shown": c.Method.Title}))
	}
	v.facts.SetText(strings.Join(lines, "\n"))
	// How high a text is shows once it was given its width: laid out twice.
	v.large.Refresh()
	v.large.Layout.Layout(v.large.Objects, v.large.Size())
	v.use.Enable()
	for at, i := range b.order {
		if i == b.selected {
			v.walk.SetValue(float64(at))
			v.cards.Choose(at)
		}
	}
}
