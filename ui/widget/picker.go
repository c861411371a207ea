package widget

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"
)

// PickerItem is one choice of a [Picker].
type PickerItem struct {
	Title  string
	Detail string // secondary, shown fainter at the end of the row
	More   string // follows the detail in the list, where there is room for it
	Depth  int    // how far the whole list, not what a search found, is indented here
}

// Picker is a selector for long lists: a field with the current choice that opens a popup with a search entry over a list. The search
// ignores case and finds the items whose title and detail contain every word. In the popup the arrow keys move, Enter picks the marked
// item, the first match until moved, and Escape closes.
type Picker struct {
	fynewidget.DisableableWidget

	// SearchHint is the text in the empty search entry.
	SearchHint string
	// ListWidth is how wide the list is at least, where the window is; 0 for the usual width.
	ListWidth float32
	// NoMatch is shown where no item matches the search.
	NoMatch string
	// OnChanged is told the index of the item the user picked, if it is another than before.
	OnChanged func(index int)

	placeholder      string
	items            []PickerItem
	selected         int
	focused, hovered bool
	byMouse          bool         // the popup was opened
	popup            *pickerPopup // nil until first opened

	ground        *canvas.Rectangle
	title, detail *line
	arrow         *fynewidget.Icon
}

var (
	_ fyne.Focusable    = (*Picker)(nil)
	_ fyne.Tappable     = (*Picker)(nil)
	_ desktop.Hoverable = (*Picker)(nil)
)

// NewPicker returns a selector without items that shows placeholder while nothing is selected.
func NewPicker(placeholder string, onChanged func(index int)) *Picker {
	p := &Picker{
		OnChanged:   onChanged,
		placeholder: placeholder,
		selected:    -1,
		ground:      canvas.NewRectangle(nil),
		title:       newLine(theme.SizeNameText, fyne.TextAlignLeading),
		detail:      newLine(theme.SizeNameCaptionText, fyne.TextAlignTrailing),
		arrow:       fynewidget.NewIcon(theme.MenuDropDownIcon()),
	}
	p.ExtendBaseWidget(p)
	return p
}

// SetItems replaces the items, selects none and closes the popup.
func (p *Picker) SetItems(items []PickerItem) {
	p.close()
	p.items = items
	p.selected = -1
	p.Refresh()
}

// SetSelected selects item index; -1 or an index out of range selects none.
func (p *Picker) SetSelected(index int) {
	if index < 0 || index >= len(p.items) {
		index = -1
	}
	p.selected = index
	p.Refresh()
}

// Selected returns the index of the selected item, or -1.
func (p *Picker) Selected() int { return p.selected }

// pick is what the user does.
func (p *Picker) pick(index int) {
	p.close()
	if index == p.selected {
		return
	}
	p.SetSelected(index)
	if p.OnChanged != nil {
		p.OnChanged(index)
	}
}

func (p *Picker) open() {
	cv := fyne.CurrentApp().Driver().CanvasForObject(p)
	if p.Disabled() || cv == nil || p.isOpen() {
		return
	}
	p.popup = newPickerPopup(p, cv)
	p.popup.show()
}

func (p *Picker) isOpen() bool { return p.popup != nil && p.popup.popup.Visible() }

// close hides the popup. The keyboard goes back to the field, unless the mouse opened the popup: then to nobody.
func (p *Picker) close() {
	if !p.isOpen() {
		return
	}
	p.popup.popup.Hide()
	if p.byMouse {
		p.popup.canvas.Unfocus()
	} else {
		p.popup.canvas.Focus(p)
	}
}

// Tapped implements [fyne.Tappable].
func (p *Picker) Tapped(*fyne.PointEvent) {
	p.byMouse = true
	p.open()
}

// MouseIn implements [desktop.Hoverable].
func (p *Picker) MouseIn(*desktop.MouseEvent) {
	p.hovered = true
	p.Refresh()
}

// MouseMoved implements [desktop.Hoverable].
func (p *Picker) MouseMoved(*desktop.MouseEvent) {}

// MouseOut implements [desktop.Hoverable].
func (p *Picker) MouseOut() {
	p.hovered = false
	p.Refresh()
}

// FocusGained implements [fyne.Focusable].
func (p *Picker) FocusGained() {
	p.focused = true
	p.Refresh()
}

