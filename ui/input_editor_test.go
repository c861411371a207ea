package ui

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"

	"gaze/models"
	"gaze/models/weights"
	"gaze/ui/state"
)

// newGuessedScene opens a window on a copy of one of the state's test networks, of
// which nothing is said, with the program's own explainer. It returns the copy's path.
func newGuessedScene(t *testing.T, network, language string, variant fyne.ThemeVariant) (*scene, string) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("state", "testdata", network))
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), network)
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	s := newScene(t, language, variant, func(o *state.Options, _ *design) { o.Open = state.OpenExplainer })
	s.session.Networks.Open(state.Source{Ref: file})
	s.loop.Until(t, "the network", func() bool { return s.session.Networks.Source.Ref == file })
	s.show(t)
	return s, file
}

// edit opens the editor by its chip and waits for what it shows.
func (s *scene) edit(t *testing.T) *inputEditor {
	t.Helper()
	test.Tap(panelOf[*networkPanel](s).check)
	if s.editor == nil {
		t.Fatal("the chip opens nothing")
	}
	s.described(t)
	return s.editor
}

func (s *scene) described(t *testing.T) {
	t.Helper()
	s.loop.Until(t, "the description", func() bool { return s.session.Editor == nil || !s.session.Editor.Working })
}

// row finds a field's row.
func (e *inputEditor) row(f state.Field) *fieldRow {
	return e.rows[slices.IndexFunc(e.rows, func(r *fieldRow) bool { return r.field == f })]
}

// entry finds what a field is typed into.
func (e *inputEditor) entry(f state.Field) fyne.Focusable {
	for _, r := range e.rows {
		for _, entry := range r.entries {
			if entry.Field == f {
				return entry.typed.(fyne.Focusable)
			}
		}
	}
	return nil
}

// The chip is there where something is guessed, says what, and goes when nothing is.
func TestChipSaysThatTheInputIsGuessed(t *testing.T) {
	s, _ := newGuessedScene(t, "means.onnx", "en", theme.VariantLight)
	chip := panelOf[*networkPanel](s).check
	if !chip.Visible() || chip.Text() != "Input guessed – check" {
		t.Errorf("the chip is shown: %v, %q", chip.Visible(), chip.Text())
	}
	e := s.edit(t)
	for _, r := range e.rows {
		if r.remark.confirm.Visible() {
			test.Tap(r.remark.confirm)
		}
	}
	s.described(t)
	test.Tap(e.use)
	s.loop.Until(t, "the network", func() bool { return s.editor == nil })
	if chip.Visible() {
		t.Errorf("the chip still says %q; guessed is %v", chip.Text(), s.session.Networks.Network().Guesses)
	}
}

// What is typed is seen in the preview, used, and remembered by the next window.
func TestDescriptionIsTypedAndUsed(t *testing.T) {
	s, file := newGuessedScene(t, "means.onnx", "en", theme.VariantLight)
	e := s.edit(t)
	mean := e.entry(state.FieldMean)
	s.window.Canvas().Focus(mean)
	mean.(fyne.Shortcutable).TypedShortcut(&fyne.ShortcutSelectAll{})
	test.Type(mean, "0.1 0.2")
	if got := e.row(state.FieldMean).remark.text.Text; !strings.Contains(got, "3 channels") || !e.use.Disabled() {
		t.Errorf("two means are told as %q; they can be used: %v", got, !e.use.Disabled())
	}
	test.Type(mean, " 0.3")
	s.described(t)
	if e.use.Disabled() || e.row(state.FieldMean).remark.line.Visible() {
		t.Errorf("three means are told as %q", e.row(state.FieldMean).remark.text.Text)
	}
	test.Tap(e.use)
	if got := s.session.Networks.Network().Input.Mean; !slices.Equal(got, []float32{0.1, 0.2, 0.3}) {
		t.Errorf("the mean in use is %v", got)
	}
	if got := state.Load(s.app.Preferences(), Languages()).Described[file].Input.Mean; !slices.Equal(got, []float32{0.1, 0.2, 0.3}) {
		t.Errorf("the next window has the mean %v", got)
	}
}

