package mode

import (
	"image"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"

	"gaze/ui/state"
	"gaze/ui/widget"
	"gaze/ui/words"
)

// sideBySide shows the picture beside its map, with what has to be said of them.
type sideBySide struct {
	session *state.Session
	picture *widget.Picture
	notice  *fynewidget.Label
	remarks *fyne.Container
	object  *fyne.Container
}

// NewSideBySide is a [New]: it shows the picture beside its map.
func NewSideBySide(s *state.Session, keys func(*fyne.KeyEvent)) Mode {
	m := &sideBySide{session: s, notice: fynewidget.NewLabel("")}
	m.picture = widget.NewPicturePair(lang.L("Picture"), lang.L("Map"))
	m.picture.OnHover = pointer(s, func(x, y int) (float32, bool) { return s.View.Map.ValueAt(x, y) }, func() bool { return s.View.Map != nil })
	m.picture.OnKey = keys
	m.picture.OnTap = s.View.Ask
	m.notice.Wrapping, m.notice.SizeName = fyne.TextWrapWord, theme.SizeNameCaptionText
	m.remarks = container.NewBorder(nil, nil, fynewidget.NewIcon(theme.InfoIcon()), nil, m.notice)
	m.object = container.NewBorder(nil, m.remarks, nil, nil, m.picture)
	return m
}

// pointer tells the session the pixel under the mouse and its value, as long as
// there is a map.
func pointer(s *state.Session, value func(x, y int) (float32, bool), there func() bool) func(x, y int, inside bool) {
	return func(x, y int, inside bool) {
		if !inside || !there() {
			s.View.Point(nil)
			return
		}
		p := &state.Pointer{X: x, Y: y}
		p.Value, p.Seen = value(x, y)
		s.View.Point(p)
	}
}

// Name implements [Mode].
func (m *sideBySide) Name() state.Mode { return state.SideBySide }

// Title implements [Mode].
func (m *sideBySide) Title() string { return lang.L("Side by side") }

// Object implements [Mode].
func (m *sideBySide) Object() fyne.CanvasObject { return m.object }

// CanSave implements [Mode].
func (m *sideBySide) CanSave() bool { return m.session.View.Map != nil }

// Sheet implements [Mode]: the picture, its map and the overlay.
func (m *sideBySide) Sheet() (draw func() image.Image, name string) { return m.session.View.Sheet() }

// Update implements [Mode].
func (m *sideBySide) Update(c state.Change) {
	s := m.session
	if c&state.ChangedPhoto != 0 {
		m.updatePhoto()
	}
	if c&state.ChangedMap != 0 {
		m.updateMap()
	}
	if c&(state.ChangedMap|state.ChangedThreshold) != 0 {
		m.updateWords()
	}
	if c&(state.ChangedWork|state.ChangedNetwork) != 0 {
		_, looking := s.Library.Current()
		m.picture.SetBusy(looking && (s.View.Working || s.Networks.Opening != nil))
	}
	if c&state.ChangedOpacity != 0 {
		m.picture.SetOpacity(s.Choice.Opacity())
	}
}

func (m *sideBySide) updatePhoto() {
	switch v := m.session.View; {
	case v.PhotoError != nil:
		m.picture.SetPicture(nil)
		m.picture.SetMessage(lang.L("This picture could not be read: {{.Reason}}", map[string]any{"Reason": words.Reason(v.PhotoError)}))
	case v.Photo != nil:
		m.picture.SetPicture(v.Photo.Shown)
	default:
		m.picture.SetPicture(nil)
	}
}

func (m *sideBySide) updateMap() {
	if e := m.session.View.Map; e != nil {
		m.picture.SetOverlay(e.Overlay)
		m.picture.SetOpacity(m.session.Choice.Opacity())
	} else {
		m.picture.SetOverlay(nil)
	}
}

// updateWords says what the map is of, and what has to be said of it.
func (m *sideBySide) updateWords() {
	v := m.session.View
	var remarks []string
	if e := v.Map; e != nil {
		// The end is cut off where there is no room; the controls name method and
		// layer again.
		m.picture.SetTitles(lang.L("Picture"), strings.Join([]string{words.Explained(e.Net, e.Explanation), e.Method.Title, e.Layer}, " · "))
		for _, n := range e.Notices {
			remarks = append(remarks, words.Notice(n))
		}
		for _, n := range e.Picture {
			remarks = append(remarks, words.PictureNotice(n))
		}
		for _, d := range e.Doubts {
			remarks = append(remarks, words.Doubt(d))
		}
	} else {
		m.picture.SetTitles(lang.L("Picture"), lang.L("Map"))
	}
	if v.MapError != nil {
		remarks = append(remarks, lang.L("There is no map of this picture: {{.Reason}}", map[string]any{"Reason": words.Failure(v.MapError)}))
	}
	m.notice.SetText(strings.Join(remarks, "\n"))
	widget.Show(m.remarks, len(remarks) > 0)
	// How high a text is shows once it was given its width: laid out twice.
	m.object.Refresh()
	m.object.Layout.Layout(m.object.Objects, m.object.Size())
}
