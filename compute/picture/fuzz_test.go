package picture_test

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"

	"gaze/compute/picture"
	"gaze/models"
)

// FuzzOpen: whatever is in a file, there is an opaque picture of bounded size
// or an error that names the file and a reason.
func FuzzOpen(f *testing.F) {
	img := image.NewPaletted(image.Rect(0, 0, 9, 5), color.Palette{color.White, color.Black, color.Transparent})
	for i := range img.Pix {
		img.Pix[i] = uint8(i % 3)
	}
	seeds := [][]byte{
		pngOf(f, img), pngHeader(40000, 40000),
		encoded(f, func(b *bytes.Buffer) error { return gif.Encode(b, img, nil) }),
		encoded(f, func(b *bytes.Buffer) error { return bmp.Encode(b, img) }),
		encoded(f, func(b *bytes.Buffer) error { return tiff.Encode(b, img, nil) }),
		encoded(f, func(b *bytes.Buffer) error {
			return tiff.Encode(b, img, &tiff.Options{Compression: tiff.Deflate, Predictor: true})
		}),
		encoded(f, func(b *bytes.Buffer) error { return jpeg.Encode(b, img, nil) }),
		flatJPEG(false, 20, 240, 240, 240), flatJPEG(true, 200),
		jpegWith(flatJPEG(false, 40), segment(0xe1, append([]byte("Exif\x00\x00"), exif("MM", 6)...)...)),
		webpOf(10, 200, []byte{0, 1}), webpExtended(webpOf(10, 200, []byte{0, 1}), 2, 1, exif("II", 5)),
		[]byte("text"),
		{},
	}
	for _, s := range seeds {
		f.Add(s)
	}
	// Decoders in a sandbox are too slow for a fuzzer, which is not to find what they
	// do with their own memory.
	files, err := filepath.Glob("testdata/kinds/*.[bgtp]*")
	if err != nil || len(files) == 0 {
		f.Fatalf("%d files, %v", len(files), err)
	}
	for _, more := range []string{"testdata/dicom/*.dcm", "testdata/profiles/*.[jptw]*"} {
		list, err := filepath.Glob(more)
		if err != nil || len(list) == 0 {
			f.Fatalf("%s: %d files, %v", more, len(list), err)
		}
		files = append(files, list...)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	limits := picture.Limits{Pixels: 1 << 16}
	in := models.ImageNetInput(8, 9)
	f.Fuzz(func(t *testing.T, data []byte) {
		path := write(t, "a", data)
		p, err := picture.Open(t.Context(), path, picture.Options{Limits: limits, ICC: len(data)%2 == 0})
		if err != nil {
			var e *picture.Error
			if !errors.As(err, &e) || e.Path != path || e.Text() == "" || e.Text() == string(e.Reason) {
				t.Fatalf("error %#v does not say what is wrong with which file", err)
			}
			return
		}
		size := p.Image.Rect.Size()
		if p.Image.Rect.Min != (image.Point{}) || size.X < 1 || size.Y < 1 || int64(size.X*size.Y) > limits.Pixels || !p.Image.Opaque() {
			t.Fatalf("bounds %v, opaque %v", p.Image.Rect, p.Image.Opaque())
		}
		if _, seen, err := p.Tensor(in); err != nil || !seen.In(p.Image.Rect) {
			t.Fatalf("seen %v of %v, error %v", seen, p.Image.Rect, err)
		}
	})
}
