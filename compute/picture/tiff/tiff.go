// Package tiff reads the first picture of a TIFF or BigTIFF file strictly: what it
// does not read right it refuses by its name, and it never reads half a picture.
//
// It reads strips and tiles, interleaved and planar samples, grey, RGB, palettes,
// CMYK and YCbCr, unsigned and signed integers and floating-point numbers, and the
// compressions LZW, Deflate, PackBits, CCITT (all four kinds), JPEG and Zstandard.
// The specification is TIFF 6.0 (Adobe, 1992) with its technical notes 1 to 3.
package tiff

import (
	"context"
	"errors"
	"fmt"
	"image"
)

// UnsupportedError names a kind of TIFF that is not read, such as "LERC".
type UnsupportedError struct{ Kind string }

func (e *UnsupportedError) Error() string { return "tiff: " + e.Kind + " is not supported" }

// ErrTruncated is wrapped by the error for a file that ends before its pixels do.
var ErrTruncated = errors.New("tiff: the file ends too early")

// Picture is what a file has: either Image or Samples.
type Picture struct {
	// Image has 8 bits a sample: Gray, NRGBA, RGBA or CMYK.
	Image image.Image
	// Cut is set where Image has colours of more bits, of which the lower ones were
	// cut off.
	Cut bool
	// Samples has what does not fit into 8 bits: greys of more than 8 bits, signed
	// and floating-point samples.
	Samples *Samples
	// More is set where the file has further pictures that are not smaller versions of
	// others, or masks.
	More bool
}

// Samples are a picture's numbers as the file has them.
type Samples struct {
	Width, Height int
	// Planes has a plane for each channel, row by row, Width*Height numbers each:
	// one for grey, three for red, green and blue. Zero is black, also where the
	// file says that it is white. Integers of more than 24 bits are rounded.
	Planes [][]float32
	// Whole has these planes where the numbers have no sign and at most 16 bits. Then
	// Planes is nil.
	Whole [][]uint16
	// Alpha is the opacity of each pixel of 16 bits and less, 0 to 255; nil where all is
	// opaque, or where samples are multiplied by it.
	Alpha []uint8
	// Bits of a sample, and whether it is a floating-point number or has a sign.
	Bits          int
	Float, Signed bool
}

// Config is what a header says of its picture.
type Config struct{ Width, Height int }

// Options are what [Decode] needs of its caller.
type Options struct {
	// Deep gives [Picture.Samples] of colours of more than 8 bits, too.
	Deep bool
	// JPEG decodes a JPEG stream for [Decode] to 8 bits a sample: to image.Gray,
	// image.CMYK or image.NRGBA. It is told the photometric interpretation of the
	// file: with raw, samples are what they are; else they are YCbCr.
	JPEG func(stream []byte, raw bool) (image.Image, error)
}

// DecodeConfig reads the size of the first picture in data.
func DecodeConfig(data []byte) (Config, error) {
	dir, err := firstDirectory(data)
	if err != nil {
		return Config{}, err
	}
	w, h, err := dir.size()
	return Config{w, h}, err
}

// Profile is the ICC profile of the first picture in data, nil where it has none.
func Profile(data []byte) []byte {
	const tagProfile = 34675
	dir, err := firstDirectory(data)
	if err != nil {
		return nil
	}
	return dir.entries[tagProfile].data
}

// Decode reads the first picture in data. It takes memory for the picture, four
// bytes for each sample at most, and for one row of a strip or tile. The caller
// limits the picture's size with [DecodeConfig].
func Decode(ctx context.Context, data []byte, opt Options) (*Picture, error) {
	dir, err := firstDirectory(data)
	if err != nil {
		return nil, err
	}
	h, err := newHeader(dir)
	if err != nil {
		return nil, err
	}
	if err := h.plausible(int64(len(data))); err != nil {
		return nil, err
	}
	c := newCanvas(h, opt.Deep)
	if h.compression == compressionJPEG {
		err = decodeJPEG(ctx, data, h, c, opt.JPEG)
	} else {
		err = decodeChunks(ctx, data, h, c)
	}
	if err != nil {
		return nil, err
	}
	p := c.picture()
	p.More = dir.more(data)
	return p, nil
}

func malformed(format string, args ...any) error {
	return fmt.Errorf("tiff: "+format, args...)
}
