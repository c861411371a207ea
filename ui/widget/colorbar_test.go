package widget

import (
	"image/color"
	"testing"

	"fyne.io/fyne/v2"
)

// thermal goes from blue over black to red.
func thermal(v float64) color.Color {
	return color.NRGBA{R: uint8(255 * max(2*v-1, 0)), B: uint8(255 * max(1-2*v, 0)), A: 255}
}

func newThermalBar() *ColorBar {
	b := NewColorBar()
	b.Set(thermal, "-0.31", "2.07")
	return b
}

func TestColorBarLooks(t *testing.T) {
	looks(t, "colorbar/filled", fyne.NewSize(240, 40), newThermalBar, nil)
	t.Run("empty", func(t *testing.T) {
		looks(t, "colorbar/empty", fyne.NewSize(240, 40), newThermalBar, func(b *ColorBar, _ fyne.Canvas) { b.Set(nil, "", "") })
	})
}

func TestColorBarRunsFromLowToHigh(t *testing.T) {
	b := newThermalBar()
	last := b.bar.Image.Bounds().Max.X - 1
	if got := b.bar.Image.At(0, 0); got != (color.RGBA{B: 255, A: 255}) {
		t.Errorf("the colour of 0 is %v", got)
	}
	if got := b.bar.Image.At(last, 0); got != (color.RGBA{R: 255, A: 255}) {
		t.Errorf("the colour of 1 is %v", got)
	}
}
