package widget

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

func newInputChip() *Chip { return NewChip("Input guessed – check", nil) }

func TestChipLooks(t *testing.T) {
	size := fyne.NewSize(240, 44)
	looks(t, "chip/quiet", size, newInputChip, nil)
	looks(t, "chip/focused", size, newInputChip, func(c *Chip, cv fyne.Canvas) { cv.Focus(c) })
}

func TestChipIsTappedByMouseAndKeyboard(t *testing.T) {
	test.NewTempApp(t)
	c := newInputChip()
	w := test.NewTempWindow(t, c)
	taps := 0
	c.OnTapped = func() { taps++ }
	test.Tap(c)
	w.Canvas().FocusNext()
	if w.Canvas().Focused() != c {
		t.Fatal("the keyboard does not get there")
	}
	for _, key := range []fyne.KeyName{fyne.KeySpace, fyne.KeyReturn, fyne.KeyA} {
		c.TypedKey(&fyne.KeyEvent{Name: key})
	}
	if taps != 3 {
		t.Errorf("tapped %d times, want 3", taps)
	}
}
