package picture

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/jpeg"
	"iter"

	lenient "gaze/compute/picture/jpeg"
)

func jpegFormat() format {
	return format{
		name: "jpeg", extensions: []string{".jfif", ".jif", ".jpe", ".jpeg", ".jpg"}, magic: []string{"\xff\xd8"},
		size: jpegSize, decode: decodeJPEG,
		orientation: func(data []byte) int {
			o := 1
			for marker, segment := range jpegSegments(data) {
				switch {
				case marker != 0xe1:
				case bytes.HasPrefix(segment, exifMark):
					// An Exif segment that states nothing may be followed by one that does.
					if stated, ok := statedOrientation(segment[len(exifMark):]); ok {
						return stated
					}
				case bytes.HasPrefix(segment, xmpMark):
					o = xmpOrientation(segment[len(xmpMark):])
				}
			}
			return o
		},
	}
}

// jpegSize reads the size of a file of any kind, also of those that cannot be read.
func jpegSize(s *source) (image.Point, error) {
	cfg, err := jpeg.DecodeConfig(s.reader())
	if err == nil {
		return image.Pt(cfg.Width, cfg.Height), nil
	}
	s.ended = false
	return lenient.Size(s.data)
}

// decodeJPEG leaves to the standard library what it reads, and the rest to this
// project's decoder.
func decodeJPEG(s *source) (decoded, error) {
	img, refused := jpeg.Decode(s.reader())
	if refused == nil || s.ctx.Err() != nil {
		return decoded{img: img}, refused
	}
	ended := s.ended
	s.ended = false
	p, err := lenient.Decode(s.ctx, s.data, lenient.Options{Pixels: s.lim.Pixels})
	if err != nil {
		return decoded{}, err
	}
	if s.lim.Strict && (p.Cut || p.Damaged) {
		s.ended = ended || p.Cut
		return decoded{}, refused
	}
	d := decoded{img: p.Image}
	switch {
	case p.Damaged:
		d.notices = []Notice{{Kind: NoticeDamaged, Missing: p.Missing}}
	case p.Cut:
		d.notices = []Notice{{Kind: NoticeCut, Missing: p.Missing}}
	}
	return d, nil
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
