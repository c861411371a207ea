package wasm

import "image"

// interleaved is the layout of the modules of AVIF and JPEG XL: four samples a pixel.
type interleaved struct {
	// premultiplied is set where colours are multiplied with alpha; bigEndian where
	// samples of 16 bits have the higher byte first, as libjxl's have.
	premultiplied, bigEndian bool
}

// decode calls
//
//	int decode(file, size, config_only, all, *width, *height, *depth, *count, *delays, *out)
func (interleaved) decode(in *instance, headerOnly bool, out uint32) (h header, err error) {
	delays, err := in.alloc(4096)
	if err != nil {
		return header{}, err
	}
	err = in.call(headerOnly, []*uint32{&h.width, &h.height, &h.form[0], &h.frames}, []uint64{0}, uint64(delays), uint64(out))
	return h, err
}

// deep reports whether pixels have 16 bits a sample, by the depth of the file's.
func (l interleaved) deep(h header) bool {
	if l.bigEndian { // libjxl's for 16 bits only
		return h.form[0] == 16
	}
	return h.form[0] > 8
}

func (l interleaved) bytes(h header) uint64 {
	n := uint64(h.width) * uint64(h.height) * 4
	if l.deep(h) {
		n *= 2
	}
	return n
}

// image wraps the pixels, whose samples of 16 bits become big-endian as in package
// image.
func (l interleaved) image(pix []byte, h header) image.Image {
	bounds, deep := image.Rect(0, 0, int(h.width), int(h.height)), l.deep(h)
	stride := 4 * bounds.Dx()
	if deep {
		stride *= 2
		if !l.bigEndian {
			for i := 0; i < len(pix); i += 2 {
				pix[i], pix[i+1] = pix[i+1], pix[i]
			}
		}
	}
	switch {
	case deep && l.premultiplied:
		return &image.RGBA64{Pix: pix, Stride: stride, Rect: bounds}
	case deep:
		return &image.NRGBA64{Pix: pix, Stride: stride, Rect: bounds}
	case l.premultiplied:
		return &image.RGBA{Pix: pix, Stride: stride, Rect: bounds}
	}
	return &image.NRGBA{Pix: pix, Stride: stride, Rect: bounds}
}
