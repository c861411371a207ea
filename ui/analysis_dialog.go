package ui

import (
	"context"
	"errors"
	"path/filepath"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"

	"gaze/compute/folder"
	"gaze/ui/widget"
	"gaze/ui/words"
)

// resultsFolder is suggested for the results: beside the pictures' folder, so
// that they are not among the pictures the next time.
func (w *Window) resultsFolder() string {
	if w.session.Library.Place == "" {
		return filepath.Join(w.exports(), "samples-gaze")
	}
	return filepath.Clean(w.session.Library.Place) + "-gaze"
}

// analyseFolder asks where to write the results and analyses all pictures of
// the list.
func (w *Window) analyseFolder() {
	s := w.session
	if !s.Jobs.CanAnalyse() {
		return
	}
	job := s.Jobs.Job("")
	what := fynewidget.NewLabel(lang.N("{{.Count}} pictures", len(s.Library.Pictures()), map[string]any{"Count": len(s.Library.Pictures())}))
	how := fynewidget.NewLabel(words.Recipe(s.Networks.Network(), job.Recipe))
	remark := widget.NewCaption(lang.L("A comparison of each picture and a table, results.csv, go to this folder. What an earlier run did is not done again."))
	remark.Truncation, remark.Wrapping = fyne.TextTruncateOff, fyne.TextWrapWord
	out := newFolderEntry(w, w.resultsFolder())
	d := dialog.NewForm(lang.L("Analyse folder"), lang.L("Start"), lang.L("Cancel"), []*fynewidget.FormItem{
		fynewidget.NewFormItem(lang.L("What"), what),
		fynewidget.NewFormItem(lang.L("How"), how),
		fynewidget.NewFormItem(lang.L("Results in"), out.object),
		fynewidget.NewFormItem("", remark),
	}, func(ok bool) {
		if ok && out.entry.Text != "" {
			s.Jobs.Analyse(out.entry.Text, w.showReport)
		}
	}, w.window)
	out.entry.OnSubmitted = func(string) { d.Submit() }
	out.entry.escaped = d.Hide
	d.Resize(fyne.NewSize(640, 260))
	d.Show()
}

// showReport says what came of an analysis and where it is.
func (w *Window) showReport(r folder.Report, err error) {
	cancelled := errors.Is(err, context.Canceled)
	if err != nil && !cancelled {
		w.showFailure(err)
		return
	}
	out := filepath.Dir(r.Results)
	good := r.Done - r.Failed + r.Partial
	head := lang.N("{{.Count}} pictures analysed.", good, map[string]any{"Count": good})
	if cancelled {
		head = lang.L("Cancelled after {{.Done}} of {{.Total}} pictures. What was done is kept.", map[string]any{"Done": r.Done, "Total": r.Total})
	}
	where := fynewidget.NewLabel(lang.L("The comparisons and results.csv are in {{.Folder}}", map[string]any{"Folder": out}))
	where.Wrapping = fyne.TextWrapBreak
	lines := container.NewVBox(fynewidget.NewLabel(head), where)
	content := fyne.CanvasObject(lines)
	size := fyne.NewSize(560, 230)
	if len(r.Failures) > 0 {
		if n := r.Partial; n > 0 {
			lines.Add(fynewidget.NewLabel(lang.N("{{.Count}} pictures lack some of their maps:", n, map[string]any{"Count": n})))
		}
		if n := len(r.Failures) - r.Partial; n > 0 {
			lines.Add(fynewidget.NewLabel(lang.N("{{.Count}} pictures could not be analysed:", n, map[string]any{"Count": n})))
		}
		content = container.NewBorder(lines, nil, nil, nil, failureList(r.Failures))
		size.Height = 420
	}
	var d *dialog.CustomDialog
	open := fynewidget.NewButtonWithIcon(lang.L("Open folder"), theme.FolderOpenIcon(), func() {
		d.Hide()
		w.reveal(out)
	})
	done := fynewidget.NewButton(lang.L("Close"), func() { d.Hide() })
	done.Importance = fynewidget.HighImportance
	title := lang.L("Analysis finished")
	if cancelled {
		title = lang.L("Analysis cancelled")
	}
	d = dialog.NewCustomWithoutButtons(title, content, w.window)
	d.SetButtons([]fyne.CanvasObject{open, done})
	d.Resize(size)
	d.Show()
}

// failureList lists pictures with the reasons why they failed.
func failureList(failures []folder.Failure) fyne.CanvasObject {
	return fynewidget.NewList(
		func() int { return len(failures) },
		func() fyne.CanvasObject {
			name := fynewidget.NewLabel("")
			name.Truncation = fyne.TextTruncateEllipsis
			return container.NewGridWithColumns(2, name, widget.NewCaption(""))
		},
		func(i fynewidget.ListItemID, row fyne.CanvasObject) {
			cells := row.(*fyne.Container).Objects
			cells[0].(*fynewidget.Label).SetText(filepath.Base(failures[i].Path))
			cells[1].(*fynewidget.Label).SetText(words.Reason(failures[i].Err))
		},
	)
}
