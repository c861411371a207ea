package ui

import (
	"fmt"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"

	"gaze/models"
)

// status is the line at the bottom: what it was computed on and how long it
// took, the raw map in numbers, the value under the mouse, and the progress of
// a folder's analysis and of a download.
type status struct {
	session *session
	facts   *fynewidget.Label
	under   *fynewidget.Label

	analysis, download *progress

	object *fyne.Container
}

// progress shows how far something is and lets the user end it.
type progress struct {
	bar    *fynewidget.ProgressBar
	text   *fynewidget.Label
	cancel *fynewidget.Button
	object fyne.CanvasObject
}

func newProgress(cancel func()) *progress {
	p := &progress{bar: fynewidget.NewProgressBar(), text: caption("")}
	p.text.Truncation = fyne.TextTruncateOff
	p.cancel = fynewidget.NewButtonWithIcon(lang.L("Cancel"), theme.CancelIcon(), cancel)
	p.cancel.Importance = fynewidget.LowImportance
	p.object = container.NewHBox(p.text, container.NewGridWrap(fyne.NewSize(160, 28), p.bar), p.cancel)
	p.object.Hide()
	return p
}

// set shows what is in progress, or nothing.
func (p *progress) set(on bool, share float64, text string) {
	show(p.object, on)
	p.bar.SetValue(share)
	p.text.SetText(text)
}

func newStatus(s *session) *status {
	st := &status{session: s, facts: caption(""), under: caption("")}
	st.under.Truncation = fyne.TextTruncateOff
	st.analysis, st.download = newProgress(s.cancelAnalysis), newProgress(s.cancelDownload)
	st.object = container.NewBorder(nil, nil, nil, container.NewHBox(st.under, st.download.object, st.analysis.object), st.facts)
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
		if a := s.analysis; a != nil {
			st.analysis.set(true, a.share(), a.text())
		} else {
			st.analysis.set(false, 0, "")
		}
		st.object.Refresh()
	}
	if c&changedDownload != 0 {
		if d := s.download; d != nil {
			st.download.set(true, d.share(), d.text())
		} else {
			st.download.set(false, 0, "")
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
	if r := s.running; r.total > 0 {
		facts = append(facts, s.method().Title+" "+lang.L("{{.Done}} of {{.Total}}", map[string]any{"Done": r.done, "Total": r.total}))
	}
	if s.engine != nil {
		if text := reserved(s.engine.Network()); text != "" {
			facts = append(facts, text)
		}
		d := s.engine.Device()
		text := device(d)
		if d.Reason != "" {
			text += " (" + deviceReason(d) + ")"
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

// reserved says, in a few words, that there is something to know about a network
// before trusting it; its dialog says what. Empty where there is nothing.
func reserved(net *models.Network) string {
	labels := slices.ContainsFunc(net.Guesses, func(g models.Guess) bool { return g.Of == models.AspectLabels })
	switch {
	case labels && len(net.Guesses) > 1:
		return lang.L("preprocessing and labels guessed")
	case labels:
		return lang.L("labels guessed")
	case len(net.Guesses) > 0:
		return lang.L("preprocessing guessed")
	case len(net.Notes) > 0:
		return lang.L("notes on the network")
	}
	return ""
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
