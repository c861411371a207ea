package mode

import (
	"fmt"
	"image"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"

	"gaze/compute"
	"gaze/compute/faith"
	"gaze/compute/heat"
	"gaze/ui/state"
	"gaze/ui/widget"
	"gaze/ui/words"
)

// compare shows several maps of the picture as cards, and beside them the chosen
// one large, with a slider that walks through all of them.
type compare struct {
	session *state.Session

	axis    *fynewidget.RadioGroup
	sort    *widget.Choice
	measure *fynewidget.Button
	work    *widget.Progress

	title, facts *fynewidget.Label
	photo        *state.Photo // the one that picture shows
	picture      *widget.Picture
	walk         *widget.LabeledSlider
	use          *fynewidget.Button
	cards        *widget.MapGrid
	message      *fynewidget.Label
	overlays     map[*compute.Explanation]image.Image
	colours      heat.Colormap

	large  *fyne.Container
	object fyne.CanvasObject
}

// NewCompare is a [New]: it shows several maps of the picture.
func NewCompare(s *state.Session, keys func(*fyne.KeyEvent)) Mode {
	x := s.Comparison
	m := &compare{session: s, overlays: make(map[*compute.Explanation]image.Image)}
	m.axis = fynewidget.NewRadioGroup(m.axisNames(), func(name string) {
		x.SetAxis(state.Axis(slices.Index(m.axisNames(), name)))
		widget.Unfocus(m.axis)
	})
	m.axis.Horizontal, m.axis.Required = true, true
	orders := []string{lang.L("in order")}
	for _, metric := range state.Metrics() {
		orders = append(orders, words.Metric(metric))
	}
	m.sort = widget.NewChoice(orders, func(string) {
		by := faith.Metric{}
		if i := m.sort.SelectedIndex(); i > 0 {
			by = state.Metrics()[i-1]
		}
		x.SetSort(by)
	})
	m.measure = fynewidget.NewButtonWithIcon(lang.L("Measure"), theme.MediaPlayIcon(), x.Measure)
	m.work = widget.NewProgress(lang.L("Cancel"), x.CancelMeasuring)

	m.title = fynewidget.NewLabel("")
	m.title.Truncation = fyne.TextTruncateEllipsis
	m.facts = fynewidget.NewLabel("")
	m.facts.Wrapping, m.facts.SizeName = fyne.TextWrapWord, theme.SizeNameCaptionText
	m.picture = widget.NewPicture()
	m.picture.OnHover = pointer(s, x.ValueAt, func() bool { _, ok := x.Card(); return ok })
	m.picture.OnKey = keys
	m.walk = widget.NewLabeledSlider("", 0, 1, 1, m.position, func(at float64) { x.Select(x.Order[int(at)]) })
	m.use = fynewidget.NewButton(lang.L("Side by side"), func() {
		x.UseCard()
		s.SetMode(state.SideBySide)
	})
	m.cards = widget.NewMapGrid(3, func(i int) { x.Select(x.Order[i]) })
	m.message = fynewidget.NewLabelWithStyle("", fyne.TextAlignCenter, fyne.TextStyle{})
	m.message.Wrapping = fyne.TextWrapWord

	m.large = container.NewBorder(
		container.NewBorder(nil, nil, nil, m.use, m.title), container.NewVBox(m.walk, m.facts),
		nil, nil, m.picture,
	)
	split := container.NewHSplit(m.large, container.NewStack(m.cards, container.NewCenter(m.message)))
	split.SetOffset(0.44)
	top := container.NewHBox(m.axis, layout.NewSpacer(), fynewidget.NewLabel(lang.L("Sort")), m.sort, m.measure, m.work)
	m.object = container.NewBorder(top, nil, nil, nil, split)
	return m
}

// axisNames are what maps can be compared by, in the order of the axes.
func (m *compare) axisNames() []string {
	names := []string{lang.L("Methods"), lang.L("Layers"), lang.L("Classes"), lang.L("Heads")}
	return names[:len(m.session.Comparison.Axes())]
}

// Name implements [Mode].
func (m *compare) Name() state.Mode { return state.Compare }

// Title implements [Mode].
func (m *compare) Title() string { return lang.L("Compare") }

// Object implements [Mode].
func (m *compare) Object() fyne.CanvasObject { return m.object }

// CanSave implements [Mode].
func (m *compare) CanSave() bool { return len(m.session.Comparison.Cards) > 0 }

// Sheet implements [Mode]: all maps in rows.
func (m *compare) Sheet() (draw func() image.Image, name string) {
	return m.session.Comparison.Sheet()
}

// position says where the slider stands: "3 / 12".
func (m *compare) position(x float64) string {
	return fmt.Sprintf("%.0f / %d", x+1, max(1, len(m.session.Comparison.Cards)))
}

// Update implements [Mode].
func (m *compare) Update(c state.Change) {
	x := m.session.Comparison
	if c&(state.ChangedNetwork|state.ChangedChoice) != 0 && len(m.axis.Options) != len(m.axisNames()) {
		m.axis.Options = m.axisNames()
		m.axis.Refresh()
	}
	if c&state.ChangedComparison != 0 {
		m.axis.SetSelected(m.axisNames()[x.Axis])
		by := func(metric faith.Metric) bool { return metric.Name == x.Sort.Name }
		m.sort.SetIndex(slices.IndexFunc(state.Metrics(), by) + 1)
	}
	if c&state.ChangedChoice != 0 && m.colours.Name != m.session.Choice.Colours().Name {
		clear(m.overlays)
		c |= state.ChangedComparison
	}
	if c&(state.ChangedComparison|state.ChangedMeasuring) != 0 {
		m.updateWork()
	}
	if c&state.ChangedComparison != 0 {
		m.updateCards()
	}
	if c&(state.ChangedComparison|state.ChangedCard) != 0 {
		m.updateLarge()
	}
	if c&state.ChangedOpacity != 0 {
		m.cards.SetOpacity(m.session.Choice.Opacity())
		m.picture.SetOpacity(m.session.Choice.Opacity())
	}
}

