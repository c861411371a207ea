package ui

import (
	"context"
	"errors"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"

	"gaze/compute"
	"gaze/compute/faith"
	"gaze/ui/state"
	"gaze/ui/state/statetest"
	"gaze/ui/widget"
)

// compare goes to the Compare tab and waits for its maps.
func (s *scene) compare(t *testing.T) {
	t.Helper()
	panelOf[*stage](s).tabs.SelectIndex(1)
	s.waitForComparison(t)
}

func (s *scene) waitForComparison(t *testing.T) {
	t.Helper()
	x := s.session.Comparison
	s.loop.Until(t, "the comparison", func() bool { return !x.Working && (len(x.Cards) > 0 || x.Err != nil) })
}

// says reports whether the window shows a label with a text in it.
func (s *scene) says(text string) bool {
	for _, o := range drawn(s.window.Content()) {
		if l, ok := o.(*fynewidget.Label); ok && strings.Contains(l.Text, text) {
			return true
		}
	}
	return false
}

func TestMethodsAreComparedInTheWindow(t *testing.T) {
	s := newScene(t, "en", theme.VariantLight)
	s.show(t)
	s.compare(t)
	s.golden(t, "compare-en-light")
}

func TestSliderWalksThroughTheLayersOfOneRun(t *testing.T) {
	s := newScene(t, "zh", theme.VariantDark)
	s.show(t)
	s.compare(t)
	runs := len(s.explainer.Runs())
	x := s.session.Comparison
	x.SetAxis(state.ByLayer)
	s.waitForComparison(t)
	for i := range x.Cards {
		for _, m := range state.Metrics() {
			x.Cards[i].Figures = append(x.Cards[i].Figures, faith.Figure{Metric: m, Value: float64(i)/30 - 0.3})
		}
	}
	x.SetSort(faith.Metric{})
	if want := s.explainer.Net.Milestones(); len(x.Cards) != len(want) || len(s.explainer.Runs()) != runs+1 {
		t.Errorf("%d maps of %d layers took %d runs", len(x.Cards), len(want), len(s.explainer.Runs())-runs)
	}
	walk := find(t, panelOf[*stage](s).object, anyOf[*widget.LabeledSlider])
	walk.OnChanged(4)
	if got := x.Cards[x.Selected].Layer; got != s.explainer.Net.Milestones()[4] {
		t.Errorf("the fifth layer is %s", got)
	}
	s.golden(t, "compare-zh-dark")
	draw, name := s.mode().Sheet()
	if size := draw().Bounds().Size(); name != "mug_1.layers.png" || size.X < 1000 || size.Y < 8*200 {
		t.Errorf("the sheet %s of 29 layers has %v pixels", name, size)
	}

	test.Tap(s.button(t, panelOf[*stage](s).object, "并排"))
	if s.session.Choice.Layer() != s.explainer.Net.Milestones()[4] || panelOf[*stage](s).tabs.SelectedIndex() != 0 {
		t.Errorf("the layer looked at is %s, on tab %d", s.session.Choice.Layer(), panelOf[*stage](s).tabs.SelectedIndex())
	}
}

// A method that would run the network for every layer is not taken, and that is
// said.
func TestWindowSaysThatLayersAreComparedByAnotherMethod(t *testing.T) {
	s := newScene(t, "en", theme.VariantLight)
	s.show(t)
	s.session.Choice.SetMethod("scorecam")
	s.session.Comparison.SetAxis(state.ByLayer)
	s.compare(t)
	if want := "Score-CAM runs the network for each layer; the layers are compared by Grad-CAM."; !s.says(want) {
		t.Errorf("the window does not say %q", want)
	}
}

// The same holds for a smoothing.
func TestWindowSaysThatLayersAreComparedWithoutSmoothing(t *testing.T) {
	s := newScene(t, "en", theme.VariantLight)
	s.show(t)
	s.session.Choice.Refine(state.Refinements{Smoothing: compute.SmoothNoise})
	s.session.Comparison.SetAxis(state.ByLayer)
	s.compare(t)
	if want := "Smoothing (mean of noisy pictures) runs the network for each layer; the layers are compared without it."; !s.says(want) {
		t.Errorf("the window does not say %q", want)
	}
}

func TestWindowTellsWhyNothingIsCompared(t *testing.T) {
	s := newScene(t, "en", theme.VariantLight)
	s.show(t)
	s.explainer.OnRun = func(context.Context, statetest.Run) error { return errors.New("out of numbers") }
	s.compare(t)
	if !s.says("out of numbers") {
		t.Error("the window does not say why")
	}
}

// The part of the picture in view stays from one map to the next.
func TestComparedMapIsZoomed(t *testing.T) {
	s := newScene(t, "en", theme.VariantLight)
	s.show(t)
	s.compare(t)
	picture := s.picture(t)
	middle := fyne.NewPos(picture.Size().Width*0.7, picture.Size().Height/2)
	picture.Scrolled(&fyne.ScrollEvent{PointEvent: fyne.PointEvent{Position: middle}, Scrolled: fyne.NewDelta(0, 60)})
	s.session.Comparison.Select(3)
	s.golden(t, "compare-zoomed-en-light")
}
