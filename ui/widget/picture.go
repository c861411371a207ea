package widget

import (
	"image"
	"image/color"
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"
)

// Compare shows a picture twice: as it is, and under a translucent overlay. The panes stand side by side, or one above the other
// where the space is taller than wide. Zoom, position and cursor are linked: the mouse wheel and the keys + and - zoom, dragging and
// the arrow keys move, a double tap and the key 0 show the whole picture again, and the point under the mouse is marked in both panes.
type Compare struct {
	fynewidget.BaseWidget

	// OnHover is told the pixel of the original under the mouse, x in [0, width) and y in [0, height) counted from the top left
	// corner, each time it changes and again when the picture or the overlay was replaced; with inside false, and x and y zero, once
	// when the mouse leaves the picture.
	OnHover func(x, y int, inside bool)
	// OnKey is told the keys that have no meaning here, among them the arrow keys while the whole picture is shown.
	OnKey func(e *fyne.KeyEvent)

	left, right *pane
	message     *fynewidget.Label
	busy        *fynewidget.Activity

	view          view
	picture, heat *tile

	mouse    fyne.Position
	hovering bool
	pixel    image.Point // under the mouse, if inside
	inside   bool
	stale    bool // what OnHover was told last is about other pictures
	focused  bool
}

var (
	_ fyne.DoubleTappable = (*Compare)(nil)
	_ fyne.Draggable      = (*Compare)(nil)
	_ fyne.Focusable      = (*Compare)(nil)
	_ fyne.Scrollable     = (*Compare)(nil)
	_ desktop.Cursorable  = (*Compare)(nil)
	_ desktop.Hoverable   = (*Compare)(nil)
	_ desktop.Mouseable   = (*Compare)(nil)
)

const (
	keyZoom   = 1.25 // factor of one key press
	wheelZoom = 0.02 // logarithm of the factor of one unit of scrolling; a notch of a mouse wheel has ten
	keyPan    = 40   // canvas units of one key press

	sharpPixels = 4 // device pixels wide from which a pixel of the picture is drawn as a square
)

// NewCompare returns an empty comparison with a title above each pane.
func NewCompare(leftTitle, rightTitle string) *Compare {
	c := &Compare{
		left:    newPane(leftTitle),
		right:   newPane(rightTitle),
		message: &fynewidget.Label{Alignment: fyne.TextAlignCenter, Wrapping: fyne.TextWrapWord},
		busy:    fynewidget.NewActivity(),
	}
	c.message.Hide()
	c.busy.Hide()
	c.ExtendBaseWidget(c)
	return c
}

// Prepare returns img with the reduced copies Compare needs to show it at any zoom, a third more memory than its pixels. It may be
// called on any goroutine; what it returns is for [Compare.SetPicture] and [Compare.SetOverlay], which otherwise do this work
// themselves on the UI goroutine: a few milliseconds for each million pixels. It returns nil for an image without pixels.
func Prepare(img image.Image) image.Image {
	if p := newPyramid(img); p != nil {
		return p
	}
	return nil
}

// SetPicture shows the whole of original, without overlay and without message. nil removes the picture. The pixels must not be changed
// while they are shown.
func (c *Compare) SetPicture(original image.Image) {
	c.picture, c.heat = newTile(original), nil
	c.view.picture = image.Point{}
	if c.picture != nil {
		c.view.picture = c.picture.from.Bounds().Size()
	}
	c.view.fit()
	c.stale = true
	c.SetMessage("")
}

// SetOverlay lays heat over the original in the right pane, stretched to its size. It should have the original's aspect, at any
// resolution, and be transparent where nothing was seen. nil removes the overlay. The pixels must not be changed while they are shown.
func (c *Compare) SetOverlay(heat image.Image) {
	c.heat = newTile(heat)
	c.stale = true
	c.viewChanged()
}

// SetOpacity sets the opacity of the overlay, from 0 (not seen) to 1 (hiding the original where it is opaque itself). It takes
// effect at the next frame and computes nothing.
func (c *Compare) SetOpacity(o float64) {
	c.right.heat.Translucency = 1 - min(max(o, 0), 1)
	// Any refresh makes the canvas draw again. That of the overlay would also upload its unchanged pixels again.
	canvas.Refresh(c.right.frame)
}

// SetTitles changes the titles above the panes.
func (c *Compare) SetTitles(left, right string) {
	c.left.title.SetText(left)
	c.right.title.SetText(right)
}

// SetMessage shows text in the middle instead of the pictures, until it is set to "" or the next picture comes.
func (c *Compare) SetMessage(text string) {
	c.message.SetText(text)
	c.message.Hidden = text == ""
	c.left.setHidden(text != "")
	c.right.setHidden(text != "")
	c.Refresh()
}

// SetBusy shows or hides a sign that the overlay is being computed. The pictures stay.
func (c *Compare) SetBusy(busy bool) {
	if busy {
		c.busy.Show()
		c.busy.Start()
	} else {
		c.busy.Stop()
		c.busy.Hide()
	}
}

