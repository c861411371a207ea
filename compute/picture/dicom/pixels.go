package dicom

import (
	"bytes"
	"context"
	"encoding/binary"
	"image"
	"math"
)

// layout says how the pixels are stored.
type layout struct {
	width, height, samples  int
	allocated, stored, high int // bits, and the place of the highest
	signed, planar          bool
	float                   bool
	grey, inverted, palette bool
	ybr, halved             bool
}

// size is that of the picture.
func (f *file) size() (image.Point, error) {
	if f.values[tagPixels] == nil && f.fragments == nil && f.values[tagFloatPixels] == nil && f.values[tagDoublePixels] == nil {
		return image.Point{}, &UnsupportedError{Kind: "a file without a picture"}
	}
	return image.Pt(f.number(tagColumns, 0), f.number(tagRows, 0)), nil
}

func (f *file) layout() (layout, error) {
	size, err := f.size()
	if err != nil {
		return layout{}, err
	}
	if size.X < 1 || size.Y < 1 {
		return layout{}, malformed("%dx%d pixels", size.X, size.Y)
	}
	l := layout{
		width: size.X, height: size.Y, samples: f.number(tagSamples, 1),
		allocated: f.number(tagAllocated, 16), signed: f.number(tagSigned, 0) == 1, planar: f.number(tagPlanar, 0) == 1,
	}
	l.stored = f.number(tagStored, l.allocated)
	l.high = f.number(tagHighBit, l.stored-1)
	switch kind := f.text(tagPhotometric); kind {
	case "MONOCHROME1", "MONOCHROME2", "":
		l.grey, l.inverted = true, kind == "MONOCHROME1"
	case "RGB", "YBR_FULL", "YBR_FULL_422":
		l.ybr, l.halved = kind != "RGB", kind == "YBR_FULL_422"
	case "PALETTE COLOR":
		l.palette = true
	case "YBR_PARTIAL_422", "YBR_PARTIAL_420", "YBR_ICT", "YBR_RCT", "HSV", "ARGB", "CMYK":
		return l, &UnsupportedError{Kind: "colours as " + kind}
	default:
		return l, &UnsupportedError{Kind: "colours of another kind"}
	}
	if want := map[bool]int{true: 1, false: 3}[l.grey || l.palette]; l.samples != want {
		return l, malformed("%d samples a pixel", l.samples)
	}
	for _, t := range []tag{tagFloatPixels, tagDoublePixels} {
		if f.values[t] != nil {
			l.float, l.allocated = true, map[tag]int{tagFloatPixels: 32, tagDoublePixels: 64}[t]
			if !l.grey {
				return l, &UnsupportedError{Kind: "colours in floating point"}
			}
			if need := int64(l.width) * int64(l.height) * int64(l.allocated/8); int64(len(f.values[t])) < need {
				return l, ErrTruncated
			}
			return l, nil
		}
	}
	switch {
	case l.allocated != 1 && l.allocated != 8 && l.allocated != 16 && l.allocated != 32:
		return l, &UnsupportedError{Kind: "samples in another number of bits than 1, 8, 16 or 32"}
	case l.stored < 1 || l.stored > l.allocated || l.high < l.stored-1 || l.high >= l.allocated:
		return l, malformed("%d of %d bits, up to bit %d", l.stored, l.allocated, l.high)
	case !l.grey && l.allocated != 8 && l.allocated != 16 || l.ybr && l.allocated != 8:
		return l, &UnsupportedError{Kind: "colours of other than 8 bits"}
	case !l.grey && l.signed:
		return l, malformed("colours with a sign")
	}
	return l, nil
}

// floats are floating-point pixels, whose length was compared with the picture's size.
func (f *file) floats(l layout) []float32 {
	plane := make([]float32, l.width*l.height)
	if v := f.values[tagFloatPixels]; v != nil {
		for i := range plane {
			plane[i] = math.Float32frombits(f.order.Uint32(v[4*i:]))
		}
		return plane
	}
	v := f.values[tagDoublePixels]
	for i := range plane {
		plane[i] = float32(math.Float64frombits(f.order.Uint64(v[8*i:])))
	}
	return plane
}

// samples are a picture's samples as they are stored: an image of colours, or a function
// that gives them.
type samples struct {
	image image.Image
	// at is sample s of pixel i, with the bits beside it.
	at func(i, s int) uint32
}

// numbers are the numbers of a channel.
func (s samples) numbers(l layout, channel int) []float32 {
	plane := make([]float32, l.width*l.height)
	mask := uint32(math.Ldexp(1, l.stored) - 1)
	shift := uint(l.high + 1 - l.stored)
	sign := uint(32 - l.stored)
	for i := range plane {
		v := s.at(i, channel) >> shift & mask
		if l.signed {
			plane[i] = float32(int32(v<<sign) >> sign)
		} else {
			plane[i] = float32(v)
		}
	}
	return plane
}

