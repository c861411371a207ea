package picture

import (
	"bytes"
	"errors"
	"image"

	"gaze/compute/picture/wasm"
)

// A JPEG XL file is a stream or has boxes, one of which is a stream.
const jpegXLBoxes = "\x00\x00\x00\x0cJXL \r\n\x87\n"

func jpegXLFormat() format {
	cut := func(data []byte) bool { return bytes.HasPrefix(data, []byte(jpegXLBoxes)) && boxesCut(data) }
	return format{
		name: "jxl", extensions: []string{".jxl"}, magic: []string{"\xff\x0a", jpegXLBoxes},
		size: sizeBy(wasm.JPEGXL(), cut), decode: decodeBy(wasm.JPEGXL(), cut),
	}
}

// sizeBy reads sizes with a codec. Its errors do not tell what is wrong, so cut tells
// whether a file lacks its end.
func sizeBy(codec wasm.Codec, cut func([]byte) bool) func(*source) (image.Point, error) {
	return func(s *source) (image.Point, error) {
		// The decoder has a memory of its own, which is not larger for those who allow
		// larger pictures.
		s.lim.Pixels = min(s.lim.Pixels, wasm.MaxPixels)
		size, err := codec.Size(s.ctx, s.data)
		return size, cutError(s, cut, err)
	}
}

func decodeBy(codec wasm.Codec, cut func([]byte) bool) func(*source) (decoded, error) {
	return func(s *source) (decoded, error) {
		p, err := codec.Decode(s.ctx, s.data, s.size)
		if err != nil {
			return decoded{}, cutError(s, cut, err)
		}
		d := decoded{img: p.Image}
		if p.Animated {
			d.notices = []Notice{{Kind: NoticeFirst}}
		}
		return d, nil
	}
}

func cutError(s *source, cut func([]byte) bool, err error) error {
	if err != nil && s.ctx.Err() == nil && !errors.Is(err, wasm.ErrTimeout) && cut(s.data) {
		return errCut
	}
	return err
}
