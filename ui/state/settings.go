package state

import (
	"encoding/json"
	"math"
	"slices"

	"gaze/compute/cam"
	"gaze/compute/heat"
	"gaze/models/weights"
)

// Settings are what the window remembers from one run to the next.
type Settings struct {
	// Network is where the network came from, Layers the layer last looked at,
	// by network name.
	Network Source
	Layers  map[string]string
	// Described is what the user said of networks, by their sources' keys.
	Described map[string]weights.Sidecar
	// Method and Colours are names of a cam.Method and a heat.Colormap.
	Method, Colours string
	// Opacity of the map over the picture, 0..1.
	Opacity float64
	// Place is the folder last opened, Exports the one last saved to.
	Place, Exports string
	// Language is the code of one of the window's languages, or empty to follow
	// the system.
	Language string
	// Width and Height are the window's, in units of its toolkit.
	Width, Height float32
}

// Store is where settings are kept, as fyne.Preferences does.
type Store interface {
	String(key string) string
	SetString(key, value string)
	FloatWithFallback(key string, fallback float64) float64
	SetFloat(key string, value float64)
}

// Defaults are the settings of the first window.
func Defaults() Settings {
	return Settings{
		Layers:    map[string]string{},
		Described: map[string]weights.Sidecar{},
		Method:    cam.Methods()[0].Name,
		Colours:   heat.Colormaps()[0].Name,
		Opacity:   0.6,
		Width:     1280, Height: 800,
	}
}

// Names under which the settings are stored.
const (
	keyNetwork   = "network"
	keyWeights   = "weights"
	keyLayers    = "layers"
	keyDescribed = "described"
	keyMethod    = "method"
	keyColours   = "colours"
	keyOpacity   = "opacity"
	keyPlace     = "place"
	keyExports   = "exports"
	keyLanguage  = "language"
	keyWidth     = "width"
	keyHeight    = "height"
)

// Load reads what was stored; whatever is missing or cannot be meant is replaced
// by its default. languages are the codes that there are.
func Load(p Store, languages []string) Settings {
	s := Defaults()
	s.Network = Source{Ref: p.String(keyNetwork), Weights: p.String(keyWeights)}
	var layers map[string]string
	if json.Unmarshal([]byte(p.String(keyLayers)), &layers) == nil && layers != nil {
		s.Layers = layers
	}
	var described map[string]json.RawMessage
	if json.Unmarshal([]byte(p.String(keyDescribed)), &described) == nil {
		for from, text := range described {
			if said, err := weights.DecodeSidecar(text); err == nil {
				s.Described[from] = *said
			}
		}
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
	if l := p.String(keyLanguage); slices.Contains(languages, l) {
		s.Language = l
	}
	s.Width = side(p.FloatWithFallback(keyWidth, 0), s.Width)
	s.Height = side(p.FloatWithFallback(keyHeight, 0), s.Height)
	return s
}

// side returns a stored length of the window if it is one a screen can show.
func side(stored float64, otherwise float32) float32 {
	if math.IsNaN(stored) || stored < 320 || stored > 16384 {
		return otherwise
	}
	return float32(stored)
}

// Store keeps the settings for the next window.
func (s Settings) Store(p Store) {
	p.SetString(keyNetwork, s.Network.Ref)
	p.SetString(keyWeights, s.Network.Weights)
	if layers, err := json.Marshal(s.Layers); err == nil {
		p.SetString(keyLayers, string(layers))
	}
	described := make(map[string]json.RawMessage)
	for from, said := range s.Described {
		if text, err := said.Encode(); err == nil {
			described[from] = text
		}
	}
	if text, err := json.Marshal(described); err == nil {
		p.SetString(keyDescribed, string(text))
	}
	p.SetString(keyMethod, s.Method)
	p.SetString(keyColours, s.Colours)
	p.SetFloat(keyOpacity, s.Opacity)
	p.SetString(keyPlace, s.Place)
	p.SetString(keyExports, s.Exports)
	p.SetString(keyLanguage, s.Language)
	p.SetFloat(keyWidth, float64(s.Width))
	p.SetFloat(keyHeight, float64(s.Height))
}