// samples decodes the first frame.
func (f *file) samples(ctx context.Context, l layout, opt Options) (samples, error) {
	area := int64(l.width) * int64(l.height)
	if f.syntax.coding == codingNone {
		if f.fragments != nil {
			return samples{}, malformed("fragments of pixels that are not compressed")
		}
		return native(f.values[tagPixels], f.order, l)
	}
	if f.fragments == nil {
		return samples{}, malformed("compressed pixels without fragments")
	}
	stream, err := f.frame()
	if err != nil {
		return samples{}, err
	}
	switch f.syntax.coding {
	case codingRunLengths:
		// A run of 128 bytes takes two.
		if l.allocated == 1 || l.halved || area*int64(l.samples)*int64(l.allocated/8) > 64*int64(len(stream)) {
			return samples{}, malformed("%d bytes of run lengths for %dx%d pixels", len(stream), l.width, l.height)
		}
		return runLengths(stream, l)
	case codingLossless:
		x, err := decodeLossless(ctx, stream, l.width, l.height)
		if err != nil {
			return samples{}, err
		}
		if x.components != l.samples {
			return samples{}, malformed("a JPEG of %d components", x.components)
		}
		return samples{at: func(i, s int) uint32 { return uint32(x.values[i*x.components+s]) }}, nil
	}
	// Without a word of its own, a JPEG is taken to be what the file says.
	raw := l.samples == 1 || !l.ybr && !adobe(stream)
	img, err := opt.JPEG(stream, raw)
	if err != nil {
		return samples{}, err
	}
	if size := img.Bounds().Size(); size != image.Pt(l.width, l.height) {
		return samples{}, malformed("a JPEG of %dx%d pixels for %dx%d", size.X, size.Y, l.width, l.height)
	}
	grey, ok := img.(*image.Gray)
	switch {
	case ok != (l.samples == 1):
		return samples{}, malformed("a JPEG of another kind of colours")
	case !ok:
		return samples{image: img}, nil
	}
	return samples{at: func(i, _ int) uint32 { return uint32(grey.Pix[i/l.width*grey.Stride+i%l.width]) }}, nil
}

// adobe reports whether a JPEG says itself what its colours are.
func adobe(stream []byte) bool {
	return bytes.Contains(stream[:min(len(stream), 4096)], []byte("\xff\xee\x00\x0eAdobe"))
}

// frame joins the fragments of the first frame.
func (f *file) frame() ([]byte, error) {
	if len(f.fragments) < 2 {
		return nil, ErrTruncated
	}
	table, parts := f.fragments[0], f.fragments[1:]
	if f.frames() == 1 {
		return bytes.Join(parts, nil), nil
	}
	if len(table) >= 8 && len(table)%4 == 0 {
		// Offsets count from the first fragment's item.
		end, at := int64(binary.LittleEndian.Uint32(table[4:])), int64(0)
		for i, p := range parts {
			if at >= end {
				return bytes.Join(parts[:i], nil), nil
			}
			at += 8 + int64(len(p))
		}
	}
	if f.syntax.coding == codingRunLengths {
		return parts[0], nil
	}
	for i, p := range parts {
		if bytes.HasSuffix(bytes.TrimRight(p, "\x00"), []byte{0xff, 0xd9}) {
			return bytes.Join(parts[:i+1], nil), nil
		}
	}
	return nil, ErrTruncated
}

// native gives samples that are not compressed.
func native(v []byte, order binary.ByteOrder, l layout) (samples, error) {
	area := int64(l.width) * int64(l.height)
	perPixel := int64(l.samples)
	if l.halved {
		perPixel = 2
	}
	if int64(len(v)) < (area*perPixel*int64(l.allocated)+7)/8 {
		return samples{}, ErrTruncated
	}
	if l.halved && l.width%2 == 1 {
		return samples{}, malformed("%d pixels a row that share their colours by two", l.width)
	}
	// place is where sample s of pixel i is among all.
	place := func(i, s int) int { return i*l.samples + s }
	switch {
	case l.halved:
		place = func(i, s int) int {
			if s == 0 {
				return i/2*4 + i%2
			}
			return i/2*4 + 1 + s
		}
	case l.planar:
		place = func(i, s int) int { return s*int(area) + i }
	}
	switch l.allocated {
	case 1:
		return samples{at: func(i, s int) uint32 { return uint32(v[i/8] >> (i % 8) & 1) }}, nil
	case 8:
		return samples{at: func(i, s int) uint32 { return uint32(v[place(i, s)]) }}, nil
	case 16:
		return samples{at: func(i, s int) uint32 { return uint32(order.Uint16(v[2*place(i, s):])) }}, nil
	}
	return samples{at: func(i, s int) uint32 { return order.Uint32(v[4*place(i, s):]) }}, nil
}
