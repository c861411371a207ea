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
