package picture_test

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"testing"
)

// stored says which pixel of an upright w x h picture a camera wrote at column
// x and row y, by TIFF's words for each orientation: "row 0 is the ... of the
// scene, column 0 is the ...".
var stored = map[uint16]func(x, y, w, h int) (int, int){
	1: func(x, y, w, h int) (int, int) { return x, y },                 // top, left
	2: func(x, y, w, h int) (int, int) { return w - 1 - x, y },         // top, right
	3: func(x, y, w, h int) (int, int) { return w - 1 - x, h - 1 - y }, // bottom, right
	4: func(x, y, w, h int) (int, int) { return x, h - 1 - y },         // bottom, left
	5: func(x, y, w, h int) (int, int) { return y, x },                 // left, top
	6: func(x, y, w, h int) (int, int) { return w - 1 - y, x },         // right, top
	7: func(x, y, w, h int) (int, int) { return w - 1 - y, h - 1 - x }, // right, bottom
	8: func(x, y, w, h int) (int, int) { return y, h - 1 - x },         // left, bottom
}

// tiles is a picture of 3 x 2 grey tiles, all different, each 8 pixels wide so
// that JPEG keeps them apart.
func tiles(orientation uint16) *image.Gray {
	const w, h, side = 3, 2, 8
	cols, rows := w, h
	if orientation > 4 {
		cols, rows = h, w
	}
	img := image.NewGray(image.Rect(0, 0, cols*side, rows*side))
	for y := range rows * side {
		for x := range cols * side {
			sx, sy := stored[orientation](x/side, y/side, w, h)
			img.SetGray(x, y, tile(sx, sy))
		}
	}
	return img
}

func tile(x, y int) color.Gray { return color.Gray{uint8(40 * (1 + x + 3*y))} }

// TestOpenMakesPicturesUpright stores a picture in each of the eight ways a
// camera can be held, in each format that says so.
func TestOpenMakesPicturesUpright(t *testing.T) {
	containers := []struct {
		name string
		file func(byteOrder string, img *image.Gray, orientation uint16) []byte
	}{
		{"jpeg", func(byteOrder string, img *image.Gray, orientation uint16) []byte {
			file := encoded(t, func(b *bytes.Buffer) error { return jpeg.Encode(b, img, &jpeg.Options{Quality: 95}) })
			// Editors put XMP, which is an APP1 segment as well, before EXIF.
			xmp := segment(0xe1, []byte("http://ns.adobe.com/xap/1.0/\x00<x/>")...)
			return jpegWith(file, xmp, []byte{0xff}, segment(0xe1, append([]byte("Exif\x00\x00"), exif(byteOrder, orientation)...)...))
		}},
		{"png", func(byteOrder string, img *image.Gray, orientation uint16) []byte {
			file := encoded(t, func(b *bytes.Buffer) error { return png.Encode(b, img) })
			const header = 8 + 8 + 13 + 4
			return append(append(append([]byte{}, file[:header]...), chunk("eXIf", exif(byteOrder, orientation))...), file[header:]...)
		}},
		{"tiff", tiffOf},
	}
	for _, c := range containers {
		for o := range uint16(8) {
			for _, order := range []string{"II", "MM"} {
				t.Run(fmt.Sprintf("%s/%d/%s", c.name, o+1, order), func(t *testing.T) {
					img := open(t, write(t, "a", c.file(order, tiles(o+1), o+1))).Image
					if img.Rect != image.Rect(0, 0, 24, 16) {
						t.Fatalf("bounds %v, want 24x16", img.Rect)
					}
					for y := range 2 {
						for x := range 3 {
							got, want := int(img.NRGBAAt(8*x+4, 8*y+4).R), int(tile(x, y).Y)
							if got < want-3 || got > want+3 {
								t.Errorf("tile %d, %d is %d, want %d", x, y, got, want)
							}
						}
					}
				})
			}
		}
	}
}

func TestOpenMakesWebPUpright(t *testing.T) {
	// Held a quarter turn to the left: the stored rows are columns of the scene.
	simple := webpOf(10, 200, []byte{0, 0}, []byte{0, 1}, []byte{0, 0})
	for _, prefix := range []string{"", "Exif\x00\x00"} {
		img := open(t, write(t, "a.webp", webpExtended(simple, 2, 3, append([]byte(prefix), exif("II", 6)...)))).Image
		if img.Rect != image.Rect(0, 0, 3, 2) {
			t.Fatalf("bounds %v, want 3x2", img.Rect)
		}
		for i, want := range []uint8{10, 10, 10, 10, 200, 10} {
			if got := img.NRGBAAt(i%3, i/3).G; got != want {
				t.Errorf("pixel %d is %d, want %d", i, got, want)
			}
		}
	}
}

