package translations

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"fyne.io/fyne/v2/lang"
)

// usedKeys returns the keys of all calls of lang.L and lang.N in the window's
// packages, true for those with a plural.
func usedKeys(t *testing.T) map[string]bool {
	t.Helper()
	var files []string
	if err := filepath.WalkDir("..", func(path string, _ fs.DirEntry, err error) error {
		if filepath.Ext(path) == ".go" {
			files = append(files, path)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	keys := map[string]bool{}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			f, ok := call.Fun.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if pkg, ok := f.X.(*ast.Ident); !ok || pkg.Name != "lang" || f.Sel.Name != "L" && f.Sel.Name != "N" {
				return true
			}
			lit, ok := call.Args[0].(*ast.BasicLit)
			if !ok {
				t.Errorf("%s: the key is not a literal", set.Position(call.Pos()))
				return true
			}
			key, err := strconv.Unquote(lit.Value)
			if err != nil {
				t.Fatal(err)
			}
			keys[key] = f.Sel.Name == "N"
			return true
		})
	}
	if len(keys) < 50 {
		t.Fatalf("found only %d keys", len(keys))
	}
	return keys
}

func messages(t *testing.T, code string) map[string]any {
	t.Helper()
	m, err := Own().messages(code)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// text is a message, or the form of its plural that all languages have.
func text(message any) string {
	if forms, ok := message.(map[string]any); ok {
		message = forms["other"]
	}
	s, _ := message.(string)
	return s
}

var placeholder = regexp.MustCompile(`{{[^}]*}}`)

func TestEveryTextIsTranslated(t *testing.T) {
	en := messages(t, "en")
	used := usedKeys(t)
	for key := range used {
		if got := text(en[key]); got != key {
			t.Errorf("%q is %q in English", key, got)
		}
	}
	for _, language := range Own().Languages() {
		there := messages(t, language.Code)
		for key, plural := range used {
			got := text(there[key])
			switch {
			case got == "":
				t.Errorf("%q is not in %s", key, language.Name)
			case language.Code != "en" && got == key && key != placeholder.FindString(key) && !strings.HasPrefix(key, "{{.Done}}"):
				t.Errorf("%q is the same in %s", key, language.Name)
			}
			if _, ok := there[key].(map[string]any); ok != plural {
				t.Errorf("%q: plural forms in the file: %v; asked for: %v", key, ok, plural)
			}
			want, have := placeholder.FindAllString(key, -1), placeholder.FindAllString(got, -1)
			slices.Sort(want)
			slices.Sort(have)
			if !slices.Equal(want, have) {
				t.Errorf("%q has the placeholders %v in %q", key, have, got)
			}
		}
		for key := range en {
			if _, ok := there[key]; !ok {
				t.Errorf("%q is only in English", key)
			}
		}
		for key := range there {
			if _, ok := en[key]; !ok {
				t.Errorf("%q is only in %s", key, language.Name)
			}
		}
	}
}

func TestLanguagesAreTheFiles(t *testing.T) {
	want := []Language{{"en", "English"}, {"zh", "简体中文"}}
	if got := Own().Languages(); !slices.Equal(got, want) {
		t.Errorf("the languages are %v, want %v", got, want)
	}
}

// Fyne asks for the words of its own dialogs by these keys.
func TestWordsOfFynesDialogsAreTranslated(t *testing.T) {
	if _, err := Own().Speak("zh"); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{
		"Cancel", "Confirm", "Copy", "Create Folder", "Cut", "Enter filename", "Error", "Favourites", "File", "Folder",
		"New Folder", "No", "OK", "Open", "Paste", "Save", "Select all", "Show Hidden Files", "Yes", "file.name", "file.parent",
	} {
		if got := lang.X(key, "untranslated"); got == "untranslated" || got == text(messages(t, "en")[key]) {
			t.Errorf("%q is said as %q", key, got)
		}
	}
}

func TestUnknownLanguageIsTheSystems(t *testing.T) {
	t.Setenv("LANG", "C")
	t.Setenv("LC_ALL", "zh_CN.UTF-8")
	if got, err := Own().Speak("klingon"); got != "zh" || err != nil {
		t.Errorf("speaks %q: %v", got, err)
	}
	t.Setenv("LC_ALL", "de_DE.UTF-8")
	if got, err := Own().Speak(""); got != "en" || err != nil {
		t.Errorf("speaks %q: %v", got, err)
	}
}
