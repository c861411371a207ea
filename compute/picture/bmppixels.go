package picture

import (
	"encoding/binary"
	"image"
	"math/bits"
)

func decodeBMP(s *source) (decoded, error) {
	h, err := readBMPHeader(s.data)
	if err != nil {
		return decoded{}, err
	}
	if h.pixels > len(s.data) {
		return decoded{}, errCut
	}
	data := s.data[h.pixels:]
	packed := h.compression == bmpRLE8 || h.compression == bmpRLE4 || h.compression == bmpRLE24
	stride := (h.width*h.bits + 31) / 32 * 4
	if !packed && int64(stride)*int64(h.height) > int64(len(data)) {
		// The padding of the last row is no loss.
		if last := (h.width*h.bits + 7) / 8; int64(stride)*int64(h.height-1)+int64(last) > int64(len(data)) {
			return decoded{}, errCut
		}
	}
	// Runs are of 255 pixels, and rows may be skipped; but nobody skips most of them.
	if packed && int64(h.width)*int64(h.height) > 1<<12*int64(len(data)) {
		return decoded{}, errCut
	}
	img := image.NewNRGBA(image.Rect(0, 0, h.width, h.height))
	if packed {
		err = h.unpackRuns(data, img)
	} else {
		h.unpackRows(data, stride, img)
	}
	return decoded{img: img}, err
}

// row is where a stored row's pixels go.
func (h *bmpHeader) row(img *image.NRGBA, stored int) []uint8 {
	y := h.height - 1 - stored
	if h.topDown {
		y = stored
	}
	return img.Pix[y*img.Stride:][:4*h.width]
}

func (h *bmpHeader) unpackRows(data []byte, stride int, img *image.NRGBA) {
	levels := [4]func(uint32) uint8{}
	for i, m := range h.masks {
		levels[i] = maskLevel(m)
	}
	transparent := true
	for y := range h.height {
		from, to := data[y*stride:], h.row(img, y)
		for x := range h.width {
			p := to[4*x : 4*x+4 : 4*x+4]
			p[3] = 255
			switch h.bits {
			case 24:
				p[0], p[1], p[2] = from[3*x+2], from[3*x+1], from[3*x]
			case 16, 32:
				v := uint32(binary.LittleEndian.Uint16(from[h.bits/8*x:]))
				if h.bits == 32 {
					v = binary.LittleEndian.Uint32(from[4*x:])
				}
				p[0], p[1], p[2] = levels[0](v), levels[1](v), levels[2](v)
				if h.masks[3] != 0 {
					p[3] = levels[3](v)
					transparent = transparent && p[3] == 0
				}
			default:
				at := x * h.bits
				h.colour(p, int(from[at/8]>>(8-h.bits-at%8)&(1<<h.bits-1)))
			}
		}
	}
	// Programs that do not know of alpha leave it zero.
	if h.masks[3] != 0 && transparent && h.bits >= 16 {
		for i := 3; i < len(img.Pix); i += 4 {
			img.Pix[i] = 255
		}
	}
}

// colour sets a pixel to a colour of the palette; one that is not in it is black.
func (h *bmpHeader) colour(p []uint8, index int) {
	var c [3]uint8
	if index < len(h.palette) {
		c = h.palette[index]
	}
	p[0], p[1], p[2], p[3] = c[0], c[1], c[2], 255
}

// maskLevel gives the level, 0 to 255, of the bits of a pixel under a mask.
func maskLevel(mask uint32) func(uint32) uint8 {
	if mask == 0 {
		return func(uint32) uint8 { return 0 }
	}
	shift := bits.TrailingZeros32(mask)
	most := uint64(mask >> shift)
	if most == 255 {
		return func(v uint32) uint8 { return uint8(v >> shift) }
	}
	return func(v uint32) uint8 { return uint8(uint64(v&mask>>shift) * 255 / most) }
}

// unpackRuns reads run-length encoded pixels. What is skipped has the first colour
// of the palette, or is black where there is none.
func (h *bmpHeader) unpackRuns(data []byte, img *image.NRGBA) error {
	for i := 0; i < len(img.Pix); i += 4 {
		h.colour(img.Pix[i:], 0)
	}
	x, y := 0, 0
	put := func(b []byte, i int) {
		if x < h.width && y < h.height {
			switch p := h.row(img, y)[4*x:]; h.bits {
			case 24:
				p[0], p[1], p[2] = b[2], b[1], b[0]
			case 8:
				h.colour(p, int(b[0]))
			default:
				h.colour(p, int(b[0]>>(4*(1-i%2))&15))
			}
		}
		x++
	}
	unit := max(h.bits/8, 1)
	for y < h.height {
		if len(data) < 2 {
			return errCut
		}
		count, code := int(data[0]), int(data[1])
		switch {
		case count > 0: // a run
			if len(data) < 1+unit {
				return errCut
			}
			for i := range count {
				put(data[1:1+unit], i)
			}
			data = data[1+unit:]
		case code == 0: // the row ends
			x, y = 0, y+1
			data = data[2:]
		case code == 1: // the picture ends
			return nil
		case code == 2: // skip
			if len(data) < 4 {
				return errCut
			}
			x, y = x+int(data[2]), y+int(data[3])
			data = data[4:]
		default: // pixels that are no run
			n := (code*h.bits + 7) / 8
			if len(data) < 2+n {
				return errCut
			}
			for i := range code {
				at := 2 + i*h.bits/8
				put(data[at:at+unit], i)
			}
			data = data[min(2+n+n%2, len(data)):]
		}
	}
	return nil
}
