package tiff

import (
	"fmt"
)

// Compressions that are read.
const (
	compressionNone       = 1
	compressionCCITT      = 2 // modified Huffman, without end-of-line codes
	compressionT4         = 3
	compressionT6         = 4
	compressionLZW        = 5
	compressionJPEG       = 7
	compressionDeflate    = 8
	compressionPackBits   = 32773
	compressionOldDeflate = 32946
	compressionZstd       = 50000
)

// otherCompressions are refused by these names.
var otherCompressions = map[uint64]string{
	6: "old-style JPEG", 9: "JBIG", 10: "JBIG", 32766: "NeXT RLE", 32771: "word-aligned CCITT", 32809: "ThunderScan",
	32895: "IT8", 32896: "IT8", 32897: "IT8", 32898: "IT8", 32908: "Pixar Film", 32909: "Pixar Log", 32947: "DCS", 34661: "JBIG",
	33003: "JPEG 2000", 33004: "JPEG 2000", 33005: "JPEG 2000", 34712: "JPEG 2000", 34676: "SGI Log", 34677: "SGI Log 24",
	34887: "LERC", 34892: "lossy JPEG of DNG", 34925: "LZMA", 50001: "WebP", 50002: "JPEG XL", 52546: "JPEG XL",
}

// Photometric interpretations that are read.
const (
	whiteIsZero = 0
	blackIsZero = 1
	rgb         = 2
	palette     = 3
	cmyk        = 5
	yCbCr       = 6
)

// otherPhotometrics are refused by these names.
var otherPhotometrics = map[uint64]string{
	4: "transparency mask", 8: "CIE L*a*b*", 9: "ICC L*a*b*", 10: "ITU L*a*b*", 32803: "raw camera data", 32844: "LogL", 32845: "LogLuv",
	34892: "raw camera data", 51177: "depth map",
}

// header says how the pixels of a picture are stored.
type header struct {
	dir           *directory
	width, height int
	compression   uint64
	photometric   uint64
	// samples of a pixel, of which colours are the first; alpha is one of the others
	// or -1.
	samples, colours, alpha int
	premultiplied           bool
	bits                    int
	signed, float           bool
	predictor               uint64
	reversed                bool // the bits of each byte
	// planar files have chunks of one sample.
	planar bool
	// chunks are strips or tiles.
	chunk   chunkGrid
	palette [][3]uint8
	// subsampling of chroma along both axes
	subsample [2]int
	// t4 has the options of CCITT group 3.
	t4 uint64
}

// chunkGrid is where strips or tiles lie.
type chunkGrid struct {
	width, height   int
	across, down    int
	offsets, counts []uint64
	tiled           bool
}

func newHeader(d *directory) (*header, error) {
	h := &header{dir: d, alpha: -1, subsample: [2]int{1, 1}}
	var err error
	if h.width, h.height, err = d.size(); err != nil {
		return nil, err
	}
	for _, step := range []func() error{h.readSamples, h.readCompression, h.readColours, h.readChunks, h.check} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return h, nil
}

// readSamples reads how many samples a pixel has, and of which kind they are.
func (h *header) readSamples() error {
	n, err := h.dir.number(tagSamplesPerPixel, 1)
	if err != nil {
		return err
	}
	if n < 1 || n > 1<<16-1 {
		return malformed("%d samples a pixel", n)
	}
	h.samples = int(n)
	bits, err := h.same(tagBits, 1)
	if err != nil {
		return err
	}
	if bits < 1 || bits > 64 {
		return &UnsupportedError{fmt.Sprintf("%d bits a sample", bits)}
	}
	h.bits = int(bits)
	kind, err := h.same(tagSampleFormat, 1)
	if err != nil {
		return err
	}
	switch kind {
	case 1, 4: // 4 is "undefined"
	case 2:
		h.signed = true
	case 3:
		h.float = true
	case 5, 6:
		return &UnsupportedError{"complex numbers"}
	default:
		return &UnsupportedError{fmt.Sprintf("sample format %d", kind)}
	}
	switch {
	case h.float && h.bits != 16 && h.bits != 32 && h.bits != 64,
		h.signed && h.bits != 8 && h.bits != 16 && h.bits != 32 && h.bits != 64,
		h.bits > 32 && h.bits != 64:
		return &UnsupportedError{fmt.Sprintf("%d bits a sample", h.bits)}
	}
	return nil
}

// same is the number that an entry has for every sample.
func (h *header) same(tag uint16, otherwise uint64) (uint64, error) {
	all, err := h.dir.numbers(tag)
	if err != nil {
		return 0, err
	}
	if len(all) == 0 {
		return otherwise, nil
	}
	for _, v := range all[:min(len(all), h.samples)] {
		if v != all[0] {
			return 0, &UnsupportedError{"samples of different kinds"}
		}
	}
	return all[0], nil
}

func (h *header) readCompression() error {
	var err error
	for _, field := range []struct {
		to        *uint64
		tag       uint16
		otherwise uint64
	}{
		{&h.compression, tagCompression, compressionNone},
		{&h.predictor, tagPredictor, 1},
		{&h.t4, tagT4Options, 0},
	} {
		if *field.to, err = h.dir.number(field.tag, field.otherwise); err != nil {
			return err
		}
	}
	fill, err := h.dir.number(tagFillOrder, 1)
	if err != nil {
		return err
	}
	h.reversed = fill == 2
	switch h.compression {
	case compressionNone, compressionPackBits, compressionJPEG:
		h.predictor = 1
	case compressionCCITT, compressionT4, compressionT6:
		h.predictor = 1
		if h.bits != 1 || h.samples != 1 {
			return malformed("CCITT compression of %d samples of %d bits", h.samples, h.bits)
		}
	case compressionLZW, compressionDeflate, compressionOldDeflate, compressionZstd:
	default:
		if name := otherCompressions[h.compression]; name != "" {
			return &UnsupportedError{name}
		}
		return &UnsupportedError{fmt.Sprintf("compression %d", h.compression)}
	}
	switch h.predictor {
	case 0, 1:
		h.predictor = 1
	case 2:
		if h.bits%8 != 0 || h.bits == 24 {
			return &UnsupportedError{fmt.Sprintf("a predictor of %d bits a sample", h.bits)}
		}
	case 3:
		if !h.float {
			return malformed("a predictor of floating-point numbers without any")
		}
	default:
		return &UnsupportedError{fmt.Sprintf("predictor %d", h.predictor)}
	}
	return nil
}
