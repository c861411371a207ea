package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
)

func (w *Window) addShortcuts() {
	canvas := w.window.Canvas()
	for key, do := range map[fyne.KeyName]func(){
		fyne.KeyO: func() { w.chooseFolder() },
		fyne.KeyS: func() { w.saveComparison() },
		fyne.KeyQ: func() { w.close() },
	} {
		canvas.AddShortcut(&desktop.CustomShortcut{KeyName: key, Modifier: fyne.KeyModifierShortcutDefault}, func(fyne.Shortcut) {
			// What a dialog asks comes first; leaving is always possible.
			if key == fyne.KeyQ || canvas.Overlays().Top() == nil {
				do()
			}
		})
	}
	canvas.SetOnTypedKey(w.typedKey)
}

// typedKey does what a key means that no widget has a use for: Escape leaves a
// dialog, others choose another picture.
func (w *Window) typedKey(e *fyne.KeyEvent) {
	overlays := w.window.Canvas().Overlays()
	if top := overlays.Top(); top != nil {
		if e.Name == fyne.KeyEscape {
			if w.editor != nil && top == w.editor.overlay {
				w.editor.cancel()
				return
			}
			// A dialog that is only hidden would still take all input.
			overlays.Remove(top)
		}
		return
	}
	library := w.session.Library
	switch e.Name {
	case fyne.KeyUp, fyne.KeyLeft, fyne.KeyPageUp:
		library.Step(-1)
	case fyne.KeyDown, fyne.KeyRight, fyne.KeyPageDown:
		library.Step(1)
	case fyne.KeyHome:
		library.Step(-len(library.Pictures()))
	case fyne.KeyEnd:
		library.Step(len(library.Pictures()))
	}
}
