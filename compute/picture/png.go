package picture

import (
	"encoding/binary"
	"image/png"
	"iter"
)

func pngFormat() format {
	return format{
		name: "png", extensions: []string{".png"}, magic: []string{"\x89PNG\r\n\x1a\n"},
		size: header(png.DecodeConfig), decode: whole(png.Decode),
		orientation: func(data []byte) int {
			for id, chunk := range pngChunks(data) {
				if id == "eXIf" {
					return tiffOrientation(chunk)
				}
			}
			return 1
		},
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
