package ui

import (
	"fmt"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	fynewidget "fyne.io/fyne/v2/widget"

	"gaze/ui/state"
	"gaze/ui/widget"
	"gaze/ui/words"
)

// status is the line at the bottom: what it was computed on and how long it
// took, the raw map in numbers, the value under the mouse, and the progress of
// a folder's analysis and of a download.
type status struct {
	session *state.Session
	facts   *fynewidget.Label
	under   *fynewidget.Label

	analysis, download *widget.Progress

	object *fyne.Container
}

func newStatus(w *Window) panel {
	s := w.session
	st := &status{session: s, facts: widget.NewCaption(""), under: widget.NewCaption("")}
	st.under.Truncation = fyne.TextTruncateOff
	st.analysis = widget.NewProgress(lang.L("Cancel"), s.Jobs.CancelAnalysis)
	st.download = widget.NewProgress(lang.L("Cancel"), s.Jobs.CancelDownload)
	st.object = container.NewBorder(nil, nil, nil, container.NewHBox(st.under, st.download, st.analysis), st.facts)
	return st
}

// Object implements [panel].
func (st *status) Object() fyne.CanvasObject { return st.object }

// Update implements [panel].
func (st *status) Update(c state.Change) {
	if c&(state.ChangedMap|state.ChangedNetwork|state.ChangedWork|state.ChangedMessage) != 0 {
		st.facts.SetText(strings.Join(st.summary(), "  ·  "))
	}
	if c&state.ChangedPointer != 0 {
		st.under.SetText(underMouse(st.session.View.Pointer))
		st.object.Refresh()
	}
	if c&state.ChangedAnalysis != 0 {
		if a := st.session.Jobs.Analysis; a != nil {
			st.analysis.Set(a.Share(), words.Analysis(a.Progress))
		} else {
			st.analysis.Hide()
		}
		st.object.Refresh()
	}
	if c&state.ChangedDownload != 0 {
		if d := st.session.Jobs.Download; d != nil {
			st.download.Set(d.Share(), words.Download(d))
		} else {
			st.download.Hide()
		}
		st.object.Refresh()
	}
}

// summary are the facts about what is shown, the latest news first.
func (st *status) summary() []string {
	s := st.session
	var facts []string
	if s.View.Message != "" {
		facts = append(facts, s.View.Message)
	}
	if p := s.View.Running; p.Total > 0 {
		facts = append(facts, s.Choice.Method().Title+" "+words.Done(p))
	}
	if e := s.Networks.Explainer; e != nil {
		if len(s.Networks.Network().Notes) > 0 {
			facts = append(facts, lang.L("notes on the network"))
		}
		d := e.Device()
		text := words.Device(d)
		if d.Reason != "" {
			text += " (" + words.DeviceReason(d) + ")"
		}
		facts = append(facts, text)
	}
	if m := s.View.Map; m != nil {
		facts = append(facts,
			lang.L("{{.Time}} ms", map[string]any{"Time": m.Took.Milliseconds()}),
			words.MapSize(m.Map), words.RawRange(m.Map),
		)
	}
	return facts
}

// underMouse writes a pixel and its raw value.
func underMouse(p *state.Pointer) string {
	if p == nil {
		return ""
	}
	text := lang.L("not seen by the network")
	if p.Seen {
		text = words.Value(float64(p.Value))
	}
	return fmt.Sprintf("(%d, %d)  %s", p.X, p.Y, text)
}
