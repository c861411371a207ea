// Package jpeg reads the JPEG files that the standard library refuses, as libjpeg
// does: with damaged or missing data, restart markers in progressive scans, no
// Huffman tables, or four colours without a word on what they are. It tells what
// was missing.
//
// It reads baseline, extended and progressive files of 8 bits a sample (ITU-T
// T.81), and makes of damaged ones what libjpeg makes of them: a block without data
// is grey, and decoding goes on at the next restart marker.
package jpeg

import (
	"context"
	"errors"
	"image"
)

// UnsupportedError names a kind of JPEG that is not read, such as "lossless".
type UnsupportedError struct{ Kind string }

func (e *UnsupportedError) Error() string { return "jpeg: " + e.Kind + " is not supported" }

// ErrTruncated is the error for a file that ends before any of its pixels.
var ErrTruncated = errors.New("jpeg: the file ends before its pixels")

// Picture is what [Decode] could read.
type Picture struct {
	// Image is an image.Gray, an image.YCbCr or a Planar.
	Image image.Image
	// Cut reports that the file ends too early, Damaged that data in it are wrong.
	Cut, Damaged bool
	// Missing is the part of the picture for which there are no data, 0 to 1.
	Missing float64
}

// Colour says what the colours of a file are.
type Colour int

const (
	// Guessed is what libjpeg takes: what the file says, or YCbCr of three, and of
	// four components CMYK, in which 0 is full ink as Adobe stores it.
	Guessed Colour = iota
	// Raw is what the components are: grey, RGB, or CMYK in which 255 is full ink.
	Raw
	// YCbCr is that of three components.
	YCbCr
)

// Options are what [Decode] is told.
type Options struct {
	Colour Colour
	// Pixels is the largest width times height.
	Pixels int64
}

// Size reads the width and height from a file's header.
func Size(data []byte) (image.Point, error) {
	d := &decoder{ctx: context.Background(), data: data, headerOnly: true}
	err := d.run()
	if d.width > 0 && d.height > 0 {
		return image.Pt(d.width, d.height), nil
	}
	if err == nil {
		err = ErrTruncated
	}
	return image.Point{}, err
}

// Decode reads a file. It takes memory for a byte a sample, and for a progressive
// file two bytes more while it is decoded, but for no more than 4 kB for each byte
// of the file.
func Decode(ctx context.Context, data []byte, opt Options) (*Picture, error) {
	d := &decoder{ctx: ctx, data: data, colour: opt.Colour, pixels: opt.Pixels}
	if err := d.run(); err != nil {
		return nil, err
	}
	img, err := d.image()
	if err != nil {
		return nil, err
	}
	missing := 0.0
	for _, c := range d.components {
		missing = max(missing, 1-float64(c.read)/float64(max(c.blocks, 1)))
	}
	return &Picture{Image: img, Cut: d.cut, Damaged: d.damaged, Missing: missing}, nil
}
