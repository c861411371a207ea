package widget

import (
	"fmt"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"github.com/google/go-cmp/cmp"
)

func percent(v float64) string { return fmt.Sprintf("%.0f %%", v) }

func newOpacitySlider() *LabeledSlider {
	s := NewLabeledSlider("Opacity", 0, 100, 1, percent, nil)
	s.SetValue(60)
	return s
}

func TestLabeledSliderLooks(t *testing.T) {
	tests := []struct {
		name string
		act  func(s *LabeledSlider, cv fyne.Canvas)
	}{
		{"sixty", nil},
		{"full", func(s *LabeledSlider, _ fyne.Canvas) { s.SetValue(100) }},
		{"disabled", func(s *LabeledSlider, _ fyne.Canvas) { s.Disable() }},
		{"unlabeled", func(s *LabeledSlider, _ fyne.Canvas) { s.SetLabel("") }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			looks(t, "slider/"+tt.name, fyne.NewSize(240, 44), newOpacitySlider, tt.act)
		})
	}
}

func TestLabeledSliderFollowsTheHand(t *testing.T) {
	test.NewTempApp(t)
	s := newOpacitySlider()
	var told, ended []float64
	s.OnChanged = func(v float64) { told = append(told, v) }
	s.OnChangeEnded = func(v float64) { ended = append(ended, v) }
	test.NewTempWindow(t, s).Resize(fyne.NewSize(240, 44))

	drag := func(x float32) {
		s.slider.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(x, 10)}})
	}
	drag(-100)
	drag(1000)
	drag(1001)
	s.slider.DragEnd()
	if diff := cmp.Diff([]float64{0, 100}, told); diff != "" {
		t.Errorf("OnChanged (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]float64{100}, ended); diff != "" {
		t.Errorf("OnChangeEnded (-want +got):\n%s", diff)
	}
	if s.value.Text != "100 %" {
		t.Errorf("the text is %q", s.value.Text)
	}
}

func TestLabeledSliderGivesTheKeyboardBackToTheWindow(t *testing.T) {
	test.NewTempApp(t)
	s := newOpacitySlider()
	w := test.NewTempWindow(t, s)
	w.Resize(fyne.NewSize(240, 44))
	for name, touch := range map[string]func(){
		"tap":  func() { s.slider.Tapped(&fyne.PointEvent{Position: fyne.NewPos(30, 10)}) },
		"drag": s.slider.DragEnd,
	} {
		w.Canvas().Focus(s.slider)
		touch()
		if f := w.Canvas().Focused(); f != nil {
			t.Errorf("after a %s %T has the keyboard", name, f)
		}
	}
	w.Canvas().Focus(s.slider)
	s.slider.TypedKey(&fyne.KeyEvent{Name: fyne.KeyRight})
	if w.Canvas().Focused() == nil {
		t.Error("a key takes the keyboard away")
	}
}

func TestLabeledSliderSettersDoNotCallBack(t *testing.T) {
	test.NewTempApp(t)
	s := newOpacitySlider()
	s.OnChanged = func(v float64) { t.Errorf("OnChanged(%v)", v) }
	s.OnChangeEnded = func(v float64) { t.Errorf("OnChangeEnded(%v)", v) }

	s.SetValue(30)
	if s.Value() != 30 || s.value.Text != "30 %" {
		t.Errorf("value %v, text %q", s.Value(), s.value.Text)
	}
	s.SetRange(0, 12, 1)
	if s.Value() != 12 || s.value.Text != "12 %" {
		t.Errorf("in a narrower range: value %v, text %q", s.Value(), s.value.Text)
	}
	s.SetValue(-5)
	if s.Value() != 0 || s.value.Text != "0 %" {
		t.Errorf("below the range: value %v, text %q", s.Value(), s.value.Text)
	}
}
