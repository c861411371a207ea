package ui

import (
	"encoding/json"
	"fmt"
	"image"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"

	"gaze/compute/output"
	"gaze/ui/mode"
	"gaze/ui/state"
	"gaze/ui/translations"
	"gaze/ui/widget"
)

// The examples of docs/adding.md, built into a window.

//quote:panel

// tally is a panel that counts the pictures.
type tally struct {
	session *state.Session
	label   *fynewidget.Label
}

func newTally(w *Window) panel {
	return &tally{session: w.session, label: fynewidget.NewLabel("")}
}

// Object implements [panel].
func (p *tally) Object() fyne.CanvasObject { return p.label }

// Update implements [panel].
func (p *tally) Update(c state.Change) {
	if c&state.ChangedPictures != 0 {
		p.label.SetText(fmt.Sprintf("Counted: %d", len(p.session.Library.Pictures())))
	}
}

//quote:end

func TestAPanelIsAFileAndALine(t *testing.T) {
	s := newScene(t, "en", theme.VariantLight, func(_ *state.Options, d *design) {
		d.parts = append(d.parts, part{atRight, newTally})
	})
	s.show(t)
	if !s.says("Counted: 5") {
		t.Error("the panel is not in the window, or is not told of the pictures")
	}
}

//quote:mode

// mapOnly is a way of looking that shows the map and nothing else.
type mapOnly struct {
	session *state.Session
	picture *widget.Picture
}

func newMapOnly(s *state.Session, keys func(*fyne.KeyEvent)) mode.Mode {
	m := &mapOnly{session: s, picture: widget.NewPicture()}
	m.picture.OnKey = keys
	return m
}

// Name implements [mode.Mode].
func (m *mapOnly) Name() state.Mode { return "map only" }

// Title implements [mode.Mode].
func (m *mapOnly) Title() string { return "Map only" }

// Object implements [mode.Mode].
func (m *mapOnly) Object() fyne.CanvasObject { return m.picture }

// Update implements [mode.Mode].
func (m *mapOnly) Update(c state.Change) {
	if c&state.ChangedMap == 0 {
		return
	}
	m.picture.SetPicture(nil)
	if shown := m.session.View.Map; shown != nil {
		m.picture.SetPicture(shown.Overlay)
	}
}

// CanSave implements [mode.Mode].
func (m *mapOnly) CanSave() bool { return m.session.View.Map != nil }

// Sheet implements [mode.Mode].
func (m *mapOnly) Sheet() (draw func() image.Image, name string) {
	shown := m.session.View.Map
	return func() image.Image { return shown.Overlay }, output.MapFile{Picture: filepath.Base(shown.Path), Layer: shown.Layer, Method: "map"}.Name(".png")
}

//quote:end

func TestAWayOfLookingIsAFileAndALine(t *testing.T) {
	s := newScene(t, "en", theme.VariantLight, func(_ *state.Options, d *design) {
		d.modes = append(d.modes, newMapOnly)
	})
	s.show(t)
	tabs := panelOf[*stage](s).tabs
	tabs.SelectIndex(len(tabs.Items) - 1)
	if got := tabs.Selected().Text; got != "Map only" || s.session.Mode != "map only" {
		t.Fatalf("the last tab is %q, the mode %q", got, s.session.Mode)
	}
	if !s.picture(t).Visible() {
		t.Error("the map is not shown")
	}
	draw, name := s.mode().Sheet()
	if name != "mug_1.png.layer4.map.png" || draw().Bounds().Empty() {
		t.Errorf("saves %v as %s", draw().Bounds(), name)
	}
	// The other ways of looking are still there.
	s.session.SetMode(state.SideBySide)
	if tabs.SelectedIndex() != 0 {
		t.Errorf("the tab is %d after another mode was chosen", tabs.SelectedIndex())
	}
}

func TestALanguageIsAFile(t *testing.T) {
	esperanto := messages(t, "en")
	//quote:language
	esperanto["language.name"] = "Esperanto"
	esperanto["Open folder"] = "Malfermi dosierujon"
	//quote:end
	files := fstest.MapFS{}
	for code, texts := range map[string]map[string]any{"en": messages(t, "en"), "zh": messages(t, "zh"), "eo": esperanto} {
		data, err := json.Marshal(texts)
		if err != nil {
			t.Fatal(err)
		}
		files[code+".json"] = &fstest.MapFile{Data: data}
	}
	s := newScene(t, "en", theme.VariantLight, func(_ *state.Options, d *design) { d.catalogue = translations.Of(files) })
	var names []string
	for _, item := range panelOf[*toolbar](s).menu().Items {
		if item.ChildMenu == nil {
			continue
		}
		for _, language := range item.ChildMenu.Items {
			if names = append(names, language.Label); language.Label == "Esperanto" {
				language.Action()
			}
		}
	}
	if got, want := strings.Join(names, ", "), "English, Esperanto, 简体中文"; got != want {
		t.Errorf("the menu offers %s, want %s", got, want)
	}
	s.button(t, s.window.Content(), "Malfermi dosierujon")
	if got := state.Load(s.app.Preferences(), []string{"eo"}).Language; got != "eo" {
		t.Errorf("remembers %q", got)
	}
}
