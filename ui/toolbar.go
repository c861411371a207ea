package ui

import (
	"path/filepath"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"

	"gaze/icon"
	"gaze/ui/state"
	"gaze/ui/widget"
)

// toolbar has what is done with pictures, and says where they are from.
type toolbar struct {
	window              *Window
	place               *fynewidget.Label
	save, analyse, more *fynewidget.Button
	object              fyne.CanvasObject
}

func newToolbar(w *Window) panel {
	t := &toolbar{window: w, place: fynewidget.NewLabel("")}
	t.place.Truncation = fyne.TextTruncateEllipsis
	t.save = fynewidget.NewButtonWithIcon(lang.L("Save comparison"), theme.DocumentSaveIcon(), w.saveComparison)
	t.save.Importance = fynewidget.HighImportance
	t.analyse = fynewidget.NewButtonWithIcon(lang.L("Analyse folder…"), theme.MediaPlayIcon(), w.analyseFolder)
	t.more = fynewidget.NewButtonWithIcon("", theme.MoreVerticalIcon(), t.showMenu)
	t.more.Importance = fynewidget.LowImportance
	t.object = container.NewPadded(container.NewBorder(nil, nil,
		container.NewHBox(
			fynewidget.NewButtonWithIcon(lang.L("Open folder"), theme.FolderOpenIcon(), w.chooseFolder),
			fynewidget.NewButtonWithIcon(lang.L("Open picture"), theme.FileImageIcon(), w.choosePicture),
		),
		container.NewHBox(t.analyse, t.save, t.more),
		t.place,
	))
	return t
}

// Object implements [panel].
func (t *toolbar) Object() fyne.CanvasObject { return t.object }

// Update implements [panel].
func (t *toolbar) Update(c state.Change) {
	s := t.window.session
	if c&(state.ChangedPictures|state.ChangedCurrent) != 0 {
		current, looking := s.Library.Current()
		switch {
		case !looking:
			t.place.SetText(breadcrumb(s.Library.Place))
		case s.Library.Place == "":
			t.place.SetText(lang.L("Sample pictures. Drop pictures or a folder of your own here."))
		default:
			t.place.SetText(breadcrumb(filepath.Dir(current.Path)))
		}
	}
	if c&(state.ChangedPictures|state.ChangedNetwork|state.ChangedAnalysis) != 0 {
		widget.Enable(t.analyse, s.Jobs.CanAnalyse())
	}
	if c&(state.ChangedMap|state.ChangedComparison|state.ChangedMode) != 0 {
		widget.Enable(t.save, t.window.mode().CanSave())
	}
}

// breadcrumb writes the last folders of a path: "… › amazon › images › mug".
func breadcrumb(path string) string {
	if path == "" {
		return ""
	}
	const shown = 3
	names := strings.FieldsFunc(path, func(r rune) bool { return r == filepath.Separator })
	text := strings.Join(names[max(0, len(names)-shown):], " › ")
	if len(names) > shown {
		text = "… › " + text
	}
	return text
}

// menu is what else there is to do.
func (t *toolbar) menu() *fyne.Menu {
	w := t.window
	var languages []*fyne.MenuItem
	for _, l := range w.design.catalogue.Languages() {
		item := fyne.NewMenuItem(l.Name, func() { w.changeLanguage(l.Code) })
		item.Checked = l.Code == w.language
		languages = append(languages, item)
	}
	language := fyne.NewMenuItem(lang.L("Language"), nil)
	language.ChildMenu = fyne.NewMenu("", languages...)
	return fyne.NewMenu("",
		fyne.NewMenuItem(lang.L("Sample pictures"), w.session.Library.OpenSamples),
		fyne.NewMenuItem(lang.L("Open weights…"), func() { w.chooseWeights("") }),
		language,
		fyne.NewMenuItemSeparator(),
		fyne.NewMenuItem(lang.L("About Gaze"), w.showAbout),
	)
}

func (t *toolbar) showMenu() {
	pop := fynewidget.NewPopUpMenu(t.menu(), t.window.window.Canvas())
	corner := t.window.app.Driver().AbsolutePositionForObject(t.more).Add(t.more.Size())
	pop.ShowAtPosition(corner.SubtractXY(pop.MinSize().Width, 0))
}

func (w *Window) changeLanguage(code string) {
	w.session.Settings.Language = code
	w.speak(code)
	w.remember()
}

func (w *Window) showAbout() {
	image := fynewidget.NewIcon(icon.Resource())
	name := fynewidget.NewLabelWithStyle(strings.TrimSpace(programName+" "+w.options.Version), fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
	text := fynewidget.NewLabel(lang.L("Shows where a convolutional network looks."))
	text.Wrapping = fyne.TextWrapWord
	d := dialog.NewCustom(lang.L("About Gaze"), lang.L("Close"),
		container.NewBorder(nil, nil, container.NewGridWrap(fyne.NewSize(64, 64), image), nil, container.NewVBox(name, text)), w.window)
	d.Resize(fyne.NewSize(440, 180))
	d.Show()
}
