package jpeg_test

import (
	"image"
	"os"
	"path/filepath"
	"testing"

	"gaze/compute/picture/jpeg"
)

// FuzzDecode: whatever is in a file, there is a picture of the size that it states
// or an error, and no panic.
func FuzzDecode(f *testing.F) {
	files, err := filepath.Glob("../testdata/kinds/*.jpg")
	if err != nil || len(files) == 0 {
		f.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data, 0)
	}
	f.Fuzz(func(t *testing.T, data []byte, colour int) {
		p, err := jpeg.Decode(t.Context(), data, jpeg.Options{Colour: jpeg.Colour(uint(colour) % 3), Pixels: 1 << 16})
		if err != nil {
			return
		}
		size, err := jpeg.Size(data)
		if err != nil || p.Image.Bounds() != (image.Rectangle{Max: size}) || p.Missing < 0 || p.Missing >= 1 {
			t.Fatalf("bounds %v of a picture of %v, %v, %.2f missing", p.Image.Bounds(), size, err, p.Missing)
		}
	})
}
