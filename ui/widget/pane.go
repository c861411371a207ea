package widget

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	fynewidget "fyne.io/fyne/v2/widget"
)

// pane is a part of a [Picture]: a title above a frame in which the visible part of the picture is shown.
type pane struct {
	title   *fynewidget.Label
	frame   *canvas.Rectangle
	clip    *container.Clip // as large as the part of the picture on screen
	picture *canvas.Image
	heat    *canvas.Image // over the picture
	ring    [2]*canvas.Circle
	focus   *canvas.Rectangle // a line at the frame's upper edge, shown while the keyboard is here
}

const (
	ringSize    = 16 // diameter of the mark at the point under the mouse
	focusHeight = 2
)

func newPane(title string) *pane {
	p := &pane{
		title:   &fynewidget.Label{Text: title, Truncation: fyne.TextTruncateEllipsis},
		frame:   canvas.NewRectangle(color.Transparent),
		picture: &canvas.Image{},
		heat:    &canvas.Image{},
		// Dark around light is seen on every ground.
		ring: [2]*canvas.Circle{
			{StrokeColor: color.NRGBA{A: 150}, StrokeWidth: 4},
			{StrokeColor: color.NRGBA{R: 255, G: 255, B: 255, A: 255}, StrokeWidth: 2},
		},
		focus: canvas.NewRectangle(color.Transparent),
	}
	p.ring[0].Resize(fyne.NewSquareSize(ringSize + 2))
	p.ring[1].Resize(fyne.NewSquareSize(ringSize))
	p.picture.Hide()
	p.heat.Hide()
	p.mark(fyne.Position{}, false)
	p.clip = container.NewClip(container.NewWithoutLayout(p.picture, p.heat, p.ring[0], p.ring[1]))
	return p
}

func (p *pane) objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{p.title, p.frame, p.clip, p.focus}
}

func (p *pane) setHidden(hidden bool) {
	for _, o := range p.objects() {
		if hidden {
			o.Hide()
		} else {
			o.Show()
		}
	}
}

// layout places the pane at corner, keeping room free at the end of its title.
func (p *pane) layout(corner fyne.Position, size fyne.Size, title, room float32) {
	p.title.Move(corner)
	p.title.Resize(fyne.NewSize(size.Width-room, title))
	p.frame.Move(corner.AddXY(0, title))
	p.frame.Resize(size)
	p.focus.Move(corner.AddXY(0, max(title-focusHeight, 0)))
	p.focus.Resize(fyne.NewSize(size.Width, focusHeight))
}

// show makes the clip as large as the visible part of the picture, relative to the frame.
func (p *pane) show(visible box) {
	p.clip.Move(p.frame.Position().Add(visible.position()))
	p.clip.Resize(visible.size())
}

// mark shows the ring at a position relative to the clip, or hides it.
func (p *pane) mark(at fyne.Position, shown bool) {
	for _, r := range p.ring {
		d := r.Size().Width / 2
		r.Move(at.SubtractXY(d, d))
		r.Hidden = !shown
		canvas.Refresh(r)
	}
}
