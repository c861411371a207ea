package ui

import (
	"errors"
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"gaze/compute"
	"gaze/ui/words"
)

func TestRefinementsAreFoldedAndOff(t *testing.T) {
	s := newScene(t, "en", theme.VariantLight)
	s.show(t)
	p := panelOf[*refinementsPanel](s)
	if p.folded.Open || p.folded.Title != "Refinements" || s.session.Choice.Refinements().Count() != 0 {
		t.Errorf("open: %v, title %q, %d on", p.folded.Open, p.folded.Title, s.session.Choice.Refinements().Count())
	}
}

func TestRefinementsOfTheMapShown(t *testing.T) {
	for _, c := range []struct {
		name, language string
		variant        fyne.ThemeVariant
	}{
		{"refinements-en-light", "en", theme.VariantLight},
		{"refinements-zh-dark", "zh", theme.VariantDark},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScene(t, c.language, c.variant)
			s.window.Resize(fyne.NewSize(1280, 1060))
			s.show(t)
			p := panelOf[*refinementsPanel](s)
			p.fold.Open(0)
			p.target.SetSelectedIndex(slices.Index(compute.TargetKinds(), compute.TargetContrast))
			p.classes.OnChanged([]int{3})
			p.smoothing.SetSelectedIndex(slices.Index(smoothings(), compute.SmoothEigen))
			p.fusion.SetSelectedIndex(slices.Index(fusions(), compute.FuseMax))
			p.layers.OnChanged([]int{4})
			p.compat.SetChecked(true)
			s.loop.Until(t, "the map", func() bool { m := s.session.View.Map; return m != nil && m.Compat })

			m := s.session.View.Map
			if m.Target.Kind != compute.TargetContrast || !slices.Equal(m.Target.Others, []int{3}) || m.Smoothing != compute.SmoothEigen || m.Fusion != compute.FuseMax {
				t.Errorf("the map is %+v", m.Explanation)
			}
			if r := s.session.Choice.Recipe(); len(r.Layers) != 2 {
				t.Errorf("fused are %v", r.Layers)
			}
			s.golden(t, c.name)
		})
	}
}

// A target takes along what goes with it of the other classes.
func TestTargetKeepsTheClassesThatGoWithIt(t *testing.T) {
	several := compute.Target{Kind: compute.TargetSum, Others: []int{3, 5}}
	for kind, want := range map[compute.TargetKind][]int{
		compute.TargetSum: {3, 5}, compute.TargetContrast: {3}, compute.TargetProbability: {}, compute.TargetLogit: {},
	} {
		if got := retargeted(several, kind); got.Kind != kind || !slices.Equal(got.Others, want) {
			t.Errorf("%s keeps %v, want %v", kind, got.Others, want)
		}
	}
}

func TestRefinementsThatDoNotGoTogetherAreRefused(t *testing.T) {
	s := newScene(t, "en", theme.VariantLight)
	s.show(t)
	p := panelOf[*refinementsPanel](s)
	p.fold.Open(0)
	p.signed.SetChecked(true)
	p.compat.SetChecked(true)
	s.loop.Until(t, "the refusal", func() bool { return s.session.View.MapError != nil })
	if want := words.Failure(s.session.View.MapError); !errors.Is(s.session.View.MapError, compute.ErrSigned) || !s.says(want) {
		t.Errorf("the window does not say %q", want)
	}
	p.compat.SetChecked(false)
	s.loop.Until(t, "the signed map", func() bool { m := s.session.View.Map; return m != nil && m.Colours.Diverging })
}
