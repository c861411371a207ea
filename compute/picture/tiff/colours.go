package tiff

import (
	"fmt"
	"slices"
)

// readColours reads what the samples mean.
func (h *header) readColours() error {
	var err error
	otherwise := uint64(blackIsZero)
	if h.samples >= 3 {
		otherwise = rgb
	}
	if h.photometric, err = h.dir.number(tagPhotometric, otherwise); err != nil {
		return err
	}
	switch h.photometric {
	case whiteIsZero, blackIsZero:
		h.colours = 1
	case rgb:
		h.colours = 3
	case palette:
		h.colours = 1
		err = h.readPalette()
	case cmyk:
		h.colours = 4
		var inks uint64
		if inks, err = h.dir.number(tagInkSet, 1); err == nil && inks != 1 {
			err = &UnsupportedError{"inks other than CMYK"}
		}
	case yCbCr:
		h.colours = 3
		err = h.readYCbCr()
	default:
		if name := otherPhotometrics[h.photometric]; name != "" {
			return &UnsupportedError{name}
		}
		return &UnsupportedError{fmt.Sprintf("photometric interpretation %d", h.photometric)}
	}
	if err != nil {
		return err
	}
	if h.samples < h.colours {
		return malformed("%d samples of %d colours", h.samples, h.colours)
	}
	return h.readExtra()
}

// readExtra finds the alpha channel among the samples behind the colours.
func (h *header) readExtra() error {
	extra, err := h.dir.numbers(tagExtraSamples)
	if err != nil {
		return err
	}
	// Old programs write RGBA without saying what the fourth sample is.
	if !h.dir.has(tagExtraSamples) && h.photometric == rgb && h.samples == 4 {
		extra = []uint64{2}
	}
	for i, kind := range extra[:min(len(extra), h.samples-h.colours)] {
		if kind == 1 || kind == 2 || kind == 999 { // 999 is Corel Draw's
			h.alpha, h.premultiplied = h.colours+i, kind == 1
			break
		}
	}
	// Many channels without a colour of their own, of which one would be shown as
	// grey, are no picture that anybody expects.
	several := h.samples > 2 || (h.samples == 2 && len(extra) == 0)
	if h.colours == 1 && h.photometric != palette && several && h.alpha < 0 {
		return &UnsupportedError{fmt.Sprintf("%d channels without colours", h.samples)}
	}
	return nil
}

func (h *header) readPalette() error {
	if h.bits > 16 || h.float || h.signed {
		return &UnsupportedError{fmt.Sprintf("a palette of %d bits", h.bits)}
	}
	all, err := h.dir.numbers(tagColorMap)
	if err != nil {
		return err
	}
	n := len(all) / 3
	if n < 1 || len(all)%3 != 0 {
		return malformed("a palette of %d numbers", len(all))
	}
	// Some programs write levels of 8 bits where 16 belong, as libtiff knows.
	shift := 8
	if slices.Max(all) < 256 {
		shift = 0
	}
	h.palette = make([][3]uint8, n)
	for i := range h.palette {
		h.palette[i] = [3]uint8{uint8(all[i] >> shift), uint8(all[n+i] >> shift), uint8(all[2*n+i] >> shift)}
	}
	return nil
}

// readYCbCr accepts what nearly all files have, JFIF's matrix and full range.
func (h *header) readYCbCr() error {
	sub, err := h.dir.numbers(tagSubsampling)
	if err != nil {
		return err
	}
	h.subsample = [2]int{2, 2}
	if len(sub) >= 2 {
		h.subsample = [2]int{int(sub[0]), int(sub[1])}
	}
	for _, s := range h.subsample {
		if s != 1 && s != 2 && s != 4 {
			return malformed("chroma subsampled by %d", s)
		}
	}
	if h.compression == compressionJPEG {
		return nil // the stream says it again, and is right
	}
	if h.bits != 8 || h.samples != 3 || h.signed || h.float {
		return &UnsupportedError{"YCbCr of other than three samples of 8 bits"}
	}
	if near := h.dir.rationals(tagYCbCrCoeffs); len(near) >= 3 && (near[0] < .29 || near[0] > .31 || near[2] < .10 || near[2] > .12) {
		return &UnsupportedError{"YCbCr of another matrix than JFIF's"}
	}
	if ref := h.dir.rationals(tagReferenceBW); len(ref) >= 2 && (ref[0] != 0 || ref[1] != 255) {
		return &UnsupportedError{"YCbCr of a reduced range"}
	}
	return nil
}

// check refuses what parts of the header say that do not go together.
func (h *header) check() error {
	switch {
	case h.photometric == yCbCr && h.planar && h.subsample != [2]int{1, 1}:
		return &UnsupportedError{"planar subsampled YCbCr"}
	case h.photometric == yCbCr && h.compression != compressionJPEG && h.predictor != 1 && h.subsample != [2]int{1, 1}:
		return &UnsupportedError{"subsampled YCbCr with a predictor"}
	case h.photometric == cmyk && (h.bits > 16 || h.float || h.signed):
		return &UnsupportedError{fmt.Sprintf("CMYK of %d bits a sample", h.bits)}
	case h.compression == compressionJPEG && (h.bits != 8 || h.float || h.signed || h.photometric == palette):
		return &UnsupportedError{fmt.Sprintf("JPEG of %d bits a sample", h.bits)}
	case h.compression == compressionJPEG && h.reversed:
		return &UnsupportedError{"JPEG with reversed bits"}
	}
	return nil
}
