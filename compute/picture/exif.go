package picture

import (
	"bytes"
	"encoding/binary"
	"image"
	"iter"

	"github.com/disintegration/imaging"
)

// upright undoes an EXIF orientation, 1..8 in the order of the TIFF 6.0
// specification (Orientation, tag 274): which sides of the scene the first row
// and the first column of pixels are.
func upright(img *image.NRGBA, orientation int) *image.NRGBA {
	switch orientation {
	case 2: // top, right
		return imaging.FlipH(img)
	case 3: // bottom, right
		return imaging.Rotate180(img)
	case 4: // bottom, left
		return imaging.FlipV(img)
	case 5: // left, top
		return imaging.Transpose(img)
	case 6: // right, top
		return imaging.Rotate270(img)
	case 7: // right, bottom
		return imaging.Transverse(img)
	case 8: // left, bottom
		return imaging.Rotate90(img)
	}
	return img
}

// orientation finds the EXIF orientation in a file of the named format. It is
// 1, upright, where there is none or it makes no sense.
func orientation(format string, data []byte) int {
	exif := []byte("Exif\x00\x00")
	switch format {
	case "tiff":
		return tiffOrientation(data)
	case "jpeg":
		for marker, segment := range jpegSegments(data) {
			if marker == 0xe1 && bytes.HasPrefix(segment, exif) {
				return tiffOrientation(segment[len(exif):])
			}
		}
	case "png":
		for id, chunk := range pngChunks(data) {
			if id == "eXIf" {
				return tiffOrientation(chunk)
			}
		}
	case "webp":
		for id, chunk := range webpChunks(data) {
			if id == "EXIF" {
				// Some programs write JPEG's prefix here too.
				return tiffOrientation(bytes.TrimPrefix(chunk, exif))
			}
		}
	}
	return 1
}

// tiffOrientation reads the orientation from the first directory of a TIFF
// structure, which is also what EXIF is.
func tiffOrientation(data []byte) int {
	const (
		tagOrientation = 274
		typeShort      = 3
		entrySize      = 12
	)
	if len(data) < 8 {
		return 1
	}
	var order binary.ByteOrder
	switch string(data[:2]) {
	case "II":
		order = binary.LittleEndian
	case "MM":
		order = binary.BigEndian
	default:
		return 1
	}
	at := int64(order.Uint32(data[4:]))
	if at+2 > int64(len(data)) {
		return 1
	}
	entries := data[at+2:]
	for range order.Uint16(data[at:]) {
		if len(entries) < entrySize {
			break
		}
		if order.Uint16(entries) == tagOrientation && order.Uint16(entries[2:]) == typeShort {
			if o := int(order.Uint16(entries[8:])); o >= 1 && o <= 8 {
				return o
			}
			break
		}
		entries = entries[entrySize:]
	}
	return 1
}

// jpegSegments yields the marker codes and contents of the segments before the
// first scan.
func jpegSegments(data []byte) iter.Seq2[byte, []byte] {
	return func(yield func(byte, []byte) bool) {
		const startOfScan = 0xda
		for data = data[2:]; len(data) >= 4 && data[0] == 0xff; {
			marker := data[1]
			if marker == 0xff { // fill byte
				data = data[1:]
				continue
			}
			n := 2 + int(binary.BigEndian.Uint16(data[2:]))
			if marker == startOfScan || n < 4 || n > len(data) || !yield(marker, data[4:n]) {
				return
			}
			data = data[n:]
		}
	}
}

// pngChunks yields the types and contents of the chunks.
func pngChunks(data []byte) iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		const signature, head, crc = 8, 8, 4
		for data = data[signature:]; len(data) >= head; {
			n := head + int64(binary.BigEndian.Uint32(data))
			if n+crc > int64(len(data)) || !yield(string(data[4:8]), data[head:n]) {
				return
			}
			data = data[n+crc:]
		}
	}
}

// webpChunks yields the types and contents of the chunks.
func webpChunks(data []byte) iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		const signature, head = 12, 8
		for data = data[signature:]; len(data) >= head; {
			n := head + int64(binary.LittleEndian.Uint32(data[4:]))
			// The last chunk of a file that was cut off is still looked into.
			end := min(n, int64(len(data)))
			if !yield(string(data[:4]), data[head:end]) {
				return
			}
			data = data[min(n+n%2, int64(len(data))):]
		}
	}
}
