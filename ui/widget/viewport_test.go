package widget

import (
	"image"
	"math"
	"testing"

	"fyne.io/fyne/v2"
)

func fitted(picture image.Point, pane fyne.Size) *viewport {
	v := &viewport{picture: picture, pane: pane}
	v.fit()
	return v
}

func TestViewportPixelAtCorners(t *testing.T) {
	type sample struct {
		at     fyne.Position
		pixel  image.Point
		inside bool
	}
	tests := []struct {
		name    string
		picture image.Point
		pane    fyne.Size
		samples []sample
	}{
		{"one to one", image.Pt(100, 50), fyne.NewSize(100, 50), []sample{
			{fyne.NewPos(0, 0), image.Pt(0, 0), true},
			{fyne.NewPos(99.5, 49.5), image.Pt(99, 49), true},
			{fyne.NewPos(100, 49.5), image.Pt(100, 49), false},
			{fyne.NewPos(99.5, 50), image.Pt(99, 50), false},
		}},
		{"bands above and below", image.Pt(100, 50), fyne.NewSize(200, 200), []sample{
			{fyne.NewPos(0, 49.9), image.Pt(0, -1), false},
			{fyne.NewPos(0, 50), image.Pt(0, 0), true},
			{fyne.NewPos(1.9, 51.9), image.Pt(0, 0), true},
			{fyne.NewPos(2, 52), image.Pt(1, 1), true},
			{fyne.NewPos(199.9, 149.9), image.Pt(99, 49), true},
			{fyne.NewPos(199.9, 150), image.Pt(99, 50), false},
		}},
		{"bands left and right", image.Pt(30, 60), fyne.NewSize(90, 60), []sample{
			{fyne.NewPos(29.9, 0), image.Pt(-1, 0), false},
			{fyne.NewPos(30, 0), image.Pt(0, 0), true},
			{fyne.NewPos(59.9, 59.9), image.Pt(29, 59), true},
			{fyne.NewPos(60, 0), image.Pt(30, 0), false},
		}},
		{"reduced", image.Pt(4000, 3000), fyne.NewSize(400, 300), []sample{
			{fyne.NewPos(0, 0), image.Pt(0, 0), true},
			{fyne.NewPos(200, 150), image.Pt(2000, 1500), true},
			{fyne.NewPos(399.95, 299.95), image.Pt(3999, 2999), true},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := fitted(tt.picture, tt.pane)
			for _, s := range tt.samples {
				if pixel, inside := v.pixel(s.at); pixel != s.pixel || inside != s.inside {
					t.Errorf("at %v: pixel %v, inside %v; want %v, %v", s.at, pixel, inside, s.pixel, s.inside)
				}
			}
		})
	}
}

func TestViewportZoomKeepsThePointUnderTheCursor(t *testing.T) {
	v := fitted(image.Pt(4000, 3000), fyne.NewSize(400, 300))
	at := fyne.NewPos(130, 220)
	x, y := v.at(at)
	for _, factor := range []float64{2, 3, 1.5, 0.5, 4, 0.3} {
		v.zoomAbout(at, factor)
		gotX, gotY := v.at(at)
		if math.Abs(gotX-x) > 1e-6 || math.Abs(gotY-y) > 1e-6 {
			t.Errorf("at zoom %v the point is (%v, %v), was (%v, %v)", v.zoom, gotX, gotY, x, y)
		}
	}
}

func TestViewportZoomLimits(t *testing.T) {
	v := fitted(image.Pt(400, 300), fyne.NewSize(400, 300))
	v.zoomAbout(fyne.NewPos(10, 10), 1e9)
	if v.zoom != maxZoom {
		t.Errorf("zoomed in to %v, want %v", v.zoom, maxZoom)
	}
	v.zoomAbout(fyne.NewPos(300, 200), 1e-9)
	if v.zoom != 1 || v.bounds() != (box{0, 0, 400, 300}) {
		t.Errorf("zoomed out to %v at %v, want the whole picture", v.zoom, v.bounds())
	}
}

func TestViewportLeavesNoGap(t *testing.T) {
	v := fitted(image.Pt(400, 100), fyne.NewSize(400, 300))
	v.zoomAbout(fyne.NewPos(200, 150), 2) // 800 wide, 200 high
	tests := []struct {
		dx, dy float64
		want   box
	}{
		{1e6, 1e6, box{0, 50, 800, 200}},
		{-1e6, -1e6, box{-400, 50, 800, 200}},
		{100, 30, box{-300, 50, 800, 200}},
	}
	for _, tt := range tests {
		if v.pan(tt.dx, tt.dy); v.bounds() != tt.want {
			t.Errorf("moved by (%v, %v): at %v, want %v", tt.dx, tt.dy, v.bounds(), tt.want)
		}
	}
}

func TestViewportWithoutPictureOrPane(t *testing.T) {
	for _, v := range []*viewport{{}, {pane: fyne.NewSize(100, 100)}, {picture: image.Pt(10, 10)}} {
		v.fit()
		v.zoomAbout(fyne.NewPos(1, 1), 2)
		v.pan(1, 1)
		if _, inside := v.pixel(fyne.NewPos(1, 1)); inside {
			t.Errorf("there is a pixel in %+v", v)
		}
		if b := v.bounds(); b.w != 0 || b.h != 0 {
			t.Errorf("bounds %v of nothing", b)
		}
	}
}
