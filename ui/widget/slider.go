package widget

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"
)

// LabeledSlider is a slider with its name before it and its value, as text, behind it.
type LabeledSlider struct {
	fynewidget.DisableableWidget

	// OnChanged is told the value at every move of the hand.
	OnChanged func(value float64)
	// OnChangeEnded is told the value when the hand lets go, if it changed.
	OnChangeEnded func(value float64)

	format      func(value float64) string
	name, value *fynewidget.Label
	slider      *handSlider
	setting     bool // by the program, not by the hand
}

// NewLabeledSlider returns a slider from low to high in multiples of step, at low. format writes a value, such as "60 %"; the slider
// leaves room for the wider of the texts of low and high, and shortens a longer one.
func NewLabeledSlider(label string, low, high, step float64, format func(value float64) string, onChanged func(value float64)) *LabeledSlider {
	s := &LabeledSlider{
		OnChanged: onChanged,
		format:    format,
		name:      fynewidget.NewLabel(label),
		value:     &fynewidget.Label{Alignment: fyne.TextAlignTrailing, Truncation: fyne.TextTruncateEllipsis},
		slider:    newHandSlider(low, high),
	}
	s.slider.OnChanged = s.moved
	s.slider.OnChangeEnded = func(v float64) {
		if s.OnChangeEnded != nil && !s.setting {
			s.OnChangeEnded(v)
		}
	}
	s.ExtendBaseWidget(s)
	s.SetRange(low, high, step)
	return s
}

// handSlider is Fyne's slider that gives the keyboard back when the mouse lets go: arrow keys would go on moving it.
type handSlider struct{ fynewidget.Slider }

func newHandSlider(low, high float64) *handSlider {
	s := &handSlider{fynewidget.Slider{Min: low, Max: high, Step: 1}}
	s.ExtendBaseWidget(s)
	return s
}

// Tapped implements [fyne.Tappable].
func (s *handSlider) Tapped(e *fyne.PointEvent) {
	s.Slider.Tapped(e)
	s.unfocus()
}

// DragEnd implements [fyne.Draggable].
func (s *handSlider) DragEnd() {
	s.Slider.DragEnd()
	s.unfocus()
}

func (s *handSlider) unfocus() {
	if cv := fyne.CurrentApp().Driver().CanvasForObject(s); cv != nil {
		cv.Unfocus()
	}
}

func (s *LabeledSlider) moved(v float64) {
	s.value.SetText(s.format(v))
	if s.OnChanged != nil && !s.setting {
		s.OnChanged(v)
	}
}

// SetValue moves the slider to value, or to the nearest step within its range.
func (s *LabeledSlider) SetValue(value float64) {
	s.setting = true
	defer func() { s.setting = false }()
	s.slider.SetValue(value)
	s.value.SetText(s.format(s.slider.Value))
}

// Value returns where the slider stands.
func (s *LabeledSlider) Value() float64 { return s.slider.Value }

// SetRange changes the range and the step; the value moves to the nearest one allowed.
func (s *LabeledSlider) SetRange(low, high, step float64) {
	s.slider.Min, s.slider.Max, s.slider.Step = low, high, step
	s.slider.Value = min(max(s.slider.Value, low), high)
	s.value.SetText(s.format(s.slider.Value))
	s.Refresh()
}

// SetLabel changes the name before the slider; "" leaves the room to the slider.
func (s *LabeledSlider) SetLabel(label string) {
	s.name.SetText(label)
	s.Refresh()
}

// CreateRenderer implements [fyne.Widget].
func (s *LabeledSlider) CreateRenderer() fyne.WidgetRenderer {
	r := &labeledSliderRenderer{s}
	r.Refresh()
	return r
}

type labeledSliderRenderer struct{ s *LabeledSlider }

// widths returns how wide the name and the value are.
func (r *labeledSliderRenderer) widths() (name, value float32) {
	if r.s.name.Text != "" {
		name = r.s.name.MinSize().Width
	}
	for _, v := range []float64{r.s.slider.Min, r.s.slider.Max} {
		// Fyne cuts a text that fills its room exactly.
		value = max(value, fynewidget.NewLabel(r.s.format(v)).MinSize().Width+r.s.Theme().Size(theme.SizeNamePadding))
	}
	return name, value
}

func (r *labeledSliderRenderer) MinSize() fyne.Size {
	name, value := r.widths()
	slider := r.s.slider.MinSize()
	return fyne.NewSize(name+slider.Width+value, max(slider.Height, r.s.value.MinSize().Height))
}

func (r *labeledSliderRenderer) Layout(size fyne.Size) {
	name, value := r.widths()
	place := func(o fyne.CanvasObject, x, width float32) {
		height := o.MinSize().Height
		o.Resize(fyne.NewSize(max(width, 0), height))
		o.Move(fyne.NewPos(x, (size.Height-height)/2))
	}
	place(r.s.name, 0, name)
	place(r.s.slider, name, size.Width-name-value)
	place(r.s.value, size.Width-value, value)
}

func (r *labeledSliderRenderer) Refresh() {
	s := r.s
	s.name.Importance, s.value.Importance = fynewidget.MediumImportance, fynewidget.MediumImportance
	if s.Disabled() {
		s.name.Importance, s.value.Importance = fynewidget.LowImportance, fynewidget.LowImportance
		s.slider.Disable()
	} else {
		s.slider.Enable()
	}
	s.name.Hidden = s.name.Text == ""
	r.Layout(s.Size())
	for _, o := range r.Objects() {
		o.Refresh()
	}
}

func (r *labeledSliderRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.s.name, r.s.slider, r.s.value}
}

func (r *labeledSliderRenderer) Destroy() {}
