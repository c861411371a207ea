package tiff_test

import (
	"image"
	"image/color"
	"os"
	"path/filepath"
	"testing"

	"gaze/compute/picture/tiff"
)

// FuzzDecode: whatever is in a file, there is a picture of the size that it states
// or an error, and no panic.
func FuzzDecode(f *testing.F) {
	files, err := filepath.Glob("../testdata/kinds/*.tif")
	if err != nil || len(files) == 0 {
		f.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	jpeg := func(stream []byte, _ bool) (image.Image, error) {
		img := image.NewGray(image.Rect(0, 0, len(stream)%64, 64))
		img.Set(0, 0, color.White)
		return img, nil
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		cfg, err := tiff.DecodeConfig(data)
		if err != nil || cfg.Width < 1 || cfg.Height < 1 || int64(cfg.Width)*int64(cfg.Height) > 1<<16 {
			return
		}
		p, err := tiff.Decode(t.Context(), data, tiff.Options{JPEG: jpeg})
		switch {
		case err != nil:
		case p.Samples != nil:
			s := p.Samples
			if s.Width != cfg.Width || s.Height != cfg.Height || !full(s) {
				t.Fatalf("samples of %d x %d in %d planes and %d whole ones", s.Width, s.Height, len(s.Planes), len(s.Whole))
			}
		case p.Image.Bounds() != image.Rect(0, 0, cfg.Width, cfg.Height):
			t.Fatalf("bounds %v of a picture of %d x %d", p.Image.Bounds(), cfg.Width, cfg.Height)
		}
	})
}

// full reports whether there is a number for each pixel.
func full(s *tiff.Samples) bool {
	n := s.Width * s.Height
	return len(s.Planes) > 0 && len(s.Planes[0]) == n && s.Whole == nil || len(s.Whole) > 0 && len(s.Whole[0]) == n && s.Planes == nil
}
