package ui

import (
	"fmt"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"
)

// status is the line at the bottom: what it was computed on and how long it
// took, the raw map in numbers, the value under the mouse, and the progress of
// a folder's analysis.
type status struct {
	session *session
	facts   *fynewidget.Label
	under   *fynewidget.Label

	progress *fynewidget.ProgressBar
	rest     *fynewidget.Label
	cancel   *fynewidget.Button
	job      fyne.CanvasObject

	object *fyne.Container
}

func newStatus(s *session) *status {
	st := &status{session: s, facts: caption(""), under: caption(""), rest: caption(""), progress: fynewidget.NewProgressBar()}
	st.under.Truncation, st.rest.Truncation = fyne.TextTruncateOff, fyne.TextTruncateOff
	st.cancel = fynewidget.NewButtonWithIcon(lang.L("Cancel"), theme.CancelIcon(), s.cancelAnalysis)
	st.cancel.Importance = fynewidget.LowImportance
	st.job = container.NewHBox(st.rest, container.NewGridWrap(fyne.NewSize(160, 28), st.progress), st.cancel)
	st.object = container.NewBorder(nil, nil, nil, container.NewHBox(st.under, st.job), st.facts)
	return st
}

func (st *status) update(c change) {
	s := st.session
	if c&(changedView|changedNetwork|changedWork|changedMessage) != 0 {
		st.facts.SetText(strings.Join(st.summary(), "  ·  "))
	}
	if c&changedView != 0 && s.view == nil {
		st.under.SetText("")
	}
	if c&changedAnalysis != 0 {
		show(st.job, s.analysis != nil)
		if a := s.analysis; a != nil {
			st.progress.SetValue(a.share())
			st.rest.SetText(a.text())
		}
		st.object.Refresh()
	}
}

// summary are the facts about what is shown, the latest news first.
func (st *status) summary() []string {
	s := st.session
	var facts []string
	if s.message != "" {
		facts = append(facts, s.message)
	}
	if s.engine != nil {
		d := s.engine.Device()
		text := device(d)
		if d.Reason != "" {
			text += " (" + deviceReason(d.Reason) + ")"
		}
		facts = append(facts, text)
	}
	if v := s.view; v != nil {
		m := v.explanation.Map
		lo, hi, _ := m.Range()
		facts = append(facts,
			lang.L("{{.Time}} ms", map[string]any{"Time": v.took.Milliseconds()}),
			lang.L("map {{.Width}}×{{.Height}}", map[string]any{"Width": m.Width, "Height": m.Height}),
			lang.L("raw {{.Low}} … {{.High}}", map[string]any{"Low": value(lo), "High": value(hi)}),
		)
	}
	return facts
}

// hover shows the raw value under the mouse.
func (st *status) hover(x, y int, inside bool) {
	text := ""
	if inside && st.session.view != nil {
		if v, seen := st.session.valueAt(x, y); seen {
			text = fmt.Sprintf("(%d, %d)  %s", x, y, value(float64(v)))
		} else {
			text = fmt.Sprintf("(%d, %d)  %s", x, y, lang.L("not seen by the network"))
		}
	}
	st.under.SetText(text)
	st.object.Refresh()
}