func (m *compare) updateWork() {
	x := m.session.Comparison
	measured := len(x.Cards) > 0 && x.Cards[0].Figures != nil
	widget.Show(m.measure, x.Measuring == nil)
	widget.Enable(m.measure, !x.Working && len(x.Cards) > 0 && !measured)
	if p := x.Measuring; p != nil {
		m.work.Set(p.Share(), words.Done(*p))
	} else {
		m.work.Hide()
	}
}

func (m *compare) updateCards() {
	x := m.session.Comparison
	m.colours = m.session.Choice.Colours()
	message := ""
	switch {
	case x.Err != nil:
		message = words.Failure(x.Err)
	case x.Working && len(x.Cards) == 0:
		message = lang.L("Making the maps…")
	}
	m.message.SetText(message)
	widget.Show(m.message, message != "")
	used := make(map[*compute.Explanation]image.Image)
	cards := make([]widget.MapCard, 0, len(x.Order))
	for _, i := range x.Order {
		c := x.Cards[i]
		overlay, ok := m.overlays[c.Explanation]
		if !ok {
			overlay = heat.Overlay(x.Base.Small.Rect, x.Base.Frame, c.Map, m.colours)
		}
		used[c.Explanation] = overlay
		cards = append(cards, widget.MapCard{Picture: x.Base.Small, Overlay: overlay, Title: m.name(c), Lines: append([]string{m.raw(c)}, pairs(words.Figures(c))...)})
	}
	m.overlays = used
	m.cards.SetOpacity(m.session.Choice.Opacity())
	m.cards.SetCards(cards)
	m.walk.SetRange(0, float64(max(1, len(cards)-1)), 1)
	widget.Enable(m.walk, len(cards) > 1)
}

// name is what tells the card from the others.
func (m *compare) name(c state.Card) string {
	switch m.session.Comparison.Axis {
	case state.ByLayer:
		return c.Layer
	case state.ByClass:
		return words.Class(c.Net, c.Class)
	case state.ByHead:
		// Until the heads are there, the cards are those of another axis.
		if q := c.Method.Query; q != nil {
			return words.Head(q.Head)
		}
	}
	return c.Method.Title
}

// raw writes the raw map's range, or what is wrong with it.
func (m *compare) raw(c state.Card) string {
	if !m.colours.Shows(c.Map) {
		return lang.L("empty")
	}
	return words.RawRange(c.Map)
}

// pairs writes two words on a line.
func pairs(words []string) []string {
	var lines []string
	for pair := range slices.Chunk(words, 2) {
		lines = append(lines, strings.Join(pair, " · "))
	}
	return lines
}

// updateLarge shows the chosen card. The part of the picture in view stays while
// it is the same picture.
func (m *compare) updateLarge() {
	x := m.session.Comparison
	c, ok := x.Card()
	widget.Enable(m.use, ok)
	if !ok {
		m.photo = nil
		m.picture.SetPicture(nil)
		m.title.SetText("")
		m.facts.SetText("")
		return
	}
	if m.photo != x.Photo {
		m.photo = x.Photo
		m.picture.SetPicture(x.Photo.Shown)
	}
	m.picture.SetOverlay(heat.Overlay(x.Base.Large, x.Base.LargeFrame, c.Map, m.colours))
	m.picture.SetOpacity(m.session.Choice.Opacity())
	m.title.SetText(strings.Join([]string{words.Explained(c.Net, c.Explanation), c.Method.Title, c.Layer}, " · "))
	m.facts.SetText(m.describe(c))
	// How high a text is shows once it was given its width: laid out twice.
	m.large.Refresh()
	m.large.Layout.Layout(m.large.Objects, m.large.Size())
	if at := slices.Index(x.Order, x.Selected); at >= 0 {
		m.walk.SetValue(float64(at))
		m.cards.Choose(at)
	}
}

// describe says what has to be said of a card's map.
func (m *compare) describe(c state.Card) string {
	facts := append([]string{words.MapSize(c.Map), m.raw(c)}, words.Figures(c)...)
	lines := []string{strings.Join(facts, "  ·  ")}
	for _, n := range c.Notices {
		lines = append(lines, words.Notice(n))
	}
	for _, n := range c.Picture {
		lines = append(lines, words.PictureNotice(n))
	}
	if chosen := m.session.Choice.Method(); m.session.Comparison.Axis == state.ByLayer && !c.Method.Is(chosen) {
		lines = append(lines, lang.L("{{.Method}} runs the network for each layer; the layers are compared by {{.Shown}}.", map[string]any{"Method": chosen.Title, "Shown": c.Method.Title}))
	}
	if left := m.session.Choice.Refinements().Smoothing; m.session.Comparison.Axis == state.ByLayer && left.Runs() > 0 {
		lines = append(lines, lang.L("Smoothing ({{.Smoothing}}) runs the network for each layer; the layers are compared without it.", map[string]any{"Smoothing": words.Smoothing(left)}))
	}
	for _, o := range m.session.Comparison.Failed {
		lines = append(lines, lang.L("No map by {{.Method}} at {{.Layer}}: {{.Reason}}", map[string]any{"Method": o.Method.Title, "Layer": o.Layer, "Reason": words.Failure(o.Err)}))
	}
	return strings.Join(lines, "\n")
}
