package ui

import (
	"fmt"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	fynewidget "fyne.io/fyne/v2/widget"

	"gaze/models"
	"gaze/ui/state"
	"gaze/ui/widget"
	"gaze/ui/words"
)

// layerListWidth is the width of the list of layers, whose rows tell what each
// costs.
const layerListWidth = 620

// layerPanel chooses the layer.
type layerPanel struct {
	session *state.Session
	picker  *widget.Picker
	rows    []models.Row // of the picker, a tree
	order   []string     // of the slider, as the network computes
	depth   *widget.LabeledSlider
	note    *fynewidget.Label
	object  fyne.CanvasObject
}

func newLayerPanel(w *Window) panel {
	p := &layerPanel{session: w.session, note: widget.NewCaption("")}
	choice := w.session.Choice
	p.picker = newPicker(lang.L("Search layers"), func(i int) { choice.SetLayer(p.rows[i].Name) })
	p.picker.ListWidth = layerListWidth
	p.depth = widget.NewLabeledSlider(lang.L("Depth"), 0, 1, 1, func(v float64) string { return fmt.Sprintf("%.0f", v+1) }, func(v float64) { choice.SetLayer(p.order[int(v)]) })
	p.object = container.NewVBox(widget.NewHeading(lang.L("Layer")), p.picker, p.note, p.depth)
	return p
}

// Object implements [panel].
func (p *layerPanel) Object() fyne.CanvasObject { return p.object }

// Update implements [panel].
func (p *layerPanel) Update(c state.Change) {
	if c&(state.ChangedNetwork|state.ChangedChoice) == 0 {
		return
	}
	e := p.session.Networks.Explainer
	widget.Enable(p.picker, e != nil)
	widget.Enable(p.depth, e != nil)
	if e == nil {
		return
	}
	if c&state.ChangedNetwork != 0 {
		p.updateLayers(e.Network())
	}
	layer := p.session.Choice.Layer()
	i := slices.IndexFunc(p.rows, func(r models.Row) bool { return r.Name == layer })
	if i < 0 {
		return
	}
	p.picker.SetSelected(i)
	p.depth.SetValue(float64(slices.Index(p.order, layer)))
	if p.rows[i].Default {
		p.note.SetText(lang.L("The default: the last layer before the classifier"))
	} else {
		p.note.SetText(lang.L("The default is {{.Layer}}", map[string]any{"Layer": e.Network().DefaultLayer()}))
	}
}

func (p *layerPanel) updateLayers(net *models.Network) {
	p.rows = layerRows(net)
	// A network of Keras has layers inside of what it lists as one.
	p.order = slices.DeleteFunc(net.Explainable(), func(name string) bool {
		return !slices.ContainsFunc(p.rows, func(r models.Row) bool { return r.Name == name })
	})
	p.picker.SetItems(layerItems(p.rows))
	p.depth.SetRange(0, float64(max(1, len(p.order)-1)), 1)
}

// layerRows are the layers to choose from. Modules that are no layers of their
// own have their last layer's map.
func layerRows(net *models.Network) []models.Row {
	return slices.DeleteFunc(net.Tree(), func(r models.Row) bool {
		_, ok := net.Layer(r.Name)
		return !ok || !r.Explainable
	})
}

func layerItems(rows []models.Row) []widget.PickerItem {
	items := make([]widget.PickerItem, len(rows))
	for i, r := range rows {
		items[i] = widget.PickerItem{Title: r.Name, Detail: words.LayerDetail(r), More: words.LayerCosts(r), Depth: r.Depth}
	}
	return items
}
