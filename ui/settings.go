package ui

import (
	"encoding/json"
	"math"
	"slices"

	"fyne.io/fyne/v2"

	"gaze/compute/cam"
	"gaze/compute/heat"
)

// settings are what the window remembers from one run to the next.
type settings struct {
	// Network is where the network came from, Layers the layer last looked at,
	// by network name.
	Network source
	Layers  map[string]string
	// Method and Colours are names of a cam.Method and a heat.Colormap.
	Method, Colours string
	// Opacity of the map over the picture, 0..1.
	Opacity float64
	// Place is the folder last opened, Exports the one last saved to.
	Place, Exports string
	// Language is a code from Languages, or empty to follow the system.
	Language string
	// Size of the window in Fyne's units.
	Size fyne.Size
}

func defaults() settings {
	return settings{
		Layers:  map[string]string{},
		Method:  cam.Methods()[0].Name,
		Colours: heat.Colormaps()[0].Name,
		Opacity: 0.6,
		Size:    fyne.NewSize(1280, 800),
	}
}

// Names under which the settings are stored.
const (
	keyNetwork  = "network"
	keyWeights  = "weights"
	keyLayers   = "layers"
	keyMethod   = "method"
	keyColours  = "colours"
	keyOpacity  = "opacity"
	keyPlace    = "place"
	keyExports  = "exports"
	keyLanguage = "language"
	keyWidth    = "width"
	keyHeight   = "height"
)

// loadSettings reads what was stored; whatever is missing or cannot be meant is
// replaced by its default.
func loadSettings(p fyne.Preferences) settings {
	s := defaults()
	s.Network = source{Ref: p.String(keyNetwork), Weights: p.String(keyWeights)}
	var layers map[string]string
	if json.Unmarshal([]byte(p.String(keyLayers)), &layers) == nil && layers != nil {
		s.Layers = layers
	}
	if m, err := cam.ByName(p.String(keyMethod)); err == nil {
		s.Method = m.Name
	}
	if c, err := heat.ByName(p.String(keyColours)); err == nil {
		s.Colours = c.Name
	}
	if o := p.FloatWithFallback(keyOpacity, s.Opacity); o >= 0 && o <= 1 {
		s.Opacity = o
	}
	s.Place, s.Exports = p.String(keyPlace), p.String(keyExports)
	if l := p.String(keyLanguage); slices.Contains(Languages(), l) {
		s.Language = l
	}
	s.Size.Width = side(p.Float(keyWidth), s.Size.Width)
	s.Size.Height = side(p.Float(keyHeight), s.Size.Height)
	return s
}

// side returns a stored length of the window if it is one a screen can show.
func side(stored float64, otherwise float32) float32 {
	if math.IsNaN(stored) || stored < 320 || stored > 16384 {
		return otherwise
	}
	return float32(stored)
}

func (s settings) store(p fyne.Preferences) {
	p.SetString(keyNetwork, s.Network.Ref)
	p.SetString(keyWeights, s.Network.Weights)
	if layers, err := json.Marshal(s.Layers); err == nil {
		p.SetString(keyLayers, string(layers))
	}
	p.SetString(keyMethod, s.Method)
	p.SetString(keyColours, s.Colours)
	p.SetFloat(keyOpacity, s.Opacity)
	p.SetString(keyPlace, s.Place)
	p.SetString(keyExports, s.Exports)
	p.SetString(keyLanguage, s.Language)
	p.SetFloat(keyWidth, float64(s.Size.Width))
	p.SetFloat(keyHeight, float64(s.Size.Height))
}
