package ui

import (
	"testing"

	"fyne.io/fyne/v2/theme"

	"gaze/compute/cam"
	"gaze/models/weights"
	"gaze/models/zoo"
	"gaze/ui/state"
	"gaze/ui/state/statetest"
	"gaze/ui/widget"
)

// Where the method can be asked about a head and a token, there is a choice of heads, and a
// click in the picture asks about the token there.
func TestAttentionOfAPlaceThatIsClicked(t *testing.T) {
	net, err := zoo.Build("deit_tiny_patch16_224", weights.Formula{Classes: 20})
	if err != nil {
		t.Fatal(err)
	}
	s := newScene(t, "en", theme.VariantLight, func(o *state.Options, _ *design) {
		o.Open = func(state.Source, weights.Sidecar) (state.Explainer, error) {
			return &statetest.Explainer{Net: net}, nil
		}
	})
	s.show(t)
	p := panelOf[*attentionPanel](s)
	if p.object.Visible() {
		t.Error("heads are offered for a method that knows none")
	}
	for _, m := range cam.Methods() {
		if m.Query != nil {
			s.session.Choice.SetMethod(m.Name)
		}
	}
	s.loop.Until(t, "the map", func() bool { return !s.session.View.Working })
	if !p.object.Visible() || len(p.heads.Options) != 4 || p.heads.SelectedIndex() != 0 {
		t.Errorf("heads are %v, and number %d is chosen", p.heads.Options, p.heads.SelectedIndex())
	}
	p.heads.OnChanged(p.heads.Options[0])
	f := s.session.View.Map.Frame
	find(t, panelOf[*stage](s).object, anyOf[*widget.Picture]).OnTap(f.Min.X, f.Max.Y-1)
	p.heads.SetSelectedIndex(3)
	s.loop.Until(t, "the map", func() bool { return !s.session.View.Working })
	want := cam.AttentionQuery{Head: 2, Row: 13, Column: 0}
	if q := *s.session.View.Map.Method.Query; q != want {
		t.Errorf("the map is of %+v", q)
	}
	if !s.says("Where the token in row 13, column 0 looks.") {
		t.Error("the window does not say which token is asked about")
	}

	s.compare(t)
	// The cards of the methods are still there when the axis changes.
	s.session.Comparison.SetAxis(state.ByHead)
	s.waitForComparison(t)
	if n := len(s.session.Comparison.Cards); n != 4 || !s.says("Head 1") {
		t.Errorf("%d heads are compared", n)
	}

	s.session.Choice.SetMethod(cam.GradCAM().Name)
	if p.object.Visible() {
		t.Error("heads are offered for a method that knows none")
	}
}
