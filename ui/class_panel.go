package ui

import (
	"fmt"
	"math"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"

	"gaze/compute"
	"gaze/models"
	"gaze/ui/state"
	"gaze/ui/widget"
	"gaze/ui/words"
)

// classPanel chooses the class, and shows what the network says of the picture. It has
// a form for each kind of outputs: classes of which one is right, two classes of one
// output, classes of which several may be right, and numbers.
type classPanel struct {
	window *Window
	head   *fynewidget.Label
	follow *widget.Tick
	note   *fynewidget.Label
	value  *fynewidget.Label
	picker *widget.Picker
	best   *widget.Ranking
	level  *widget.LabeledSlider
	top    []compute.Score
	object fyne.CanvasObject
}

// The thresholds that the panel offers.
const (
	lowestThreshold  = 0.05
	highestThreshold = 0.95
	thresholdStep    = 0.01
)

// whole writes a share in whole percents.
func whole(share float64) string { return fmt.Sprintf("%.0f %%", 100*share) }

func newClassPanel(w *Window) panel {
	p := &classPanel{window: w, head: widget.NewHeading(""), note: widget.NewCaption(""), value: fynewidget.NewLabel("")}
	choice := w.session.Choice
	p.follow = widget.NewTick(lang.L("Follow the best class"), p.setFollow)
	p.value.SizeName = theme.SizeNameHeadingText
	p.value.Truncation = fyne.TextTruncateEllipsis
	p.value.Hide()
	p.picker = newPicker(lang.L("Search all classes"), choice.SetClass)
	p.best = widget.NewRanking(func(row int) { choice.SetClass(p.top[row].Index) })
	p.level = widget.NewLabeledSlider(lang.L("Said from"), lowestThreshold, highestThreshold, thresholdStep, whole, w.session.Networks.SetThreshold)
	p.level.OnChangeEnded = func(float64) { w.remember() }
	p.object = container.NewVBox(
		container.NewBorder(nil, nil, p.head, p.follow), p.note, p.value, p.picker, p.best, p.level,
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
		net := s.Networks.Network()
		widget.Enable(p.picker, net != nil)
		widget.Enable(p.follow, net != nil)
		if net != nil && c&state.ChangedNetwork != 0 {
			p.picker.SetItems(classItems(net))
		}
		p.follow.Set(s.Choice.Class() == compute.TopClass)
	}
	if c&state.ChangedNetwork != 0 {
		defer p.window.column.Refresh()
	}
	if c&(state.ChangedMap|state.ChangedChoice|state.ChangedNetwork|state.ChangedThreshold) != 0 {
		p.updateForm()
		p.updateRanking()
	}
}

// classItems are the classes of a network to choose from.
func classItems(net *models.Network) []widget.PickerItem {
	items := make([]widget.PickerItem, net.Classes())
	for i := range items {
		items[i] = widget.PickerItem{Title: words.Label(net, i), Detail: fmt.Sprint(i)}
	}
	return items
}

// updateForm shows what goes with the outputs of the network.
func (p *classPanel) updateForm() {
	net := p.window.session.Networks.Network()
	two, numbers, several := false, false, false
	if net != nil {
		two, numbers = net.TwoSided(), !net.Output.Probabilities()
		several = !numbers && !net.Output.Exclusive() && !two
	}
	p.head.SetText(lang.L("Class"))
	note := ""
	switch {
	case numbers && two:
		p.head.SetText(lang.L("Number"))
		note = lang.L("The map shows what raises it, or what lowers it.")
	case numbers:
		p.head.SetText(lang.L("Numbers"))
		note = lang.L("The outputs are numbers and no probabilities.")
	case several:
		note = lang.L("Several may be right.")
	}
	p.note.SetText(note)
	widget.Show(p.note, note != "")
	if !numbers || !two {
		p.value.Hide()
	}
	widget.Show(p.follow, !numbers)
	widget.Show(p.picker, !two)
	widget.Show(p.level, several)
	if several {
		level := net.Output.Level()
		p.level.SetRange(min(lowestThreshold, level), max(highestThreshold, level), thresholdStep)
		p.level.SetValue(level)
	}
}

// updateRanking shows what the network said of the picture.
func (p *classPanel) updateRanking() {
	m := p.window.session.View.Map
	if m == nil {
		// What is below stays where it is until the next picture.
		p.top = nil
		p.best.SetItems(nil)
		p.value.SetText("")
		p.picker.SetSelected(p.window.session.Choice.Class())
		return
	}
	net := m.Net
	p.top = m.Top
	if net.TwoSided() {
		// Two rows that change places would be read wrong.
		p.top = slices.SortedFunc(slices.Values(m.Top), func(a, b compute.Score) int { return a.Index - b.Index })
	}
	chosen := slices.IndexFunc(p.top, func(s compute.Score) bool { return s.Index == m.Class.Index })
	p.best.SetItems(ranking(net, p.top))
	p.best.SetChosen(chosen)
	number := net.TwoSided() && !net.Output.Probabilities()
	if number {
		p.value.SetText(words.Score(net, m.Class))
	}
	widget.Show(p.value, number)
	p.window.column.Refresh()
	p.picker.SetSelected(m.Class.Index)
}

// ranking are the rows of scores. A sigmoid's have a check mark where the network says
// the class, and a line on the bar at the threshold.
func ranking(net *models.Network, scores []compute.Score) []widget.RankingItem {
	items := make([]widget.RankingItem, len(scores))
	for i, s := range scores {
		item := widget.RankingItem{Name: words.Label(net, s.Index), Share: float64(s.Probability), Text: words.Score(net, s)}
		switch {
		case s.Measured():
			item.Share = math.NaN()
			if net.TwoSided() {
				// The number stands above the rows already.
				item.Text = ""
			}
		case !net.Output.Exclusive():
			item.Check, item.Limit = s.Said, net.Output.Level()
			if net.TwoSided() && s.Index == 1 {
				item.Limit = 1 - item.Limit
			}
		}
		items[i] = item
	}
	return items
}
