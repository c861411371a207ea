package doctor

import (
	"embed"
	"encoding/json"
	"fmt"
	"path"
	"strings"
)

// Phrase is a text of a page: an English sentence with places for values, in braces,
// and the values by the names of their places.
type Phrase struct {
	English string
	Values  map[string]any
}

// say makes a phrase; values are names and what stands in their places, in turn.
func say(english string, values ...any) Phrase {
	p := Phrase{English: english, Values: make(map[string]any, len(values)/2)}
	for i := 0; i+1 < len(values); i += 2 {
		p.Values[values[i].(string)] = values[i+1]
	}
	return p
}

// In is the phrase in a language. A value that is a phrase itself is translated too.
// What the language has no words for stays English.
func (p Phrase) In(l Language) string {
	text, ok := l.texts[p.English]
	if !ok {
		text = p.English
	}
	var pairs []string
	for name, value := range p.Values {
		switch v := value.(type) {
		case Phrase:
			value = v.In(l)
		case []Phrase:
			parts := make([]string, len(v))
			for i, part := range v {
				parts[i] = part.In(l)
			}
			value = strings.Join(parts, l.comma())
		}
		pairs = append(pairs, "{"+name+"}", fmt.Sprint(value))
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// Language has the words of one language.
type Language struct {
	Code string
	// texts are by their English ones; empty for English itself.
	texts map[string]string
}

func (l Language) comma() string {
	if l.Code == "zh" {
		return "、"
	}
	return ", "
}

//go:embed translations
var translations embed.FS

// Languages lists the languages of the pages: English, and one for each file of
// translations.
func Languages() ([]Language, error) {
	list := []Language{{Code: "en"}}
	files, err := translations.ReadDir("translations")
	if err != nil {
		return nil, fmt.Errorf("listing the languages: %w", err)
	}
	for _, f := range files {
		data, err := translations.ReadFile(path.Join("translations", f.Name()))
		if err != nil {
			return nil, fmt.Errorf("reading the language %s: %w", f.Name(), err)
		}
		l := Language{Code: strings.TrimSuffix(f.Name(), ".json")}
		if err := json.Unmarshal(data, &l.texts); err != nil {
			return nil, fmt.Errorf("reading the language %s: %w", f.Name(), err)
		}
		list = append(list, l)
	}
	return list, nil
}

// LanguageOf is the language of a code or a locale, such as "zh" or "zh_CN.UTF-8";
// English where there is no other.
func LanguageOf(locale string) (Language, error) {
	all, err := Languages()
	if err != nil {
		return Language{}, err
	}
	for _, l := range all[1:] {
		if rest, ok := strings.CutPrefix(locale, l.Code); ok && strings.Trim(rest[:min(1, len(rest))], "_-.@") == "" {
			return l, nil
		}
	}
	return all[0], nil
}
