package doctor

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"gaze/models"
)

// phrases are the English texts of all calls of say in the package.
func phrases(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) == 0 {
				return true
			}
			if f, ok := call.Fun.(*ast.Ident); !ok || f.Name != "say" {
				return true
			}
			if lit, ok := call.Args[0].(*ast.BasicLit); ok {
				text, err := strconv.Unquote(lit.Value)
				if err != nil {
					t.Fatal(err)
				}
				list = append(list, text)
			}
			return true
		})
	}
	for _, kind := range models.NoteKinds() {
		if kind != models.NoteText {
			note := models.Note{Kind: kind, Of: slices.Repeat([]string{"x"}, strings.Count(models.Note{Kind: kind}.Form(), "%s"))}
			list = append(list, noteOf(note).English)
		}
	}
	return append(list, reasons()...)
}

// worded reports whether a text has words besides the places for values.
func worded(text string) bool {
	for _, part := range strings.Split(text, "{") {
		if i := strings.Index(part, "}"); i >= 0 {
			part = part[i+1:]
		}
		// "3x4" is the same in every language.
		if part != "x" && strings.ContainsFunc(part, unicode.IsLetter) {
			return true
		}
	}
	return false
}

// Every phrase has words in every language, with the same places for values, and no
// language has words for a phrase that there is not.
func TestEveryPhraseIsTranslated(t *testing.T) {
	languages, err := Languages()
	if err != nil {
		t.Fatal(err)
	}
	if len(languages) < 2 {
		t.Fatal("there is only one language")
	}
	all := phrases(t)
	for _, l := range languages[1:] {
		for _, english := range all {
			text, ok := l.texts[english]
			if !ok {
				if worded(english) {
					t.Errorf("%s has no words for %q", l.Code, english)
				}
				continue
			}
			if !slices.Equal(placesOf(english), placesOf(text)) {
				t.Errorf("%s: %q and %q have other places for values", l.Code, english, text)
			}
		}
		for english := range l.texts {
			if !slices.Contains(all, english) {
				t.Errorf("%s has words for %q, which nobody says", l.Code, english)
			}
		}
	}
}

// placesOf lists the places for values in a text, sorted.
func placesOf(text string) []string {
	var list []string
	for _, part := range strings.Split(text, "{")[1:] {
		name, _, _ := strings.Cut(part, "}")
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}

func TestLanguageOfALocale(t *testing.T) {
	for locale, want := range map[string]string{
		"zh": "zh", "zh_CN.UTF-8": "zh", "zh-Hans": "zh", "en_GB.UTF-8": "en", "C": "en", "": "en", "zhx": "en",
	} {
		l, err := LanguageOf(locale)
		if err != nil || l.Code != want {
			t.Errorf("%q is %q, %v", locale, l.Code, err)
		}
	}
}
