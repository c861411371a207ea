package ui

import (
	"errors"
	"image"
	"io/fs"
	"os"
	"path/filepath"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/lang"
	fynewidget "fyne.io/fyne/v2/widget"

	"gaze/compute/output"
	"gaze/ui/state"
)

// saveComparison asks where to save the sheet of the way of looking, and saves
// it.
func (w *Window) saveComparison() {
	if !w.mode().CanSave() {
		return
	}
	sheet, suggested := w.mode().Sheet()
	name := newField(suggested)
	folder := newFolderEntry(w, w.exports())
	d := dialog.NewForm(lang.L("Save comparison"), lang.L("Save"), lang.L("Cancel"), []*fynewidget.FormItem{
		fynewidget.NewFormItem(lang.L("Name"), name),
		fynewidget.NewFormItem(lang.L("In folder"), folder.object),
	}, func(ok bool) {
		if ok && name.Text != "" {
			w.save(sheet, filepath.Join(folder.entry.Text, output.FileName(name.Text, state.MaxName)), false)
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
	s := w.session.Settings
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
	w.session.Jobs.Save(func() error { return write(sheet, path, overwrite) }, func(err error) {
		switch {
		case errors.Is(err, fs.ErrExist):
			w.askToReplace(path, func() { w.save(sheet, path, true) })
		case err != nil:
			w.showFailure(err)
		default:
			w.session.Settings.Exports = filepath.Dir(path)
			w.remember()
			w.session.View.Say(lang.L("Saved {{.Path}}", map[string]any{"Path": path}))
		}
	})
}

func write(sheet func() image.Image, path string, overwrite bool) error {
	if !overwrite {
		// Drawing the sheet takes time that a taken name makes useless.
		if _, err := os.Lstat(path); err == nil {
			return fs.ErrExist
		}
	}
	return output.SavePNG(path, sheet(), overwrite)
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
