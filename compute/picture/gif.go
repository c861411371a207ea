package picture

import "image/gif"

// The first frame of a GIF, which is what is read, may be smaller than the picture
// that it belongs to.
func gifFormat() format {
	return format{
		name: "gif", extensions: []string{".gif"}, magic: []string{"GIF87a", "GIF89a"},
		config: gif.DecodeConfig, decode: gif.Decode, canvas: true,
	}
}
