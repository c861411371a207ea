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
)

// toolbar has what is done with pictures, and says where they are from.
type toolbar struct {
	window              *Window
	place               *fynewidget.Label
	save, analyse, more *fynewidget.Button
	object              fyne.CanvasObject
}

func newToolbar(w *Window) *toolbar {
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

func (t *toolbar) update(c change) {
	s := t.window.session
	if c&(changedList|changedCurrent) != 0 {
		switch {
		case s.current < 0:
			t.place.SetText(breadcrumb(s.place))
		case s.place == "":
			t.place.SetText(lang.L("Sample pictures. Drop pictures or a folder of your own here."))
		default:
			t.place.SetText(breadcrumb(filepath.Dir(s.path())))
		}
	}
	if c&(changedList|changedNetwork|changedAnalysis) != 0 {
		enable(t.analyse, len(s.pictures) > 0 && s.engine != nil && s.analysis == nil)
	}
	if c&(changedView|changedBoard) != 0 {
		enable(t.save, s.canSave())
	}
}

func enable(d fyne.Disableable, enabled bool) {
	if enabled {
		d.Enable()
	} else {
		d.Disable()
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
	for _, l := range []struct{ code, name string }{{"en", "English"}, {"zh", "简体中文"}} {
		item := fyne.NewMenuItem(l.name, func() { w.changeLanguage(l.code) })
		item.Checked = l.code == w.language
		languages = append(languages, item)
	}
	language := fyne.NewMenuItem(lang.L("Language"), nil)
	language.ChildMenu = fyne.NewMenu("", languages...)
	return fyne.NewMenu("",
		fyne.NewMenuItem(lang.L("Sample pictures"), w.session.openSamples),
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
	w.session.settings.Language = code
	w.speak(code)
	w.session.settings.store(w.app.Preferences())
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
