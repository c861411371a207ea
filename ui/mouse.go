package ui

import (
	"fyne.io/fyne/v2"
	fynewidget "fyne.io/fyne/v2/widget"
)

// choice is Fyne's Select that gives the keyboard back after a choice with the
// mouse, so that the arrow keys choose pictures again.
type choice struct {
	fynewidget.Select
	byMouse bool
}

func newChoice(options []string, chosen func(string)) *choice {
	c := &choice{}
	c.ExtendBaseWidget(c)
	c.Options = options
	c.OnChanged = func(option string) {
		if c.byMouse {
			c.byMouse = false
			unfocus(c)
		}
		chosen(option)
	}
	return c
}

// Tapped implements [fyne.Tappable].
func (c *choice) Tapped(e *fyne.PointEvent) {
	c.byMouse = true
	c.Select.Tapped(e)
}

// TypedKey implements [fyne.Focusable].
func (c *choice) TypedKey(e *fyne.KeyEvent) {
	c.byMouse = false
	c.Select.TypedKey(e)
}

// tick is Fyne's Check that gives the keyboard back after a click.
type tick struct{ fynewidget.Check }

func newTick(label string, changed func(bool)) *tick {
	t := &tick{}
	t.ExtendBaseWidget(t)
	t.Text, t.OnChanged = label, changed
	return t
}

// Tapped implements [fyne.Tappable].
func (t *tick) Tapped(e *fyne.PointEvent) {
	t.Check.Tapped(e)
	unfocus(t)
}

// unfocus takes the keyboard from what has it on o's canvas.
func unfocus(o fyne.CanvasObject) {
	if c := fyne.CurrentApp().Driver().CanvasForObject(o); c != nil {
		c.Unfocus()
	}
}
