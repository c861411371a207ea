package widget

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"
)

// pickerPopup is the opened part of a [Picker].
type pickerPopup struct {
	picker  *Picker
	canvas  fyne.Canvas
	popup   *fynewidget.PopUp
	search  *searchEntry
	list    *fynewidget.List
	noMatch *line

	matches []int // indices of the items found
	marked  int   // the position in matches that Enter picks, -1 if none
}

const (
	pickerRows  = 12  // shown at most, the rest is scrolled
	pickerWidth = 320 // at least, where the window is as wide
)

func newPickerPopup(p *Picker, cv fyne.Canvas) *pickerPopup {
	pp := &pickerPopup{
		picker:  p,
		canvas:  cv,
		noMatch: newLine(theme.SizeNameText, fyne.TextAlignCenter),
	}
	pp.noMatch.set(p.NoMatch, theme.ColorNamePlaceHolder)
	pp.search = newSearchEntry(p.SearchHint, pp.typedKey)
	pp.search.OnChanged = pp.filter
	pp.list = fynewidget.NewList(
		func() int { return len(pp.matches) },
		func() fyne.CanvasObject { return newPickerRow(pp) },
		func(i int, o fyne.CanvasObject) { o.(*pickerRow).set(i) },
	)
	pp.list.HideSeparators = true
	pp.popup = fynewidget.NewPopUp(container.NewPadded(
		container.NewBorder(pp.search, nil, nil, nil, container.NewStack(pp.list, pp.noMatch))), cv)
	return pp
}

// show opens the popup under the field, or above it where there is more room, with the selected item marked.
func (pp *pickerPopup) show() {
	pp.filter("")
	for i, item := range pp.matches {
		if item == pp.picker.selected {
			pp.marked = i
		}
	}

	pad := pp.picker.Theme().Size(theme.SizeNamePadding)
	field := fyne.CurrentApp().Driver().AbsolutePositionForObject(pp.picker)
	window := pp.canvas.Size()
	width := min(max(pp.picker.Size().Width, pickerWidth, pp.picker.ListWidth), window.Width-2*pad)
	row := newPickerRow(pp).MinSize().Height + pad
	height := float32(min(max(len(pp.matches), 1), pickerRows))*row + pp.search.MinSize().Height + 3*pad

	x := min(max(field.X, pad), window.Width-width-pad)
	y := field.Y + pp.picker.Size().Height
	below, above := window.Height-y-pad, field.Y-pad
	if height > below && above > below {
		height = min(height, above)
		y = field.Y - height
	} else {
		height = min(height, below)
	}
	pp.popup.Resize(fyne.NewSize(width, height))
	pp.popup.ShowAtPosition(fyne.NewPos(x, y))
	pp.canvas.Focus(pp.search)
	pp.list.ScrollTo(pp.marked)
}

// filter shows the items that contain every word of query and marks the first of them.
func (pp *pickerPopup) filter(query string) {
	words := strings.Fields(strings.ToLower(query))
	pp.matches, pp.marked = nil, -1
	for i, item := range pp.picker.items {
		if !containsAll(strings.ToLower(item.Title+" "+item.Detail+" "+item.More), words) {
			continue
		}
		pp.matches = append(pp.matches, i)
	}
	if len(pp.matches) > 0 {
		pp.marked = 0
	}
	pp.noMatch.Hidden = len(pp.matches) > 0
	pp.noMatch.Refresh()
	pp.list.ScrollToOffset(0)
	pp.list.Refresh()
}

