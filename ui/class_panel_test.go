package ui

import (
	"image"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"

	"gaze/compute"
	"gaze/compute/output/golden"
	"gaze/models"
	"gaze/models/weights"
	"gaze/ui/state"
	"gaze/ui/state/statetest"
)

// head is what a test's network has at its end.
type head struct {
	output  models.Output
	labels  []string
	outputs []float32
}

// The heads that networks have besides the softmax.
var (
	ripe  = head{models.Output{Activation: models.ActivationSigmoid}, []string{"ripe", "unripe"}, []float32{1.3862944}}
	beach = head{
		models.Output{Activation: models.ActivationSigmoid, Threshold: 0.3},
		[]string{"beach", "mountain", "sky", "sunset", "tree", "water"},
		[]float32{2.5, -0.9, 0.2, -4, -1.2, -0.5},
	}
	age  = head{models.Output{Activation: models.ActivationNone, Unit: "years"}, nil, []float32{25.3}}
	size = head{models.Output{Activation: models.ActivationNone, Unit: "mm"}, []string{"width", "height", "depth"}, []float32{12.5, -3.2, 0.04}}
)

// newHeadScene opens a window whose network has a head, and shows a picture.
func newHeadScene(t *testing.T, h head, language string, variant fyne.ThemeVariant) *scene {
	t.Helper()
	e := &statetest.Explainer{Net: statetest.HeadNetwork(t, "tiny", len(h.outputs), h.output, h.labels), Outputs: h.outputs}
	s := newScene(t, language, variant, func(o *state.Options, _ *design) {
		o.Open = func(state.Source, weights.Sidecar) (state.Explainer, error) { return e, nil }
	})
	s.explainer = e
	s.show(t)
	return s
}

// goldenPart compares a part of the window with testdata/NAME.png.
func (s *scene) goldenPart(t *testing.T, name string, o fyne.CanvasObject) {
	t.Helper()
	s.drain(0)
	part := s.draw().SubImage(s.rectangle(o))
	path := filepath.Join("testdata", name+".png")
	if golden.Update() {
		golden.WritePNG(t, path, part)
		return
	}
	cut := image.NewNRGBA(image.Rectangle{Max: part.Bounds().Size()})
	for y := range cut.Rect.Dy() {
		for x := range cut.Rect.Dx() {
			cut.Set(x, y, part.At(part.Bounds().Min.X+x, part.Bounds().Min.Y+y))
		}
	}
	if want := readPNG(t, path); want == nil || !alike(want, cut) {
		test.AssertImageMatches(t, name+".png", cut)
	}
}

func TestClassPanelHasAFormForEachHead(t *testing.T) {
	for name, c := range map[string]struct {
		head
		language string
		variant  fyne.ThemeVariant
	}{
		"head-two-en-light":     {ripe, "en", theme.VariantLight},
		"head-two-zh-dark":      {head{ripe.output, nil, []float32{-0.4}}, "zh", theme.VariantDark},
		"head-several-en-light": {beach, "en", theme.VariantLight},
		"head-several-zh-dark":  {beach, "zh", theme.VariantDark},
		"head-number-en-light":  {age, "en", theme.VariantLight},
		"head-number-zh-dark":   {age, "zh", theme.VariantDark},
		"head-numbers-en-light": {size, "en", theme.VariantLight},
	} {
		t.Run(name, func(t *testing.T) {
			s := newHeadScene(t, c.head, c.language, c.variant)
			s.goldenPart(t, name, panelOf[*classPanel](s).object)
		})
	}
}

