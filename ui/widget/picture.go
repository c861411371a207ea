package widget

import (
	"image"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	fynewidget "fyne.io/fyne/v2/widget"
)

// Picture shows a picture under a translucent overlay. With two panes it shows the picture alone as well: the panes stand side by
// side, or one above the other where the space is taller than wide, and zoom, position and cursor are linked. The mouse wheel and the
// keys + and - zoom, dragging and the arrow keys move, a double tap and the key 0 show the whole picture again, and the point under the
// mouse is marked in every pane.
type Picture struct {
	fynewidget.BaseWidget

	// OnHover is told the pixel of the picture under the mouse, x in [0, width) and y in [0, height) counted from the top left
	// corner, each time it changes and again when the picture or the overlay was replaced; with inside false, and x and y zero, once
	// when the mouse leaves the picture.
	OnHover func(x, y int, inside bool)
	// OnTap is told the pixel of the picture that was clicked.
	OnTap func(x, y int)
	// OnKey is told the keys that have no meaning here, among them the arrow keys while the whole picture is shown.
	OnKey func(e *fyne.KeyEvent)

	panes   []*pane // the overlay is in the last one
	message *fynewidget.Label
	busy    *fynewidget.Activity

	viewport      viewport
	picture, heat *tile

	mouse    fyne.Position
	hovering bool
	pixel    image.Point // under the mouse, if inside
	inside   bool
	stale    bool // what OnHover was told last is about other pictures
	focused  bool
}

var (
	_ fyne.DoubleTappable = (*Picture)(nil)
	_ fyne.Draggable      = (*Picture)(nil)
	_ fyne.Focusable      = (*Picture)(nil)
	_ fyne.Scrollable     = (*Picture)(nil)
	_ desktop.Cursorable  = (*Picture)(nil)
	_ desktop.Hoverable   = (*Picture)(nil)
	_ desktop.Mouseable   = (*Picture)(nil)
)

// sharpPixels is how many device pixels wide a pixel of the picture has to be to be drawn as a square.
const sharpPixels = 4

// NewPicture returns an empty widget with one pane, which has no title.
func NewPicture() *Picture { return newPicture(newPane("")) }

// NewPicturePair returns an empty widget with two panes, each under its title: the picture alone, and the picture under its overlay.
func NewPicturePair(alone, overlaid string) *Picture {
	return newPicture(newPane(alone), newPane(overlaid))
}

func newPicture(panes ...*pane) *Picture {
	p := &Picture{
		panes:   panes,
		message: &fynewidget.Label{Alignment: fyne.TextAlignCenter, Wrapping: fyne.TextWrapWord},
		busy:    fynewidget.NewActivity(),
	}
	p.message.Hide()
	p.busy.Hide()
	p.ExtendBaseWidget(p)
	return p
}

// Prepare returns img with the reduced copies Picture needs to show it at any zoom, a third more memory than its pixels. It may be
// called on any goroutine; what it returns is for [Picture.SetPicture] and [Picture.SetOverlay], which otherwise do this work
// themselves on the UI goroutine: a few milliseconds for each million pixels. It returns nil for an image without pixels.
func Prepare(img image.Image) image.Image {
	if p := newPyramid(img); p != nil {
		return p
	}
	return nil
}

// SetPicture shows the whole of a picture, without overlay and without message. nil removes the picture. The pixels must not be
// changed while they are shown.
func (p *Picture) SetPicture(picture image.Image) {
	p.picture, p.heat = newTile(picture), nil
	p.viewport.picture = image.Point{}
	if p.picture != nil {
		p.viewport.picture = p.picture.from.Bounds().Size()
	}
	p.viewport.fit()
	p.stale = true
	p.SetMessage("")
}

// SetOverlay lays heat over the picture in the last pane, stretched to its size. It should have the picture's aspect, at any
// resolution, and be transparent where nothing was seen. nil removes the overlay. The pixels must not be changed while they are shown.
func (p *Picture) SetOverlay(heat image.Image) {
	p.heat = newTile(heat)
	p.stale = true
	p.viewportChanged()
}

