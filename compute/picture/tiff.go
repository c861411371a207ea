package picture

import (
	"errors"
	"image"
	"math"

	"gaze/compute/picture/jpeg"
	"gaze/compute/picture/tiff"
)

// TIFF is read by a package of this project's own: see docs/design.md for what
// others make of its kinds.
func tiffFormat() format {
	return format{
		name: "tiff", extensions: []string{".btf", ".tf8", ".tif", ".tiff"}, magic: []string{"II\x2a\x00", "MM\x00\x2a", "II\x2b\x00", "MM\x00\x2b"},
		size: func(s *source) (image.Point, error) {
			cfg, err := tiff.DecodeConfig(s.data)
			return image.Pt(cfg.Width, cfg.Height), err
		},
		decode: decodeTIFF, orientation: tiffOrientation, profile: tiff.Profile,
	}
}

func decodeTIFF(s *source) (decoded, error) {
	opt := tiff.Options{Deep: true, JPEG: func(stream []byte, raw bool) (image.Image, error) {
		return tiffJPEG(s, stream, raw)
	}}
	p, err := tiff.Decode(s.ctx, s.data, opt)
	if err != nil {
		return decoded{}, err
	}
	d := decoded{img: p.Image}
	if p.More {
		d.notices = []Notice{{Kind: NoticeFirst}}
	}
	if n := p.Samples; n != nil {
		d.deep = &Deep{Width: n.Width, Height: n.Height, Planes: realPlanes(n.Planes...), Low: 0, High: 1}
		if n.Whole != nil {
			d.deep.Planes = wholePlanes(n.Whole...)
		}
		d.alpha = n.Alpha
		switch {
		case n.Float:
		case n.Signed:
			d.deep.High = math.Ldexp(1, n.Bits-1) - 1
			d.deep.Low = -d.deep.High - 1
		default:
			d.deep.High = math.Ldexp(1, n.Bits) - 1
		}
	}
	return d, nil
}

var errDamagedStream = errors.New("a damaged JPEG inside")

// tiffJPEG decodes a strip or tile that is a JPEG stream.
func tiffJPEG(s *source, stream []byte, raw bool) (image.Image, error) {
	colour := jpeg.YCbCr
	if raw {
		colour = jpeg.Raw
	}
	return wholeJPEG(s, stream, colour)
}

// wholeJPEG decodes a JPEG stream within a file, which must not be damaged. Colours are
// an image.NRGBA or image.CMYK.
func wholeJPEG(s *source, stream []byte, colour jpeg.Colour) (image.Image, error) {
	p, err := jpeg.Decode(s.ctx, stream, jpeg.Options{Colour: colour, Pixels: s.lim.Pixels})
	if err != nil {
		return nil, err
	}
	// The end mark of a stream is often left out, but not its pixels.
	if p.Damaged || p.Missing > 0 {
		return nil, errDamagedStream
	}
	switch img := p.Image.(type) {
	case *image.YCbCr:
		rgb, _ := colours(img, img.Rect, chroma{})
		return rgb, nil
	case *jpeg.Planar:
		return img.Part(img.Bounds()), nil
	}
	return p.Image, nil
}
