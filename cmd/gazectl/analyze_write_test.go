package main

import (
	"encoding/json"
	"image"
	_ "image/jpeg"
	_ "image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestAnalyzeWritesWhatIsChosen lists the files of each choice.
func TestAnalyzeWritesWhatIsChosen(t *testing.T) {
	dir := t.TempDir()
	draw(t, filepath.Join(dir, "mug.png"), 400, 300)
	always := []string{"manifest.json", "results.jsonl"}
	for _, r := range []struct {
		flags []string
		want  []string
	}{
		{nil, []string{"mug.png.layer4.gradcam.jpg", "report-data", "report.html", "results.csv"}},
		{[]string{"--write", "table"}, []string{"results.csv"}},
		{[]string{"--write", "sheet", "--format", "png"}, []string{"mug.png.layer4.gradcam.png"}},
		{[]string{"--write", "raw,overlay,map"}, []string{"mug.png.layer4.gradcam.map.jpg", "mug.png.layer4.gradcam.npy", "mug.png.layer4.gradcam.overlay.jpg"}},
	} {
		out := t.TempDir()
		if o := gazectl(t, append([]string{"analyze", dir, "--out", out}, r.flags...)...); o.status != exitOK {
			t.Errorf("%v: status %d, %s", r.flags, o.status, o.stderr)
		}
		want := slices.Sorted(slices.Values(slices.Concat(always, r.want)))
		if got := names(t, out); !slices.Equal(got, want) {
			t.Errorf("%v writes %q, not %q", r.flags, got, want)
		}
	}
}

// TestMaxSide bounds the pictures that are written, whatever the photograph's size.
func TestMaxSide(t *testing.T) {
	dir, out := t.TempDir(), t.TempDir()
	draw(t, filepath.Join(dir, "mug.png"), 900, 300)
	if o := gazectl(t, "analyze", dir, "--out", out, "--write", "sheet,overlay", "--max-side", "200", "--format", "png"); o.status != exitOK {
		t.Fatalf("status %d, %s", o.status, o.stderr)
	}
	files, err := filepath.Glob(filepath.Join(out, "*.png"))
	if err != nil || len(files) != 2 {
		t.Fatalf("%q, %v", files, err)
	}
	for _, path := range files {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		c, _, err := image.DecodeConfig(f)
		f.Close()
		if err != nil || max(c.Width, c.Height) > 200 || c.Width < 100 {
			t.Errorf("%s is %dx%d, %v", path, c.Width, c.Height, err)
		}
	}
}

// TestManifestListsTheFiles holds that the manifest names every file but itself.
func TestManifestListsTheFiles(t *testing.T) {
	dir, out := t.TempDir(), t.TempDir()
	draw(t, filepath.Join(dir, "mug.png"), 40, 30)
	if o := gazectl(t, "analyze", dir, "--out", out, "--write", "sheet,table"); o.status != exitOK {
		t.Fatalf("status %d, %s", o.status, o.stderr)
	}
	data, err := os.ReadFile(filepath.Join(out, "manifest.json"))
	if err != nil || !json.Valid(data) {
		t.Fatalf("%s, %v", data, err)
	}
	for _, name := range names(t, out) {
		if name != "manifest.json" && !strings.Contains(string(data), `"`+name+`"`) {
			t.Errorf("the manifest lacks %s", name)
		}
	}
}

func TestWhatCannotBeWritten(t *testing.T) {
	dir := t.TempDir()
	draw(t, filepath.Join(dir, "mug.png"), 40, 30)
	for says, flags := range map[string][]string{
		`--write knows no "pdf"; it knows sheet`:             {"--write", "sheet,pdf"},
		"--write names sheet twice":                          {"--write", "sheet,sheet"},
		"--quality 0 is not from 1 to 100":                   {"--quality", "0"},
		"--max-side -1 is below 0":                           {"--max-side=-1"},
		"are for the report: add it to --write":              {"--write", "table", "--truth", "none"},
		"--boxes and --masks both say where the objects are": {"--boxes", dir, "--masks", dir},
	} {
		o := gazectl(t, append([]string{"analyze", dir, "--out", t.TempDir()}, flags...)...)
		if o.status == exitOK || !strings.Contains(o.stderr, says) {
			t.Errorf("%v: status %d, %q does not say %q", flags, o.status, o.stderr, says)
		}
	}
}

// names lists what lies in a folder, sorted.
func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}
