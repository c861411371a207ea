// Package translations has the texts of the window, in a file for each language:
// CODE.json with a text for each key, which is the text in English. The key
// language.name is what the language calls itself.
package translations

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
)

//go:embed *.json
var own embed.FS

// Catalogue is a folder with a file for each language.
type Catalogue struct{ files fs.FS }

// Own are the languages that are part of the program.
func Own() Catalogue { return Of(own) }

// Of are the languages in a folder, of which one has to be en.
func Of(files fs.FS) Catalogue { return Catalogue{files} }

// Language is one of the window's languages.
type Language struct {
	// Code is what the language is chosen by: "zh".
	Code string
	// Name is what it calls itself: "简体中文".
	Name string
}

// nameKey is the key of a language's name.
const nameKey = "language.name"

// Languages lists the languages by their codes.
func (c Catalogue) Languages() []Language {
	var list []Language
	for _, code := range c.Codes() {
		l := Language{Code: code, Name: code}
		if messages, err := c.messages(code); err == nil {
			if name, ok := messages[nameKey].(string); ok {
				l.Name = name
			}
		}
		list = append(list, l)
	}
	return list
}

// Codes lists the codes of the languages.
func (c Catalogue) Codes() []string {
	names, err := fs.Glob(c.files, "*.json")
	if err != nil {
		return nil
	}
	for i, name := range names {
		names[i] = strings.TrimSuffix(name, path.Ext(name))
	}
	slices.Sort(names)
	return names
}

// Speak makes all text that is asked for from now on come in the given
// language; with an empty or unknown one, in the system's where there is a
// translation and otherwise in English. It returns the language in use.
//
// Fyne always follows the system. The chosen text is therefore registered as
// the translation for the system's language.
func (c Catalogue) Speak(code string) (string, error) {
	system := lang.SystemLocale().LanguageString()
	if !slices.Contains(c.Codes(), code) {
		code = "en"
		if base, _, _ := strings.Cut(system, "-"); slices.Contains(c.Codes(), base) {
			code = base
		}
	}
	messages, err := c.messages(code)
	if err != nil {
		return code, err
	}
	data, err := json.Marshal(withAllForms(messages))
	if err != nil {
		return code, fmt.Errorf("registering the translation to %s: %w", code, err)
	}
	if err := lang.AddTranslations(fyne.NewStaticResource(system+".json", data)); err != nil {
		return code, fmt.Errorf("registering the translation to %s: %w", code, err)
	}
	return code, nil
}

// messages reads a language's file.
func (c Catalogue) messages(code string) (map[string]any, error) {
	data, err := fs.ReadFile(c.files, code+".json")
	if err != nil {
		return nil, fmt.Errorf("reading the translation to %s: %w", code, err)
	}
	var messages map[string]any
	if err := json.Unmarshal(data, &messages); err != nil {
		return nil, fmt.Errorf("reading the translation to %s: %w", code, err)
	}
	return messages, nil
}

// withAllForms fills in every plural form, since the system's language may tell
// more of them apart than the one the messages are in.
func withAllForms(messages map[string]any) map[string]any {
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
	return messages
}
