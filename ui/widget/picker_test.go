package widget

import (
	"fmt"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
	"github.com/google/go-cmp/cmp"
)

func newLayerPicker() *Picker {
	p := NewPicker("Choose a layer", nil)
	p.SearchHint, p.NoMatch = "Search", "No such layer"
	p.SetItems([]PickerItem{
		{Title: "conv1", Detail: "Conv 64x111x111"},
		{Title: "relu1", Detail: "ReLU 64x111x111"},
		{Title: "pool1", Detail: "MaxPool 64x55x55"},
		{Title: "fire2/squeeze1x1", Detail: "Conv 16x55x55"},
		{Title: "fire2/expand3x3", Detail: "Conv 64x55x55"},
		{Title: "fire9/concat_along_the_channels_of_both_expansions", Detail: "Concat 512x13x13"},
		{Title: "pool10", Detail: "GlobalAveragePool 1000"},
		{Title: "prob", Detail: "Softmax 1000"},
	})
	return p
}

// search opens the popup and types into its entry.
func search(p *Picker, text string) {
	p.open()
	test.Type(p.popup.search, text)
}

func press(p *Picker, keys ...fyne.KeyName) {
	for _, k := range keys {
		p.popup.search.TypedKey(&fyne.KeyEvent{Name: k})
	}
}

func TestPickerShowsATree(t *testing.T) {
	tree := func() *Picker {
		p := NewPicker("Choose a layer", nil)
		p.ListWidth = 520
		p.SetItems([]PickerItem{
			{Title: "layer4", Detail: "Sequential 192x11x11", More: " · 1.24 M parameters"},
			{Title: "layer4.0", Detail: "ReLU 192x11x11", More: " · 577 k parameters", Depth: 1},
			{Title: "layer4.0.conv1", Detail: "Conv 192x11x11", More: " · 221 k parameters", Depth: 2},
			{Title: "fc", Detail: "Linear 117"},
		})
		p.SetSelected(2)
		return p
	}
	for name, act := range map[string]func(*Picker){
		"tree":  func(p *Picker) { p.open() },
		"found": func(p *Picker) { search(p, "221 k") },
	} {
		looks(t, "picker/"+name, fyne.NewSize(560, 260), func() fyne.CanvasObject { return atTop(tree()) }, func(o fyne.CanvasObject, _ fyne.Canvas) {
			act(o.(*fyne.Container).Objects[0].(*Picker))
		})
	}
}

func TestPickerLooks(t *testing.T) {
	field, opened := fyne.NewSize(240, 44), fyne.NewSize(340, 400)
	selected := func() *Picker {
		p := newLayerPicker()
		p.SetSelected(4)
		return p
	}
	tests := []struct {
		name  string
		size  fyne.Size
		build func() *Picker
		act   func(p *Picker, cv fyne.Canvas)
	}{
		{"empty", field, newLayerPicker, nil},
		{"selected", field, selected, nil},
		{"long", field, selected, func(p *Picker, _ fyne.Canvas) { p.SetSelected(5) }},
		{"focused", field, selected, func(p *Picker, cv fyne.Canvas) { cv.Focus(p) }},
		{"hovered", field, selected, func(_ *Picker, cv fyne.Canvas) { test.MoveMouse(cv, fyne.NewPos(50, 20)) }},
		{"disabled", field, selected, func(p *Picker, _ fyne.Canvas) { p.Disable() }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { looks(t, "picker/"+tt.name, tt.size, tt.build, tt.act) })
	}

	// The popup needs room around the field.
	inWindow := func() fyne.CanvasObject { return atTop(selected()) }
	popups := []struct {
		name string
		act  func(p *Picker)
	}{
		{"opened", func(p *Picker) { p.open() }},
		{"moved", func(p *Picker) { p.open(); press(p, fyne.KeyUp, fyne.KeyUp) }},
		{"filtered", func(p *Picker) { search(p, "conv FIRE") }},
		{"nomatch", func(p *Picker) { search(p, "lstm") }},
	}
	for _, tt := range popups {
		t.Run(tt.name, func(t *testing.T) {
			looks(t, "picker/"+tt.name, opened, inWindow, func(o fyne.CanvasObject, _ fyne.Canvas) {
				tt.act(o.(*fyne.Container).Objects[0].(*Picker))
			})
		})
	}
}

func TestPickerFilter(t *testing.T) {
	tests := []struct {
		query   string
		matches []int
		marked  int // in matches
	}{
		{"", []int{0, 1, 2, 3, 4, 5, 6, 7}, 0},
		{"CONV", []int{0, 3, 4}, 0},
		{"55x55 fire", []int{3, 4}, 0},
		{"  pool  ", []int{2, 6}, 0},
		{"1000", []int{6, 7}, 0},
		{"nothing", nil, -1},
	}
	for _, tt := range tests {
		t.Run(tt.query, func(t *testing.T) {
			test.NewTempApp(t)
			p := newLayerPicker()
			test.NewTempWindow(t, p).Resize(fyne.NewSize(400, 400))
			search(p, tt.query)
			if diff := cmp.Diff(tt.matches, p.popup.matches); diff != "" {
				t.Errorf("matches (-want +got):\n%s", diff)
			}
			if p.popup.marked != tt.marked {
				t.Errorf("marked %d, want %d", p.popup.marked, tt.marked)
			}
		})
	}
}

