package picture

import (
	"os"
	"testing"
)

// FuzzOrientation: whatever states an orientation, it is one of eight.
func FuzzOrientation(f *testing.F) {
	for _, name := range []string{"lossy_avif_orientation_6.avif", "lossy_avif_animated.avif", "no_heic.heic", "rgb_big.tif", "rgb_frames.webp", "rgb_frames.png", "palette_frames.gif"} {
		data, err := os.ReadFile("testdata/kinds/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(`<x tiff:Orientation="6"/>`))
	f.Fuzz(func(t *testing.T, data []byte) {
		readers := []func([]byte) int{tiffOrientation, itemOrientation, xmpOrientation}
		for _, row := range formats() {
			if f, ok := detect(data); ok && f.name == row.name && row.orientation != nil {
				readers = append(readers, row.orientation)
			}
		}
		for _, read := range readers {
			if o := read(data); o < 1 || o > 8 {
				t.Fatalf("orientation %d", o)
			}
		}
		boxesCut(data)
		gifFrames(data)
	})
}
