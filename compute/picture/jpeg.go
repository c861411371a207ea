package picture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"iter"

	"gaze/compute/picture/jpeg"
)

func jpegFormat() format {
	return format{
		name: "jpeg", extensions: []string{".jfif", ".jif", ".jpe", ".jpeg", ".jpg"}, magic: []string{"\xff\xd8"},
		size: func(s *source) (image.Point, error) { return jpeg.Size(s.data) }, decode: decodeJPEG,
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
		profile: jpegProfile,
	}
}

// jpegProfile joins the parts of an ICC profile, which are numbered from 1.
func jpegProfile(data []byte) []byte {
	mark := []byte("ICC_PROFILE\x00")
	parts := make(map[int][]byte)
	for marker, segment := range jpegSegments(data) {
		if marker == 0xe2 && bytes.HasPrefix(segment, mark) && len(segment) > len(mark)+2 {
			parts[int(segment[len(mark)])] = segment[len(mark)+2:]
		}
	}
	var profile []byte
	for i := 1; i <= len(parts); i++ {
		if parts[i] == nil {
			return nil
		}
		profile = append(profile, parts[i]...)
	}
	return profile
}

// JPEG is read by a package of this project's own, which gives libjpeg's pixels and
// tells what was wrong. The standard library's rounds otherwise, refuses files that
// others read, and reads some damaged ones without a word.
func decodeJPEG(s *source) (decoded, error) {
	p, err := jpeg.Decode(s.ctx, s.data, jpeg.Options{Pixels: s.lim.Pixels})
	if err != nil {
		return decoded{}, err
	}
	d := decoded{img: p.Image}
	switch {
	case s.lim.Strict && p.Cut:
		return decoded{}, errCut
	case s.lim.Strict && p.Damaged:
		return decoded{}, errors.New("damaged data")
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
