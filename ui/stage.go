package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"

	"gaze/icon"
	"gaze/ui/state"
	"gaze/ui/widget"
)

// stage has a tab for each way of looking; or what to do while there is no
// picture.
type stage struct {
	window  *Window
	tabs    *container.AppTabs
	welcome fyne.CanvasObject
	object  *fyne.Container
}

func newStage(w *Window) panel {
	s := &stage{window: w, tabs: container.NewAppTabs(), welcome: newWelcome(w)}
	for _, m := range w.modes {
		s.tabs.Append(container.NewTabItem(m.Title(), m.Object()))
	}
	s.tabs.SelectIndex(w.modeIndex())
	s.tabs.OnSelected = func(*container.TabItem) { w.session.SetMode(w.modes[s.tabs.SelectedIndex()].Name()) }
	s.object = container.NewStack(s.tabs, s.welcome)
	return s
}

// newWelcome is what stands in the middle before there is a picture.
func newWelcome(w *Window) fyne.CanvasObject {
	image := canvas.NewImageFromResource(icon.Resource())
	image.FillMode = canvas.ImageFillContain
	image.SetMinSize(fyne.NewSize(96, 96))
	head := fynewidget.NewLabelWithStyle(lang.L("Drop pictures or a folder here"), fyne.TextAlignCenter, fyne.TextStyle{Bold: true})
	head.SizeName = theme.SizeNameSubHeadingText
	text := fynewidget.NewLabelWithStyle(lang.L("See each picture beside a map of where the network looks."), fyne.TextAlignCenter, fyne.TextStyle{})
	text.Importance = fynewidget.LowImportance
	open := fynewidget.NewButtonWithIcon(lang.L("Open folder"), theme.FolderOpenIcon(), w.chooseFolder)
	open.Importance = fynewidget.HighImportance
	one := fynewidget.NewButtonWithIcon(lang.L("Open picture"), theme.FileImageIcon(), w.choosePicture)
	samples := fynewidget.NewButtonWithIcon(lang.L("Sample pictures"), theme.GridIcon(), w.session.Library.OpenSamples)
	return container.NewCenter(container.NewVBox(image, head, text, container.NewCenter(container.NewHBox(open, one, samples))))
}

// Object implements [panel].
func (s *stage) Object() fyne.CanvasObject { return s.object }

// Update implements [panel].
func (s *stage) Update(c state.Change) {
	if c&(state.ChangedPictures|state.ChangedCurrent) != 0 {
		_, looking := s.window.session.Library.Current()
		widget.Show(s.welcome, !looking)
		widget.Show(s.tabs, looking)
	}
	for _, m := range s.window.modes {
		m.Update(c)
	}
	if c&state.ChangedMode != 0 {
		s.tabs.SelectIndex(s.window.modeIndex())
	}
}
