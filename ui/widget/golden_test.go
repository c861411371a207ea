package widget

import (
	"image"
	"image/color"
	"math"
	"path/filepath"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"

	"gaze/compute/output/golden"
)

// variant is Fyne's default theme in one of its two variants.
type variant struct {
	fyne.Theme
	of fyne.ThemeVariant
}

func (v *variant) Color(name fyne.ThemeColorName, _ fyne.ThemeVariant) color.Color {
	return v.Theme.Color(name, v.of)
}

// looks compares what build returns, in the light and in the dark theme, with testdata/NAME-light.png and testdata/NAME-dark.png. With
// GAZE_GOLDEN=update in the environment it writes them instead. act, if not nil, is called when the widget is on screen. The theme is
// switched to the one meant only then, so that nothing keeps the colours it was built with.
func looks[W fyne.CanvasObject](t *testing.T, name string, size fyne.Size, build func() W, act func(w W, c fyne.Canvas)) {
	t.Helper()
	light, dark := &variant{theme.DefaultTheme(), theme.VariantLight}, &variant{theme.DefaultTheme(), theme.VariantDark}
	for suffix, themes := range map[string]struct{ before, after *variant }{"light": {dark, light}, "dark": {light, dark}} {
		t.Run(suffix, func(t *testing.T) {
			settings := test.NewTempApp(t).Settings()
			settings.SetTheme(themes.before)
			w := build()
			window := test.NewWindow(w)
			defer window.Close()
			window.Resize(size)
			if act != nil {
				act(w, window.Canvas())
			}
			settings.SetTheme(themes.after)
			file := name + "-" + suffix + ".png"
			if golden.Update() {
				golden.WritePNG(t, filepath.Join("testdata", file), window.Canvas().Capture())
				return
			}
			test.AssertImageMatches(t, file, window.Canvas().Capture())
		})
	}
}

// landscape returns a picture with a sky, a hill and a sun, fine enough to show how it is resampled.
func landscape(w, h int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			u, v := float64(x)/float64(w), float64(y)/float64(h)
			c := color.RGBA{R: uint8(90 + 120*v), G: uint8(150 + 70*v), B: 230, A: 255}
			if math.Hypot((u-0.7)*float64(w)/float64(h), v-0.3) < 0.12 {
				c = color.RGBA{R: 255, G: 230, B: 140, A: 255}
			}
			if v > 0.7-0.15*math.Sin(3*u) {
				shade := uint8(20 * ((x/4 + y/4) % 2))
				c = color.RGBA{R: 50 + shade, G: 110 + shade, B: 60 + shade, A: 255}
			}
			img.SetRGBA(x, y, c)
		}
	}
	return img
}

// spot returns a map of n by n cells, hot in the middle of the sun of landscape and transparent far from it.
func spot(n int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, n, n))
	for y := range n {
		for x := range n {
			u, v := (float64(x)+0.5)/float64(n)-0.7, (float64(y)+0.5)/float64(n)-0.3
			heat := math.Exp(-12 * (u*u + v*v))
			img.Set(x, y, color.NRGBA{R: uint8(255 * heat), G: uint8(255 * heat * (1 - heat)), B: uint8(200 * (1 - heat)), A: uint8(255 * math.Sqrt(heat))})
		}
	}
	return img
}

// atTop returns o with room below it.
func atTop(o fyne.CanvasObject) fyne.CanvasObject {
	return container.NewBorder(o, nil, nil, nil)
}
