package ui

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/lang"
	fynewidget "fyne.io/fyne/v2/widget"

	"gaze/models"
)

// showNetwork tells where the network in use comes from, what it makes of a
// picture before it looks at it, and what was decided when it was read.
func (w *Window) showNetwork() {
	if w.session.engine == nil {
		return
	}
	net := w.session.engine.Network()
	d := dialog.NewCustom(net.Name, lang.L("Close"), networkFacts(net), w.window)
	d.Resize(fyne.NewSize(620, 300))
	d.Show()
}

func networkFacts(net *models.Network) fyne.CanvasObject {
	facts := fynewidget.NewForm()
	add := func(name, text string) {
		if text != "" {
			label := fynewidget.NewLabel(text)
			label.Wrapping = fyne.TextWrapWord
			facts.Append(name, label)
		}
	}
	add(lang.L("Architecture"), net.Architecture)
	add(lang.L("Source"), net.Source)
	add(lang.L("Input"), preprocessing(net.Input))
	add(lang.L("Notes"), strings.Join(net.Notes, "\n"))
	return container.NewVScroll(facts)
}
