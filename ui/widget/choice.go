package widget

import (
	"fyne.io/fyne/v2"
	fynewidget "fyne.io/fyne/v2/widget"
)

// Choice is Fyne's Select that gives the keyboard back after a choice with the mouse, so that the keys mean again what they mean to
// the window.
type Choice struct {
	fynewidget.Select
	byMouse bool
}

// NewChoice returns a choice of options. chosen is told what the user chooses.
func NewChoice(options []string, chosen func(string)) *Choice {
	c := &Choice{}
	c.ExtendBaseWidget(c)
	c.Options = options
	c.OnChanged = func(option string) {
		if c.byMouse {
			c.byMouse = false
			Unfocus(c)
		}
		chosen(option)
	}
	return c
}

// SetIndex selects option i, or with -1 none, without calling back.
func (c *Choice) SetIndex(i int) {
	if i == c.SelectedIndex() {
		return
	}
	changed := c.OnChanged
	c.OnChanged = nil
	if i < 0 {
		c.ClearSelected()
	} else {
		c.SetSelectedIndex(i)
	}
	c.OnChanged = changed
}

// Tapped implements [fyne.Tappable].
func (c *Choice) Tapped(e *fyne.PointEvent) {
	c.byMouse = true
	c.Select.Tapped(e)
}

// TypedKey implements [fyne.Focusable].
func (c *Choice) TypedKey(e *fyne.KeyEvent) {
	c.byMouse = false
	c.Select.TypedKey(e)
}

// Tick is Fyne's Check that gives the keyboard back after a click.
type Tick struct{ fynewidget.Check }

// NewTick returns an empty tick box. changed is told what the user makes of it.
func NewTick(label string, changed func(bool)) *Tick {
	t := &Tick{}
	t.ExtendBaseWidget(t)
	t.Text, t.OnChanged = label, changed
	return t
}

// Set ticks the box, or not, without calling back.
func (t *Tick) Set(ticked bool) {
	changed := t.OnChanged
	t.OnChanged = nil
	t.SetChecked(ticked)
	t.OnChanged = changed
}

// Tapped implements [fyne.Tappable].
func (t *Tick) Tapped(e *fyne.PointEvent) {
	t.Check.Tapped(e)
	Unfocus(t)
}

// Unfocus takes the keyboard from what has it on o's canvas.
func Unfocus(o fyne.CanvasObject) {
	if c := fyne.CurrentApp().Driver().CanvasForObject(o); c != nil {
		c.Unfocus()
	}
}
