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

// sources calls look with every Go file of the window's packages, tests left out.
func sources(t *testing.T, look func(set *token.FileSet, file *ast.File)) {
	t.Helper()
	if err := filepath.WalkDir("..", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return err
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, nil, 0)
		if err == nil {
			look(set, file)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

// usedKeys returns the keys of all calls of lang.L and lang.N in the window's
// packages, true for those with a plural.
func usedKeys(t *testing.T) map[string]bool {
	t.Helper()
	keys := map[string]bool{}
	sources(t, func(set *token.FileSet, file *ast.File) {
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
	})
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

// shared lists the words that some languages share with English. Chinese shares
// none.
var shared = []string{
	"Architecture", "Classes", "Error", "Input", "Name", "No", "Notes", "OK", "Source", "Start", "bicubic", "bilinear", "{{.Time}} ms",
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
			case language.Code != "zh" && slices.Contains(shared, key):
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

// setters are methods of Fyne's widgets that take a text to show.
var setters = []string{"SetText", "SetTitle", "SetPlaceHolder", "Say"}

var (
	// neutral matches what is the same in all languages: formats, and names of data
	// sets.
	neutral = regexp.MustCompile(`%[-+ #0-9.]*[a-z]|ImageNet-1k`)
	word    = regexp.MustCompile(`\p{L}{2,}`)
)

// untranslated lists the words that a file gives to a constructor or a setter of
// Fyne, or returns as a title, and does not take from a language.
func untranslated(file *ast.File) []*ast.BasicLit {
	var found []*ast.BasicLit
	var look func(e ast.Expr)
	look = func(e ast.Expr) {
		switch e := e.(type) {
		case *ast.BasicLit:
			if e.Kind == token.STRING && word.MatchString(neutral.ReplaceAllString(e.Value, "")) {
				found = append(found, e)
			}
		case *ast.BinaryExpr:
			look(e.X)
			look(e.Y)
		case *ast.ParenExpr:
			look(e.X)
		case *ast.CompositeLit:
			for _, element := range e.Elts {
				look(element)
			}
		case *ast.CallExpr:
			if f, ok := e.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == "Sprintf" {
				look(e.Args[0])
			}
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			f, ok := n.Fun.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			name := f.Sel.Name
			pkg, _ := f.X.(*ast.Ident)
			made := pkg != nil && slices.Contains([]string{"fyne", "canvas", "container", "dialog", "fynewidget", "widget"}, pkg.Name) &&
				(strings.HasPrefix(name, "New") || strings.HasPrefix(name, "Show")) && name != "NewStaticResource"
			if made || slices.Contains(setters, name) {
				for _, arg := range n.Args {
					look(arg)
				}
			}
		case *ast.FuncDecl:
			if n.Name.Name != "Title" || n.Body == nil {
				return true
			}
			ast.Inspect(n.Body, func(inner ast.Node) bool {
				if r, ok := inner.(*ast.ReturnStmt); ok {
					for _, e := range r.Results {
						look(e)
					}
				}
				return true
			})
		}
		return true
	})
	return found
}

func TestNothingIsShownUntranslated(t *testing.T) {
	sources(t, func(set *token.FileSet, file *ast.File) {
		for _, lit := range untranslated(file) {
			t.Errorf("%s: %s is shown in every language", set.Position(lit.Pos()), lit.Value)
		}
	})
	const wrong = `package p
func (m *mode) Title() string { return "Map only" }
func f() {
	widget.NewLabel("Count: " + n)
	fyne.NewMenuItem("Save", func() { label.SetText(fmt.Sprintf("%d pictures", 3)) })
	widget.NewButton(lang.L("Open"), nil)
	label.SetText(fmt.Sprintf("%.0f / %d", 1.0, 2) + words.Number(3))
}`
	file, err := parser.ParseFile(token.NewFileSet(), "wrong.go", wrong, 0)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, lit := range untranslated(file) {
		found = append(found, lit.Value)
	}
	if want := []string{`"Map only"`, `"Count: "`, `"Save"`, `"%d pictures"`}; !slices.Equal(found, want) {
		t.Errorf("found %q", found)
	}
}

func TestLanguagesAreTheFiles(t *testing.T) {
	files, err := filepath.Glob("*.json")
	if err != nil {
		t.Fatal(err)
	}
	got := Own().Languages()
	if len(got) != len(files) {
		t.Errorf("the languages are %v, the files %v", got, files)
	}
	for _, want := range []Language{{"en", "English"}, {"zh", "简体中文"}} {
		if !slices.Contains(got, want) {
			t.Errorf("the languages are %v, without %v", got, want)
		}
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
	// Manx is hardly ever going to be a file here. Klingon has no rule for plurals,
	// without which Fyne takes no texts.
	t.Setenv("LC_ALL", "gv_IM.UTF-8")
	if got, err := Own().Speak(""); got != "en" || err != nil {
		t.Errorf("speaks %q: %v", got, err)
	}
}
