// Package mode has the ways of looking at a picture and its maps, a file each.
//
// A mode shows the session's state and tells it what the user wants. It knows
// nothing of the other modes, nor of the window around it.
package mode

import (
	"image"

	"fyne.io/fyne/v2"

	"gaze/ui/state"
)

// Mode is a way of looking: the content of one of the window's tabs.
type Mode interface {
	// Name is what the session knows the mode by.
	Name() state.Mode
	// Title is what stands on the tab, in the window's language.
	Title() string
	// Object is what the tab shows.
	Object() fyne.CanvasObject
	// Update shows what is new of the session.
	Update(c state.Change)
	// CanSave reports whether there is something to save.
	CanSave() bool
	// Sheet returns what draws the sheet to be saved, to be called on any goroutine,
	// and a name for its file. It is asked for only where CanSave is true.
	Sheet() (draw func() image.Image, name string)
}

// New makes a mode of a session. It passes the keys that it has no use for to
// keys.
type New func(s *state.Session, keys func(*fyne.KeyEvent)) Mode
