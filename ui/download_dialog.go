package ui

import (
	"net/url"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"

	"gaze/models/store"
	"gaze/ui/widget"
)

// offerWeights tells what weights of a network can be had and from where, and
// gets them or takes the user's own.
func (w *Window) offerWeights(e store.Entry) {
	if e.Published == nil {
		w.chooseWeights(e.Name)
		return
	}
	p := e.Published
	server := p.URL
	if u, err := url.Parse(p.URL); err == nil {
		server = u.Host
	}
	trained := "ImageNet-1k"
	if p.Top1 > 0 {
		trained += ", " + lang.L("best class right {{.Share}} %", map[string]any{"Share": p.Top1})
	}
	where := widget.NewCaption(w.session.Networks.Dir())
	where.Truncation = fyne.TextTruncateEllipsis
	facts := fynewidget.NewForm(
		fynewidget.NewFormItem(lang.L("Trained on"), fynewidget.NewLabel(trained)),
		fynewidget.NewFormItem(lang.L("Size"), fynewidget.NewLabel(lang.L("{{.Size}} from {{.Server}}", map[string]any{"Size": store.Megabytes(e.Bytes), "Server": server}))),
		fynewidget.NewFormItem(lang.L("Licence"), fynewidget.NewLabel(p.Licence)),
		fynewidget.NewFormItem(lang.L("In folder"), where),
	)
	d := dialog.NewCustomWithoutButtons(lang.L("Get {{.Name}}", map[string]any{"Name": e.Name}), facts, w.window)
	own := fynewidget.NewButtonWithIcon(lang.L("Open weights…"), theme.FolderOpenIcon(), func() {
		d.Hide()
		w.chooseWeights(e.Name)
	})
	get := fynewidget.NewButtonWithIcon(lang.L("Get"), theme.DownloadIcon(), func() {
		d.Hide()
		w.session.Jobs.Get(e.Name)
	})
	get.Importance = fynewidget.HighImportance
	if w.session.Jobs.Download != nil {
		// One at a time: the line to the server is no faster for two.
		get.Disable()
	}
	d.SetButtons([]fyne.CanvasObject{fynewidget.NewButton(lang.L("Cancel"), d.Hide), own, get})
	d.Resize(fyne.NewSize(620, 290))
	d.Show()
}
