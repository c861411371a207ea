//go:build heic

package picture

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"

	"gaze/compute/picture/wasm"
)

// readHEIC gives a format its decoder, which turns pictures as the file says.
func readHEIC(f *format) {
	size, decode := sizeBy(wasm.HEIC(), boxesCut), decodeBy(wasm.HEIC(), boxesCut)
	f.profile = itemProfile
	f.size = func(s *source) (image.Point, error) {
		if err := asHEIC(s); err != nil {
			return image.Point{}, err
		}
		return size(s)
	}
	f.decode = func(s *source) (decoded, error) {
		d, err := decode(s)
		if _, ok := d.img.(*image.YCbCr); ok && err == nil {
			// Samples of chroma are repeated, as Pillow's plugin has it.
			d.chroma.repeat = true
			d.chroma.rgb, err = itemColours(s.data).convert()
		}
		return d, err
	}
}

// asHEIC calls a file with a picture HEIC. libheif refuses those that begin with the
// names of sequences, which may have one as well.
func asHEIC(s *source) error {
	meta := find(s.data, "meta")
	if h := find(find(find(meta[min(4, len(meta)):], "iprp"), "ipco"), "hvcC"); len(h) > 18 && h[16]&3 == 3 && h[17]&7 > 0 {
		return kindError("more than 8 bits without halved chroma") // at which this libheif fails
	}
	switch {
	case meta != nil:
		s.data = bytes.Clone(s.data)
		copy(s.data[8:], "heic")
	case find(s.data, "moov") != nil:
		return kindError("a sequence without a picture of its own")
	}
	return nil
}

// coding is how colours were made luma and chroma (ITU-T H.273).
type coding struct {
	matrix int
	full   bool // all levels are used
}

// unspecified is the matrix of files that say none.
const unspecified = 2

// itemColours is the coding that the file states for its primary picture, or else its
// stream of HEVC.
func itemColours(data []byte) coding {
	meta := find(data, "meta")
	if len(meta) < 4 {
		return coding{matrix: unspecified}
	}
	properties := find(find(meta[4:], "iprp"), "ipco")
	for id, content := range boxes(properties) {
		if id == "colr" && len(content) >= 11 && string(content[:4]) == "nclx" {
			return coding{int(binary.BigEndian.Uint16(content[8:])), content[10]&0x80 != 0}
		}
	}
	return streamColours(find(properties, "hvcC"))
}

// convert makes the function that makes colours again. It is an error where the matrix is
// none of luma and chroma.
func (c coding) convert() (func(y, cb, cr int32) (r, g, b uint8), error) {
	// The parts of red and blue in luma (H.273, table 4).
	parts, ok := map[int][2]float64{
		1: {0.2126, 0.0722}, unspecified: {0.299, 0.114}, 4: {0.30, 0.11}, 5: {0.299, 0.114}, 6: {0.299, 0.114},
		7: {0.212, 0.087}, 9: {0.2627, 0.0593},
	}[c.matrix]
	if !ok {
		return nil, kindError(fmt.Sprintf("colours of matrix %d", c.matrix))
	}
	const one = 1 << 16
	fixed := func(v float64) int32 { return int32(v*one + 0.5) }
	red, blue := parts[0], parts[1]
	green := 1 - red - blue
	luma, chroma, black := 1.0, 1.0, int32(0)
	if !c.full {
		luma, chroma, black = 255.0/219, 255.0/224, 16
	}
	ky := fixed(luma)
	rv, bu := fixed(chroma*2*(1-red)), fixed(chroma*2*(1-blue))
	gu, gv := fixed(chroma*2*blue*(1-blue)/green), fixed(chroma*2*red*(1-red)/green)
	return func(y, cb, cr int32) (r, g, b uint8) {
		y, cb, cr = (y-black)*ky+one/2, cb-128, cr-128
		return clip((y + rv*cr) >> 16), clip((y - gu*cb - gv*cr) >> 16), clip((y + bu*cb) >> 16)
	}, nil
}
