package dicom

import (
	"context"
	"encoding/binary"
)

// lossless is a picture as a lossless JPEG has it (ITU-T T.81, H): the samples of a pixel
// stand together.
type lossless struct {
	components int
	values     []uint16
}

// losslessDecoder decodes a stream of process 14.
type losslessDecoder struct {
	data          []byte
	at            int
	width, height int
	precision     int
	ids           []byte
	tables        [4]*huffman
	interval      int
	out           lossless

	bits  uint32
	count int
}

// decodeLossless decodes a lossless JPEG that must have the given size.
func decodeLossless(ctx context.Context, data []byte, width, height int) (lossless, error) {
	d := &losslessDecoder{data: data, width: width, height: height}
	if len(data) < 4 || data[0] != 0xff || data[1] != 0xd8 {
		return lossless{}, malformed("pixels that are no JPEG")
	}
	d.at = 2
	scanned := make(map[byte]bool)
	for {
		marker, segment, err := d.segment()
		if err != nil {
			return lossless{}, err
		}
		switch {
		case marker == 0xd9:
			return lossless{}, ErrTruncated
		case marker == 0xc3:
			err = d.frame(segment)
		case marker == 0xc4:
			err = d.huffmanTables(segment)
		case marker >= 0xc0 && marker <= 0xcf && marker != 0xc8 && marker != 0xcc:
			err = &UnsupportedError{Kind: "a JPEG of another process than lossless"}
		case marker == 0xdd && len(segment) >= 2:
			d.interval = int(binary.BigEndian.Uint16(segment))
		case marker == 0xda:
			err = d.scan(ctx, segment, scanned)
		}
		if err != nil {
			return lossless{}, err
		}
		if d.ids != nil && len(scanned) == len(d.ids) {
			return d.out, nil
		}
	}
}

// segment reads the next marker and what belongs to it.
func (d *losslessDecoder) segment() (byte, []byte, error) {
	for {
		if len(d.data)-d.at < 2 {
			return 0, nil, ErrTruncated
		}
		if d.data[d.at] == 0xff && d.data[d.at+1] != 0xff && d.data[d.at+1] != 0 {
			break
		}
		d.at++
	}
	marker := d.data[d.at+1]
	d.at += 2
	if marker == 0xd9 || marker >= 0xd0 && marker <= 0xd7 {
		return marker, nil, nil
	}
	if len(d.data)-d.at < 2 {
		return 0, nil, ErrTruncated
	}
	n := int(binary.BigEndian.Uint16(d.data[d.at:]))
	if n < 2 {
		return 0, nil, malformed("a JPEG segment of %d bytes", n)
	}
	if n > len(d.data)-d.at {
		return 0, nil, ErrTruncated
	}
	segment := d.data[d.at+2 : d.at+n]
	d.at += n
	return marker, segment, nil
}

func (d *losslessDecoder) frame(s []byte) error {
	if d.ids != nil || len(s) < 6 || len(s) < 6+3*int(s[5]) {
		return malformed("a damaged JPEG frame")
	}
	d.precision = int(s[0])
	h, w, n := int(binary.BigEndian.Uint16(s[1:])), int(binary.BigEndian.Uint16(s[3:])), int(s[5])
	switch {
	case d.precision < 2 || d.precision > 16 || n != 1 && n != 3:
		return malformed("a JPEG of %d components of %d bits", n, d.precision)
	case w != d.width || h != d.height:
		return malformed("a JPEG of %dx%d pixels for %dx%d", w, h, d.width, d.height)
	// Each sample takes a bit.
	case int64(w)*int64(h)*int64(n) > 8*int64(len(d.data)):
		return ErrTruncated
	}
	for i := range n {
		c := s[6+3*i:]
		if c[1] != 0x11 {
			return &UnsupportedError{Kind: "a lossless JPEG of subsampled colours"}
		}
		d.ids = append(d.ids, c[0])
	}
	d.out = lossless{components: n, values: make([]uint16, w*h*n)}
	return nil
}

// scan decodes the components of a scan.
func (d *losslessDecoder) scan(ctx context.Context, s []byte, scanned map[byte]bool) error {
	if d.ids == nil || len(s) < 1 || len(s) < 4+2*int(s[0]) {
		return malformed("a damaged JPEG scan")
	}
	type component struct {
		place int
		table *huffman
	}
	var parts []component
	for i := range int(s[0]) {
		id, table := s[1+2*i], d.tables[s[2+2*i]>>4&3]
		place := -1
		for k, known := range d.ids {
			if known == id {
				place = k
			}
		}
		if place < 0 || table == nil || scanned[id] {
			return malformed("a damaged JPEG scan")
		}
		scanned[id] = true
		parts = append(parts, component{place, table})
	}
	tail := s[1+2*int(s[0]):]
	predictor, shift := int(tail[0]), int(tail[2]&15)
	if len(parts) == 0 || predictor < 1 || predictor > 7 || shift >= d.precision {
		return malformed("a damaged JPEG scan")
	}
	n, row := d.out.components, d.width*d.out.components
	d.count = 0
	// fresh is set for the line that begins after a restart: nothing above it counts.
	fresh, left := true, d.interval
	for y := range d.height {
		if err := ctx.Err(); err != nil {
			return err
		}
		for x := range d.width {
			first := x == 0 && fresh
			if d.interval > 0 && left == 0 {
				if err := d.restart(); err != nil {
					return err
				}
				left, fresh, first = d.interval, true, true
			}
			left--
			for _, c := range parts {
				diff, err := d.difference(c.table)
				if err != nil {
					return err
				}
				at := y*row + x*n + c.place
				v := d.out.values
				var predicted int
				switch {
				case first:
					predicted = 1 << (d.precision - shift - 1)
				case fresh:
					predicted = int(v[at-n])
				case x == 0:
					predicted = int(v[at-row])
				default:
					predicted = predict(predictor, int(v[at-n]), int(v[at-row]), int(v[at-row-n]))
				}
				v[at] = uint16(predicted + diff)
			}
		}
		fresh = false
	}
	if shift > 0 {
		for i := range d.width * d.height {
			for _, c := range parts {
				d.out.values[i*n+c.place] <<= shift
			}
		}
	}
	return nil
}

// predict is what a sample is likely to be, given those to the left of it, above it and
// above that to the left.
func predict(predictor, a, b, c int) int {
	switch predictor {
	case 1:
		return a
	case 2:
		return b
	case 3:
		return c
	case 4:
		return a + b - c
	case 5:
		return a + (b-c)>>1
	case 6:
		return b + (a-c)>>1
	}
	return (a + b) >> 1
}

// restart reads a restart marker.
func (d *losslessDecoder) restart() error {
	d.count = 0
	if len(d.data)-d.at < 2 {
		return ErrTruncated
	}
	if d.data[d.at] != 0xff || d.data[d.at+1] < 0xd0 || d.data[d.at+1] > 0xd7 {
		return malformed("no restart marker where one should be")
	}
	d.at += 2
	return nil
}
