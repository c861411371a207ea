package ui

import (
	"path/filepath"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"

	"gaze/models/builtin"
	"gaze/models/store"
	"gaze/ui/state"
	"gaze/ui/widget"
	"gaze/ui/words"
)

// networkPanel chooses the network.
type networkPanel struct {
	window *Window
	picker *widget.Picker
	// rows are the picker's: the store's entries, the network from a file if there
	// is one, and last the way to open a file.
	rows   []networkRow
	about  *fynewidget.Label
	check  *widget.Chip
	more   *fynewidget.Button
	object fyne.CanvasObject
}

// networkRow is a row of the picker: a source, or the store's entry of one still
// lacking its weights.
type networkRow struct {
	state.Source
	lacking *store.Entry
}

func newNetworkPanel(w *Window) panel {
	p := &networkPanel{window: w, about: widget.NewCaption("")}
	p.picker = newPicker(lang.L("Search networks"), p.pick)
	p.more = fynewidget.NewButtonWithIcon("", theme.InfoIcon(), w.showNetwork)
	p.more.Importance = fynewidget.LowImportance
	p.check = widget.NewChip("", w.session.Edit)
	p.object = container.NewVBox(
		widget.NewHeading(lang.L("Network")), p.picker, container.NewBorder(nil, nil, nil, p.more, p.about), p.check,
	)
	return p
}

// newPicker returns an empty picker of the column.
func newPicker(hint string, picked func(int)) *widget.Picker {
	p := widget.NewPicker(lang.L("None"), picked)
	p.SearchHint, p.NoMatch = hint, lang.L("Nothing matches")
	return p
}

// Object implements [panel].
func (p *networkPanel) Object() fyne.CanvasObject { return p.object }

// Update implements [panel].
func (p *networkPanel) Update(c state.Change) {
	if c&state.ChangedNetwork != 0 {
		p.updateNetworks()
	}
}

func (p *networkPanel) pick(i int) {
	row := p.rows[i]
	if row.lacking == nil && row.Source != (state.Source{}) {
		p.window.session.Networks.Open(row.Source)
		return
	}
	// The picker shows the network in use again until there is another.
	p.updateNetworks()
	if row.lacking == nil {
		p.window.chooseWeights("")
		return
	}
	p.window.offerWeights(*row.lacking)
}

func (p *networkPanel) updateNetworks() {
	n := p.window.session.Networks
	shown := n.Source
	if n.Opening != nil {
		shown = *n.Opening
	}
	p.rows = nil
	var items []widget.PickerItem
	selected := -1
	for i, e := range n.Known {
		row := networkRow{Source: state.Source{Ref: e.Name}}
		item := widget.PickerItem{Title: e.Name}
		switch {
		case e.Name == builtin.Name:
			item.Detail = lang.L("built in")
		case e.Ready:
			item.Detail = lang.L("ready")
		case e.Published != nil:
			item.Detail = lang.L("get {{.Size}}", map[string]any{"Size": store.Megabytes(e.Bytes)})
			row.lacking = &n.Known[i]
		default:
			item.Detail = lang.L("needs a weights file")
			row.lacking = &n.Known[i]
		}
		if shown == row.Source || e.Name == builtin.Name && (shown == state.Source{} || shown == state.Source{Ref: "builtin"}) {
			selected = len(items)
		}
		p.rows = append(p.rows, row)
		items = append(items, item)
	}
	if selected < 0 && (n.Explainer != nil || n.Opening != nil) {
		selected = len(items)
		file := shown.Weights
		if file == "" {
			file = shown.Ref
		}
		p.rows = append(p.rows, networkRow{Source: shown})
		items = append(items, widget.PickerItem{Title: stem(file), Detail: filepath.Base(file)})
	}
	p.rows = append(p.rows, networkRow{})
	items = append(items, widget.PickerItem{Title: lang.L("Open weights…"), Detail: strings.Join(store.Extensions(), " ")})
	p.picker.SetItems(items)
	p.picker.SetSelected(selected)

	caution := ""
	if n.Explainer != nil && n.Opening == nil {
		caution = words.Caution(state.CautionOf(n.Network()))
	}
	p.check.SetText(caution)
	if p.check.Visible() != (caution != "") {
		widget.Show(p.check, caution != "")
		p.window.column.Refresh()
	}
	if p.more.Disable(); n.Explainer != nil {
		p.more.Enable()
	}
	switch {
	case n.Opening != nil:
		p.about.SetText(lang.L("Opening the network…"))
	case n.Explainer != nil:
		p.about.SetText(words.Network(n.Network()))
	default:
		p.about.SetText("")
	}
}

func stem(path string) string {
	base := filepath.Base(path)
	return base[:len(base)-len(filepath.Ext(base))]
}
