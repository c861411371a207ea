package widget

import (
	"bytes"
	"image"
	"image/color"
	"testing"

	"fyne.io/fyne/v2"
)

func TestHalve(t *testing.T) {
	grey := func(w int, values ...uint8) *image.RGBA {
		img := image.NewRGBA(image.Rect(0, 0, w, len(values)/w))
		for i, v := range values {
			img.SetRGBA(i%w, i/w, color.RGBA{v, v / 2, 255 - v, 255})
		}
		return img
	}
	tests := []struct {
		name string
		in   *image.RGBA
		want *image.RGBA
	}{
		{"even", grey(4, 0, 40, 80, 80, 40, 80, 80, 80), grey(2, 40, 80)},
		{"odd width", grey(3, 0, 40, 100, 40, 80, 200), grey(2, 40, 150)},
		{"odd height", grey(2, 0, 40, 40, 80, 20, 60), grey(1, 40, 40)},
		{"one pixel", grey(1, 70), grey(1, 70)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := halve(tt.in)
			if got.Rect != tt.want.Rect || !bytes.Equal(got.Pix, tt.want.Pix) {
				t.Errorf("got %v %v\nwant %v %v", got.Rect, got.Pix, tt.want.Rect, tt.want.Pix)
			}
		})
	}
}

func TestPyramidLevels(t *testing.T) {
	p := newPyramid(image.NewYCbCr(image.Rect(3, 5, 1003, 305), image.YCbCrSubsampleRatio420))
	want := []image.Point{{1000, 300}, {500, 150}, {250, 75}, {125, 38}}
	if len(p.levels) != len(want) {
		t.Fatalf("%d levels, want %d", len(p.levels), len(want))
	}
	for i, l := range p.levels {
		if l.Rect.Size() != want[i] {
			t.Errorf("level %d is %v, want %v", i, l.Rect.Size(), want[i])
		}
	}
}

func TestPyramidSharesPixels(t *testing.T) {
	rgba := landscape(200, 100)
	opaque := &image.NRGBA{Pix: rgba.Pix, Stride: rgba.Stride, Rect: rgba.Rect}
	for _, img := range []image.Image{rgba, opaque} {
		if p := newPyramid(img); &p.levels[0].Pix[0] != &rgba.Pix[0] {
			t.Errorf("the pixels of an opaque %T were copied", img)
		}
	}
	p := newPyramid(rgba)
	if newPyramid(p) != p {
		t.Error("a pyramid was built on a pyramid")
	}
}

func TestPyramidConverts(t *testing.T) {
	translucent := image.NewNRGBA(image.Rect(-1, -1, 3, 2))
	translucent.Set(0, 1, color.NRGBA{200, 100, 51, 128})
	translucent.Set(1, 1, color.NRGBA{200, 100, 51, 255})
	grey := image.NewGray(image.Rect(-1, -1, 3, 2))
	grey.Set(0, 1, color.Gray{77})
	tests := []struct {
		name  string
		in    image.Image
		first color.RGBA // at (0, 1) of the image
		next  color.RGBA
	}{
		{"translucent", translucent, color.RGBA{100, 50, 26, 128}, color.RGBA{200, 100, 51, 255}},
		// The rows of a part are not contiguous.
		{"part", translucent.SubImage(image.Rect(0, 1, 2, 2)), color.RGBA{100, 50, 26, 128}, color.RGBA{200, 100, 51, 255}},
		{"grey", grey, color.RGBA{77, 77, 77, 255}, color.RGBA{0, 0, 0, 255}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := newPyramid(tt.in)
			at := image.Pt(0, 1).Sub(tt.in.Bounds().Min)
			if got := p.At(at.X, at.Y); got != tt.first {
				t.Errorf("got %v, want %v", got, tt.first)
			}
			if got := p.At(at.X+1, at.Y); got != tt.next {
				t.Errorf("beside it: got %v, want %v", got, tt.next)
			}
		})
	}
}

func TestPrepareWithoutPixels(t *testing.T) {
	if Prepare(nil) != nil || Prepare(image.NewRGBA(image.Rectangle{})) != nil {
		t.Error("an image without pixels is not nil")
	}
}

func TestTileCoversThePaneAtTheResolutionOfTheScreen(t *testing.T) {
	picture := newPyramid(landscape(1000, 700))
	for _, pane := range []fyne.Size{fyne.NewSize(300, 200), fyne.NewSize(77, 400)} {
		for _, density := range []float64{1, 2} {
			for _, zoom := range []float64{1, 1.3, 2.7, 10, maxZoom} {
				v := fitted(picture.Bounds().Size(), pane)
				v.zoomAbout(fyne.NewPos(pane.Width/3, pane.Height/2), zoom)
				whole := v.bounds()
				visible := whole.inside(pane)
				tl := &tile{from: picture}
				at := tl.cover(whole, visible, density)

				const tiny = 1e-6
				if at.x > visible.x+tiny || at.y > visible.y+tiny ||
					at.x+at.w < visible.x+visible.w-tiny || at.y+at.h < visible.y+visible.h-tiny {
					t.Errorf("pane %v, zoom %v: the tile at %v does not cover %v", pane, zoom, at, visible)
				}
				// A level pixel is between half and one pixel of the screen wide, unless the picture has none so small or so large.
				onScreen := at.w / float64(tl.image.Rect.Dx()) * density
				if onScreen > 1+tiny && tl.level > 0 || onScreen <= 0.5 && tl.level < len(picture.levels)-1 {
					t.Errorf("pane %v, zoom %v: pixels of level %d are %v pixels of the screen wide", pane, zoom, tl.level, onScreen)
				}
				if limit := 16 * int(float64(pane.Width*pane.Height)*density*density); zoom > 3 && len(tl.image.Pix)/4 > limit {
					t.Errorf("pane %v, zoom %v: the tile has %d pixels", pane, zoom, len(tl.image.Pix)/4)
				}
			}
		}
	}
}

func TestTileIsKeptForSmallMoves(t *testing.T) {
	v := fitted(image.Pt(1000, 700), fyne.NewSize(300, 200))
	v.zoomAbout(fyne.NewPos(150, 100), 8)
	tl := newTile(landscape(1000, 700))
	tl.cover(v.bounds(), v.bounds().inside(v.pane), 1)
	before := tl.image
	v.pan(20, -10)
	tl.cover(v.bounds(), v.bounds().inside(v.pane), 1)
	if tl.image != before {
		t.Error("a small move made a new tile")
	}
	v.pan(600, 0)
	tl.cover(v.bounds(), v.bounds().inside(v.pane), 1)
	if tl.image == before {
		t.Error("a large move kept the tile")
	}
}
