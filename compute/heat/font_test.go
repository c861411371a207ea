package heat_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/sfnt"

	"gaze/models/labels"
)

// TestSheetsNeedNoSystemFont holds that all that a sheet says by itself, and the
// names of methods, figures and classes, are in the fonts that are compiled in.
// Only names of files and of a user's own classes may need others.
func TestSheetsNeedNoSystemFont(t *testing.T) {
	texts := append(labels.ImageNet(), "0123456789 −1.00e−05 … 3.4 × 10 %")
	for _, pattern := range []string{"*.go", "../*.go", "../cam/*.go", "../faith/*.go"} {
		written := literals(t, pattern)
		if len(written) < 10 {
			t.Errorf("%s has only %d texts", pattern, len(written))
		}
		texts = append(texts, written...)
	}
	for name, ttf := range map[string][]byte{"regular": goregular.TTF, "bold": gobold.TTF} {
		font, err := sfnt.Parse(ttf)
		if err != nil {
			t.Fatal(err)
		}
		var buf sfnt.Buffer
		for _, text := range texts {
			for _, r := range text {
				// Line breaks and tabs are not drawn.
				if i, err := font.GlyphIndex(&buf, r); r >= ' ' && (err != nil || i == 0) {
					t.Errorf("the %s font has no %q (%U) of %q", name, r, r, text)
				}
			}
		}
	}
}

// literals are the texts and characters in the code of some files, tests left
// out.
func literals(t *testing.T, pattern string) []string {
	t.Helper()
	names, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && (lit.Kind == token.STRING || lit.Kind == token.CHAR) {
				text, err := strconv.Unquote(lit.Value)
				if err != nil {
					t.Fatal(err)
				}
				texts = append(texts, text)
			}
			return true
		})
	}
	return texts
}
