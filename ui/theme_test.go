package ui

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	"github.com/go-text/typesetting/font"

	"gaze/compute/cam"
	"gaze/compute/faith"
	"gaze/compute/heat"
	"gaze/models/builtin"
	"gaze/models/labels"
	"gaze/ui/state"
	"gaze/ui/words"
)

// carriedFonts are those that are part of the program, by style: the ones in
// which Fyne looks for a character before it asks the system for a font.
type carriedFonts map[fyne.TextStyle][]*font.Face

// check fails for the characters of a text that no carried font has.
func (c carriedFonts) check(t *testing.T, text string, style fyne.TextStyle) {
	t.Helper()
	if c[style] == nil {
		for _, r := range []fyne.Resource{newLook().Font(style), theme.DefaultTheme().Font(style), theme.DefaultEmojiFont(), theme.DefaultSymbolFont()} {
			face, err := font.ParseTTF(bytes.NewReader(r.Content()))
			if err != nil {
				t.Fatalf("%s: %v", r.Name(), err)
			}
			c[style] = append(c[style], face)
		}
	}
	for _, r := range text {
		has := func(f *font.Face) bool {
			_, ok := f.NominalGlyph(r)
			return ok
		}
		// Line breaks and tabs are not drawn.
		if r >= ' ' && !slices.ContainsFunc(c[style], has) {
			t.Errorf("no font of the program has %q (%U) of %q in style %+v", r, r, text, style)
		}
	}
}

// checkWords checks texts in the styles that the window writes in.
func (c carriedFonts) checkWords(t *testing.T, texts ...string) {
	t.Helper()
	for _, style := range []fyne.TextStyle{{}, {Bold: true}} {
		for _, text := range texts {
			c.check(t, text, style)
		}
	}
}

// checkTree checks all that can be read in a tree, in its own styles.
func (c carriedFonts) checkTree(t *testing.T, root fyne.CanvasObject) {
	t.Helper()
	for _, text := range visible[*canvas.Text](root) {
		c.check(t, text.object.Text, text.object.TextStyle)
	}
}

// TestFontsHaveTheTranslation fails when the translation has a character that
// fonts/subset.py was not run for.
func TestFontsHaveTheTranslation(t *testing.T) {
	fonts := carriedFonts{}
	for _, language := range Languages() {
		for _, message := range messages(t, language) {
			fonts.checkWords(t, text(message))
		}
	}
}

func TestFontsHaveNumbers(t *testing.T) {
	fonts := carriedFonts{}
	for _, language := range Languages() {
		speak(t, language)
		for _, v := range []float64{0, -1, 99, -0.30361, 2.1, 1234.5, 2.5e-5, -3e7, -1e-300, math.MaxFloat64} {
			fonts.checkWords(t, words.Value(v), state.Hundredths(v), words.Number(v))
		}
		for p := 0.00001; p < 2; p *= 7 {
			fonts.checkWords(t, words.Percent(p))
		}
		for n := int64(1); n < 1e15; n *= 11 {
			fonts.checkWords(t, words.ByteSize(n), words.Number(float64(n)), words.Duration(time.Duration(n)), words.Shape([]int{int(n), 7, 7}))
		}
		fonts.checkWords(t, state.Hundredths(math.NaN()), breadcrumb("/a/b/c/d/e"))
	}
}

// TestFontsHaveSigns holds the signs that texts may use without another look at
// the fonts.
func TestFontsHaveSigns(t *testing.T) {
	carriedFonts{}.checkWords(t, "0123456789", "+−±×÷·=≈<≤≥>∞", "%°µ⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "–—…›‹“”‘’«»", "✓✗★◆", "←↑→↓")
}

func TestFontsHaveNames(t *testing.T) {
	fonts := carriedFonts{}
	for _, m := range cam.Methods() {
		fonts.checkWords(t, m.Name, m.Title)
	}
	for _, m := range faith.Metrics() {
		fonts.checkWords(t, m.Title)
	}
	for _, m := range heat.Colormaps() {
		fonts.checkWords(t, m.Name)
	}
	net, err := builtin.Network()
	if err != nil {
		t.Fatal(err)
	}
	fonts.checkWords(t, net.Labels...)
	fonts.checkWords(t, net.Explainable()...)
	fonts.checkWords(t, labels.ImageNet()...)
}

// TestFontsHaveWhatIsWrittenInTheCode looks at every text and character in the window.
func TestFontsHaveWhatIsWrittenInTheCode(t *testing.T) {
	fonts := carriedFonts{}
	texts := 0
	for _, pattern := range []string{"*.go", "mode/*.go", "state/*.go", "translations/*.go", "widget/*.go", "words/*.go"} {
		names, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
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
					fonts.checkWords(t, text)
					texts++
				}
				return true
			})
		}
	}
	if texts < 500 {
		t.Errorf("found only %d texts", texts)
	}
}

func TestFontsHaveTheModelCard(t *testing.T) {
	fonts := carriedFonts{}
	for _, language := range Languages() {
		s := newScene(t, language, theme.VariantLight)
		s.showCard()
		s.draw()
		fonts.checkTree(t, s.top())
		if got, want := len(strings.Join(texts(s.top()), "")), len(builtin.Card(language))/2; got < want {
			t.Errorf("only %d bytes of the card can be read; want %d at least", got, want)
		}
	}
}