// Escape leaves the editor, from its fields and without them, and the network stays.
func TestEscapeLeavesTheEditor(t *testing.T) {
	s, _ := newGuessedScene(t, "first.onnx", "en", theme.VariantLight)
	escape := &fyne.KeyEvent{Name: fyne.KeyEscape}
	for _, leave := range []func(e *inputEditor){
		func(*inputEditor) { s.window.Canvas().OnTypedKey()(escape) },
		func(e *inputEditor) { e.entry(state.FieldWidth).TypedKey(escape) },
		func(e *inputEditor) { e.entry(state.FieldChannels).TypedKey(escape) },
	} {
		leave(s.edit(t))
		if s.editor != nil || s.session.Editor != nil || s.top() != nil {
			t.Fatal("the editor is still there")
		}
	}
}

// The sidecar is written beside the network, and a file that is there is asked about.
func TestSidecarIsSavedBesideTheNetwork(t *testing.T) {
	s, file := newGuessedScene(t, "first.onnx", "en", theme.VariantLight)
	sidecar := weights.SidecarPath(file)
	if err := os.WriteFile(sidecar, []byte(`{"notes": "mine"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	e := s.edit(t)
	test.Tap(e.save)
	s.loop.Until(t, "the question", func() bool { return s.top() != e.overlay })
	test.Tap(s.button(t, s.top(), "Replace"))
	s.loop.Until(t, "the saved sidecar", func() bool { return s.editor == nil && s.session.Networks.Opening == nil })
	side, err := weights.ReadSidecar(sidecar)
	if err != nil || side.Output.Activation != models.ActivationSigmoid || side.Input.Height == 0 || !slices.Equal(side.Notes, []string{"mine"}) {
		t.Errorf("the sidecar is %+v, %v", side, err)
	}
	if got := s.session.Networks.Network().Guesses; len(got) > 0 {
		t.Errorf("guessed is still %v", got)
	}
	if chip := panelOf[*networkPanel](s).check; chip.Visible() {
		t.Errorf("the chip still says %q", chip.Text())
	}
}

// Fields that mean nothing for an answer are not shown.
func TestFieldsFollowTheAnswer(t *testing.T) {
	s, _ := newGuessedScene(t, "first.onnx", "en", theme.VariantLight)
	e := s.edit(t)
	shown := func() (list []state.Field) {
		for _, f := range []state.Field{state.FieldResize, state.FieldThreshold, state.FieldUnit, state.FieldPositive} {
			if e.row(f).object.Visible() {
				list = append(list, f)
			}
		}
		return list
	}
	if got, want := shown(), []state.Field{state.FieldResize, state.FieldThreshold, state.FieldPositive}; !slices.Equal(got, want) {
		t.Errorf("of a sigmoid %v are shown, want %v", got, want)
	}
	e.row(state.FieldActivation).choice.SetSelectedIndex(1)
	e.row(state.FieldFit).choice.SetSelectedIndex(1)
	if got, want := shown(), []state.Field{state.FieldUnit}; !slices.Equal(got, want) {
		t.Errorf("of a number %v are shown, want %v", got, want)
	}
	s.described(t)
	if err := s.session.Editor.Err; err != nil {
		t.Error(err)
	}
	e.cancel()
}

func TestEditorLooks(t *testing.T) {
	for _, c := range []struct {
		name, network, language string
		variant                 fyne.ThemeVariant
	}{
		{"editor-en-light", "means.onnx", "en", theme.VariantLight},
		{"editor-zh-dark", "first.onnx", "zh", theme.VariantDark},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, _ := newGuessedScene(t, c.network, c.language, c.variant)
			e := s.edit(t)
			if c.language == "zh" {
				s.session.Editor.Set(state.FieldStd, "0,1 0,2")
				s.session.Editor.Set(state.FieldScale, state.ByteScale)
			} else {
				e.preset.SetSelectedIndex(0)
			}
			s.described(t)
			s.goldenPart(t, c.name, e.content)
			e.cancel()
		})
	}
}
