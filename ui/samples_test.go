package ui

import (
	"path/filepath"
	"strings"
	"testing"

	"fyne.io/fyne/v2/theme"

	"gaze/models/builtin"
	"gaze/ui/state/statetest"
)

func TestSamplesInTheWindow(t *testing.T) {
	statetest.CacheIn(t, t.TempDir())
	s := newScene(t, "en", theme.VariantDark)
	s.session.Library.OpenSamples()
	s.loop.Until(t, "the first view", func() bool { return s.session.View.Map != nil })
	if got, want := s.resultsFolder(), filepath.Join(s.exports(), "samples-gaze"); got != want {
		t.Errorf("the results of the samples go to %s, want %s", got, want)
	}
	s.golden(t, "samples-en-dark")
}

func TestModelCardInTheWindow(t *testing.T) {
	s := newScene(t, "zh", theme.VariantLight)
	s.showCard()
	s.golden(t, "card-zh-light")
}

func TestTablesAreListsInTheWindow(t *testing.T) {
	got := withoutTables("before\n\n| | a | b |\n|---|---|--:|\n| x | 1 | 2 |\n| y | 3 | 4 |\n\n| p | q |\n|:--|---|\n| 5 | 6 |\nafter\n")
	if want := "before\n\n- **x**: a 1 · b 2\n- **y**: a 3 · b 4\n\n- p 5 · q 6\nafter\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestLinksToFilesAreOnlyTextInTheWindow(t *testing.T) {
	got := withoutFiles("see [train](train/README.md) and [Caltech](https://data.caltech.edu/x)")
	if want := "see train and [Caltech](https://data.caltech.edu/x)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	for _, language := range Languages() {
		if !strings.Contains(builtin.Card(language), "](") {
			t.Errorf("the card in %s has no links to try", language)
		}
	}
}
