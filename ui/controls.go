package ui

import (
	"fmt"
	"image/color"
	"path/filepath"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"

	compute "gaze/compute/engine"
	"gaze/compute/cam"
	"gaze/compute/heat"
	"gaze/models"
	"gaze/models/builtin"
	"gaze/models/store"
	"gaze/ui/widget"
)

// controlsWidth is the width of the panel at the right in Fyne's units.
const controlsWidth = 300

// layerListWidth is that of the list of layers, whose rows tell what each costs.
const layerListWidth = 620

// controls choose the network, what of it is explained, and how that is drawn.
type controls struct {
	window  *Window
	session *session

	network *widget.Picker
	// networks are the network picker's rows: the store's entries, the network
	// from a file if there is one, and last the way to open a file.
	networks []networkRow
	about    *fynewidget.Label
	more     *fynewidget.Button

	layer     *widget.Picker
	rows      []models.Row // of the layer list, a tree
	order     []string     // of the depth slider, as the network computes
	depth     *widget.LabeledSlider
	layerNote *fynewidget.Label

	method *choice

	follow  *tick
	best    *widget.Ranking
	top     []compute.Score
	classes *widget.Picker

	opacity *widget.LabeledSlider
	colours *choice
	bar     *widget.ColorBar

	column *fyne.Container
	object fyne.CanvasObject
}

// networkRow is a row of the network picker: a source, or the store's entry of
// one still lacking its weights.
type networkRow struct {
	source
	lacking *store.Entry
}

func newControls(w *Window) *controls {
	c := &controls{window: w, session: w.session}
	s := w.session

	c.network = widget.NewPicker(lang.L("None"), c.pickNetwork)
	c.about = caption("")
	c.more = fynewidget.NewButtonWithIcon("", theme.InfoIcon(), w.showNetwork)
	c.more.Importance = fynewidget.LowImportance

	c.layer = widget.NewPicker(lang.L("None"), func(i int) { s.selectLayer(c.rows[i].Name) })
	c.layer.ListWidth = layerListWidth
	c.depth = widget.NewLabeledSlider(lang.L("Depth"), 0, 1, 1, func(v float64) string { return fmt.Sprintf("%.0f", v+1) }, func(v float64) { s.selectLayer(c.order[int(v)]) })
	c.layerNote = caption("")

	var methods, maps []string
	for _, m := range cam.Methods() {
		methods = append(methods, m.Title)
	}
	for _, m := range heat.Colormaps() {
		maps = append(maps, m.Name)
	}
	c.method = newChoice(methods, func(string) { s.selectMethod(cam.Methods()[c.method.SelectedIndex()].Name) })

	c.follow = newTick(lang.L("Follow the best class"), c.setFollow)
	c.best = widget.NewRanking(func(row int) { s.selectClass(c.top[row].Index) })
	c.classes = widget.NewPicker(lang.L("None"), s.selectClass)

	c.opacity = widget.NewLabeledSlider(lang.L("Opacity"), 0, 1, 0.01, func(v float64) string {
		return fmt.Sprintf("%.0f %%", 100*v)
	}, s.setOpacity)
	c.opacity.OnChangeEnded = func(float64) { s.settings.store(w.app.Preferences()) }
	c.colours = newChoice(maps, s.selectColours)
	c.bar = widget.NewColorBar()

	for p, hint := range map[*widget.Picker]string{
		c.network: lang.L("Search networks"), c.layer: lang.L("Search layers"), c.classes: lang.L("Search all classes"),
	} {
		p.SearchHint, p.NoMatch = hint, lang.L("Nothing matches")
	}

	drawing := container.New(layout.NewFormLayout(),
		heading(lang.L("Method")), c.method,
		heading(lang.L("Colours")), c.colours,
	)
	c.column = container.NewVBox(
		heading(lang.L("Network")), c.network, container.NewBorder(nil, nil, nil, c.more, c.about),
		heading(lang.L("Layer")), c.layer, c.layerNote, c.depth,
		drawing, c.bar, c.opacity,
		container.NewBorder(nil, nil, heading(lang.L("Class")), c.follow), c.classes, c.best,
	)
	c.object = container.New(fixedWidth(controlsWidth), container.NewVScroll(container.NewPadded(c.column)))
	return c
}

