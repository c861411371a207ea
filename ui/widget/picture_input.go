package widget

import (
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
)

const (
	keyZoom   = 1.25 // factor of one key press
	wheelZoom = 0.02 // logarithm of the factor of one unit of scrolling; a notch of a mouse wheel has ten
	keyPan    = 40   // canvas units of one key press
)

// MouseIn implements [desktop.Hoverable].
func (p *Picture) MouseIn(e *desktop.MouseEvent) { p.MouseMoved(e) }

// MouseMoved implements [desktop.Hoverable].
func (p *Picture) MouseMoved(e *desktop.MouseEvent) {
	p.mouse, p.hovering = e.Position, true
	p.track()
}

// MouseOut implements [desktop.Hoverable].
func (p *Picture) MouseOut() {
	p.hovering = false
	p.track()
}

// MouseDown implements [desktop.Mouseable]: a press takes the keyboard.
func (p *Picture) MouseDown(*desktop.MouseEvent) {
	if cv := fyne.CurrentApp().Driver().CanvasForObject(p); cv != nil {
		cv.Focus(p)
	}
}

// MouseUp implements [desktop.Mouseable].
func (p *Picture) MouseUp(*desktop.MouseEvent) {}

// Cursor implements [desktop.Cursorable].
func (p *Picture) Cursor() desktop.Cursor {
	if p.inside {
		return desktop.CrosshairCursor
	}
	return desktop.DefaultCursor
}

// Scrolled implements [fyne.Scrollable]: it zooms about the mouse.
func (p *Picture) Scrolled(e *fyne.ScrollEvent) {
	at, ok := p.toPane(e.Position)
	if !ok {
		return
	}
	p.viewport.zoomAbout(at, math.Exp(wheelZoom*float64(e.Scrolled.DY)))
	p.viewportChanged()
}

// Dragged implements [fyne.Draggable].
func (p *Picture) Dragged(e *fyne.DragEvent) {
	p.mouse = e.Position
	p.viewport.pan(float64(e.Dragged.DX), float64(e.Dragged.DY))
	p.viewportChanged()
}

// DragEnd implements [fyne.Draggable].
func (p *Picture) DragEnd() {}

// Tapped implements [fyne.Tappable].
func (p *Picture) Tapped(e *fyne.PointEvent) {
	at, ok := p.toPane(e.Position)
	if !ok || p.OnTap == nil || !p.message.Hidden {
		return
	}
	if pixel, inside := p.viewport.pixel(at); inside {
		p.OnTap(pixel.X, pixel.Y)
	}
}

// DoubleTapped implements [fyne.DoubleTappable].
func (p *Picture) DoubleTapped(*fyne.PointEvent) { p.Fit() }

// FocusGained implements [fyne.Focusable].
func (p *Picture) FocusGained() {
	p.focused = true
	p.Refresh()
}

// FocusLost implements [fyne.Focusable].
func (p *Picture) FocusLost() {
	p.focused = false
	p.Refresh()
}

// TypedRune implements [fyne.Focusable].
func (p *Picture) TypedRune(r rune) {
	switch r {
	case '+', '=': // on most keyboards + is = with shift
		p.zoomBy(keyZoom)
	case '-', '_':
		p.zoomBy(1 / keyZoom)
	case '0':
		p.Fit()
	}
}

// TypedKey implements [fyne.Focusable].
func (p *Picture) TypedKey(e *fyne.KeyEvent) {
	if !p.moves(e.Name) {
		if p.OnKey != nil {
			p.OnKey(e)
		}
		return
	}
	switch e.Name {
	case fyne.KeyLeft:
		p.viewport.pan(keyPan, 0)
	case fyne.KeyRight:
		p.viewport.pan(-keyPan, 0)
	case fyne.KeyUp:
		p.viewport.pan(0, keyPan)
	case fyne.KeyDown:
		p.viewport.pan(0, -keyPan)
	}
	p.viewportChanged()
}

// moves reports whether key moves the picture, which it can while a part of it is out of view.
func (p *Picture) moves(key fyne.KeyName) bool {
	switch key {
	case fyne.KeyLeft, fyne.KeyRight, fyne.KeyUp, fyne.KeyDown:
		return p.viewport.zoom > 1
	}
	return false
}
