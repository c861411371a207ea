package ui

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"

	"gaze/compute"
	"gaze/models"
	"gaze/ui/state"
	"gaze/ui/widget"
	"gaze/ui/words"
)

// inputPreview shows what a network sees of the picture and what it says of it, as it
// is described so far.
type inputPreview struct {
	picture, seen *canvas.Image
	size          *fynewidget.Label
	best          *widget.Ranking
	busy          *fynewidget.ProgressBarInfinite
	message       *fynewidget.Label
	object        *fyne.Container
}

// previewHeight is the least height of the pictures in Fyne's units.
const previewHeight = 230

func newInputPreview() *inputPreview {
	p := &inputPreview{
		picture: &canvas.Image{FillMode: canvas.ImageFillContain, ScaleMode: canvas.ImageScaleFastest},
		seen:    &canvas.Image{FillMode: canvas.ImageFillContain, ScaleMode: canvas.ImageScaleFastest},
		size:    widget.NewCaption(""), best: widget.NewRanking(nil),
		busy: fynewidget.NewProgressBarInfinite(), message: fynewidget.NewLabel(""),
	}
	p.picture.SetMinSize(fyne.NewSize(120, previewHeight))
	p.seen.SetMinSize(fyne.NewSize(120, previewHeight))
	p.size.Truncation, p.size.Wrapping = fyne.TextTruncateOff, fyne.TextWrapWord
	p.message.Wrapping, p.message.SizeName = fyne.TextWrapWord, theme.SizeNameCaptionText
	head := func(text string) fyne.CanvasObject { return widget.NewHeading(text) }
	p.object = container.NewBorder(
		container.NewVBox(
			container.NewGridWithColumns(2,
				container.NewBorder(head(lang.L("Picture")), nil, nil, nil, p.picture),
				container.NewBorder(head(lang.L("What the network sees")), nil, nil, nil, p.seen),
			),
			p.size,
			container.NewHBox(head(lang.L("What it says")), container.NewCenter(container.NewGridWrap(fyne.NewSize(96, 3), p.busy))),
			p.best,
			p.message,
		),
		nil, nil, nil,
	)
	return p
}

// update shows what comes of the description.
func (p *inputPreview) update(x *state.Editor) {
	if x.Working {
		p.busy.Show()
		p.busy.Start()
	} else {
		p.busy.Stop()
		p.busy.Hide()
	}
	var top []compute.Score
	var messages []string
	p.picture.Image, p.seen.Image = nil, nil
	if v := x.Preview; v != nil {
		p.picture.Image, top = v.Picture, v.Top
		if v.Seen != nil {
			p.seen.Image = v.Seen
		}
		if v.Err != nil {
			messages = append(messages, words.Failure(v.Err))
		}
	} else if !x.Working {
		messages = append(messages, lang.L("Open a picture to see what the network makes of it."))
	}
	p.picture.Refresh()
	p.seen.Refresh()
	if x.Net.TwoSided() {
		top = slices.SortedFunc(slices.Values(top), func(a, b compute.Score) int { return a.Index - b.Index })
	}
	rows := ranking(x.Net, top)
	for i, s := range top {
		if s.Measured() {
			rows[i].Text = words.Score(x.Net, s)
		}
	}
	p.best.SetItems(rows)
	p.size.SetText(words.Preprocessing(x.Net.Input))
	if x.Err != nil {
		messages = append([]string{words.Failure(x.Err)}, messages...)
	}
	calm := len(messages)
	for _, g := range x.Net.Guesses {
		if g.Of == models.AspectHead || g.Of == models.AspectStem {
			// No field can change them.
			messages = append(messages, "◆ "+words.GuessOf(g))
		}
	}
	for _, d := range x.Net.Doubts() {
		messages = append(messages, "◆ "+words.Doubt(d))
	}
	p.message.Importance = fynewidget.MediumImportance
	switch {
	case x.Err != nil:
		p.message.Importance = fynewidget.DangerImportance
	case len(messages) > calm:
		p.message.Importance = fynewidget.WarningImportance
	}
	p.message.SetText(strings.Join(messages, "\n"))
	widget.Show(p.message, len(messages) > 0)
	// How high a text is shows once it was given its width: laid out twice.
	p.object.Refresh()
	p.object.Layout.Layout(p.object.Objects, p.object.Size())
}
