package widget

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"
)

// Several chooses some of many items: a picker adds one, and a button beside each that was chosen takes it away.
type Several struct {
	fynewidget.BaseWidget

	// OnChanged is told the indices of the items that the user has chosen, in the order of choice.
	OnChanged func(chosen []int)

	picker *Picker
	rows   *fyne.Container
	column *fyne.Container
	items  []PickerItem
	chosen []int
	most   int
}

// NewSeveral returns a choice without items. The texts invite to add one, and to search.
func NewSeveral(placeholder, searchHint, noMatch string, changed func(chosen []int)) *Several {
	s := &Several{OnChanged: changed, rows: container.NewVBox()}
	s.picker = NewPicker(placeholder, s.add)
	s.picker.SearchHint, s.picker.NoMatch = searchHint, noMatch
	s.column = container.NewVBox(s.rows, s.picker)
	s.ExtendBaseWidget(s)
	return s
}

// SetItems replaces the items; none is chosen then.
func (s *Several) SetItems(items []PickerItem) {
	s.items = items
	s.picker.SetItems(items)
	s.SetChosen(nil)
}

// SetMost bounds how many can be chosen: one more takes the place of the last. 0 is no bound.
func (s *Several) SetMost(n int) { s.most = n }

// SetChosen changes what is chosen.
func (s *Several) SetChosen(chosen []int) {
	s.chosen = chosen
	s.rows.RemoveAll()
	for _, i := range chosen {
		name := fynewidget.NewLabel(s.items[i].Title)
		name.Truncation = fyne.TextTruncateEllipsis
		remove := fynewidget.NewButtonWithIcon("", theme.ContentClearIcon(), func() { s.remove(i) })
		remove.Importance = fynewidget.LowImportance
		s.rows.Add(container.NewBorder(nil, nil, nil, remove, name))
	}
	s.rows.Hidden = len(chosen) == 0
	s.Refresh()
}

func (s *Several) add(i int) {
	// The picker invites to add another one.
	s.picker.SetSelected(-1)
	if slices.Contains(s.chosen, i) {
		return
	}
	kept := slices.Clone(s.chosen)
	if s.most > 0 && len(kept) >= s.most {
		kept = kept[:s.most-1]
	}
	s.change(append(kept, i))
}

func (s *Several) remove(i int) {
	s.change(slices.DeleteFunc(slices.Clone(s.chosen), func(j int) bool { return i == j }))
}

func (s *Several) change(chosen []int) {
	s.SetChosen(chosen)
	if s.OnChanged != nil {
		s.OnChanged(chosen)
	}
}

// CreateRenderer implements [fyne.Widget].
func (s *Several) CreateRenderer() fyne.WidgetRenderer {
	return fynewidget.NewSimpleRenderer(s.column)
}
