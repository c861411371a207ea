package picture_test

import (
	"errors"
	"image"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"gaze/compute/picture"
)

// TestKindsOfFiles reads one picture from many kinds of files, which
// testdata/kinds.py made with other programs. The beginning of a file's name says
// which PNG, as Pillow wrote it, shows the same.
func TestKindsOfFiles(t *testing.T) {
	files, err := filepath.Glob("testdata/kinds/*_*")
	if err != nil || len(files) < 50 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		name := filepath.Base(file)
		of, _, _ := strings.Cut(name, "_")
		if of == "no" || of == "deep" || of == "cut" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			got := open(t, file).Image
			want := open(t, filepath.Join("testdata/kinds", of+".png")).Image
			limit := 1.0
			switch {
			// What other decoders lost is lost in the same way.
			case strings.HasPrefix(of, "jpeg"), strings.HasPrefix(of, "webp"):
				limit = 0
			// Lossy kinds of the best quality are a few levels off.
			case strings.HasPrefix(name, "grey_jpeg"), of == "lossy":
				limit = 6
			}
			if d := difference(t, got, want); d > limit {
				t.Errorf("%.2f levels from the picture on average", d)
			}
		})
	}
}

// difference is the mean absolute difference of two pictures' colours, in levels.
func difference(t *testing.T, a, b *image.NRGBA) float64 {
	t.Helper()
	if a.Rect != b.Rect {
		t.Fatalf("bounds %v, want %v", a.Rect, b.Rect)
	}
	sum := 0.0
	for i, v := range a.Pix {
		sum += math.Abs(float64(v) - float64(b.Pix[i]))
	}
	return sum / float64(a.Rect.Dx()*a.Rect.Dy()*3)
}

// TestKindsThatAreRefused: the error names the kind.
func TestKindsThatAreRefused(t *testing.T) {
	for file, kind := range map[string]string{
		"no_lzma.tif":            "LZMA",
		"no_lerc.tif":            "LERC",
		"no_jpeg2000.tif":        "JPEG 2000",
		"no_webp.tif":            "WebP",
		"no_jpegxl.tif":          "JPEG XL",
		"no_lab.tif":             "CIE L*a*b*",
		"no_complex.tif":         "complex numbers",
		"no_channels.tif":        "5 channels without colours",
		"no_jpeg.bmp":            "JPEG",
		"no_png.bmp":             "PNG",
		"no_os2_huffman.bmp":     "Huffman 1D",
		"no_jpeg2000.jp2":        "JPEG 2000",
		"no_jpeg2000_stream.j2k": "JPEG 2000",
	} {
		t.Run(file, func(t *testing.T) {
			_, err := picture.Open(t.Context(), filepath.Join("testdata/kinds", file), picture.Options{})
			var e *picture.Error
			if !errors.As(err, &e) || e.Reason != picture.Unsupported || e.Kind != kind {
				t.Errorf("error %#v, want one of kind %q", err, kind)
			}
		})
	}
}