// A number is no probability, wherever the window speaks of it.
func TestNumbersAreNeverPercents(t *testing.T) {
	for _, h := range []head{age, size} {
		s := newHeadScene(t, h, "en", theme.VariantLight)
		s.session.SetMode(state.Compare)
		s.session.Comparison.SetAxis(state.ByClass)
		s.loop.Until(t, "the comparison", func() bool { return len(s.session.Comparison.Cards) > 1 && !s.session.Comparison.Working })
		s.drain(0)
		panelOf[*refinementsPanel](s).fold.Open(0)
		seen := append(texts(s.window.Content()), s.window.Title())
		s.session.SetMode(state.SideBySide)
		s.drain(0)
		seen = append(seen, texts(s.window.Content())...)
		s.analyseFolder()
		seen = append(seen, texts(s.top())...)
		opacity := panelOf[*drawingPanel](s).opacity
		seen = slices.DeleteFunc(seen, func(text string) bool { return text == whole(opacity.Value()) })
		for _, text := range seen {
			if strings.Contains(text, "%") || strings.Contains(text, "NaN") || strings.Contains(text, "robability") {
				t.Errorf("the window says %q of a number", text)
			}
		}
		if got := strings.Join(seen, "\n"); !strings.Contains(got, h.output.Unit) {
			t.Errorf("the unit %s is nowhere in %s", h.output.Unit, got)
		}
	}
}

// The second class of a single output has the same number, and the title says that the
// map is of what lowers it.
func TestBothWaysOfANumberHaveItsValue(t *testing.T) {
	s := newHeadScene(t, age, "en", theme.VariantLight)
	if !s.says("25.3 years · raises the number · Grad-CAM · relu") {
		t.Errorf("the window says %q", texts(s.window.Content()))
	}
	panelOf[*classPanel](s).best.OnChosen(1)
	s.loop.Until(t, "the other way", func() bool { return s.session.View.Map.Class.Index == 1 && !s.session.View.Working })
	if !s.says("25.3 years · lowers the number · Grad-CAM · relu") {
		t.Errorf("the window says %q", texts(s.window.Content()))
	}
}

// The threshold moves what is said, and nothing runs for that.
func TestThresholdSaysClassesWithoutARun(t *testing.T) {
	s := newHeadScene(t, beach, "en", theme.VariantLight)
	p := panelOf[*classPanel](s)
	runs := len(s.explainer.Runs())
	said := func() []string {
		var names []string
		for _, score := range s.session.View.Map.Top {
			if score.Said {
				names = append(names, score.Label)
			}
		}
		return names
	}
	if got, want := said(), []string{"beach", "sky", "water"}; !slices.Equal(got, want) {
		t.Fatalf("from 30 %% on it says %v, want %v", got, want)
	}
	p.level.OnChanged(0.6)
	if got, want := said(), []string{"beach"}; !slices.Equal(got, want) {
		t.Errorf("from 60 %% on it says %v, want %v", got, want)
	}
	p.level.OnChanged(0.94)
	if got := said(); got != nil || !s.says(compute.NoticeNotSaid.Text()) {
		t.Errorf("from 94 %% on it says %v; the notice is shown: %v", got, s.says(compute.NoticeNotSaid.Text()))
	}
	if math.Abs(p.level.Value()-0.94) > 1e-9 || len(s.explainer.Runs()) != runs {
		t.Errorf("the slider is at %v; the network ran %d times more", p.level.Value(), len(s.explainer.Runs())-runs)
	}
	if got := s.session.Networks.Network().Output.Level(); got != 0.94 || s.explainer.Net.Output.Level() != 0.3 {
		t.Errorf("the analysis gets a network with the threshold %v, the explainer's own is changed to %v", got, s.explainer.Net.Output.Level())
	}
}

func TestTargetsAreThoseThatTellSomething(t *testing.T) {
	all := compute.TargetKinds()
	for name, c := range map[string]struct {
		head
		want []compute.TargetKind
	}{
		"two":     {ripe, []compute.TargetKind{compute.TargetLogit, compute.TargetProbability, compute.TargetReST}},
		"several": {beach, all},
		"number":  {age, []compute.TargetKind{compute.TargetLogit}},
		"numbers": {size, []compute.TargetKind{compute.TargetLogit, compute.TargetSum, compute.TargetContrast, compute.TargetAgainst}},
	} {
		s := newHeadScene(t, c.head, "en", theme.VariantLight)
		p := panelOf[*refinementsPanel](s)
		if got := p.targets; !slices.Equal(got, c.want) || len(p.target.Options) != len(c.want) {
			t.Errorf("%s: offers %v, want %v", name, got, c.want)
		}
		if p.aim.Visible() != (len(c.want) > 1) {
			t.Errorf("%s: a choice of one target is shown: %v", name, p.aim.Visible())
		}
	}
}
