package ui

import (
	"errors"
	"image"
	"io/fs"
	"os"
	"path/filepath"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/storage"
	"fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"

	"gaze/compute/heat"
	"gaze/models/store"
)

// dialogSize is what a dialog that lists files takes, where the window is
// large enough.
var dialogSize = fyne.NewSize(820, 560)

// pictureExtensions are the names that the file dialog shows. What is in a
// file is found out when it is read.
var pictureExtensions = []string{".jpg", ".jpeg", ".png", ".gif", ".bmp", ".tif", ".tiff", ".webp"}

func (w *Window) chooseFolder() {
	w.pickFolder(w.session.settings.Place, func(folder string) { w.session.openPaths([]string{folder}) })
}

func (w *Window) choosePicture() {
	w.pickFile(w.session.settings.Place, pictureExtensions, func(path string) { w.session.openPaths([]string{path}) })
}

// chooseWeights asks for a weights file and opens it as the named architecture,
// or with "" as the one that the file turns out to be.
func (w *Window) chooseWeights(architecture string) {
	start := w.session.settings.Place
	if file := w.session.settings.Network.Ref; filepath.IsAbs(file) {
		start = filepath.Dir(file)
	}
	w.pickFile(start, store.Extensions(), func(path string) {
		from := source{Ref: path}
		if architecture != "" {
			from = source{Ref: architecture, Weights: path}
		}
		w.session.openNetwork(from)
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

// saveComparison asks where to save the picture, its map and the overlay side
// by side, and saves it.
func (w *Window) saveComparison() {
	s := w.session
	if !s.canSave() {
		return
	}
	sheet, suggested := s.sheet()
	name := newField(suggested)
	folder := newFolderEntry(w, w.exports())
	d := dialog.NewForm(lang.L("Save comparison"), lang.L("Save"), lang.L("Cancel"), []*fynewidget.FormItem{
		fynewidget.NewFormItem(lang.L("Name"), name),
		fynewidget.NewFormItem(lang.L("In folder"), folder.object),
	}, func(ok bool) {
		if ok && name.Text != "" {
			w.save(sheet, filepath.Join(folder.entry.Text, heat.FileName(name.Text, maxName)), false)
		}
	}, w.window)
	submit := func(string) { d.Submit() }
	name.OnSubmitted, folder.entry.OnSubmitted = submit, submit
	name.escaped, folder.entry.escaped = d.Hide, d.Hide
	d.Resize(fyne.NewSize(620, 190))
	d.Show()
	w.window.Canvas().Focus(name)
	name.TypedShortcut(&fyne.ShortcutSelectAll{})
}

// exports is the folder that comparisons and results are suggested to go to.
func (w *Window) exports() string {
	s := w.session.settings
	for _, folder := range []string{s.Exports, s.Place} {
		if info, err := os.Stat(folder); err == nil && info.IsDir() {
			return folder
		}
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "."
	}
	return home
}

// save writes the sheet, asking before it takes the place of another file.
func (w *Window) save(sheet func() image.Image, path string, overwrite bool) {
	w.session.writes.Go(func() {
		err := write(sheet, path, overwrite)
		fyne.Do(func() {
			switch {
			case errors.Is(err, fs.ErrExist):
				w.askToReplace(path, func() { w.save(sheet, path, true) })
			case err != nil:
				w.showFailure(err)
			default:
				w.session.settings.Exports = filepath.Dir(path)
				w.session.settings.store(w.app.Preferences())
				w.session.say(lang.L("Saved {{.Path}}", map[string]any{"Path": path}))
			}
		})
	})
}

func write(sheet func() image.Image, path string, overwrite bool) error {
	if !overwrite {
		// Drawing the sheet takes time that a taken name makes useless.
		if _, err := os.Lstat(path); err == nil {
			return fs.ErrExist
		}
	}
	return heat.SavePNG(path, sheet(), overwrite)
}

func (w *Window) askToReplace(path string, replace func()) {
	d := dialog.NewConfirm(lang.L("Replace the file?"),
		lang.L("{{.Name}} is already there. Replacing it cannot be undone.", map[string]any{"Name": filepath.Base(path)}),
		func(yes bool) {
			if yes {
				replace()
			}
		}, w.window)
	d.SetConfirmText(lang.L("Replace"))
	d.SetDismissText(lang.L("Cancel"))
	d.Show()
}
