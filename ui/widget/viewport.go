package widget

import (
	"image"
	"math"

	"fyne.io/fyne/v2"
)

// maxZoom is how many times larger than fitted a picture can be shown.
const maxZoom = 40

// viewport says which part of a picture a pane shows. Picture coordinates are pixels from the top left corner, pane coordinates are canvas
// units from the top left corner of the pane.
type viewport struct {
	picture image.Point // size in pixels
	pane    fyne.Size
	zoom    float64 // 1 shows the whole picture
	x, y    float64 // the picture coordinates in the middle of the pane
}

// fit shows the whole picture.
func (v *viewport) fit() {
	v.zoom = 1
	v.clamp()
}

// resize changes the pane and keeps zoom and middle.
func (v *viewport) resize(pane fyne.Size) {
	v.pane = pane
	v.clamp()
}

// scale returns the canvas units a pixel is wide, 0 if there is nothing to show.
func (v *viewport) scale() float64 {
	if v.picture.X <= 0 || v.picture.Y <= 0 {
		return 0
	}
	return v.zoom * min(float64(v.pane.Width)/float64(v.picture.X), float64(v.pane.Height)/float64(v.picture.Y))
}

// bounds returns where the whole picture lies in the pane, reaching beyond it where zoomed.
func (v *viewport) bounds() box {
	s := v.scale()
	return box{
		x: float64(v.pane.Width)/2 - v.x*s,
		y: float64(v.pane.Height)/2 - v.y*s,
		w: float64(v.picture.X) * s,
		h: float64(v.picture.Y) * s,
	}
}

// at returns the picture coordinates at p.
func (v *viewport) at(p fyne.Position) (x, y float64) {
	s, b := v.scale(), v.bounds()
	if s == 0 {
		return 0, 0
	}
	return (float64(p.X) - b.x) / s, (float64(p.Y) - b.y) / s
}

// pixel returns the pixel at p and whether there is one.
func (v *viewport) pixel(p fyne.Position) (image.Point, bool) {
	x, y := v.at(p)
	at := image.Pt(int(math.Floor(x)), int(math.Floor(y)))
	inPane := p.X >= 0 && p.Y >= 0 && p.X < v.pane.Width && p.Y < v.pane.Height
	return at, inPane && v.scale() > 0 && at.In(image.Rectangle{Max: v.picture})
}

// zoomAbout multiplies the zoom, within its limits, so that the picture stays where it is at p as far as its edges allow.
func (v *viewport) zoomAbout(p fyne.Position, factor float64) {
	x, y := v.at(p)
	v.zoom = min(max(v.zoom*factor, 1), maxZoom)
	s := v.scale()
	if s == 0 {
		return
	}
	v.x = x + (float64(v.pane.Width)/2-float64(p.X))/s
	v.y = y + (float64(v.pane.Height)/2-float64(p.Y))/s
	v.clamp()
}

// pan moves the picture by canvas units, as far as its edges allow.
func (v *viewport) pan(dx, dy float64) {
	s := v.scale()
	if s == 0 {
		return
	}
	v.x -= dx / s
	v.y -= dy / s
	v.clamp()
}

// clamp centres the picture along an axis where it is smaller than the pane, and lets it leave no gap where it is larger.
func (v *viewport) clamp() {
	s := v.scale()
	if s == 0 {
		return
	}
	axis := func(middle, length, pane float64) float64 {
		half := pane / s / 2
		if half >= length/2 {
			return length / 2
		}
		return min(max(middle, half), length-half)
	}
	v.x = axis(v.x, float64(v.picture.X), float64(v.pane.Width))
	v.y = axis(v.y, float64(v.picture.Y), float64(v.pane.Height))
}

// box is a rectangle in canvas units, in the precision that a picture magnified far beyond its pane needs.
type box struct{ x, y, w, h float64 }

// inside returns the part of b within a pane of the given size.
func (b box) inside(pane fyne.Size) box {
	x0, y0 := max(b.x, 0), max(b.y, 0)
	x1, y1 := min(b.x+b.w, float64(pane.Width)), min(b.y+b.h, float64(pane.Height))
	return box{x0, y0, max(x1-x0, 0), max(y1-y0, 0)}
}

func (b box) position() fyne.Position { return fyne.NewPos(float32(b.x), float32(b.y)) }

func (b box) size() fyne.Size { return fyne.NewSize(float32(b.w), float32(b.h)) }
