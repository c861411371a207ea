package picture_test

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"runtime"
	"testing"

	"golang.org/x/image/tiff"

	"gaze/compute/picture"
)

// TestMemoryIsBoundedByPixels: a small file that unfolds to a large picture takes as
// much as [picture.Limits] says and no more. All that is allocated is counted, of
// which some is free again before the rest is needed.
func TestMemoryIsBoundedByPixels(t *testing.T) {
	const side = 1200
	r := image.Rect(0, 0, side, side)
	for name, data := range map[string][]byte{
		"two colours": pngOf(t, image.NewPaletted(r, color.Palette{color.White, color.Black})),
		"grey":        pngOf(t, image.NewGray(r)),
		"16 bits":     pngOf(t, image.NewGray16(r)),
		"alpha":       pngOf(t, image.NewNRGBA64(r)),
		"jpeg":        encoded(t, func(b *bytes.Buffer) error { return jpeg.Encode(b, image.NewRGBA(r), nil) }),
		"tiff": encoded(t, func(b *bytes.Buffer) error {
			return tiff.Encode(b, image.NewGray16(r), &tiff.Options{Compression: tiff.Deflate})
		}),
	} {
		t.Run(name, func(t *testing.T) {
			path := write(t, "a", data)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			open(t, path)
			runtime.ReadMemStats(&after)
			took := float64(after.TotalAlloc-before.TotalAlloc-uint64(len(data))) / (side * side)
			t.Logf("%d kB unfold to %d million pixels: %.1f bytes a pixel", len(data)/1000, side*side/1_000_000, took)
			if took > 30 {
				t.Errorf("%.1f bytes a pixel", took)
			}
			wantError(t, path, picture.Limits{Pixels: side*side - 1}, picture.TooManyPixels, "more than the limit")
		})
	}
}

// TestLargePicturesStayAsTheyAreStored: opened in strips, they take at most 6 bytes a
// pixel. All that is allocated is counted.
func TestLargePicturesStayAsTheyAreStored(t *testing.T) {
	if testing.Short() {
		t.Skip("encodes large pictures")
	}
	const side = 4010
	r := image.Rect(0, 0, side, side)
	opaque := image.NewRGBA64(r)
	for i := range opaque.Pix {
		opaque.Pix[i] = 255
	}
	// Of inks: a small file whose size is another, and whose pixels are mostly missing.
	inks, err := os.ReadFile("testdata/kinds/jpegcmykunmarked_.jpg")
	if err != nil {
		t.Fatal(err)
	}
	binary.BigEndian.PutUint32(inks[bytes.Index(inks, []byte{0xff, 0xc0})+5:], side<<16|side)
	inks = append(inks[:len(inks)-2], make([]byte, 4*side*side/64/64)...)
	for name, row := range map[string]struct {
		most float64
		data []byte
	}{
		"two colours": {1, pngOf(t, image.NewPaletted(r, color.Palette{color.White, color.Black}))},
		"16 bits":     {2, pngOf(t, image.NewGray16(r))},
		"48 bits":     {6, pngOf(t, opaque)},
		"jpeg":        {1.5, encoded(t, func(b *bytes.Buffer) error { return jpeg.Encode(b, image.NewRGBA(r), nil) })},
		"inks":        {4.05, inks},
		"tiff": {2, encoded(t, func(b *bytes.Buffer) error {
			return tiff.Encode(b, image.NewGray16(r), &tiff.Options{Compression: tiff.Deflate})
		})},
	} {
		t.Run(name, func(t *testing.T) {
			path := write(t, "a", row.data)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			p, err := picture.Open(t.Context(), path, picture.Options{Strips: true})
			runtime.ReadMemStats(&after)
			if err != nil || p.Image != nil || p.View().Bounds() != r {
				t.Fatalf("image %v, bounds %v, %v", p.Image != nil, p.View().Bounds(), err)
			}
			const base = 8 << 20
			took := float64(after.TotalAlloc-before.TotalAlloc) - float64(len(row.data)) - base
			if took > row.most*side*side {
				t.Errorf("%.2f bytes a pixel, want at most %g", took/(side*side), row.most)
			}
		})
	}
}

// TestFilesThatCannotHaveTheirPixels are refused before memory is taken for these.
func TestFilesThatCannotHaveTheirPixels(t *testing.T) {
	progressive, err := os.ReadFile("testdata/kinds/cut_progressive.jpg")
	if err != nil {
		t.Fatal(err)
	}
	frame := bytes.Index(progressive, []byte{0xff, 0xc2})
	copy(progressive[frame+5:], []byte{0x27, 0x10, 0x27, 0x10}) // 10000 x 10000
	rle, err := os.ReadFile("testdata/kinds/palette_rle8.bmp")
	if err != nil {
		t.Fatal(err)
	}
	copy(rle[18:], []byte{0x10, 0x27, 0, 0, 0x10, 0x27, 0, 0})
	for name, data := range map[string][]byte{"a.jpg": progressive, "a.bmp": rle, "a.png": pngHeader(10000, 10000)} {
		path := write(t, name, data)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		wantError(t, path, picture.Limits{}, picture.Truncated, "cut off after")
		runtime.ReadMemStats(&after)
		if took := after.TotalAlloc - before.TotalAlloc; took > 8<<20 {
			t.Errorf("%s: %d bytes for a file of %d", name, took, len(data))
		}
	}
}
