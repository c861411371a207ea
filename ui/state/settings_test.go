package state

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"gaze/models"
	"gaze/models/weights"
)

// memory is a Store.
type memory struct {
	strings map[string]string
	numbers map[string]float64
}

func newMemory() *memory {
	return &memory{strings: make(map[string]string), numbers: make(map[string]float64)}
}

func (m *memory) String(key string) string { return m.strings[key] }

func (m *memory) SetString(key, value string) { m.strings[key] = value }

func (m *memory) FloatWithFallback(key string, fallback float64) float64 {
	if v, ok := m.numbers[key]; ok {
		return v
	}
	return fallback
}

func (m *memory) SetFloat(key string, value float64) { m.numbers[key] = value }

var languages = []string{"en", "zh"}

func TestSettingsSurvive(t *testing.T) {
	p := newMemory()
	s := Settings{
		Network:   Source{Ref: "squeezenet1_1", Weights: "/w/squeezenet1_1.safetensors"},
		Layers:    map[string]string{"everyday": "layer3"},
		Described: map[string]weights.Sidecar{"/w/mine.onnx": {Input: models.Preprocessing{Channels: models.BGR, Scale: 1}, Names: []string{"cup", "mug"}}},
		Method:    "hirescam", Colours: "viridis", Opacity: 0.25,
		Place: "/photos", Exports: "/exports", Language: "zh",
		Width: 1024, Height: 640,
	}
	s.Store(p)
	if diff := cmp.Diff(s, Load(p, languages)); diff != "" {
		t.Error(diff)
	}
}

func TestBadSettingsBecomeDefaults(t *testing.T) {
	p := newMemory()
	for key, value := range map[string]string{keyMethod: "magic", keyColours: "mud", keyLayers: "{", keyDescribed: `{"/w/mine.onnx": {"input": {"size": -1}}}`, keyLanguage: "klingon"} {
		p.SetString(key, value)
	}
	p.SetFloat(keyOpacity, 7)
	p.SetFloat(keyWidth, -3)
	p.SetFloat(keyHeight, 1e9)
	if diff := cmp.Diff(Defaults(), Load(p, languages)); diff != "" {
		t.Error(diff)
	}
}

func TestNewSettingsAreDefaults(t *testing.T) {
	if diff := cmp.Diff(Defaults(), Load(newMemory(), languages)); diff != "" {
		t.Error(diff)
	}
}