func TestPickerKeys(t *testing.T) {
	const enter, esc, up, down, pageDown = fyne.KeyReturn, fyne.KeyEscape, fyne.KeyUp, fyne.KeyDown, fyne.KeyPageDown
	tests := []struct {
		name     string
		query    string
		keys     []fyne.KeyName
		selected int
		told     []int
	}{
		{"Enter picks the first match", "fire conv", []fyne.KeyName{enter}, 3, []int{3}},
		{"arrows move", "fire conv", []fyne.KeyName{down, down, up, down, enter}, 4, []int{4}},
		{"up stops at the first", "", []fyne.KeyName{up, up, enter}, 0, []int{0}},
		{"the selected item is marked first", "", []fyne.KeyName{down, enter}, 2, []int{2}},
		{"down stops at the last", "", []fyne.KeyName{pageDown, down, enter}, 7, []int{7}},
		{"picking the same again tells nothing", "", []fyne.KeyName{enter}, 1, nil},
		{"Escape changes nothing", "fire", []fyne.KeyName{down, esc}, 1, nil},
		{"Enter without a match changes nothing", "lstm", []fyne.KeyName{enter, esc}, 1, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			test.NewTempApp(t)
			p := newLayerPicker()
			var told []int
			p.OnChanged = func(i int) { told = append(told, i) }
			p.SetSelected(1)
			w := test.NewTempWindow(t, p)
			w.Resize(fyne.NewSize(400, 400))

			search(p, tt.query)
			press(p, tt.keys...)
			if p.Selected() != tt.selected {
				t.Errorf("selected %d, want %d", p.Selected(), tt.selected)
			}
			if diff := cmp.Diff(tt.told, told); diff != "" {
				t.Errorf("OnChanged (-want +got):\n%s", diff)
			}
			if p.isOpen() {
				t.Error("the popup is still open")
			}
			if w.Canvas().Focused() != fyne.Focusable(p) {
				t.Error("the keyboard did not come back to the field")
			}
		})
	}
}

func TestPickerOpens(t *testing.T) {
	test.NewTempApp(t)
	p := newLayerPicker()
	w := test.NewTempWindow(t, p)
	w.Resize(fyne.NewSize(400, 400))

	test.Tap(p)
	if !p.isOpen() {
		t.Fatal("a tap does not open the popup")
	}
	if w.Canvas().Focused() != fyne.Focusable(p.popup.search) {
		t.Error("the search entry does not have the keyboard")
	}
	press(p, fyne.KeyEscape)

	p.TypedRune('s')
	if !p.isOpen() || p.popup.search.Text != "s" {
		t.Error("typing on the field does not start a search")
	}
	press(p, fyne.KeyEscape)

	p.Disable()
	test.Tap(p)
	if p.isOpen() {
		t.Error("the popup opened although the field is disabled")
	}
}

func TestPickerTapOnRow(t *testing.T) {
	test.NewTempApp(t)
	p := newLayerPicker()
	test.NewTempWindow(t, p).Resize(fyne.NewSize(400, 400))

	p.open()
	row := newPickerRow(p.popup)
	row.set(3)
	row.MouseIn(nil)
	if p.popup.marked != 3 {
		t.Error("the mark does not follow the mouse")
	}
	test.Tap(row)
	if p.Selected() != 3 || p.isOpen() {
		t.Errorf("selected %d, open %v", p.Selected(), p.isOpen())
	}
}

func TestPickerGivesTheKeyboardBackToTheWindowAfterTheMouse(t *testing.T) {
	test.NewTempApp(t)
	p := newLayerPicker()
	w := test.NewTempWindow(t, p)
	w.Resize(fyne.NewSize(400, 400))

	test.Tap(p)
	row := newPickerRow(p.popup)
	row.set(3)
	test.Tap(row)
	if f := w.Canvas().Focused(); p.Selected() != 3 || f != nil {
		t.Errorf("selected %d, and %T has the keyboard", p.Selected(), f)
	}
}

func TestPickerSetters(t *testing.T) {
	test.NewTempApp(t)
	p := newLayerPicker()
	p.OnChanged = func(i int) { t.Errorf("OnChanged(%d)", i) }
	for in, want := range map[int]int{2: 2, 7: 7, 8: -1, -3: -1} {
		if p.SetSelected(in); p.Selected() != want {
			t.Errorf("SetSelected(%d) selects %d, want %d", in, p.Selected(), want)
		}
	}
	p.SetSelected(2)
	p.SetItems([]PickerItem{{Title: "a"}})
	if p.Selected() != -1 {
		t.Error("new items keep the selection of the old")
	}
}

func TestPickerStaysInTheWindow(t *testing.T) {
	test.NewTempApp(t)
	items := make([]PickerItem, 1000)
	for i := range items {
		items[i].Title = fmt.Sprint("class ", i)
	}
	for _, corner := range []fyne.Position{{}, {X: 500}, {Y: 360}, {X: 500, Y: 360}, {X: 250, Y: 180}} {
		p := NewPicker("", nil)
		p.SetItems(items)
		content := container.NewWithoutLayout(p)
		w := test.NewTempWindow(t, content)
		w.SetPadded(false)
		w.Resize(fyne.NewSize(640, 400))
		p.Resize(fyne.NewSize(140, 36))
		p.Move(corner)
		p.open()

		popup := p.popup.popup
		end := popup.Position().Add(popup.Size())
		if popup.Position().X < 0 || popup.Position().Y < 0 || end.X > 640 || end.Y > 400 {
			t.Errorf("field at %v: popup from %v to %v", corner, popup.Position(), end)
		}
		if above, below := end.Y <= corner.Y, popup.Position().Y >= corner.Y+36; !above && !below {
			t.Errorf("field at %v: covered by the popup from %v to %v", corner, popup.Position(), end)
		}
	}
}