// Fit shows the whole picture again.
func (c *Compare) Fit() {
	c.view.fit()
	c.viewChanged()
}

// zoomBy zooms about the mouse, or about the middle where the mouse is elsewhere.
func (c *Compare) zoomBy(factor float64) {
	about := fyne.NewPos(c.view.pane.Width/2, c.view.pane.Height/2)
	if p, ok := c.toPane(c.mouse); ok && c.hovering {
		about = p
	}
	c.view.zoomAbout(about, factor)
	c.viewChanged()
}

func (c *Compare) viewChanged() {
	c.arrange()
	c.track()
}

// toPane turns a position in the widget into one in the pane it lies in.
func (c *Compare) toPane(p fyne.Position) (fyne.Position, bool) {
	for _, pane := range []*pane{c.left, c.right} {
		q := p.Subtract(pane.frame.Position())
		if q.X >= 0 && q.Y >= 0 && q.X < c.view.pane.Width && q.Y < c.view.pane.Height {
			return q, true
		}
	}
	return fyne.Position{}, false
}

// arrange places the pictures in their panes.
func (c *Compare) arrange() {
	whole := c.view.bounds()
	visible := whole.inside(c.view.pane)
	density := 1.0
	if cv := fyne.CurrentApp().Driver().CanvasForObject(c); cv != nil {
		density = float64(cv.Scale())
	}

	mode := canvas.ImageScaleFastest
	if c.view.scale()*density >= sharpPixels {
		mode = canvas.ImageScalePixels
	}
	for _, p := range []*pane{c.left, c.right} {
		p.show(visible)
		place(p.picture, c.picture, whole, visible, density, mode)
	}
	place(c.right.heat, c.heat, whole, visible, density, canvas.ImageScaleFastest)
}

// place shows in img what is visible of t, whose picture as a whole lies at whole; both places are relative to the pane.
func place(img *canvas.Image, t *tile, whole, visible box, density float64, mode canvas.ImageScale) {
	if t == nil || visible.w <= 0 || visible.h <= 0 {
		img.Hide()
		return
	}
	at := t.cover(whole, visible, density)
	at.x -= visible.x
	at.y -= visible.y
	changed := img.Image != t.image || img.ScaleMode != mode || img.Hidden
	img.Image, img.ScaleMode = t.image, mode
	img.Move(at.position())
	img.Resize(at.size())
	img.Show()
	if changed {
		img.Refresh()
	}
}

// track marks the point under the mouse and reports its pixel if that or the pictures changed.
func (c *Compare) track() {
	var pixel image.Point
	at, inside := c.toPane(c.mouse)
	if inside = inside && c.hovering && c.message.Hidden; inside {
		pixel, inside = c.view.pixel(at)
	}
	if !inside {
		pixel = image.Point{}
	}
	visible := c.view.bounds().inside(c.view.pane)
	c.left.mark(at.Subtract(visible.position()), inside)
	c.right.mark(at.Subtract(visible.position()), inside)

	changed := pixel != c.pixel || inside != c.inside || inside && c.stale
	c.pixel, c.inside, c.stale = pixel, inside, false
	if c.OnHover != nil && changed {
		c.OnHover(pixel.X, pixel.Y, inside)
	}
}

// MouseIn implements [desktop.Hoverable].
func (c *Compare) MouseIn(e *desktop.MouseEvent) { c.MouseMoved(e) }

// MouseMoved implements [desktop.Hoverable].
func (c *Compare) MouseMoved(e *desktop.MouseEvent) {
	c.mouse, c.hovering = e.Position, true
	c.track()
}

// MouseOut implements [desktop.Hoverable].
func (c *Compare) MouseOut() {
	c.hovering = false
	c.track()
}

// MouseDown implements [desktop.Mouseable]: a press takes the keyboard.
func (c *Compare) MouseDown(*desktop.MouseEvent) {
	if cv := fyne.CurrentApp().Driver().CanvasForObject(c); cv != nil {
		cv.Focus(c)
	}
}

// MouseUp implements [desktop.Mouseable].
func (c *Compare) MouseUp(*desktop.MouseEvent) {}

// Cursor implements [desktop.Cursorable].
func (c *Compare) Cursor() desktop.Cursor {
	if c.inside {
		return desktop.CrosshairCursor
	}
	return desktop.DefaultCursor
}

// Scrolled implements [fyne.Scrollable]: it zooms about the mouse.
func (c *Compare) Scrolled(e *fyne.ScrollEvent) {
	p, ok := c.toPane(e.Position)
	if !ok {
		return
	}
	c.view.zoomAbout(p, math.Exp(wheelZoom*float64(e.Scrolled.DY)))
	c.viewChanged()
}

// Dragged implements [fyne.Draggable].
func (c *Compare) Dragged(e *fyne.DragEvent) {
	c.mouse = e.Position
	c.view.pan(float64(e.Dragged.DX), float64(e.Dragged.DY))
	c.viewChanged()
}

