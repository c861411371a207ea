package picture

import (
	"bytes"
	"encoding/binary"
	"image"
	"iter"

	"golang.org/x/image/webp"
)

func webpFormat() format {
	return format{
		name: "webp", extensions: []string{".webp"}, magic: []string{"RIFF????WEBPVP8"},
		config: webp.DecodeConfig, decode: webp.Decode, stated: webpFrame, video: true,
		orientation: func(data []byte) int {
			for id, chunk := range webpChunks(data) {
				if id == "EXIF" {
					// Some programs write JPEG's prefix here too.
					return tiffOrientation(bytes.TrimPrefix(chunk, exifMark))
				}
			}
			return 1
		},
	}
}

// webpFrame is the size that a WebP file's first image chunk states; (0, 0) if
// there is none. An extended WebP states its size twice.
func webpFrame(data []byte) image.Point {
	for id, c := range webpChunks(data) {
		switch {
		case id == "VP8 " && len(c) >= 10:
			return image.Pt(int(binary.LittleEndian.Uint16(c[6:])&0x3fff), int(binary.LittleEndian.Uint16(c[8:])&0x3fff))
		case id == "VP8L" && len(c) >= 5:
			v := binary.LittleEndian.Uint32(c[1:])
			return image.Pt(int(v&0x3fff)+1, int(v>>14&0x3fff)+1)
		}
	}
	return image.Point{}
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
