// Package golden compares what tests make with stored files. With
// GAZE_GOLDEN=update in the environment, which make golden sets, it stores what the
// tests make instead: look at every change before you commit it.
package golden

import (
	"image"
	"image/draw"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"testing"

	"gaze/compute/output"
)

// Update reports whether stored results are to be rewritten.
func Update() bool { return os.Getenv("GAZE_GOLDEN") == "update" }

// Image compares img with testdata/NAME.png. Channels may differ by one level,
// which processors that fuse products and sums need. An image that differs is left
// in testdata/failed.
func Image(t *testing.T, name string, img image.Image) {
	t.Helper()
	path := filepath.Join("testdata", name+".png")
	if Update() {
		WritePNG(t, path, img)
		return
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	stored, err := png.Decode(f)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	got, want := pixels(img), pixels(stored)
	failed := filepath.Join("testdata", "failed", name+".png")
	if got.Rect != want.Rect {
		WritePNG(t, failed, img)
		t.Fatalf("%s is %v, want %v; see %s", name, got.Rect.Size(), want.Rect.Size(), failed)
	}
	for i, v := range want.Pix {
		if max(v, got.Pix[i])-min(v, got.Pix[i]) > 1 {
			WritePNG(t, failed, img)
			t.Fatalf("%s: channel %d of pixel (%d, %d) is %d, want %d; see %s", name, i%4, i%got.Stride/4, i/got.Stride, got.Pix[i], v, failed)
		}
	}
}

// pixels are an image's, not multiplied by alpha, from (0, 0) on.
func pixels(img image.Image) *image.NRGBA {
	b := img.Bounds()
	dst := image.NewNRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	draw.Draw(dst, dst.Rect, img, b.Min, draw.Src)
	return dst
}

// WritePNG writes an image, and the folders it is to be in.
func WritePNG(t *testing.T, path string, img image.Image) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	// Not output.SavePNG, which saves time rather than the project's bytes.
	if err := output.Save(path, true, func(w io.Writer) error { return png.Encode(w, img) }); err != nil {
		t.Fatal(err)
	}
}

// Text compares text with the file at path.
func Text(t *testing.T, path, text string) {
	t.Helper()
	if Update() {
		err := output.Save(path, true, func(w io.Writer) error {
			_, err := io.WriteString(w, text)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return
	}
	stored, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(stored) != text {
		t.Errorf("%s is stale: make golden rewrites it", path)
	}
}