// FocusLost implements [fyne.Focusable].
func (p *Picker) FocusLost() {
	p.focused = false
	p.Refresh()
}

// TypedKey implements [fyne.Focusable].
func (p *Picker) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeySpace, fyne.KeyReturn, fyne.KeyEnter, fyne.KeyDown:
		p.byMouse = false
		p.open()
	}
}

// TypedRune implements [fyne.Focusable]: typing on the field starts a search.
func (p *Picker) TypedRune(r rune) {
	if r == ' ' {
		return
	}
	p.byMouse = false
	if p.open(); p.isOpen() {
		p.popup.search.TypedRune(r)
	}
}

// CreateRenderer implements [fyne.Widget].
func (p *Picker) CreateRenderer() fyne.WidgetRenderer {
	r := &pickerRenderer{p}
	r.update()
	return r
}

type pickerRenderer struct{ picker *Picker }

func (r *pickerRenderer) MinSize() fyne.Size {
	p := r.picker
	icon := p.Theme().Size(theme.SizeNameInlineIcon)
	return fyne.NewSize(smallestPane.Width+icon, p.title.MinSize().Height)
}

func (r *pickerRenderer) Layout(size fyne.Size) {
	p := r.picker
	inner, icon := p.Theme().Size(theme.SizeNameInnerPadding), p.Theme().Size(theme.SizeNameInlineIcon)
	p.ground.Resize(size)
	p.arrow.Resize(fyne.NewSquareSize(icon))
	p.arrow.Move(fyne.NewPos(size.Width-icon-inner, (size.Height-icon)/2))

	// In the field, other than in the list, the detail is left out where it would shorten the title.
	room := max(size.Width-icon-inner, 0)
	detail := p.detail.width()
	if p.title.width()+detail-inner > room {
		detail = 0
	}
	p.detail.Hidden = detail == 0
	layoutItem(p.title, p.detail, fyne.NewSize(room, size.Height), detail)
}

// layoutItem places title and detail in one line, with the given width for the detail.
func layoutItem(title, detail *line, size fyne.Size, width float32) {
	titleHeight, detailHeight := title.MinSize().Height, detail.MinSize().Height
	title.Resize(fyne.NewSize(max(size.Width-width, 0), titleHeight))
	title.Move(fyne.NewPos(0, (size.Height-titleHeight)/2))
	detail.Resize(fyne.NewSize(width, detailHeight))
	detail.Move(fyne.NewPos(size.Width-width, (size.Height-detailHeight)/2))
}

func (r *pickerRenderer) Refresh() {
	r.update()
	r.Layout(r.picker.Size())
	for _, o := range r.Objects() {
		o.Refresh()
	}
}

func (r *pickerRenderer) update() {
	p := r.picker
	th, variant := p.Theme(), fyne.CurrentApp().Settings().ThemeVariant()

	title, detail := p.placeholder, ""
	titleColor, detailColor := theme.ColorNamePlaceHolder, theme.ColorNamePlaceHolder
	if p.selected >= 0 {
		title, detail = p.items[p.selected].Title, p.items[p.selected].Detail
		titleColor = theme.ColorNameForeground
	}
	if p.Disabled() {
		titleColor, detailColor = theme.ColorNameDisabled, theme.ColorNameDisabled
	}
	p.title.set(title, titleColor)
	p.detail.set(detail, detailColor)

	p.ground.CornerRadius = th.Size(theme.SizeNameInputRadius)
	p.ground.StrokeWidth = th.Size(theme.SizeNameInputBorder)
	p.ground.StrokeColor = th.Color(theme.ColorNameInputBorder, variant)
	p.ground.FillColor = th.Color(theme.ColorNameInputBackground, variant)
	icon := theme.MenuDropDownIcon()
	switch {
	case p.Disabled():
		icon = theme.NewDisabledResource(icon)
	case p.focused:
		p.ground.StrokeColor = th.Color(theme.ColorNamePrimary, variant)
	case p.hovered:
		p.ground.FillColor = th.Color(theme.ColorNameHover, variant)
	}
	p.arrow.Resource = icon
}

func (r *pickerRenderer) Objects() []fyne.CanvasObject {
	p := r.picker
	return []fyne.CanvasObject{p.ground, p.title, p.detail, p.arrow}
}

func (r *pickerRenderer) Destroy() {}
