// Package widget has the widgets Gaze is made of beyond those of Fyne: the picture under its map, zoomed and moved, the list of
// thumbnails, the searchable selector, the ranking of classes, a slider that names itself and the bar that explains the colours.
//
// The widgets know nothing of networks and hold no words of any language: every text comes from the caller. All methods belong to
// the UI goroutine. Methods whose name begins with Set change what is shown and never call back; what the user does, and
// [Gallery.Select], calls back. An index of -1 always means none.
package widget
