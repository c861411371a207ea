package ui

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fyne.io/fyne/v2/theme"

	"gaze/models/builtin"
	"gaze/models/builtin/samples"
)

// cacheIn has the user's cache and the system's temporary files in new folders.
func cacheIn(t *testing.T, cache string) {
	t.Helper()
	t.Setenv("HOME", cache)
	t.Setenv("XDG_CACHE_HOME", cache)
	t.Setenv("LocalAppData", cache)
	t.Setenv("TMPDIR", t.TempDir())
}

func TestSamplesAreShownInTheirOrder(t *testing.T) {
	cacheIn(t, t.TempDir())
	d := deskWith(t, &fakeEngine{net: tinyNetwork(t, "tiny")})
	d.openSamples()
	d.loop.until(t, "the first view", func() bool { return d.view != nil })
	list := samples.List()
	if len(d.pictures) != len(list) || d.settings.Place != "" {
		t.Fatalf("%d pictures of %d samples, place %q", len(d.pictures), len(list), d.settings.Place)
	}
	for i, p := range d.pictures {
		want, err := fs.ReadFile(samples.FS(), list[i].Name)
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(p.Path)
		if err != nil || string(got) != string(want) || p.Err != nil {
			t.Errorf("%s is not the sample %s: %v, %v", p.Path, list[i].Name, err, p.Err)
		}
	}
}

func TestDamagedSamplesAreMended(t *testing.T) {
	dir := t.TempDir()
	list, err := writeSamples(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(list[0].Path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(list[0].Path, whole[:100], 0o600); err != nil {
		t.Fatal(err)
	}
	kept, err := os.Stat(list[1].Path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := writeSamples(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	if mended, err := os.ReadFile(list[0].Path); err != nil || string(mended) != string(whole) {
		t.Errorf("the cut file has %d bytes of %d: %v", len(mended), len(whole), err)
	}
	if still, err := os.Stat(list[1].Path); err != nil || !os.SameFile(kept, still) {
		t.Errorf("a whole file was written again: %v", err)
	}
}

func TestSamplesNeedNoCache(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	cacheIn(t, file)
	list, err := unpackSamples(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if rel, err := filepath.Rel(os.TempDir(), list[0].Path); err != nil || strings.HasPrefix(rel, "..") {
		t.Errorf("the samples are in %s", list[0].Path)
	}
}

func TestSamplesInTheWindow(t *testing.T) {
	cacheIn(t, t.TempDir())
	s := newScene(t, "en", theme.VariantDark)
	s.session.openSamples()
	s.loop.until(t, "the first view", func() bool { return s.session.view != nil })
	if got, want := s.resultsFolder(), filepath.Join(s.exports(), "samples-gaze"); got != want {
		t.Errorf("the results of the samples go to %s, want %s", got, want)
	}
	// One version of Go decodes JPEGs a little differently than another.
	s.goldenWithin(t, "samples-en-dark", 3)
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