func heading(text string) fyne.CanvasObject {
	return fynewidget.NewLabelWithStyle(text, fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
}

// fixedWidth lays its objects over each other at this width, however little
// they would need.
type fixedWidth float32

func (w fixedWidth) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(float32(w), layout.NewStackLayout().MinSize(objects).Height)
}

func (w fixedWidth) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	layout.NewStackLayout().Layout(objects, size)
}

func (c *controls) pickNetwork(i int) {
	row := c.networks[i]
	if row.lacking == nil && row.source != (source{}) {
		c.session.openNetwork(row.source)
		return
	}
	// The picker shows the network in use again until there is another.
	c.updateNetworks()
	if row.lacking == nil {
		c.window.chooseWeights("")
		return
	}
	c.window.offerWeights(*row.lacking)
}

func (c *controls) setFollow(follow bool) {
	switch v := c.session.view; {
	case follow:
		c.session.selectClass(compute.TopClass)
	case c.session.class == compute.TopClass && v != nil:
		c.session.selectClass(v.explanation.Class.Index)
	}
}

func (c *controls) update(ch change) {
	s := c.session
	if ch&changedNetwork != 0 {
		c.updateNetworks()
	}
	if ch&(changedNetwork|changedChoice) != 0 {
		c.updateChoices(ch)
	}
	if ch&changedOpacity != 0 {
		c.opacity.SetValue(s.settings.Opacity)
	}
	if ch&(changedView|changedChoice|changedNetwork) != 0 {
		c.updateView()
	}
}

func (c *controls) updateNetworks() {
	s := c.session
	shown := s.network
	if s.opening != nil {
		shown = *s.opening
	}
	c.networks = nil
	var items []widget.PickerItem
	selected := -1
	for i, e := range s.shelved {
		row := networkRow{source: source{Ref: e.Name}}
		item := widget.PickerItem{Title: e.Name}
		switch {
		case e.Name == builtin.Name:
			item.Detail = lang.L("built in")
		case e.Ready:
			item.Detail = lang.L("ready")
		case e.Published != nil:
			item.Detail = lang.L("get {{.Size}}", map[string]any{"Size": store.Megabytes(e.Bytes)})
			row.lacking = &s.shelved[i]
		default:
			item.Detail = lang.L("needs a weights file")
			row.lacking = &s.shelved[i]
		}
		if shown == row.source || e.Name == builtin.Name && (shown == source{} || shown == source{Ref: "builtin"}) {
			selected = len(items)
		}
		c.networks = append(c.networks, row)
		items = append(items, item)
	}
	if selected < 0 && (s.engine != nil || s.opening != nil) {
		selected = len(items)
		file := shown.Weights
		if file == "" {
			file = shown.Ref
		}
		c.networks = append(c.networks, networkRow{source: shown})
		items = append(items, widget.PickerItem{Title: stem(file), Detail: filepath.Base(file)})
	}
	c.networks = append(c.networks, networkRow{})
	items = append(items, widget.PickerItem{Title: lang.L("Open weights…"), Detail: strings.Join(store.Extensions(), " ")})
	c.network.SetItems(items)
	c.network.SetSelected(selected)

	if c.more.Disable(); s.engine != nil {
		c.more.Enable()
	}
	switch {
	case s.opening != nil:
		c.about.SetText(lang.L("Opening the network…"))
	case s.engine != nil:
		net := s.engine.Network()
		c.about.SetText(lang.L("{{.Classes}} classes · {{.Parameters}} parameters · {{.Width}}×{{.Height}}", map[string]any{
			"Classes": net.Classes(), "Parameters": number(float64(net.Parameters())), "Width": net.Input.Width, "Height": net.Input.Height,
		}))
	default:
		c.about.SetText("")
	}
}

