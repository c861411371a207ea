package picture

import (
	"bytes"
	"encoding/binary"
	"image/jpeg"
	"iter"
)

func jpegFormat() format {
	return format{
		name: "jpeg", extensions: []string{".jpeg", ".jpg"}, magic: []string{"\xff\xd8"},
		config: jpeg.DecodeConfig, decode: jpeg.Decode,
		orientation: func(data []byte) int {
			for marker, segment := range jpegSegments(data) {
				if marker == 0xe1 && bytes.HasPrefix(segment, exifMark) {
					return tiffOrientation(segment[len(exifMark):])
				}
			}
			return 1
		},
	}
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
