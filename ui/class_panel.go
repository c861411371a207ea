package ui

import (
	"fmt"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"

	"gaze/compute"
	"gaze/models"
	"gaze/ui/state"
	"gaze/ui/widget"
	"gaze/ui/words"
)

// classPanel chooses the class, and shows what the network says of the picture.
type classPanel struct {
	window *Window
	follow *widget.Tick
	picker *widget.Picker
	best   *widget.Ranking
	top    []compute.Score
	object fyne.CanvasObject
}

func newClassPanel(w *Window) panel {
	p := &classPanel{window: w}
	choice := w.session.Choice
	p.follow = widget.NewTick(lang.L("Follow the best class"), p.setFollow)
	p.picker = newPicker(lang.L("Search all classes"), choice.SetClass)
	p.best = widget.NewRanking(func(row int) { choice.SetClass(p.top[row].Index) })
	p.object = container.NewVBox(
		container.NewBorder(nil, nil, widget.NewHeading(lang.L("Class")), p.follow), p.picker, p.best,
	)
	return p
}

// Object implements [panel].
func (p *classPanel) Object() fyne.CanvasObject { return p.object }

func (p *classPanel) setFollow(follow bool) {
	s := p.window.session
	switch {
	case follow:
		s.Choice.SetClass(compute.TopClass)
	case s.Choice.Class() == compute.TopClass && s.View.Map != nil:
		s.Choice.SetClass(s.View.Map.Class.Index)
	}
}

// Update implements [panel].
func (p *classPanel) Update(c state.Change) {
	s := p.window.session
	if c&(state.ChangedNetwork|state.ChangedChoice) != 0 {
		e := s.Networks.Explainer
		widget.Enable(p.picker, e != nil)
		widget.Enable(p.follow, e != nil)
		if e != nil && c&state.ChangedNetwork != 0 {
			p.picker.SetItems(classItems(e.Network()))
		}
		p.follow.Set(s.Choice.Class() == compute.TopClass)
	}
	if c&(state.ChangedMap|state.ChangedChoice|state.ChangedNetwork) != 0 {
		p.updateRanking()
	}
}

// classItems are the classes of a network to choose from.
func classItems(net *models.Network) []widget.PickerItem {
	items := make([]widget.PickerItem, net.Classes())
	for i := range items {
		items[i] = widget.PickerItem{Title: net.Label(i), Detail: fmt.Sprint(i)}
	}
	return items
}

// updateRanking shows what the network said of the picture.
func (p *classPanel) updateRanking() {
	m := p.window.session.View.Map
	if m == nil {
		p.top = nil
		p.best.SetItems(nil)
		p.picker.SetSelected(p.window.session.Choice.Class())
		return
	}
	grown := len(p.top) != len(m.Top)
	p.top = m.Top
	items := make([]widget.RankingItem, len(m.Top))
	chosen := -1
	for i, score := range m.Top {
		items[i] = widget.RankingItem{Name: score.Label, Share: float64(score.Probability), Text: words.Percent(float64(score.Probability))}
		if score.Index == m.Class.Index {
			chosen = i
		}
	}
	p.best.SetItems(items)
	p.best.SetChosen(chosen)
	if grown {
		p.window.column.Refresh()
	}
	p.picker.SetSelected(m.Class.Index)
}
