package jpeg

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// Markers of T.81, table B.1.
const (
	sof0  = 0xc0
	sof1  = 0xc1
	sof2  = 0xc2
	dht   = 0xc4
	dac   = 0xcc
	sof15 = 0xcf
	rst0  = 0xd0
	rst7  = 0xd7
	soi   = 0xd8
	eoi   = 0xd9
	sos   = 0xda
	dqt   = 0xdb
	dnl   = 0xdc
	dri   = 0xdd
	app0  = 0xe0
	app14 = 0xee
	tem   = 0x01
)

type component struct {
	id         byte
	h, v       int // sampling factors
	quant      byte
	wide, high int // blocks that are padded to whole MCUs
	// used blocks are those with pixels of the picture.
	usedWide, usedHigh int
	stride             int
	plane              []uint8
	coefficients       [][]int16 // of progressive files, a row of blocks each
	dc                 int       // the last block's, while a scan is decoded
	dcTable, acTable   *huffman
	table              *[64]uint16
	// unknown are the low bits of each coefficient that no scan has had yet.
	unknown [64]uint8
	// blocks there are, and those read, in the scan that begins with the flat parts.
	blocks, read int
}

type decoder struct {
	ctx    context.Context
	colour Colour
	pixels int64
	// headerOnly ends reading behind the header.
	headerOnly bool
	data       []byte
	at         int

	width, height    int
	progressive      bool
	hMax, vMax       int
	mcuWide, mcuHigh int
	components       []*component
	quants           [4]*[64]uint16
	huffmans         [2][4]*huffman // DC, AC
	anyHuffman       bool
	restart          int
	jfif             bool
	adobe            int // the transform, or -1
	scans            int
	cut, damaged     bool
	bits             bitReader
}

// run reads the file from marker to marker. Once there are pixels, what is wrong
// behind them costs none.
func (d *decoder) run() error {
	d.adobe = -1
	if len(d.data) < 2 || d.data[0] != 0xff || d.data[1] != soi {
		return errors.New("jpeg: no picture begins here")
	}
	d.at = 2
	for {
		marker, ok := d.nextMarker()
		if !ok {
			d.cut = true
			break
		}
		if marker == eoi {
			break
		}
		err := d.segment(marker)
		if d.ctx.Err() != nil {
			return d.ctx.Err()
		}
		if err == nil {
			continue
		}
		if !d.hasPixels() {
			return err
		}
		if errors.Is(err, ErrTruncated) {
			d.cut = true
		} else {
			d.damaged = true
		}
		break
	}
	if !d.hasPixels() {
		return ErrTruncated
	}
	for _, c := range d.components {
		if c.read == 0 {
			return ErrTruncated // a colour is missing altogether
		}
		// Some programs put an end mark where they stopped.
		d.cut = d.cut || slices.Max(c.unknown[:]) > 0
		if c.coefficients != nil {
			d.transform(c)
		}
	}
	return nil
}

func (d *decoder) hasPixels() bool {
	for _, c := range d.components {
		if c.read > 0 {
			return true
		}
	}
	return false
}

// nextMarker finds the next marker, past whatever lies before it.
func (d *decoder) nextMarker() (byte, bool) {
	for d.at+1 < len(d.data) {
		if d.data[d.at] != 0xff || d.data[d.at+1] == 0 || d.data[d.at+1] == 0xff {
			d.at++
			continue
		}
		d.at += 2
		return d.data[d.at-1], true
	}
	return 0, false
}

// segment reads the segment that a marker begins.
func (d *decoder) segment(marker byte) error {
	if marker == soi || marker == tem || (marker >= rst0 && marker <= rst7) {
		return nil // nothing follows; libjpeg skips strays as well
	}
	if d.at+2 > len(d.data) {
		return ErrTruncated
	}
	n := int(d.data[d.at])<<8 | int(d.data[d.at+1])
	if n < 2 {
		return fmt.Errorf("jpeg: a segment of %d bytes", n)
	}
	if d.at+n > len(d.data) {
		return ErrTruncated
	}
	content := d.data[d.at+2 : d.at+n]
	d.at += n
	switch {
	case marker == sof0 || marker == sof1 || marker == sof2:
		return d.frame(marker, content)
	case marker == dht:
		return d.huffmanTables(content)
	case marker == dac:
		return &UnsupportedError{"arithmetic coding"}
	case marker > sof2 && marker <= sof15 && marker != 0xc8:
		return &UnsupportedError{kinds[marker]}
	case marker == dqt:
		return d.quantTables(content)
	case marker == dri:
		if len(content) < 2 {
			return errors.New("jpeg: a restart interval without its number")
		}
		d.restart = int(content[0])<<8 | int(content[1])
	case marker == dnl:
		return &UnsupportedError{"a height behind the picture"}
	case marker == sos:
		return d.scan(content)
	case marker == app0:
		d.jfif = d.jfif || (len(content) >= 5 && string(content[:5]) == "JFIF\x00")
	case marker == app14:
		if len(content) >= 12 && string(content[:5]) == "Adobe" {
			d.adobe = int(content[11])
		}
	}
	return nil
}

