package ui

import (
	"embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
)

//go:embed translations/*.json
var translations embed.FS

// Languages lists the codes of the window's languages.
func Languages() []string { return []string{"en", "zh"} }

// setLanguage makes all text that is asked for from now on come in the given
// language; with an empty or unknown one, in the system's where there is a
// translation and otherwise in English. It returns the language in use.
//
// Fyne always follows the system. The chosen text is therefore registered as
// the translation for the system's language.
func setLanguage(code string) (string, error) {
	system := lang.SystemLocale().LanguageString()
	if !slices.Contains(Languages(), code) {
		code = "en"
		if base, _, _ := strings.Cut(system, "-"); slices.Contains(Languages(), base) {
			code = base
		}
	}
	data, err := translation(code)
	if err != nil {
		return code, err
	}
	if err := lang.AddTranslations(fyne.NewStaticResource(system+".json", data)); err != nil {
		return code, fmt.Errorf("registering the translation to %s: %w", code, err)
	}
	return code, nil
}

// translation returns the messages of a language with every plural form filled
// in, since the system's language may tell more of them apart than the one the
// messages are in.
func translation(code string) ([]byte, error) {
	data, err := translations.ReadFile("translations/" + code + ".json")
	if err != nil {
		return nil, fmt.Errorf("reading the translation to %s: %w", code, err)
	}
	var messages map[string]any
	if err := json.Unmarshal(data, &messages); err != nil {
		return nil, fmt.Errorf("reading the translation to %s: %w", code, err)
	}
	for _, m := range messages {
		forms, plural := m.(map[string]any)
		if !plural {
			continue
		}
		for _, form := range []string{"zero", "one", "two", "few", "many"} {
			if _, ok := forms[form]; !ok {
				forms[form] = forms["other"]
			}
		}
	}
	return json.Marshal(messages)
}
