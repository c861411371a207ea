package picture

import (
	"bytes"
	"compress/zlib"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// FuzzPNG: what is read row by row has the standard library's numbers, and mending a
// file ends.
func FuzzPNG(f *testing.F) {
	r := image.Rect(0, 0, 7, 5)
	grey, rgb, rgba := image.NewGray16(r), image.NewRGBA64(r), image.NewNRGBA64(r)
	for y := range 5 {
		for x := range 7 {
			v := uint16(y*y*x*1999 + x)
			grey.SetGray16(x, y, color.Gray16{Y: v})
			rgb.SetRGBA64(x, y, color.RGBA64{v, v / 3, uint16(x) << 9, 0xffff})
			rgba.SetNRGBA64(x, y, color.NRGBA64{v, v / 3, uint16(x) << 9, v << 1})
		}
	}
	for _, img := range []image.Image{grey, rgb, rgba} {
		var b bytes.Buffer
		if err := png.Encode(&b, img); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes())
	}
	files, err := filepath.Glob("testdata/kinds/*.png")
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
	f.Fuzz(func(t *testing.T, data []byte) {
		h := readPNGHeader(data)
		if len(data) < len(pngSignature) || string(data[:len(pngSignature)]) != pngSignature || h.width > 1<<10 || h.height > 1<<10 {
			return
		}
		if mended := mendPNG(data); mended != nil {
			_, _ = png.Decode(bytes.NewReader(mended))
		}
		d := h.deepRows(data)
		if d == nil {
			return
		}
		img, err := png.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatalf("the standard library does not read it: %v", err)
		}
		deep, alpha := deep16(img, h.colour&2 == 0)
		if len(d.deep.Planes) != len(deep.Planes) || !slices.Equal(alpha, d.alpha) {
			t.Fatalf("%d planes, not %d, or another alpha", len(d.deep.Planes), len(deep.Planes))
		}
		for c, plane := range deep.Planes {
			if !slices.Equal(plane.whole, d.deep.Planes[c].whole) {
				t.Errorf("other numbers of channel %d", c)
			}
		}
	})
}

// TestFiltersOfRows: rows of each filter have the standard library's numbers.
func TestFiltersOfRows(t *testing.T) {
	random := make([]byte, 5*(1+7*6))
	for i := range random {
		random[i] = byte(i * i * 7)
	}
	for y := range 5 {
		random[y*(1+7*6)] = byte(y) // one filter each
	}
	data := append([]byte{}, pngHeaderOf(7, 5)...)
	data = appendPNGChunk(data, "IDAT", deflated(t, random))
	data = appendPNGChunk(data, "IEND", nil)
	d := readPNGHeader(data).deepRows(data)
	if d == nil {
		t.Fatal("not read")
	}
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	deep, _ := deep16(img, false)
	for c, plane := range deep.Planes {
		if !slices.Equal(plane.whole, d.deep.Planes[c].whole) {
			t.Errorf("other numbers of channel %d", c)
		}
	}
}

// pngHeaderOf begins a PNG of colours of 16 bits.
func pngHeaderOf(width, height byte) []byte {
	return appendPNGChunk([]byte(pngSignature), "IHDR", []byte{0, 0, 0, width, 0, 0, 0, height, 16, 2, 0, 0, 0})
}

func deflated(t *testing.T, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
