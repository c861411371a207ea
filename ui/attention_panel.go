package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"

	"gaze/compute/cam"
	"gaze/ui/state"
	"gaze/ui/widget"
	"gaze/ui/words"
)

// attentionPanel chooses the head of the attention that is shown, and says which token
// is asked about. It is seen where the method can be asked.
type attentionPanel struct {
	session *state.Session
	heads   *widget.Choice
	token   *fynewidget.Label
	object  *fyne.Container
}

func newAttentionPanel(w *Window) panel {
	p := &attentionPanel{session: w.session, token: fynewidget.NewLabel("")}
	p.heads = widget.NewChoice(nil, func(string) {
		q := p.session.Choice.Query()
		// The first option is all of them.
		q.Head = p.heads.SelectedIndex() + cam.AnyHead
		p.session.Choice.Ask(q)
	})
	p.token.Wrapping, p.token.SizeName = fyne.TextWrapWord, theme.SizeNameCaptionText
	p.object = container.NewVBox(named(lang.L("Heads"), p.heads, append(mainNames(), lang.L("Heads"))...), p.token)
	return p
}

// Object implements [panel].
func (p *attentionPanel) Object() fyne.CanvasObject { return p.object }

// Update implements [panel].
func (p *attentionPanel) Update(c state.Change) {
	if c&(state.ChangedNetwork|state.ChangedChoice) == 0 {
		return
	}
	choice := p.session.Choice
	asked := choice.Method().Query != nil && choice.Heads() > 0
	widget.Show(p.object, asked)
	if !asked {
		return
	}
	names := []string{words.Head(cam.AnyHead)}
	for head := range choice.Heads() {
		names = append(names, words.Head(head))
	}
	p.heads.SetOptions(names)
	q := choice.Query()
	p.heads.SetIndex(q.Head - cam.AnyHead)
	p.token.SetText(words.Token(q))
}
