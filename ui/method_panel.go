package ui

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"gaze/compute/cam"
	"gaze/ui/state"
	"gaze/ui/widget"
)

// methodPanel chooses the method.
type methodPanel struct {
	session *state.Session
	method  *widget.Choice
	object  fyne.CanvasObject
}

func newMethodPanel(w *Window) panel {
	p := &methodPanel{session: w.session}
	var titles []string
	for _, m := range cam.Methods() {
		titles = append(titles, m.Title)
	}
	p.method = widget.NewChoice(titles, func(string) { w.session.Choice.SetMethod(cam.Methods()[p.method.SelectedIndex()].Name) })
	p.object = named(lang.L("Method"), p.method, mainNames()...)
	return p
}

// Object implements [panel].
func (p *methodPanel) Object() fyne.CanvasObject { return p.object }

// Update implements [panel].
func (p *methodPanel) Update(c state.Change) {
	if c&(state.ChangedNetwork|state.ChangedChoice) != 0 {
		chosen := p.session.Choice.Method().Name
		p.method.SetIndex(slices.IndexFunc(cam.Methods(), func(m cam.Method) bool { return m.Name == chosen }))
	}
}
