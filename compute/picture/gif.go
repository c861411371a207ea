package picture

import (
	"image"
	"image/gif"
)

// The first frame of a GIF, which is what is read, may be smaller than the picture
// that it belongs to.
func gifFormat() format {
	return format{
		name: "gif", extensions: []string{".gif"}, magic: []string{"GIF87a", "GIF89a"},
		size: header(gif.DecodeConfig),
		decode: func(s *source) (decoded, error) {
			img, err := gif.Decode(s.reader())
			return decoded{img: img, bounds: image.Rectangle{Max: s.size}}, err
		},
	}
}