// SetOpacity sets the opacity of the overlay, from 0 (not seen) to 1 (hiding the picture where it is opaque itself). It takes
// effect at the next frame and computes nothing.
func (p *Picture) SetOpacity(o float64) {
	last := p.overlaid()
	last.heat.Translucency = 1 - min(max(o, 0), 1)
	// Any refresh makes the canvas draw again. That of the overlay would also upload its unchanged pixels again.
	canvas.Refresh(last.frame)
}

// overlaid is the pane with the overlay.
func (p *Picture) overlaid() *pane { return p.panes[len(p.panes)-1] }

// SetTitles changes the titles above the panes, of which there have to be as many.
func (p *Picture) SetTitles(titles ...string) {
	for i, title := range titles {
		p.panes[i].title.SetText(title)
	}
}

// SetMessage shows text in the middle instead of the pictures, until it is set to "" or the next picture comes.
func (p *Picture) SetMessage(text string) {
	p.message.SetText(text)
	p.message.Hidden = text == ""
	for _, in := range p.panes {
		in.setHidden(text != "")
	}
	p.Refresh()
}

// SetBusy shows or hides a sign that the overlay is being computed. The pictures stay.
func (p *Picture) SetBusy(busy bool) {
	if busy {
		p.busy.Show()
		p.busy.Start()
	} else {
		p.busy.Stop()
		p.busy.Hide()
	}
}

// Fit shows the whole picture again.
func (p *Picture) Fit() {
	p.viewport.fit()
	p.viewportChanged()
}

// zoomBy zooms about the mouse, or about the middle where the mouse is elsewhere.
func (p *Picture) zoomBy(factor float64) {
	about := fyne.NewPos(p.viewport.pane.Width/2, p.viewport.pane.Height/2)
	if at, ok := p.toPane(p.mouse); ok && p.hovering {
		about = at
	}
	p.viewport.zoomAbout(about, factor)
	p.viewportChanged()
}

func (p *Picture) viewportChanged() {
	p.arrange()
	p.track()
}

// toPane turns a position in the widget into one in the pane it lies in.
func (p *Picture) toPane(at fyne.Position) (fyne.Position, bool) {
	for _, in := range p.panes {
		q := at.Subtract(in.frame.Position())
		if q.X >= 0 && q.Y >= 0 && q.X < p.viewport.pane.Width && q.Y < p.viewport.pane.Height {
			return q, true
		}
	}
	return fyne.Position{}, false
}

// arrange places the pictures in their panes.
func (p *Picture) arrange() {
	whole := p.viewport.bounds()
	visible := whole.inside(p.viewport.pane)
	density := 1.0
	if cv := fyne.CurrentApp().Driver().CanvasForObject(p); cv != nil {
		density = float64(cv.Scale())
	}

	mode := canvas.ImageScaleFastest
	if p.viewport.scale()*density >= sharpPixels {
		mode = canvas.ImageScalePixels
	}
	for _, in := range p.panes {
		in.show(visible)
		place(in.picture, p.picture, whole, visible, density, mode)
	}
	place(p.overlaid().heat, p.heat, whole, visible, density, canvas.ImageScaleFastest)
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
func (p *Picture) track() {
	var pixel image.Point
	at, inside := p.toPane(p.mouse)
	if inside = inside && p.hovering && p.message.Hidden; inside {
		pixel, inside = p.viewport.pixel(at)
	}
	if !inside {
		pixel = image.Point{}
	}
	visible := p.viewport.bounds().inside(p.viewport.pane)
	for _, in := range p.panes {
		in.mark(at.Subtract(visible.position()), inside)
	}

	changed := pixel != p.pixel || inside != p.inside || inside && p.stale
	p.pixel, p.inside, p.stale = pixel, inside, false
	if p.OnHover != nil && changed {
		p.OnHover(pixel.X, pixel.Y, inside)
	}
}
