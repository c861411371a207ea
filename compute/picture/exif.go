package picture

import (
	"bytes"
	"encoding/binary"
	"image"
	"regexp"
	"strconv"

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

// Marks stand before EXIF and XMP in formats that have other data in their place.
var (
	exifMark = []byte("Exif\x00\x00")
	xmpMark  = []byte("http://ns.adobe.com/xap/1.0/\x00")
)

// tiffOrientation reads the orientation from the first directory of a TIFF or
// BigTIFF structure, the former of which is also what EXIF is. It is 1 where there
// is none, or none that makes sense.
func tiffOrientation(data []byte) int {
	if o, ok := statedOrientation(data); ok {
		return o
	}
	return 1
}

// statedOrientation reports whether a TIFF structure states an orientation.
func statedOrientation(data []byte) (int, bool) {
	const tagOrientation = 274
	if len(data) < 16 {
		return 1, false
	}
	var order binary.ByteOrder
	switch string(data[:2]) {
	case "II":
		order = binary.LittleEndian
	case "MM":
		order = binary.BigEndian
	default:
		return 1, false
	}
	// Where the directory is, how many entries it has, their size and where the value
	// is in them.
	at, countSize, entrySize, place := uint64(order.Uint32(data[4:])), uint64(2), 12, 8
	if order.Uint16(data[2:]) == 43 { // BigTIFF
		at, countSize, entrySize, place = order.Uint64(data[8:]), 8, 20, 12
	}
	size := uint64(len(data))
	if at > size || size-at < countSize {
		return 1, false
	}
	count := uint64(order.Uint16(data[at:]))
	if countSize == 8 {
		count = order.Uint64(data[at:])
	}
	entries := data[at+countSize:]
	for ; count > 0 && len(entries) >= entrySize; count-- {
		if order.Uint16(entries) == tagOrientation {
			o := 0
			// It should be SHORT; some programs write it as BYTE or LONG.
			switch value := entries[place:]; order.Uint16(entries[2:]) {
			case 1:
				o = int(value[0])
			case 3:
				o = int(order.Uint16(value))
			case 4:
				o = int(order.Uint32(value))
			}
			return clampOrientation(o)
		}
		entries = entries[entrySize:]
	}
	return 1, false
}

func clampOrientation(o int) (int, bool) {
	if o < 1 || o > 8 {
		return 1, false
	}
	return o, true
}

// xmpStated is how XMP has the orientation: as an attribute or as an element.
var xmpStated = regexp.MustCompile(`tiff:Orientation(?:="|='|>)([0-9])["'<]`)

// xmpOrientation reads the orientation from XMP, 1 where there is none.
func xmpOrientation(data []byte) int {
	if i := bytes.Index(data, []byte("tiff:Orientation")); i >= 0 {
		if m := xmpStated.FindSubmatch(data[i:]); m != nil {
			if n, err := strconv.Atoi(string(m[1])); err == nil {
				o, _ := clampOrientation(n)
				return o
			}
		}
	}
	return 1
}
