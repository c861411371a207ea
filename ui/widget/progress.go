package widget

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"
)

// Progress shows how far something is and lets the user end it. Nothing is seen of it until it is set.
type Progress struct {
	fynewidget.BaseWidget

	bar    *fynewidget.ProgressBar
	text   *fynewidget.Label
	cancel *fynewidget.Button
	row    *fyne.Container
}

// NewProgress returns a hidden progress. The button, with the text given, calls cancelled.
func NewProgress(cancel string, cancelled func()) *Progress {
	p := &Progress{bar: fynewidget.NewProgressBar(), text: NewCaption("")}
	p.text.Truncation = fyne.TextTruncateOff
	p.cancel = fynewidget.NewButtonWithIcon(cancel, theme.CancelIcon(), cancelled)
	p.cancel.Importance = fynewidget.LowImportance
	p.row = container.NewHBox(p.text, container.NewGridWrap(fyne.NewSize(160, 28), p.bar), p.cancel)
	p.ExtendBaseWidget(p)
	p.Hide()
	return p
}

// Set shows that a share (0..1) is done, and a text that says of what.
func (p *Progress) Set(share float64, text string) {
	p.bar.SetValue(share)
	p.text.SetText(text)
	p.Show()
}

// Cancel does what the button does.
func (p *Progress) Cancel() { p.cancel.OnTapped() }

// CreateRenderer implements [fyne.Widget].
func (p *Progress) CreateRenderer() fyne.WidgetRenderer { return fynewidget.NewSimpleRenderer(p.row) }
