package ui

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"github.com/google/go-cmp/cmp"
)

func TestSettingsSurvive(t *testing.T) {
	p := test.NewTempApp(t).Preferences()
	s := settings{
		Network: source{Ref: "squeezenet1_1", Weights: "/w/squeezenet1_1.safetensors"},
		Layers:  map[string]string{"everyday": "layer3"},
		Method:  "hirescam", Colours: "viridis", Opacity: 0.25,
		Place: "/photos", Exports: "/exports", Language: "zh",
		Size: fyne.NewSize(1024, 640),
	}
	s.store(p)
	if diff := cmp.Diff(s, loadSettings(p)); diff != "" {
		t.Error(diff)
	}
}

func TestBadSettingsBecomeDefaults(t *testing.T) {
	p := test.NewTempApp(t).Preferences()
	for key, value := range map[string]string{keyMethod: "magic", keyColours: "mud", keyLayers: "{", keyLanguage: "klingon"} {
		p.SetString(key, value)
	}
	p.SetFloat(keyOpacity, 7)
	p.SetFloat(keyWidth, -3)
	p.SetFloat(keyHeight, 1e9)
	if diff := cmp.Diff(defaults(), loadSettings(p)); diff != "" {
		t.Error(diff)
	}
}

func TestNewSettingsAreDefaults(t *testing.T) {
	if diff := cmp.Diff(defaults(), loadSettings(test.NewTempApp(t).Preferences())); diff != "" {
		t.Error(diff)
	}
}
