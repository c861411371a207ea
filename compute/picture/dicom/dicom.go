// Package dicom reads the first picture of a DICOM file (PS3.10) and nothing else of it.
//
// Of a file's elements it keeps those that say how the pixels are stored and shown, from
// a list of tags in groups 0002, 0028 and 7FE0; all others, and so everything about the
// patient, are skipped without being looked at. Its errors hold no text of the file.
//
// It reads uncompressed pixels of 1 to 32 bits, floating-point pixels, run lengths, JPEG
// of 8 bits and lossless JPEG; grey, RGB, YBR_FULL, YBR_FULL_422 and palettes. Other kinds
// are refused by name.
package dicom

import (
	"context"
	"errors"
	"fmt"
	"image"
	"math"
)

// UnsupportedError names a kind of DICOM file that is not read, such as "JPEG 2000".
type UnsupportedError struct{ Kind string }

func (e *UnsupportedError) Error() string { return "dicom: " + e.Kind + " is not supported" }

// ErrTruncated is wrapped by the error for a file that ends before its pixels do.
var ErrTruncated = errors.New("dicom: the file ends too early")

// Picture is what a file has: either Image or Planes.
type Picture struct {
	Width, Height int
	// Image has colours of 8 bits.
	Image image.Image
	// Planes has numbers, row by row: one plane of grey, after the rescaling that the file
	// states, such as Hounsfield units, or three of colours of more than 8 bits.
	Planes [][]float32
	// Low and High are the ends of the range that the numbers have by their kind.
	Low, High float64
	// Window is what the file states to be shown as black and as white; nil for none.
	Window *[2]float64
	// Inverted is set where low numbers are bright (MONOCHROME1).
	Inverted bool
	// More is set where the file has further frames.
	More bool
}

// Options are what [Decode] needs of its caller.
type Options struct {
	// Bytes is the most that a deflated file may be unpacked to.
	Bytes int64
	// JPEG decodes a stream of 8 bits a sample: to image.Gray, or an image of colours. It
	// is told whether the components are the colours themselves.
	JPEG func(stream []byte, raw bool) (image.Image, error)
}

// Is reports whether data begins like a DICOM file.
func Is(data []byte) bool {
	return len(data) >= preamble+4 && string(data[preamble:preamble+4]) == "DICM"
}

// Size reads the width and height of the picture.
func Size(data []byte, opt Options) (image.Point, error) {
	f, err := read(data, opt.Bytes)
	if err != nil {
		return image.Point{}, err
	}
	return f.size()
}

// Decode reads the first picture. It takes memory for four bytes a sample, and never for
// more pixels than the file's bytes can hold by its compression. The caller limits the
// picture's size with [Size].
func Decode(ctx context.Context, data []byte, opt Options) (*Picture, error) {
	f, err := read(data, opt.Bytes)
	if err != nil {
		return nil, err
	}
	l, err := f.layout()
	if err != nil {
		return nil, err
	}
	p := &Picture{Width: l.width, Height: l.height, More: f.frames() > 1}
	if l.float {
		p.Planes, p.Low, p.High = [][]float32{f.floats(l)}, 0, 1
		return p, f.show(p, l)
	}
	samples, err := f.samples(ctx, l, opt)
	if err != nil {
		return nil, err
	}
	if samples.image != nil {
		p.Image = samples.image
		return p, nil
	}
	if l.grey {
		p.Planes = [][]float32{samples.numbers(l, 0)}
		return p, f.show(p, l)
	}
	return p, f.colour(p, l, samples)
}

// show fills in what is said of how grey numbers are shown.
func (f *file) show(p *Picture, l layout) error {
	if f.has[tagModalityLUT] {
		return &UnsupportedError{Kind: "a table of values (modality LUT)"}
	}
	p.Inverted = l.inverted
	if !l.float {
		p.Low, p.High = 0, math.Ldexp(1, l.stored)-1
		if l.signed {
			p.Low, p.High = -math.Ldexp(1, l.stored-1), math.Ldexp(1, l.stored-1)-1
		}
	}
	slope, intercept := f.decimal(tagSlope, 1), f.decimal(tagIntercept, 0)
	if slope != 0 && (slope != 1 || intercept != 0) {
		for _, plane := range p.Planes {
			for i, v := range plane {
				plane[i] = float32(float64(v)*slope + intercept)
			}
		}
		if !l.float {
			p.Low, p.High = p.Low*slope+intercept, p.High*slope+intercept
			if slope < 0 {
				p.Low, p.High = p.High, p.Low
			}
		}
	}
	centre, width := f.decimal(tagCentre, math.NaN()), f.decimal(tagWidth, math.NaN())
	low, high := centre-width/2, centre+width/2-1 // PS3.3, C.11.2.1.2: linear
	switch f.text(tagFunction) {
	case "LINEAR_EXACT", "SIGMOID":
		high++
	}
	// A window of width 1 is a threshold, which no picture is shown by.
	if low < high && !math.IsInf(high-low, 0) {
		p.Window = &[2]float64{low, high}
	}
	return nil
}

// frames is the number of frames.
func (f *file) frames() int { return max(int(f.decimal(tagFrames, 1)), 1) }

func malformed(format string, args ...any) error {
	return fmt.Errorf("dicom: "+format, args...)
}