func stem(path string) string {
	base := filepath.Base(path)
	return base[:len(base)-len(filepath.Ext(base))]
}

// updateChoices shows the layers and classes of the network in use, and what
// is chosen.
func (c *controls) updateChoices(ch change) {
	s := c.session
	setSelectedIndex(c.method, slices.IndexFunc(cam.Methods(), func(m cam.Method) bool { return m.Name == s.method().Name }))
	setSelectedIndex(c.colours, slices.IndexFunc(heat.Colormaps(), func(m heat.Colormap) bool { return m.Name == s.colours().Name }))
	if s.engine == nil {
		for _, d := range []fyne.Disableable{c.layer, c.depth, c.classes, c.follow} {
			d.Disable()
		}
		return
	}
	for _, d := range []fyne.Disableable{c.layer, c.depth, c.classes, c.follow} {
		d.Enable()
	}
	net := s.engine.Network()
	if ch&changedNetwork != 0 {
		// Modules that are no layers of their own have their last layer's map.
		c.rows = slices.DeleteFunc(net.Tree(), func(r models.Row) bool {
			_, ok := net.Layer(r.Name)
			return !ok || !r.Explainable
		})
		c.order = net.Explainable()
		layers := make([]widget.PickerItem, len(c.rows))
		for i, r := range c.rows {
			layers[i] = widget.PickerItem{Title: r.Name, Detail: layerDetail(r), More: layerCosts(r), Depth: r.Depth}
		}
		c.layer.SetItems(layers)
		c.depth.SetRange(0, float64(max(1, len(c.order)-1)), 1)
		classes := make([]widget.PickerItem, net.Classes())
		for i := range classes {
			classes[i] = widget.PickerItem{Title: net.Label(i), Detail: fmt.Sprint(i)}
		}
		c.classes.SetItems(classes)
	}
	if i := slices.IndexFunc(c.rows, func(r models.Row) bool { return r.Name == s.layer() }); i >= 0 {
		c.layer.SetSelected(i)
		c.depth.SetValue(float64(slices.Index(c.order, s.layer())))
		if c.rows[i].Default {
			c.layerNote.SetText(lang.L("The default: the last layer before the classifier"))
		} else {
			c.layerNote.SetText(lang.L("The default is {{.Layer}}", map[string]any{"Layer": net.DefaultLayer()}))
		}
	}
	c.follow.OnChanged = nil
	c.follow.SetChecked(s.class == compute.TopClass)
	c.follow.OnChanged = c.setFollow
}

// setSelectedIndex selects without calling back.
func setSelectedIndex(s *choice, i int) {
	if i == s.SelectedIndex() {
		return
	}
	changed := s.OnChanged
	s.OnChanged = nil
	s.SetSelectedIndex(i)
	s.OnChanged = changed
}

// updateView shows what the network said of the picture.
func (c *controls) updateView() {
	s := c.session
	v := s.view
	if v == nil {
		c.top = nil
		c.best.SetItems(nil)
		c.classes.SetSelected(s.class)
		c.bar.Set(nil, "", "")
		return
	}
	e := v.explanation
	grown := len(c.top) != len(e.Top)
	c.top = e.Top
	items := make([]widget.RankingItem, len(e.Top))
	chosen := -1
	for i, score := range e.Top {
		items[i] = widget.RankingItem{Name: score.Label, Share: float64(score.Probability), Text: percent(float64(score.Probability))}
		if score.Index == e.Class.Index {
			chosen = i
		}
	}
	c.best.SetItems(items)
	c.best.SetChosen(chosen)
	if grown {
		c.column.Refresh()
	}
	c.classes.SetSelected(e.Class.Index)
	if !v.colours.Shows(e.Map) {
		c.bar.Set(nil, "", "")
		return
	}
	lo, hi := v.colours.Limits(e.Map)
	c.bar.Set(func(x float64) color.Color { return v.colours.At(x) }, value(lo), value(hi))
}
