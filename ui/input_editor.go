package ui

import (
	"errors"
	"io/fs"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"

	"gaze/models"
	"gaze/ui/state"
	"gaze/ui/widget"
	"gaze/ui/words"
)

// inputEditor is the dialog in which the user says what a network takes and what its
// outputs mean: the fields at the left, what comes of them at the right.
type inputEditor struct {
	window  *Window
	dialog  *dialog.CustomDialog
	content fyne.CanvasObject
	overlay fyne.CanvasObject

	preset  *widget.Choice
	rows    []*fieldRow
	form    *fyne.Container
	scroll  *container.Scroll
	labels  *labelsRow
	preview *inputPreview

	use, save *fynewidget.Button
}

// editorSize is what the dialog takes where the window is large enough.
var editorSize = fyne.NewSize(1060, 730)

// updateEditor shows the editor that the session has, and what is new in it.
func (w *Window) updateEditor() {
	switch x := w.session.Editor; {
	case x != nil && w.editor == nil:
		w.editor = newInputEditor(w)
		w.editor.update(x)
	case x != nil:
		w.editor.update(x)
	case w.editor != nil:
		w.editor.dialog.Hide()
		w.editor = nil
	}
}

func newInputEditor(w *Window) *inputEditor {
	e := &inputEditor{window: w, preview: newInputPreview()}
	names := make([]string, len(models.Presets()))
	for i, name := range models.Presets() {
		names[i] = words.Preset(name)
	}
	e.preset = widget.NewChoice(names, func(string) { e.do(func(x *state.Editor) { x.UsePreset(models.Presets()[e.preset.SelectedIndex()]) }) })
	e.preset.PlaceHolder = lang.L("of its own")
	e.labels = newLabelsRow(e)

	width := e.nameWidth()
	e.form = container.NewVBox(container.New(beside(width), fynewidget.NewLabel(lang.L("Usual values")), e.preset), fynewidget.NewSeparator())
	for _, f := range state.Fields() {
		if f == state.FieldHeight {
			// It stands beside the width.
			continue
		}
		if f == state.FieldActivation {
			e.form.Add(fynewidget.NewSeparator())
		}
		row := newFieldRow(e, f, width)
		e.rows = append(e.rows, row)
		e.form.Add(row.object)
	}
	e.form.Add(e.labels.build(width))

	legend := widget.NewCaption(lang.L("◆ marks what is guessed. ✓ says that it is right."))
	e.scroll = container.NewVScroll(container.NewBorder(nil, nil, nil, gap(theme.Padding()*3), e.form))
	left := container.NewBorder(legend, nil, nil, nil, e.scroll)
	e.use = fynewidget.NewButton(lang.L("Use"), func() { e.do((*state.Editor).Use) })
	e.use.Importance = fynewidget.HighImportance
	e.save = fynewidget.NewButtonWithIcon(lang.L("Save as sidecar"), theme.DocumentSaveIcon(), func() { e.saveSidecar(false) })
	buttons := container.NewHBox(
		fynewidget.NewButton(lang.L("Reset"), func() { e.do((*state.Editor).Reset) }), e.save, layout.NewSpacer(),
		fynewidget.NewButton(lang.L("Cancel"), e.cancel), e.use,
	)
	e.content = container.NewBorder(nil, buttons, nil, nil, container.New(halves(0.44), left, e.preview.object))
	e.dialog = dialog.NewCustomWithoutButtons(lang.L("What the network takes and gives"), e.content, w.window)
	e.dialog.Resize(editorSize)
	e.dialog.Show()
	e.overlay = w.window.Canvas().Overlays().Top()
	return e
}

// nameWidth is the width of the widest of the fields' names.
func (e *inputEditor) nameWidth() float32 {
	width := fynewidget.NewLabel(lang.L("Usual values")).MinSize().Width
	for _, f := range state.Fields() {
		width = max(width, fynewidget.NewLabel(words.Field(f)).MinSize().Width)
	}
	return max(width, fynewidget.NewLabel(lang.L("Class names")).MinSize().Width)
}

// do has the session's editor do something, if it is still there.
func (e *inputEditor) do(what func(*state.Editor)) {
	if x := e.window.session.Editor; x != nil {
		what(x)
	}
}

func (e *inputEditor) cancel() { e.do((*state.Editor).Cancel) }

// update shows the editor's state.
func (e *inputEditor) update(x *state.Editor) {
	e.preset.SetIndex(slices.Index(models.Presets(), x.Preset()))
	for _, row := range e.rows {
		row.update(x)
	}
	e.labels.update(x)
	e.form.Refresh()
	e.scroll.Refresh()
	e.preview.update(x)
	widget.Enable(e.use, x.Ready())
	path, _ := x.Sidecar()
	widget.Enable(e.save, x.Ready() && path != "")
}

// saveSidecar writes what is in effect beside the network's file, asking before it
// takes the place of another one.
func (e *inputEditor) saveSidecar(overwrite bool) {
	w, x := e.window, e.window.session.Editor
	if x == nil || !x.Ready() {
		return
	}
	path, write := x.Sidecar()
	w.session.Jobs.Save(func() error { return write(overwrite) }, func(err error) {
		switch {
		case errors.Is(err, fs.ErrExist):
			w.askToReplace(path, func() { e.saveSidecar(true) })
		case err != nil:
			w.showFailure(err)
		default:
			e.do((*state.Editor).Saved)
			w.session.View.Say(lang.L("Saved {{.Path}}", map[string]any{"Path": path}))
		}
	})
}

// gap is an empty room of this width.
func gap(width float32) fyne.CanvasObject {
	return container.New(fixedWidth(width), fynewidget.NewLabel(""))
}

// halves lays out two objects beside each other, of which the first takes this share.
type halves float32

func (h halves) MinSize(objects []fyne.CanvasObject) fyne.Size {
	a, b := objects[0].MinSize(), objects[1].MinSize()
	return fyne.NewSize(a.Width+b.Width+theme.Padding()*4, max(a.Height, b.Height))
}

func (h halves) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	space := theme.Padding() * 4
	first := (size.Width - space) * float32(h)
	objects[0].Move(fyne.Position{})
	objects[0].Resize(fyne.NewSize(first, size.Height))
	objects[1].Move(fyne.NewPos(first+space, 0))
	objects[1].Resize(fyne.NewSize(size.Width-first-space, size.Height))
}
