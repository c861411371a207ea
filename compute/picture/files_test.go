package picture_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"testing"
)

// This file makes the files the tests read, down to kinds that no encoder at
// hand writes: CMYK and progressive JPEG, WebP, EXIF.

func write(t testing.TB, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// encoded is img in the format of an Encode function.
func encoded(t testing.TB, encode func(*bytes.Buffer) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := encode(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func pngOf(t testing.TB, img image.Image) []byte {
	return encoded(t, func(b *bytes.Buffer) error { return png.Encode(b, img) })
}

// exif is a TIFF structure with nothing but the orientation, in the byte
// order "II" or "MM".
func exif(byteOrder string, orientation uint16) []byte {
	var order binary.AppendByteOrder = binary.LittleEndian
	if byteOrder == "MM" {
		order = binary.BigEndian
	}
	b := order.AppendUint16([]byte(byteOrder), 42)
	b = order.AppendUint32(b, 8)
	b = order.AppendUint16(b, 2)
	// An entry before the one that is looked for: image width.
	b = order.AppendUint16(b, 256)
	b = order.AppendUint16(b, 3)
	b = order.AppendUint32(b, 1)
	b = order.AppendUint32(b, 0)
	b = order.AppendUint16(b, 274)
	b = order.AppendUint16(b, 3)
	b = order.AppendUint32(b, 1)
	b = order.AppendUint16(b, orientation)
	b = order.AppendUint16(b, 0)
	return order.AppendUint32(b, 0)
}

// tiffOf is an uncompressed grey TIFF with an orientation.
func tiffOf(byteOrder string, img *image.Gray, orientation uint16) []byte {
	var order binary.AppendByteOrder = binary.LittleEndian
	if byteOrder == "MM" {
		order = binary.BigEndian
	}
	entries := [][2]uint16{ // tag and value
		{256, uint16(img.Rect.Dx())},
		{257, uint16(img.Rect.Dy())},
		{258, 8}, // bits a sample
		{259, 1}, // not compressed
		{262, 1}, // zero is black
		{273, 0}, // where the pixels are
		{274, orientation},
		{278, uint16(img.Rect.Dy())}, // rows a strip
		{279, uint16(len(img.Pix))},
	}
	entries[5][1] = uint16(8 + 2 + 12*len(entries) + 4)
	b := order.AppendUint16([]byte(byteOrder), 42)
	b = order.AppendUint32(b, 8)
	b = order.AppendUint16(b, uint16(len(entries)))
	for _, e := range entries {
		b = order.AppendUint16(b, e[0])
		b = order.AppendUint16(b, 3)
		b = order.AppendUint32(b, 1)
		b = order.AppendUint16(b, e[1])
		b = order.AppendUint16(b, 0)
	}
	b = order.AppendUint32(b, 0)
	return append(b, img.Pix...)
}

// segment is a JPEG segment.
func segment(marker byte, content ...byte) []byte {
	return append(binary.BigEndian.AppendUint16([]byte{0xff, marker}, uint16(2+len(content))), content...)
}

// jpegWith puts segments behind a JPEG's first marker.
func jpegWith(file []byte, segments ...[]byte) []byte {
	out := append([]byte{}, file[:2]...)
	for _, s := range segments {
		out = append(out, s...)
	}
	return append(out, file[2:]...)
}

// chunk is a PNG chunk.
func chunk(id string, content []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(content)))
	b = append(append(b, id...), content...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}

// pngHeader is a PNG with a size and no pixels.
func pngHeader(w, h uint32) []byte {
	ihdr := binary.BigEndian.AppendUint32(nil, w)
	ihdr = binary.BigEndian.AppendUint32(ihdr, h)
	ihdr = append(ihdr, 8, 2, 0, 0, 0)
	return append([]byte("\x89PNG\r\n\x1a\n"), chunk("IHDR", ihdr)...)
}

// flatJPEG is an 8x8 JPEG of one colour, given by its components as they are
// stored. All must be within 64..127 levels of 128, because there is one
// Huffman code only, for coefficients of ten bits.
func flatJPEG(progressive bool, components ...int) []byte {
	sof, last := byte(0xc0), byte(63)
	if progressive {
		sof, last = 0xc2, 0 // a single scan with the flat part of the picture
	}
	n := byte(len(components))
	frame := []byte{8, 0, 8, 0, 8, n}
	scan := []byte{n}
	for c := range n {
		frame = append(frame, c+1, 0x11, 0)
		scan = append(scan, c+1, 0)
	}
	scan = append(scan, 0, last, 0)
	code := func(class, symbol byte) []byte { return append(append([]byte{class, 1}, make([]byte, 15)...), symbol) }

	b := []byte{0xff, 0xd8}
	if n == 4 {
		b = append(b, segment(0xee, append([]byte("Adobe\x00\x64"), 0, 0, 0, 0, 0)...)...)
	}
	b = append(b, segment(0xdb, append([]byte{0}, bytes.Repeat([]byte{1}, 64)...)...)...)
	b = append(b, segment(sof, frame...)...)
	b = append(b, segment(0xc4, code(0x00, 10)...)...)
	if !progressive {
		b = append(b, segment(0xc4, code(0x10, 0)...)...)
	}
	b = append(b, segment(0xda, scan...)...)
	var bits []byte
	for _, v := range components {
		dc := 8 * (v - 128)
		if dc < 0 {
			dc += 1<<10 - 1
		}
		bits = append(bits, 0)
		for i := 9; i >= 0; i-- {
			bits = append(bits, byte(dc>>i&1))
		}
		if !progressive {
			bits = append(bits, 0) // end of block
		}
	}
	for len(bits)%8 != 0 {
		bits = append(bits, 1)
	}
	for i := 0; i < len(bits); i += 8 {
		var v byte
		for _, bit := range bits[i : i+8] {
			v = v<<1 | bit
		}
		if b = append(b, v); v == 0xff {
			b = append(b, 0)
		}
	}
	return append(b, 0xff, 0xd9)
}

// webpOf is a lossless WebP of two colours: (0, lo, 0) and (0, hi, 0), chosen
// by the bits of rows.
func webpOf(lo, hi byte, rows ...[]byte) []byte {
	var bits []byte
	put := func(v uint32, n int) {
		for i := range n {
			bits = append(bits, byte(v>>i&1))
		}
	}
	put(uint32(len(rows[0])-1), 14)
	put(uint32(len(rows)-1), 14)
	put(0, 1+3)   // no alpha, version 0
	put(0, 1+1+1) // no transform, no colour cache, one group of codes
	put(1, 1)     // green: a simple code of two symbols of 8 bits
	put(1, 1)
	put(1, 1)
	put(uint32(lo), 8)
	put(uint32(hi), 8)
	for _, symbol := range []uint32{0, 0, 255, 0} { // red, blue, alpha, distance
		put(1, 1)
		put(0, 1)
		put(1, 1)
		put(symbol, 8)
	}
	for _, row := range rows {
		bits = append(bits, row...)
	}
	data := make([]byte, 1+(len(bits)+7)/8)
	data[0] = 0x2f
	for i, bit := range bits {
		data[1+i/8] |= bit << (i % 8)
	}
	return riff(webpChunk("VP8L", data))
}

func webpChunk(id string, content []byte) []byte {
	b := binary.LittleEndian.AppendUint32([]byte(id), uint32(len(content)))
	b = append(b, content...)
	return append(b, make([]byte, len(content)%2)...)
}

func riff(chunks ...[]byte) []byte {
	body := append([]byte("WEBP"), bytes.Join(chunks, nil)...)
	return append(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(body))), body...)
}

// webpExtended wraps a simple WebP's image chunk with a canvas size and EXIF.
func webpExtended(simple []byte, w, h int, exif []byte) []byte {
	head := []byte{8, 0, 0, 0, byte(w - 1), byte((w - 1) >> 8), byte((w - 1) >> 16), byte(h - 1), byte((h - 1) >> 8), byte((h - 1) >> 16)}
	return riff(webpChunk("VP8X", head), simple[12:], webpChunk("EXIF", exif))
}
