package picture

import (
	"image"
	"io"
	"os"

	"gaze/compute/picture/dicom"
	"gaze/compute/picture/jpeg"
)

// DICOM is read by a package of this project's own, which never looks at what a file says
// of the patient: see docs/design.md.
func dicomFormat() format {
	return format{
		name: "dicom", extensions: []string{".dcm", ".dicom", ".ima"}, is: dicom.Is,
		size:   func(s *source) (image.Point, error) { return dicom.Size(s.data, dicomOptions(s)) },
		decode: decodeDICOM,
	}
}

// IsDICOM reports whether the regular file at path begins like a DICOM file, which often
// has no extension. A file that cannot be read does not.
func IsDICOM(path string) bool {
	file, err := os.Open(path)
	if err != nil {
		return false
	}
	defer file.Close()
	begin := make([]byte, 132)
	if _, err := io.ReadFull(file, begin); err != nil {
		return false
	}
	return dicom.Is(begin)
}

func dicomOptions(s *source) dicom.Options {
	return dicom.Options{Bytes: s.lim.Bytes, JPEG: func(stream []byte, raw bool) (image.Image, error) {
		colour := jpeg.Guessed
		if raw {
			colour = jpeg.Raw
		}
		return wholeJPEG(s, stream, colour)
	}}
}

func decodeDICOM(s *source) (decoded, error) {
	p, err := dicom.Decode(s.ctx, s.data, dicomOptions(s))
	if err != nil {
		return decoded{}, err
	}
	d := decoded{img: p.Image}
	if p.Planes != nil {
		d.deep = &Deep{
			Width: p.Width, Height: p.Height, Planes: realPlanes(p.Planes...), Low: p.Low, High: p.High, stated: p.Window, inverted: p.Inverted,
		}
	}
	if p.More {
		d.notices = []Notice{{Kind: NoticeFirst}}
	}
	return d, nil
}