// DragEnd implements [fyne.Draggable].
func (c *Compare) DragEnd() {}

// DoubleTapped implements [fyne.DoubleTappable].
func (c *Compare) DoubleTapped(*fyne.PointEvent) { c.Fit() }

// FocusGained implements [fyne.Focusable].
func (c *Compare) FocusGained() {
	c.focused = true
	c.Refresh()
}

// FocusLost implements [fyne.Focusable].
func (c *Compare) FocusLost() {
	c.focused = false
	c.Refresh()
}

// TypedRune implements [fyne.Focusable].
func (c *Compare) TypedRune(r rune) {
	switch r {
	case '+', '=': // on most keyboards + is = with shift
		c.zoomBy(keyZoom)
	case '-', '_':
		c.zoomBy(1 / keyZoom)
	case '0':
		c.Fit()
	}
}

// TypedKey implements [fyne.Focusable].
func (c *Compare) TypedKey(e *fyne.KeyEvent) {
	if !c.moves(e.Name) {
		if c.OnKey != nil {
			c.OnKey(e)
		}
		return
	}
	switch e.Name {
	case fyne.KeyLeft:
		c.view.pan(keyPan, 0)
	case fyne.KeyRight:
		c.view.pan(-keyPan, 0)
	case fyne.KeyUp:
		c.view.pan(0, keyPan)
	case fyne.KeyDown:
		c.view.pan(0, -keyPan)
	}
	c.viewChanged()
}

// moves reports whether key moves the picture, which it can while a part of it is out of view.
func (c *Compare) moves(key fyne.KeyName) bool {
	switch key {
	case fyne.KeyLeft, fyne.KeyRight, fyne.KeyUp, fyne.KeyDown:
		return c.view.zoom > 1
	}
	return false
}

// CreateRenderer implements [fyne.Widget].
func (c *Compare) CreateRenderer() fyne.WidgetRenderer {
	objects := append(c.left.objects(), c.right.objects()...)
	r := &compareRenderer{compare: c, objects: append(objects, c.busy, c.message)}
	r.applyTheme()
	return r
}

type compareRenderer struct {
	compare *Compare
	objects []fyne.CanvasObject
}

// smallestPane is the size below which a pane is of no use.
var smallestPane = fyne.NewSize(120, 90)

func (r *compareRenderer) MinSize() fyne.Size {
	c := r.compare
	pad := c.Theme().Size(theme.SizeNamePadding)
	title := max(c.left.title.MinSize().Height, c.right.title.MinSize().Height)
	return fyne.NewSize(2*smallestPane.Width+pad, smallestPane.Height+title)
}

func (r *compareRenderer) Layout(size fyne.Size) {
	c := r.compare
	pad := c.Theme().Size(theme.SizeNamePadding)
	title := max(c.left.title.MinSize().Height, c.right.title.MinSize().Height)

	cell, second := fyne.NewSize((size.Width-pad)/2, size.Height), fyne.NewPos((size.Width+pad)/2, 0)
	if size.Height > size.Width {
		cell, second = fyne.NewSize(size.Width, (size.Height-pad)/2), fyne.NewPos(0, (size.Height+pad)/2)
	}
	c.view.resize(fyne.NewSize(max(cell.Width, 0), max(cell.Height-title, 0)))

	busy := c.busy.MinSize()
	c.left.layout(fyne.Position{}, c.view.pane, title, 0)
	c.right.layout(second, c.view.pane, title, busy.Width+pad)
	c.busy.Resize(busy)
	c.busy.Move(second.AddXY(cell.Width-busy.Width-pad, (title-busy.Height)/2))

	// Lines longer than about seventy letters are hard to read.
	width := min(size.Width, 35*c.Theme().Size(theme.SizeNameText))
	c.message.Resize(fyne.NewSize(width, c.message.MinSize().Height))
	height := c.message.MinSize().Height
	c.message.Resize(fyne.NewSize(width, height))
	c.message.Move(fyne.NewPos((size.Width-width)/2, (size.Height-height)/2))

	c.viewChanged()
}

func (r *compareRenderer) Refresh() {
	r.applyTheme()
	r.Layout(r.compare.Size())
	for _, o := range r.objects {
		o.Refresh()
	}
}

func (r *compareRenderer) applyTheme() {
	c := r.compare
	th, variant := c.Theme(), fyne.CurrentApp().Settings().ThemeVariant()
	for _, p := range []*pane{c.left, c.right} {
		p.frame.FillColor = th.Color(theme.ColorNameInputBackground, variant)
		p.focus.FillColor = color.Transparent
		if c.focused {
			p.focus.FillColor = th.Color(theme.ColorNamePrimary, variant)
		}
	}
}

func (r *compareRenderer) Objects() []fyne.CanvasObject { return r.objects }

func (r *compareRenderer) Destroy() { r.compare.busy.Stop() }