// TestBadEXIFIsNoReasonToRefuse: what cannot be understood means upright.
func TestBadEXIFIsNoReasonToRefuse(t *testing.T) {
	full := exif("II", 6)
	bad := map[string][]byte{
		"nothing":           {},
		"no byte order":     append([]byte("XX"), full[2:]...),
		"offset past end":   append([]byte("II\x2a\x00\xff\xff\xff\xff"), full[8:]...),
		"cut in the entry":  full[:len(full)-8],
		"orientation 0":     exif("II", 0),
		"orientation 9":     exif("MM", 9),
		"65535 entries":     append([]byte("II\x2a\x00\x08\x00\x00\x00\xff\xff"), full[10:22]...),
		"another data type": bytes.Replace(full, []byte{0x12, 1, 3, 0}, []byte{0x12, 1, 5, 0}, 1),
	}
	file := flatJPEG(false, 40)
	for name, ex := range bad {
		t.Run(name, func(t *testing.T) {
			open(t, write(t, "a.jpg", jpegWith(file, segment(0xe1, append([]byte("Exif\x00\x00"), ex...)...))))
		})
	}
}

func packed(t *testing.T, data []byte) []byte {
	return encoded(t, func(b *bytes.Buffer) error {
		w := zlib.NewWriter(b)
		if _, err := w.Write(data); err != nil {
			return err
		}
		return w.Close()
	})
}

// TestOrientationWhereverItIsStated: programs write it as another kind of number, in
// a second segment, or in XMP only.
func TestOrientationWhereverItIsStated(t *testing.T) {
	file := encoded(t, func(b *bytes.Buffer) error { return jpeg.Encode(b, tiles(6), &jpeg.Options{Quality: 95}) })
	mark, xmpMark := "Exif\x00\x00", "http://ns.adobe.com/xap/1.0/\x00"
	long := func(order string) []byte {
		b := exif(order, 6)
		// The orientation is the second entry: the kind, and its value of four bytes.
		entry := b[8+2+12:]
		if order == "II" {
			copy(entry[2:], []byte{4, 0, 1, 0, 0, 0, 6, 0, 0, 0})
		} else {
			copy(entry[2:], []byte{0, 4, 0, 0, 0, 1, 0, 0, 0, 6})
		}
		return b
	}
	none := bytes.Replace(exif("II", 6), []byte{0x12, 1, 3, 0}, []byte{0x13, 1, 3, 0}, 1)
	app1 := func(mark string, content []byte) []byte { return segment(0xe1, append([]byte(mark), content...)...) }
	xmp := func(s string) []byte { return []byte("<x:xmpmeta><rdf:Description " + s + "></x:xmpmeta>") }
	photo := encoded(t, func(b *bytes.Buffer) error { return png.Encode(b, tiles(6)) })
	const header = 8 + 8 + 13 + 4
	for name, data := range map[string][]byte{
		"a long number":          jpegWith(file, app1(mark, long("II"))),
		"a long number, MM":      jpegWith(file, app1(mark, long("MM"))),
		"an empty segment first": jpegWith(file, app1(mark, nil), app1(mark, exif("MM", 6))),
		"nothing in the first":   jpegWith(file, app1(mark, none), app1(mark, exif("II", 6))),
		"an attribute of XMP":    jpegWith(file, app1(xmpMark, xmp(`tiff:Orientation="6"`))),
		"an element of XMP":      jpegWith(file, app1(xmpMark, xmp(`><tiff:Orientation>6</tiff:Orientation>`))),
		"XMP after empty EXIF":   jpegWith(file, app1(mark, none), app1(xmpMark, xmp(`tiff:Orientation='6'`))),
		"EXIF is right, not XMP": jpegWith(file, app1(xmpMark, xmp(`tiff:Orientation="3"`)), app1(mark, exif("II", 6))),
		"a PNG with XMP":         join(photo[:header], chunk("iTXt", append([]byte("XML:com.adobe.xmp\x00\x00\x00\x00\x00"), xmp(`tiff:Orientation="6"`)...)), photo[header:]),
		"a PNG with packed XMP":  join(photo[:header], chunk("iTXt", append([]byte("XML:com.adobe.xmp\x00\x01\x00en\x00\x00"), packed(t, xmp(`tiff:Orientation="6"`))...)), photo[header:]),
		"a PNG of ImageMagick": join(photo[:header], chunk("zTXt", append([]byte("Raw profile type exif\x00\x00"),
			packed(t, fmt.Appendf(nil, "\nexif\n      44\n%x\n%x\n", exif("II", 6)[:10], exif("II", 6)[10:]))...)), photo[header:]),
		"a PNG with JPEG's prefix": join(photo[:header], chunk("eXIf", append([]byte(mark), exif("II", 6)...)), photo[header:]),
	} {
		t.Run(name, func(t *testing.T) {
			img := open(t, write(t, "a", data)).Image
			if img.Rect != image.Rect(0, 0, 24, 16) {
				t.Fatalf("bounds %v, want 24x16", img.Rect)
			}
			if got, want := int(img.NRGBAAt(4, 12).R), int(tile(0, 1).Y); got < want-3 || got > want+3 {
				t.Errorf("the tile at the lower left is %d, want %d", got, want)
			}
		})
	}
	for name, xmp := range map[string][]byte{
		"no number": xmp(`tiff:Orientation="x"`), "a wrong one": xmp(`tiff:Orientation="9"`), "cut": []byte(`tiff:Orientation="`),
	} {
		if img := open(t, write(t, "a", jpegWith(file, app1(xmpMark, xmp)))).Image; img.Rect != image.Rect(0, 0, 16, 24) {
			t.Errorf("%s: bounds %v, want it as it is stored", name, img.Rect)
		}
	}
}
