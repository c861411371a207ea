package picture_test

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gaze/compute/picture"
	"gaze/models"
)

// saveGrey writes a grey picture of one row.
func saveGrey(t *testing.T, path string, values ...uint8) {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, len(values), 1))
	copy(img.Pix, values)
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// stackInput takes rows of four pixels as they are.
func stackInput(pattern string, count int) models.Input {
	in := levels(4, 1, models.FitStretch, 0).WithChannels(models.Channels(strings.Repeat("L", count)))
	in.Stack = pattern
	return in
}

// Any file of a picture gives all of its channels, in the pattern's order.
func TestStack(t *testing.T) {
	dir := t.TempDir()
	saveGrey(t, filepath.Join(dir, "a_B02.png"), 0, 10, 20, 30)
	saveGrey(t, filepath.Join(dir, "a_B03.png"), 40, 50, 60, 70)
	saveGrey(t, filepath.Join(dir, "a_B08.png"), 200, 210, 220, 230)
	saveGrey(t, filepath.Join(dir, "b_B02.png"), 1, 1, 1, 1)
	all := [][]float32{{0, 10, 20, 30}, {40, 50, 60, 70}, {200, 210, 220, 230}}
	for _, c := range []struct {
		pattern, given string
		want           [][]float32
		shown          color.NRGBA
	}{
		{"*_B{02,03,08}.png", "a_B03.png", all, color.NRGBA{0, 40, 200, 255}},
		{"*_B{08,03,02}.png", "a_B02.png", [][]float32{all[2], all[1], all[0]}, color.NRGBA{200, 40, 0, 255}},
		{"*_B{08,02}.png", "a_B08.png", [][]float32{all[2], all[0]}, color.NRGBA{100, 100, 100, 255}},
	} {
		in := stackInput(c.pattern, len(c.want))
		x, shown, seen, _, err := picture.Stack(t.Context(), filepath.Join(dir, c.given), in, picture.Options{})
		if err != nil {
			t.Fatalf("%s: %v", c.pattern, err)
		}
		if got := x.Data().([]float32); !slices.Equal(got, slices.Concat(c.want...)) {
			t.Errorf("%s of %s: %v", c.given, c.pattern, got)
		}
		if shown.NRGBAAt(0, 0) != c.shown || seen != image.Rect(0, 0, 4, 1) {
			t.Errorf("%s is shown as %v, seen %v", c.pattern, shown.NRGBAAt(0, 0), seen)
		}
	}
	// Numbers are each channel's own.
	in := stackInput("*_B{02,03}.png", 2)
	in.Mean, in.Std = []float32{10, 40}, []float32{5, 10}
	x, _, _, _, err := picture.Stack(t.Context(), filepath.Join(dir, "a_B02.png"), in, picture.Options{})
	if err != nil || !slices.Equal(x.Data().([]float32), []float32{-2, 0, 2, 4, 0, 1, 2, 3}) {
		t.Errorf("normalised: %v, %v", x, err)
	}
}

func TestStackRefuses(t *testing.T) {
	dir := t.TempDir()
	saveGrey(t, filepath.Join(dir, "a_1.png"), 1, 2, 3, 4)
	saveGrey(t, filepath.Join(dir, "b_1.png"), 1, 2, 3, 4)
	saveGrey(t, filepath.Join(dir, "b_2.png"), 1, 2, 3)
	in := stackInput("*_{1,2}.png", 2)
	_, _, _, _, err := picture.Stack(t.Context(), filepath.Join(dir, "a_1.png"), in, picture.Options{})
	var missing *picture.Error
	if !errors.As(err, &missing) || missing.Reason != picture.NotFound || missing.Path != filepath.Join(dir, "a_2.png") {
		t.Errorf("a channel that is not there: %v", err)
	}
	for path, says := range map[string]string{
		"b_1.png": "b_2.png: it is 3x1, and " + filepath.Join(dir, "b_1.png") + " is 4x1",
		"c.png":   "does not fit the pattern *_{1,2}.png",
	} {
		if _, _, _, _, err := picture.Stack(t.Context(), filepath.Join(dir, path), in, picture.Options{}); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v does not say %q", path, err, says)
		}
	}
	if _, _, err := picture.Tensor(row(1, 2, 3, 4), in); err == nil || !strings.Contains(err.Error(), "*_{1,2}.png") {
		t.Errorf("one picture for a stack: %v", err)
	}
}

// Bands of 16 bits keep their depth, all through one window: 1000 of 0 to 10000 is a
// tenth of 255, and 1001 a little more.
func TestStackKeepsDepth(t *testing.T) {
	dir := t.TempDir()
	for name, values := range map[string][]uint16{"a_1.png": {1000, 1001, 5000, 20000}, "a_2.png": {0, 2500, 2501, 10000}} {
		img := image.NewGray16(image.Rect(0, 0, 4, 1))
		for i, v := range values {
			img.SetGray16(i, 0, color.Gray16{v})
		}
		if err := os.WriteFile(filepath.Join(dir, name), pngOf(t, img), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	w, err := picture.ParseWindow("0,10000")
	if err != nil {
		t.Fatal(err)
	}
	x, _, _, told, err := picture.Stack(t.Context(), filepath.Join(dir, "a_2.png"), stackInput("*_{1,2}.png", 2), picture.Options{Window: w})
	if err != nil || len(told) != 0 {
		t.Fatal(told, err)
	}
	for i, want := range []float32{25.5, 25.5255, 127.5, 255, 0, 63.75, 63.7755, 255} {
		if got := x.Data().([]float32)[i]; got < want-1e-3 || got > want+1e-3 {
			t.Errorf("number %d is %g, want %g", i, got, want)
		}
	}
}
