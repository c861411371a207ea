package picture

import (
	"encoding/binary"
	"image"

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

// exifMark stands before EXIF data in formats that have other data in its place.
var exifMark = []byte("Exif\x00\x00")

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
