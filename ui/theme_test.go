package ui

import (
	"bytes"
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
	"github.com/go-text/typesetting/font"
)

// TestFontsHaveTheTranslation fails when the translation has a character that
// fonts/subset.py was not run for.
func TestFontsHaveTheTranslation(t *testing.T) {
	own := newLook()
	for _, style := range []fyne.TextStyle{{}, {Bold: true}} {
		var faces []*font.Face
		for _, r := range []fyne.Resource{own.Font(style), theme.DefaultTheme().Font(style)} {
			face, err := font.ParseTTF(bytes.NewReader(r.Content()))
			if err != nil {
				t.Fatalf("%s: %v", r.Name(), err)
			}
			faces = append(faces, face)
		}
		for key, message := range messages(t, "zh") {
			for _, r := range text(message) {
				if !slices.ContainsFunc(faces, func(f *font.Face) bool {
					_, ok := f.NominalGlyph(r)
					return ok
				}) {
					t.Errorf("no font has %q of the translation of %q (style %+v)", r, key, style)
				}
			}
		}
	}
}
