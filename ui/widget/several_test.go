package widget

import (
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	fynewidget "fyne.io/fyne/v2/widget"
)

func newThree(told *[]int) *Several {
	s := NewSeveral("Add…", "Search", "Nothing", func(chosen []int) { *told = chosen })
	s.SetItems([]PickerItem{{Title: "cat"}, {Title: "dog"}, {Title: "mug"}})
	return s
}

func TestSeveralAddsAndTakesAway(t *testing.T) {
	test.NewTempApp(t)
	var told []int
	s := newThree(&told)
	s.picker.pick(2)
	s.picker.pick(0)
	s.picker.pick(2) // is chosen already
	if !slices.Equal(told, []int{2, 0}) || len(s.rows.Objects) != 2 || s.picker.Selected() != -1 {
		t.Fatalf("chosen are %v in %d rows, the picker shows %d", told, len(s.rows.Objects), s.picker.Selected())
	}
	for _, o := range s.rows.Objects[0].(*fyne.Container).Objects {
		if b, ok := o.(*fynewidget.Button); ok {
			test.Tap(b)
		}
	}
	if !slices.Equal(told, []int{0}) || len(s.rows.Objects) != 1 {
		t.Errorf("chosen are %v in %d rows", told, len(s.rows.Objects))
	}
}

func TestOneMoreThanTheMostTakesThePlaceOfTheLast(t *testing.T) {
	test.NewTempApp(t)
	var told []int
	s := newThree(&told)
	s.SetMost(1)
	s.picker.pick(1)
	s.picker.pick(2)
	if !slices.Equal(told, []int{2}) {
		t.Errorf("chosen are %v", told)
	}
}

func TestSettingSeveralTellsNothing(t *testing.T) {
	test.NewTempApp(t)
	var told []int
	s := newThree(&told)
	s.SetChosen([]int{1})
	if told != nil || len(s.rows.Objects) != 1 || !s.rows.Visible() {
		t.Errorf("told %v; %d rows", told, len(s.rows.Objects))
	}
	if s.SetChosen(nil); s.rows.Visible() {
		t.Error("there are rows of nothing")
	}
}
