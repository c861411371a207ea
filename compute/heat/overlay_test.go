package heat_test

import (
	"image"
	"image/color"
	"image/draw"
	"testing"

	"gaze/compute/cam"
	"gaze/compute/heat"
)

func filled(r image.Rectangle, c color.Color) *image.NRGBA {
	img := image.NewNRGBA(r)
	draw.Draw(img, r, image.NewUniform(c), image.Point{}, draw.Src)
	return img
}

func TestBlendMixesInsideTheFrameOnly(t *testing.T) {
	original := filled(image.Rect(0, 0, 4, 2), color.NRGBA{100, 100, 100, 255})
	frame := image.Rect(1, 0, 3, 2)
	grey := mustColormap(t, "grey")
	m := row(0.5, 1)
	for _, c := range []struct {
		opacity float64
		// want is one channel of a row: original, 0.5 -> 128, 1 -> 255, original.
		want [4]uint8
	}{
		{0, [4]uint8{100, 100, 100, 100}},
		{0.25, [4]uint8{100, 107, 139, 100}},
		{0.5, [4]uint8{100, 114, 178, 100}},
		{1, [4]uint8{100, 128, 255, 100}},
		{-1, [4]uint8{100, 100, 100, 100}},
		{9, [4]uint8{100, 128, 255, 100}},
		{float64(nan), [4]uint8{100, 100, 100, 100}},
	} {
		got := heat.Blend(original, frame, m, grey, c.opacity)
		for y := range 2 {
			for x, v := range c.want {
				if p, want := got.NRGBAAt(x, y), (color.NRGBA{v, v, v, 255}); p != want {
					t.Errorf("opacity %v: pixel (%d, %d) is %v, want %v", c.opacity, x, y, p, want)
				}
			}
		}
	}
	if p := original.NRGBAAt(1, 1); p.R != 100 {
		t.Errorf("the original was painted over with %v", p)
	}
}

func TestBlendKeepsBoundsThatDoNotBeginAtZero(t *testing.T) {
	whole := filled(image.Rect(0, 0, 9, 9), color.Black)
	part := whole.SubImage(image.Rect(3, 4, 7, 8))
	got := heat.Blend(part, image.Rect(5, 4, 7, 8), row(1), mustColormap(t, "grey"), 1)
	if got.Bounds() != part.Bounds() {
		t.Fatalf("bounds are %v, want %v", got.Bounds(), part.Bounds())
	}
	if l, r := got.NRGBAAt(4, 4).R, got.NRGBAAt(5, 4).R; l != 0 || r != 255 {
		t.Errorf("left and right of the frame's edge are %d and %d, want 0 and 255", l, r)
	}
}

func TestBlendTakesAnyImage(t *testing.T) {
	frame := image.Rect(0, 0, 2, 2)
	for _, original := range []image.Image{
		image.NewGray(frame), image.NewYCbCr(frame, image.YCbCrSubsampleRatio420), image.NewRGBA64(frame), image.NewPaletted(frame, color.Palette{color.Black}),
	} {
		if got := heat.Blend(original, frame, row(1), mustColormap(t, "grey"), 1).NRGBAAt(1, 1).R; got != 255 {
			t.Errorf("%T: blended pixel is %d, want 255", original, got)
		}
	}
}

func TestEmptyMapsAreNotColoured(t *testing.T) {
	bounds := image.Rect(0, 0, 6, 6)
	original := filled(bounds, color.NRGBA{10, 20, 30, 255})
	for name, m := range map[string]cam.Map{
		"negative": row(-1, -2), "zero": row(0, 0), "no numbers": row(nan, inf), "none": {}, "broken": {Height: 3, Width: 3},
	} {
		if a := heat.Overlay(bounds, bounds, m, heat.Colormap{}).NRGBAAt(3, 3).A; a != 0 {
			t.Errorf("%s: overlay's alpha is %d, want 0", name, a)
		}
		if p := heat.Blend(original, bounds, m, heat.Colormap{}, 1).NRGBAAt(3, 3); p != original.NRGBAAt(3, 3) {
			t.Errorf("%s: blended pixel is %v, want the original's", name, p)
		}
	}
}

func TestOverlayCoversTheFrame(t *testing.T) {
	for _, c := range []struct {
		name            string
		original, frame image.Rectangle
		size            image.Point
		// drawn is where the overlay is opaque.
		drawn image.Rectangle
	}{
		{"small pictures keep their size", image.Rect(0, 0, 30, 20), image.Rect(5, 0, 25, 20), image.Pt(30, 20), image.Rect(5, 0, 25, 20)},
		{"large ones are halved", image.Rect(0, 0, 4096, 2048), image.Rect(1024, 0, 3072, 2048), image.Pt(2048, 1024), image.Rect(512, 0, 1536, 1024)},
		{"flat ones keep a row", image.Rect(0, 0, 100000, 3), image.Rect(0, 0, 100000, 3), image.Pt(2048, 1), image.Rect(0, 0, 2048, 1)},
		{"frames are cut to the picture", image.Rect(0, 0, 10, 10), image.Rect(-5, -5, 5, 5), image.Pt(10, 10), image.Rect(0, 0, 5, 5)},
		{"frames outside draw nothing", image.Rect(0, 0, 10, 10), image.Rect(20, 0, 30, 10), image.Pt(10, 10), image.Rectangle{}},
		{"no frame draws nothing", image.Rect(0, 0, 10, 10), image.Rectangle{}, image.Pt(10, 10), image.Rectangle{}},
		{"no picture draws nothing", image.Rectangle{}, image.Rectangle{}, image.Point{}, image.Rectangle{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := heat.Overlay(c.original, c.frame, row(1), heat.Colormap{})
			if got.Rect != (image.Rectangle{Max: c.size}) {
				t.Fatalf("bounds are %v, want size %v", got.Rect, c.size)
			}
			var drawn image.Rectangle
			for y := range c.size.Y {
				for x := range c.size.X {
					if got.NRGBAAt(x, y).A != 0 {
						drawn = drawn.Union(image.Rect(x, y, x+1, y+1))
					}
				}
			}
			if drawn != c.drawn {
				t.Errorf("drawn is %v, want %v", drawn, c.drawn)
			}
		})
	}
}

var photograph = image.Rect(0, 0, 4000, 3000)

func BenchmarkOverlay(b *testing.B) {
	m := hill(14, 14, 1)
	for b.Loop() {
		heat.Overlay(photograph, centred(4000, 3000), m, heat.Colormap{})
	}
}

func BenchmarkBlend(b *testing.B) {
	m, original := hill(14, 14, 1), image.NewNRGBA(photograph)
	for b.Loop() {
		heat.Blend(original, centred(4000, 3000), m, heat.Colormap{}, 0.5)
	}
}

func BenchmarkSheet(b *testing.B) {
	c := comparison(1200, 900)
	for b.Loop() {
		heat.Sheet(c)
	}
}
