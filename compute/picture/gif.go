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
			d := decoded{img: img, bounds: image.Rectangle{Max: s.size}}
			if gifFrames(s.data) > 1 {
				d.notices = []Notice{{Kind: NoticeFirst}}
			}
			return d, err
		},
	}
}

// gifFrames counts frames up to the second one.
func gifFrames(data []byte) (frames int) {
	const header, table = 13, 0x80
	if len(data) < header {
		return 0
	}
	at := header
	colours := func(flags byte) int {
		if flags&table == 0 {
			return 0
		}
		return 3 << (flags&7 + 1)
	}
	at += colours(data[10])
	for at+2 <= len(data) && frames < 2 {
		switch data[at] {
		case 0x21: // an extension
			at += 2
		case 0x2c: // a frame
			if frames++; at+10 > len(data) {
				return frames
			}
			at += 10 + colours(data[at+9]) + 1
		default:
			return frames
		}
		// Blocks of up to 255 bytes follow, the last of which is empty.
		for at < len(data) && data[at] > 0 {
			at += 1 + int(data[at])
		}
		at++
	}
	return frames
}