var kinds = map[byte]string{
	0xc3: "lossless", 0xc5: "hierarchical", 0xc6: "hierarchical", 0xc7: "lossless hierarchical", 0xc9: "arithmetic coding",
	0xca: "arithmetic coding", 0xcb: "lossless arithmetic coding", 0xcd: "hierarchical arithmetic coding",
	0xce: "hierarchical arithmetic coding", 0xcf: "lossless hierarchical arithmetic coding",
}

// errHeader ends reading where only the header was asked for.
var errHeader = errors.New("jpeg: the header was read")

// frame reads the header of the picture.
func (d *decoder) frame(marker byte, b []byte) error {
	if d.components != nil {
		return errors.New("jpeg: a second picture's header")
	}
	if len(b) < 6 || len(b) < 6+3*int(b[5]) {
		return errors.New("jpeg: a short header")
	}
	if b[0] != 8 {
		return &UnsupportedError{fmt.Sprintf("%d bits a sample", b[0])}
	}
	d.height, d.width = int(b[1])<<8|int(b[2]), int(b[3])<<8|int(b[4])
	if d.height == 0 {
		return &UnsupportedError{"a height behind the picture"}
	}
	if d.width == 0 {
		return errors.New("jpeg: a picture without width")
	}
	if d.headerOnly {
		return errHeader
	}
	if int64(d.width)*int64(d.height) > d.pixels {
		return fmt.Errorf("jpeg: %d x %d pixels are more than there should be", d.width, d.height)
	}
	n := int(b[5])
	if n != 1 && n != 3 && n != 4 {
		return &UnsupportedError{fmt.Sprintf("%d components", n)}
	}
	d.progressive = marker == sof2
	all := make([]*component, n)
	for i := range all {
		f := b[6+3*i:]
		c := &component{id: f[0], h: int(f[1] >> 4), v: int(f[1] & 15), quant: f[2]}
		if c.h < 1 || c.h > 4 || c.v < 1 || c.v > 4 || c.quant > 3 {
			return errors.New("jpeg: a component out of range")
		}
		if n == 1 {
			c.h, c.v = 1, 1 // a single component is never interleaved
		}
		d.hMax, d.vMax = max(d.hMax, c.h), max(d.vMax, c.v)
		all[i] = c
	}
	d.mcuWide, d.mcuHigh = ceil(d.width, 8*d.hMax), ceil(d.height, 8*d.vMax)
	// Every block takes a bit at least. A file that is cut has an eighth of them, or
	// there is nothing to see.
	var blocks int64
	for _, c := range all {
		blocks += int64(d.mcuWide) * int64(d.mcuHigh) * int64(c.h*c.v)
	}
	if blocks > 64*int64(len(d.data)) {
		return ErrTruncated
	}
	for _, c := range all {
		c.wide, c.high = d.mcuWide*c.h, d.mcuHigh*c.v
		c.usedWide, c.usedHigh = ceil(ceil(d.width*c.h, d.hMax), 8), ceil(ceil(d.height*c.v, d.vMax), 8)
		c.stride = 8 * c.wide
		if d.progressive {
			c.coefficients = make([][]int16, c.high)
			for y := range c.coefficients {
				c.coefficients[y] = make([]int16, 64*c.wide)
			}
			continue
		}
		c.plane = make([]uint8, c.stride*8*c.high)
		for i := range c.plane {
			c.plane[i] = 128
		}
	}
	d.components = all
	return nil
}

func ceil(a, b int) int { return (a + b - 1) / b }

func (d *decoder) quantTables(b []byte) error {
	for len(b) > 0 {
		size, id := 1+int(b[0]>>4), b[0]&15
		if size > 2 || id > 3 || len(b) < 1+64*size {
			return errors.New("jpeg: a damaged quantisation table")
		}
		var t [64]uint16
		for i := range t {
			v := uint16(b[1+size*i])
			if size == 2 {
				v = v<<8 | uint16(b[2+size*i])
			}
			t[natural[i]] = v
		}
		d.quants[id] = &t
		b = b[1+64*size:]
	}
	return nil
}

// natural is the place in a block of each coefficient in the order of a file. The
// places behind the last are where damaged data may lead.
var natural = [64 + 16]uint8{
	0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5,
	12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
	35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51,
	58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
	63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63,
}
