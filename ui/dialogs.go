package ui

import (
	"net/url"
	"path/filepath"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/storage"
	"fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"

	"gaze/compute/picture"
	"gaze/models/store"
	"gaze/ui/state"
	"gaze/ui/words"
)

// dialogSize is what a dialog that lists files takes, where the window is
// large enough.
var dialogSize = fyne.NewSize(820, 560)

func (w *Window) chooseFolder() {
	w.pickFolder(w.session.Settings.Place, func(folder string) { w.session.Library.Open([]string{folder}) })
}

func (w *Window) choosePicture() {
	w.pickFile(w.session.Settings.Place, picture.Extensions(), func(path string) { w.session.Library.Open([]string{path}) })
}

// chooseWeights asks for a weights file and opens it as the named architecture,
// or with "" as the one that the file turns out to be.
func (w *Window) chooseWeights(architecture string) {
	start := w.session.Settings.Place
	if file := w.session.Settings.Network.Ref; filepath.IsAbs(file) {
		start = filepath.Dir(file)
	}
	w.pickFile(start, store.Extensions(), func(path string) {
		from := state.Source{Ref: path}
		if architecture != "" {
			from = state.Source{Ref: architecture, Weights: path}
		}
		w.session.Networks.Open(from)
	})
}

// pickFolder shows the folder dialog, beginning at start.
func (w *Window) pickFolder(start string, picked func(folder string)) {
	d := dialog.NewFolderOpen(func(folder fyne.ListableURI, err error) {
		switch {
		case err != nil:
			w.showFailure(err)
		case folder != nil:
			picked(filepath.FromSlash(folder.Path()))
		}
	}, w.window)
	w.showPicker(d, start)
}

// pickFile shows the file dialog, beginning at start, with the files of the
// given extensions.
func (w *Window) pickFile(start string, extensions []string, picked func(path string)) {
	d := dialog.NewFileOpen(func(file fyne.URIReadCloser, err error) {
		switch {
		case err != nil:
			w.showFailure(err)
		case file != nil:
			file.Close()
			picked(filepath.FromSlash(file.URI().Path()))
		}
	}, w.window)
	d.SetFilter(storage.NewExtensionFileFilter(extensions))
	w.showPicker(d, start)
}

func (w *Window) showPicker(d *dialog.FileDialog, start string) {
	if start != "" {
		if folder, err := storage.ListerForURI(storage.NewFileURI(start)); err == nil {
			d.SetLocation(folder)
		}
	}
	d.SetView(dialog.ListView)
	d.Show()
	d.Resize(dialogSize)
}

// field is an entry that Escape leaves.
type field struct {
	fynewidget.Entry
	escaped func()
}

func newField(text string) *field {
	f := &field{}
	f.ExtendBaseWidget(f)
	f.SetText(text)
	return f
}

// TypedKey implements [fyne.Focusable].
func (f *field) TypedKey(e *fyne.KeyEvent) {
	if e.Name == fyne.KeyEscape && f.escaped != nil {
		f.escaped()
		return
	}
	f.Entry.TypedKey(e)
}

// folderEntry is a field for a folder, to be typed or picked.
type folderEntry struct {
	entry  *field
	object fyne.CanvasObject
}

func newFolderEntry(w *Window, folder string) *folderEntry {
	f := &folderEntry{entry: newField(folder)}
	pick := fynewidget.NewButtonWithIcon("", theme.FolderOpenIcon(), func() { w.pickFolder(f.entry.Text, f.entry.SetText) })
	f.object = container.NewBorder(nil, nil, nil, pick, f.entry)
	return f
}

// showFailure tells of what could not be done.
func (w *Window) showFailure(err error) {
	text := fynewidget.NewLabel(words.Failure(err))
	text.Wrapping = fyne.TextWrapWord
	icon := fynewidget.NewIcon(theme.NewErrorThemedResource(theme.ErrorIcon()))
	d := dialog.NewCustom(lang.L("This did not work"), lang.L("OK"), container.NewBorder(nil, nil, icon, nil, text), w.window)
	d.Resize(fyne.NewSize(520, 180))
	d.Show()
}

// reveal shows a folder in the system's file manager.
func (w *Window) reveal(folder string) {
	if err := w.app.OpenURL(&url.URL{Scheme: "file", Path: filepath.ToSlash(folder)}); err != nil {
		w.showFailure(err)
	}
}
