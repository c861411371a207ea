package picture

import (
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"math/bits"
)

// BMP is read here because the libraries take a fourth byte that nothing says
// anything of for alpha, so that whole pictures become transparent, and refuse the
// headers of OS/2 and of old versions of Windows.
func bmpFormat() format {
	return format{
		name: "bmp", extensions: []string{".bmp", ".dib"},
		is: func(data []byte) bool {
			if !begins(data, "BM") || len(data) < bmpFileHeader+4 {
				return false
			}
			n := binary.LittleEndian.Uint32(data[bmpFileHeader:])
			return n >= 12 && n <= 64 || n == 108 || n == 124
		},
		size: func(s *source) (image.Point, error) {
			h, err := readBMPHeader(s.data)
			return image.Pt(h.width, h.height), err
		},
		decode: decodeBMP,
	}
}

// bmpFileHeader is the size of what lies before the header of the picture, and
// bmpInfoHeader that of the header that the compression is first said in.
const (
	bmpFileHeader = 14
	bmpInfoHeader = 40
)

// Compressions of BMP files.
const (
	bmpPlain     = 0
	bmpRLE8      = 1
	bmpRLE4      = 2
	bmpMasks     = 3
	bmpRLE24     = 4 // of OS/2; in Windows it is JPEG
	bmpPNG       = 5
	bmpAlphaMask = 6
)

type bmpHeader struct {
	width, height int
	topDown       bool
	bits          int
	compression   uint32
	palette       [][3]uint8
	// masks of red, green, blue and alpha in a pixel.
	masks [4]uint32
	// pixels is where these begin.
	pixels int
}

var errBMPHeader = errors.New("a header that makes no sense")

func readBMPHeader(data []byte) (bmpHeader, error) {
	var h bmpHeader
	if len(data) < bmpFileHeader+12 {
		return h, errCut
	}
	le := binary.LittleEndian
	size := int(le.Uint32(data[bmpFileHeader:]))
	if len(data) < bmpFileHeader+size {
		return h, errCut
	}
	info := data[bmpFileHeader : bmpFileHeader+size]
	colours, entry := 0, 4
	if size < 16 { // OS/2 1.x
		h.width, h.height, h.bits = int(le.Uint16(info[4:])), int(le.Uint16(info[6:])), int(le.Uint16(info[10:]))
		entry = 3
	} else {
		h.width, h.height, h.bits = int(int32(le.Uint32(info[4:]))), int(int32(le.Uint32(info[8:]))), int(le.Uint16(info[14:]))
		if h.height < 0 {
			h.height, h.topDown = -h.height, true
		}
		if size >= 20 {
			h.compression = le.Uint32(info[16:])
		}
		if size >= 36 {
			colours = int(min(le.Uint32(info[32:]), 1<<16))
		}
	}
	end := bmpFileHeader + size
	if h.width < 1 || h.height < 1 {
		return h, fmt.Errorf("%dx%d pixels", h.width, h.height)
	}
	if err := h.check(size); err != nil {
		return h, err
	}
	if h.compression == bmpMasks || h.compression == bmpAlphaMask {
		// Old headers have the masks behind them, new ones inside.
		at, n := bmpFileHeader+bmpInfoHeader, 3
		if h.compression == bmpAlphaMask || size >= 56 {
			n = 4
		}
		if len(data) < at+4*n {
			return h, errCut
		}
		for i := range n {
			h.masks[i] = le.Uint32(data[at+4*i:])
		}
		end = max(end, at+4*n)
	}
	if err := h.checkMasks(); err != nil {
		return h, err
	}
	h.pixels = int(min(le.Uint32(data[10:]), 1<<30))
	if h.bits <= 8 {
		if colours == 0 || colours > 1<<h.bits {
			colours = 1 << h.bits
		}
		for i := range colours {
			at := end + entry*i
			if at+entry > len(data) || (h.pixels > end && at+entry > h.pixels) {
				break
			}
			h.palette = append(h.palette, [3]uint8{data[at+2], data[at+1], data[at]})
		}
		end += entry * len(h.palette)
	}
	if h.pixels < end {
		h.pixels = end
	}
	return h, nil
}

// check refuses the kinds that are not read. Headers of 64 bytes, or 16, are of OS/2
// 2.x, whose compressions have other numbers.
func (h *bmpHeader) check(size int) error {
	os2 := size == 64
	switch h.compression {
	case bmpPlain:
	case bmpRLE8, bmpRLE4:
		if (h.compression == bmpRLE8) != (h.bits == 8) || (h.compression == bmpRLE4) != (h.bits == 4) {
			return errBMPHeader
		}
	case bmpMasks, bmpAlphaMask:
		if os2 {
			return kindError("Huffman 1D")
		}
		if h.bits != 16 && h.bits != 32 {
			return errBMPHeader
		}
	case bmpRLE24:
		if !os2 {
			return kindError("JPEG")
		}
		if h.bits != 24 {
			return errBMPHeader
		}
	case bmpPNG:
		return kindError("PNG")
	case 11, 12, 13:
		return kindError("CMYK")
	default:
		return kindError(fmt.Sprintf("compression %d", h.compression))
	}
	switch h.bits {
	case 1, 2, 4, 8, 16, 24, 32:
		return nil
	}
	return kindError(fmt.Sprintf("%d bits a pixel", h.bits))
}

// checkMasks completes the masks, and refuses those that are no runs of bits.
func (h *bmpHeader) checkMasks() error {
	if h.compression != bmpMasks && h.compression != bmpAlphaMask {
		h.masks = [4]uint32{0xff0000, 0xff00, 0xff, 0}
		if h.bits == 16 {
			h.masks = [4]uint32{0x7c00, 0x3e0, 0x1f, 0}
		}
		return nil
	}
	for _, m := range h.masks {
		if run := uint64(m) >> bits.TrailingZeros32(m); m != 0 && run&(run+1) != 0 {
			return kindError("masks of scattered bits")
		}
	}
	return nil
}

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
