package ui

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"

	"gaze/icon"
	"gaze/ui/widget"
)

// stage shows the picture beside its map, with what has to be said of them; or
// what to do while there is no picture.
type stage struct {
	window  *Window
	tabs    *container.AppTabs
	compare *widget.Picture
	board   *boardView
	welcome fyne.CanvasObject
	notice  *fynewidget.Label
	remarks *fyne.Container
	side    *fyne.Container
	object  *fyne.Container
}

func newStage(w *Window) *stage {
	s := &stage{window: w, notice: fynewidget.NewLabel("")}
	s.compare = widget.NewPicturePair(lang.L("Picture"), lang.L("Map"))
	s.compare.OnHover = func(x, y int, inside bool) { w.status.hover(x, y, inside) }
	s.compare.OnKey = w.typedKey
	s.notice.Wrapping, s.notice.SizeName = fyne.TextWrapWord, theme.SizeNameCaptionText
	s.remarks = container.NewBorder(nil, nil, fynewidget.NewIcon(theme.InfoIcon()), nil, s.notice)
	s.welcome = newWelcome(w)
	s.board = newBoardView(w)
	s.side = container.NewBorder(nil, s.remarks, nil, nil, s.compare)
	compare := container.NewTabItem(lang.L("Compare"), s.board.object)
	s.tabs = container.NewAppTabs(container.NewTabItem(lang.L("Side by side"), s.side), compare)
	if w.session.board.shown {
		s.tabs.Select(compare)
	}
	s.tabs.OnSelected = func(item *container.TabItem) { w.session.showBoard(item == compare) }
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
	samples := fynewidget.NewButtonWithIcon(lang.L("Sample pictures"), theme.GridIcon(), w.session.openSamples)
	return container.NewCenter(container.NewVBox(image, head, text, container.NewCenter(container.NewHBox(open, one, samples))))
}

func (s *stage) update(c change) {
	state := s.window.session
	if c&(changedList|changedCurrent) != 0 {
		show(s.welcome, state.current < 0)
		show(s.tabs, state.current >= 0)
	}
	if c&changedPhoto != 0 {
		s.updatePhoto()
	}
	if c&changedView != 0 {
		s.updateView()
	}
	if c&(changedWork|changedNetwork) != 0 {
		s.compare.SetBusy(state.current >= 0 && (state.working || state.opening != nil))
	}
	if c&changedOpacity != 0 {
		s.compare.SetOpacity(state.settings.Opacity)
	}
	s.board.update(c)
}

func show(o fyne.CanvasObject, visible bool) {
	if visible {
		o.Show()
	} else {
		o.Hide()
	}
}

func (s *stage) updatePhoto() {
	state := s.window.session
	switch {
	case state.photoError != nil:
		s.compare.SetPicture(nil)
		s.compare.SetMessage(lang.L("This picture could not be read: {{.Reason}}", map[string]any{"Reason": reason(state.photoError)}))
	case state.photo != nil:
		s.compare.SetPicture(state.photo.shown)
	default:
		s.compare.SetPicture(nil)
	}
}

func (s *stage) updateView() {
	state := s.window.session
	var remarks []string
	if v := state.view; v != nil {
		e := v.explanation
		s.compare.SetOverlay(v.overlay)
		s.compare.SetOpacity(state.settings.Opacity)
		// The end is cut off where there is no room; the controls name method and
		// layer again.
		class := e.Class.Label + " " + percent(float64(e.Class.Probability))
		s.compare.SetTitles(lang.L("Picture"), strings.Join([]string{class, e.Method.Title, e.Layer}, " · "))
		for _, n := range e.Notices {
			remarks = append(remarks, notice(n))
		}
	} else {
		s.compare.SetOverlay(nil)
		s.compare.SetTitles(lang.L("Picture"), lang.L("Map"))
	}
	if state.viewError != nil {
		remarks = append(remarks, lang.L("There is no map of this picture: {{.Reason}}", map[string]any{"Reason": failure(state.viewError)}))
	}
	s.notice.SetText(strings.Join(remarks, "\n"))
	show(s.remarks, len(remarks) > 0)
	// How high a text is shows once it was given its width: laid out twice.
	s.side.Refresh()
	s.side.Layout.Layout(s.side.Objects, s.side.Size())
}
