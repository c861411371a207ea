package report

import (
	"embed"
	"encoding/json"
	"fmt"
	"html"
	"io/fs"
	"path"
	"strings"
)

// The page's parts: page.html, style.css and the scripts, which are put into one in the
// order of their names; and its words, a file for each language.
//
//go:embed page translations
var files embed.FS

// page is the page with everything but the data.
func page(title string) (string, error) {
	frame, err := files.ReadFile("page/page.html")
	if err != nil {
		return "", err
	}
	style, err := files.ReadFile("page/style.css")
	if err != nil {
		return "", err
	}
	names, err := fs.Glob(files, "page/*.js")
	if err != nil {
		return "", err
	}
	var script strings.Builder
	for _, name := range names {
		part, err := files.ReadFile(name)
		if err != nil {
			return "", err
		}
		script.Write(part)
	}
	words, err := words()
	if err != nil {
		return "", err
	}
	return strings.NewReplacer(
		"{{title}}", html.EscapeString(title), "{{style}}", string(style), "{{words}}", words, "{{script}}", script.String(), "{{data}}", Data,
	).Replace(string(frame)), nil
}

// words are the words of all languages as JSON, by the code of the language.
func words() (string, error) {
	names, err := fs.Glob(files, "translations/*.json")
	if err != nil {
		return "", err
	}
	all := make(map[string]map[string]string)
	for _, name := range names {
		data, err := files.ReadFile(name)
		if err != nil {
			return "", err
		}
		var texts map[string]string
		if err := json.Unmarshal(data, &texts); err != nil {
			return "", fmt.Errorf("%s: %w", name, err)
		}
		all[strings.TrimSuffix(path.Base(name), ".json")] = texts
	}
	data, err := json.Marshal(all)
	return string(data), err
}
