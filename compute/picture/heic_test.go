//go:build heic

package picture_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gaze/compute/picture"
)

// TestHEIC compares files that testdata/heic.py made with what Pillow's plugin shows.
func TestHEIC(t *testing.T) {
	files, err := filepath.Glob("testdata/heic/*.heic")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		if filepath.Base(file) == "deep_444.heic" {
			continue // see TestHEICIsLimited
		}
		name := strings.TrimSuffix(filepath.Base(file), ".heic")
		t.Run(name, func(t *testing.T) {
			limit := 1.0
			if strings.HasSuffix(name, "_420") || strings.HasSuffix(name, "_422") {
				// This libheif wrongly interpolates what lies at the edges: see docs/design.md.
				limit = 2.5
			}
			got := open(t, file).Image
			if d := difference(t, got, open(t, strings.TrimSuffix(file, ".heic")+".png").Image); d > limit {
				t.Errorf("%.2f levels from the picture on average", d)
			}
			if strings.HasPrefix(name, "orientation") {
				if d := difference(t, got, open(t, "testdata/heic/orientation_1.png").Image); d > 3 {
					t.Errorf("%.2f levels from the upright picture on average", d)
				}
			}
		})
	}
}

// TestHEICIsLimited as all formats are, and what is not read is refused by name.
func TestHEICIsLimited(t *testing.T) {
	data, err := os.ReadFile("testdata/heic/size_131_444.heic")
	if err != nil {
		t.Fatal(err)
	}
	path := write(t, "a.heic", data)
	wantError(t, path, picture.Limits{Pixels: 131*131 - 1}, picture.TooManyPixels, "more than the limit")
	wantError(t, write(t, "b.heic", data[:len(data)/2]), picture.Limits{}, picture.Truncated, "cut off")
	sequence := []byte("\x00\x00\x00\x14ftyphevc\x00\x00\x00\x00hevc\x00\x00\x00\x08moov")
	for _, path := range []string{write(t, "c.heic", sequence), "testdata/heic/deep_444.heic"} {
		_, err = picture.Open(t.Context(), path, picture.Options{})
		var e *picture.Error
		if !errors.As(err, &e) || e.Reason != picture.Unsupported || e.Kind == "" || e.Tag != "" {
			t.Errorf("%s: %v", path, err)
		}
	}
}
