package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"
)

// placed is an object with its place in the window.
type placed[T fyne.CanvasObject] struct {
	object T
	at     fyne.Position
}

// visible lists the objects of a type that are drawn in a tree.
func visible[T fyne.CanvasObject](root fyne.CanvasObject) []placed[T] {
	var found []placed[T]
	var walk func(o fyne.CanvasObject, at fyne.Position)
	walk = func(o fyne.CanvasObject, at fyne.Position) {
		if !o.Visible() {
			return
		}
		if wanted, ok := o.(T); ok {
			found = append(found, placed[T]{wanted, at})
		}
		var children []fyne.CanvasObject
		switch o := o.(type) {
		case *fyne.Container:
			children = o.Objects
		case fyne.Widget:
			children = test.WidgetRenderer(o).Objects()
		}
		for _, child := range children {
			walk(child, at.Add(child.Position()))
		}
	}
	walk(root, fyne.CurrentApp().Driver().AbsolutePositionForObject(root))
	return found
}

// texts are all that can be read in a tree.
func texts(root fyne.CanvasObject) []string {
	var texts []string
	for _, text := range visible[*canvas.Text](root) {
		texts = append(texts, text.object.Text)
	}
	return texts
}

// title is the title of a dialog: its uppermost text, in bold. Without one it is
// empty.
func title(dialog fyne.CanvasObject) string {
	var first placed[*canvas.Text]
	for _, text := range visible[*canvas.Text](dialog) {
		if text.object.Text != "" && (first.object == nil || text.at.Y < first.at.Y) {
			first = text
		}
	}
	if first.object == nil || !first.object.TextStyle.Bold {
		return ""
	}
	return first.object.Text
}
