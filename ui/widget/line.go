package widget

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"
)

// line is a line of text in any colour of the theme, of which the end is cut where it does not fit.
type line struct {
	fynewidget.RichText
	segment *fynewidget.TextSegment
}

// newLine returns an empty line with text of a size of the theme.
func newLine(size fyne.ThemeSizeName, alignment fyne.TextAlign) *line {
	l := &line{segment: &fynewidget.TextSegment{
		Style: fynewidget.RichTextStyle{SizeName: size, Alignment: alignment, Inline: true},
	}}
	l.Segments = []fynewidget.RichTextSegment{l.segment}
	l.Truncation, l.Scroll = fyne.TextTruncateEllipsis, fyne.ScrollNone
	l.ExtendBaseWidget(l)
	return l
}

// set changes what the line shows from its next refresh on.
func (l *line) set(text string, color fyne.ThemeColorName) {
	l.segment.Text = text
	l.segment.Style.ColorName = color
}

// bold changes the weight from the next refresh on.
func (l *line) bold(bold bool) { l.segment.Style.TextStyle.Bold = bold }

// width returns the width, with the padding of a label, that shows the whole text; 0 if there is none.
func (l *line) width() float32 {
	if l.segment.Text == "" {
		return 0
	}
	th := l.Theme()
	text := fyne.MeasureText(l.segment.Text, th.Size(l.segment.Style.SizeName), l.segment.Style.TextStyle)
	// Fyne cuts a text that fills its room to the last unit.
	return text.Width + 2*th.Size(theme.SizeNameInnerPadding) + th.Size(theme.SizeNamePadding)
}
