package widget

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"
)

// NewCaption returns a label in the small, faint type of remarks.
func NewCaption(text string) *fynewidget.Label {
	l := fynewidget.NewLabel(text)
	l.SizeName = theme.SizeNameCaptionText
	l.Importance = fynewidget.LowImportance
	l.Truncation = fyne.TextTruncateEllipsis
	return l
}

// NewHeading returns the name of a group of controls.
func NewHeading(text string) *fynewidget.Label {
	return fynewidget.NewLabelWithStyle(text, fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
}

// Show shows an object or hides it.
func Show(o fyne.CanvasObject, visible bool) {
	if visible {
		o.Show()
	} else {
		o.Hide()
	}
}

// Enable lets the user use a widget, or not.
func Enable(d fyne.Disableable, enabled bool) {
	if enabled {
		d.Enable()
	} else {
		d.Disable()
	}
}