func containsAll(text string, words []string) bool {
	for _, w := range words {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}

// typedKey handles the keys that are not the search entry's.
func (pp *pickerPopup) typedKey(key fyne.KeyName) bool {
	switch key {
	case fyne.KeyEscape:
		pp.picker.close()
	case fyne.KeyReturn, fyne.KeyEnter:
		if pp.marked >= 0 {
			pp.picker.pick(pp.matches[pp.marked])
		}
	case fyne.KeyUp:
		pp.move(-1)
	case fyne.KeyDown:
		pp.move(1)
	case fyne.KeyPageUp:
		pp.move(1 - pickerRows)
	case fyne.KeyPageDown:
		pp.move(pickerRows - 1)
	default:
		return false
	}
	return true
}

// move marks the item that is steps further down, or up where steps is negative, or the last there is.
func (pp *pickerPopup) move(steps int) {
	if len(pp.matches) > 0 {
		pp.marked = min(max(pp.marked+steps, 0), len(pp.matches)-1)
		pp.list.ScrollTo(pp.marked)
	}
	pp.list.Refresh()
}

// item returns the item at a position in matches.
func (pp *pickerPopup) item(i int) PickerItem { return pp.picker.items[pp.matches[i]] }

// searchEntry is an entry that offers its keys to another first.
type searchEntry struct {
	fynewidget.Entry
	onKey func(key fyne.KeyName) (handled bool)
}

func newSearchEntry(hint string, onKey func(key fyne.KeyName) bool) *searchEntry {
	e := &searchEntry{onKey: onKey}
	e.PlaceHolder = hint
	e.Icon = theme.SearchIcon()
	e.Scroll = fyne.ScrollNone
	e.ExtendBaseWidget(e)
	return e
}

// TypedKey implements [fyne.Focusable].
func (e *searchEntry) TypedKey(key *fyne.KeyEvent) {
	if !e.onKey(key.Name) {
		e.Entry.TypedKey(key)
	}
}

// pickerRow shows one match.
type pickerRow struct {
	fynewidget.BaseWidget
	popup *pickerPopup
	index int // in matches

	ground        *canvas.Rectangle
	check         *fynewidget.Icon
	title, detail *line
}

var (
	_ fyne.Tappable     = (*pickerRow)(nil)
	_ desktop.Hoverable = (*pickerRow)(nil)
)

func newPickerRow(pp *pickerPopup) *pickerRow {
	r := &pickerRow{
		popup:  pp,
		index:  -1,
		ground: canvas.NewRectangle(nil),
		check:  fynewidget.NewIcon(theme.ConfirmIcon()),
		title:  newLine(theme.SizeNameText, fyne.TextAlignLeading),
		detail: newLine(theme.SizeNameCaptionText, fyne.TextAlignTrailing),
	}
	r.ExtendBaseWidget(r)
	return r
}

func (r *pickerRow) set(index int) {
	r.index = index
	r.Refresh()
}

// item returns the item shown, if there still is one.
func (r *pickerRow) item() (PickerItem, bool) {
	if r.index < 0 || r.index >= len(r.popup.matches) {
		return PickerItem{}, false
	}
	return r.popup.item(r.index), true
}

// Tapped implements [fyne.Tappable].
func (r *pickerRow) Tapped(*fyne.PointEvent) {
	if _, ok := r.item(); ok {
		r.popup.picker.pick(r.popup.matches[r.index])
	}
}

// MouseIn implements [desktop.Hoverable]: the mark follows the mouse as it follows the arrow keys.
func (r *pickerRow) MouseIn(*desktop.MouseEvent) {
	if _, ok := r.item(); ok {
		r.popup.marked = r.index
		r.popup.list.Refresh()
	}
}

// MouseMoved implements [desktop.Hoverable].
func (r *pickerRow) MouseMoved(*desktop.MouseEvent) {}

// MouseOut implements [desktop.Hoverable].
func (r *pickerRow) MouseOut() {}

// CreateRenderer implements [fyne.Widget].
func (r *pickerRow) CreateRenderer() fyne.WidgetRenderer {
	renderer := &pickerRowRenderer{r}
	renderer.update()
	return renderer
}

type pickerRowRenderer struct{ row *pickerRow }

func (r *pickerRowRenderer) MinSize() fyne.Size {
	inner := r.row.Theme().Size(theme.SizeNameInnerPadding)
	return fyne.NewSize(smallestPane.Width, r.row.title.MinSize().Height-inner)
}

func (r *pickerRowRenderer) Layout(size fyne.Size) {
	row := r.row
	inner, icon := row.Theme().Size(theme.SizeNameInnerPadding), row.Theme().Size(theme.SizeNameInlineIcon)
	row.ground.Resize(size)
	row.check.Resize(fyne.NewSquareSize(icon - inner/2))
	row.check.Move(fyne.NewPos(inner/2, (size.Height-icon+inner/2)/2))
	share := float32(1) / 2
	if row.popup.picker.ListWidth > 0 {
		share = 2. / 3
	}
	start := icon
	if item, ok := row.item(); ok && row.popup.search.Text == "" {
		start += float32(item.Depth) * 2 * inner
	}
	layoutItem(row.title, row.detail, size.SubtractWidthHeight(start, 0), min(row.detail.width(), size.Width*share))
	row.title.Move(row.title.Position().AddXY(start, 0))
	row.detail.Move(row.detail.Position().AddXY(start, 0))
}

func (r *pickerRowRenderer) Refresh() {
	r.update()
	r.Layout(r.row.Size())
	for _, o := range r.Objects() {
		o.Refresh()
	}
}

func (r *pickerRowRenderer) update() {
	row := r.row
	item, ok := row.item()
	th, variant := row.Theme(), fyne.CurrentApp().Settings().ThemeVariant()
	row.title.set(item.Title, theme.ColorNameForeground)
	row.detail.set(item.Detail+item.More, theme.ColorNamePlaceHolder)
	row.check.Hidden = !ok || row.popup.matches[row.index] != row.popup.picker.selected
	row.ground.Hidden = !ok || row.index != row.popup.marked
	row.ground.FillColor = th.Color(theme.ColorNameSelection, variant)
	row.ground.CornerRadius = th.Size(theme.SizeNameSelectionRadius)
}

func (r *pickerRowRenderer) Objects() []fyne.CanvasObject {
	row := r.row
	return []fyne.CanvasObject{row.ground, row.check, row.title, row.detail}
}

func (r *pickerRowRenderer) Destroy() {}
