package ui

import (
	"image/color"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"

	"gaze/compute/heat"
	"gaze/ui/state"
	"gaze/ui/widget"
	"gaze/ui/words"
)

// drawingPanel chooses how maps are drawn.
type drawingPanel struct {
	session *state.Session
	colours *widget.Choice
	bar     *widget.ColorBar
	opacity *widget.LabeledSlider
	object  fyne.CanvasObject
}

func newDrawingPanel(w *Window) panel {
	p := &drawingPanel{session: w.session, bar: widget.NewColorBar()}
	var names []string
	for _, m := range heat.Colormaps() {
		names = append(names, m.Name)
	}
	p.colours = widget.NewChoice(names, w.session.Choice.SetColours)
	p.opacity = widget.NewLabeledSlider(lang.L("Opacity"), 0, 1, 0.01, whole, w.session.Choice.SetOpacity)
	p.opacity.OnChangeEnded = func(float64) { w.remember() }
	p.object = container.NewVBox(named(lang.L("Colours"), p.colours, mainNames()...), p.bar, p.opacity)
	return p
}

// Object implements [panel].
func (p *drawingPanel) Object() fyne.CanvasObject { return p.object }

// Update implements [panel].
func (p *drawingPanel) Update(c state.Change) {
	choice := p.session.Choice
	if c&(state.ChangedNetwork|state.ChangedChoice) != 0 {
		chosen := choice.Palette().Name
		p.colours.SetIndex(slices.IndexFunc(heat.Colormaps(), func(m heat.Colormap) bool { return m.Name == chosen }))
	}
	if c&state.ChangedOpacity != 0 {
		p.opacity.SetValue(choice.Opacity())
	}
	if c&state.ChangedMap != 0 {
		p.updateBar()
	}
}

// updateBar explains the colours of the map.
func (p *drawingPanel) updateBar() {
	m := p.session.View.Map
	if m == nil || !m.Colours.Shows(m.Map) {
		p.bar.Set(nil, "", "")
		return
	}
	lo, hi := m.Colours.Limits(m.Map)
	p.bar.Set(func(x float64) color.Color { return m.Colours.At(x) }, words.Value(lo), words.Value(hi))
}
