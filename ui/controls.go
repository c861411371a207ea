package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"

	"gaze/ui/widget"
)

// controlsWidth is the width of the column at the right in Fyne's units.
const controlsWidth = 300

// named is a control beside its name, which has as much room as the widest of
// several names needs, so that their controls begin below one another.
func named(name string, control fyne.CanvasObject, names ...string) fyne.CanvasObject {
	width := float32(0)
	for _, n := range names {
		width = max(width, widget.NewHeading(n).MinSize().Width)
	}
	return container.New(beside(width), widget.NewHeading(name), control)
}

// mainNames are the names that stand beside controls which are always seen.
func mainNames() []string { return []string{lang.L("Method"), lang.L("Colours")} }

// beside lays out two objects beside each other, the first at this width.
type beside float32

func (w beside) MinSize(objects []fyne.CanvasObject) fyne.Size {
	a, b := objects[0].MinSize(), objects[1].MinSize()
	return fyne.NewSize(float32(w)+theme.Padding()+b.Width, max(a.Height, b.Height))
}

func (w beside) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	x := float32(w) + theme.Padding()
	objects[0].Move(fyne.Position{})
	objects[0].Resize(fyne.NewSize(float32(w), size.Height))
	objects[1].Move(fyne.NewPos(x, 0))
	objects[1].Resize(fyne.NewSize(size.Width-x, size.Height))
}

// fixedWidth lays its objects over each other at this width, however little
// they would need.
type fixedWidth float32

func (w fixedWidth) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(float32(w), layout.NewStackLayout().MinSize(objects).Height)
}

func (w fixedWidth) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	layout.NewStackLayout().Layout(objects, size)
}
