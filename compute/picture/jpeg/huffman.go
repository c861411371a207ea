package jpeg

import (
	"encoding/binary"
	"errors"
)

// huffman is a table of codes. Short codes are looked up, longer ones compared with
// the largest of each length (T.81, figure F.16).
type huffman struct {
	values  []byte
	short   [1 << shortCode]struct{ value, bits uint8 }
	largest [18]int32 // of each length, -1 for none
	offset  [17]int32
}

const shortCode = 9

var errHuffman = errors.New("jpeg: a damaged Huffman table")

// newHuffman makes the table with as many codes of each length, 1 to 16, for
// values.
func newHuffman(counts []byte, values []byte) (*huffman, error) {
	t := &huffman{values: values}
	code, i := int32(0), int32(0)
	for n := 1; n <= 16; n++ {
		t.largest[n] = -1
		t.offset[n] = i - code
		for range counts[n-1] {
			if int(i) >= len(values) || code >= 1<<n {
				return nil, errHuffman
			}
			if n <= shortCode {
				first := code << (shortCode - n)
				for k := range int32(1) << (shortCode - n) {
					t.short[first+k].value, t.short[first+k].bits = values[i], uint8(n)
				}
			}
			t.largest[n] = code
			code++
			i++
		}
		code <<= 1
	}
	return t, nil
}

func (d *decoder) huffmanTables(b []byte) error {
	for len(b) > 0 {
		if len(b) < 17 {
			return errHuffman
		}
		class, id := b[0]>>4, b[0]&15
		n := 0
		for _, c := range b[1:17] {
			n += int(c)
		}
		if class > 1 || id > 3 || n > 256 || len(b) < 17+n {
			return errHuffman
		}
		t, err := newHuffman(b[1:17], b[17:17+n])
		if err != nil {
			return err
		}
		d.huffmans[class][id] = t
		d.anyHuffman = true
		b = b[17+n:]
	}
	return nil
}

// usualTables are taken for a file without any, as frames of Motion JPEG are: those
// of T.81, annex K.3, as T.81 numbers them.
func (d *decoder) usualTables() {
	for class := range 2 {
		for id := range 2 {
			t, err := newHuffman(usualCounts[class][id], usualValues[class][id])
			if err == nil {
				d.huffmans[class][id] = t
			}
		}
	}
	d.anyHuffman = true
}

var usualCounts = [2][2][]byte{
	{
		{0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0},
		{0, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0},
	},
	{
		{0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 0x7d},
		{0, 2, 1, 2, 4, 4, 3, 4, 7, 5, 4, 4, 0, 1, 2, 0x77},
	},
}

var usualValues = [2][2][]byte{
	{
		{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11},
		{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11},
	},
	{
		{
			0x01, 0x02, 0x03, 0x00, 0x04, 0x11, 0x05, 0x12, 0x21, 0x31, 0x41, 0x06, 0x13, 0x51, 0x61, 0x07,
			0x22, 0x71, 0x14, 0x32, 0x81, 0x91, 0xa1, 0x08, 0x23, 0x42, 0xb1, 0xc1, 0x15, 0x52, 0xd1, 0xf0,
			0x24, 0x33, 0x62, 0x72, 0x82, 0x09, 0x0a, 0x16, 0x17, 0x18, 0x19, 0x1a, 0x25, 0x26, 0x27, 0x28,
			0x29, 0x2a, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3a, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49,
			0x4a, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5a, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69,
			0x6a, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7a, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89,
			0x8a, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9a, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7,
			0xa8, 0xa9, 0xaa, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7, 0xb8, 0xb9, 0xba, 0xc2, 0xc3, 0xc4, 0xc5,
			0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8, 0xd9, 0xda, 0xe1, 0xe2,
			0xe3, 0xe4, 0xe5, 0xe6, 0xe7, 0xe8, 0xe9, 0xea, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8,
			0xf9, 0xfa,
		},
		{
			0x00, 0x01, 0x02, 0x03, 0x11, 0x04, 0x05, 0x21, 0x31, 0x06, 0x12, 0x41, 0x51, 0x07, 0x61, 0x71,
			0x13, 0x22, 0x32, 0x81, 0x08, 0x14, 0x42, 0x91, 0xa1, 0xb1, 0xc1, 0x09, 0x23, 0x33, 0x52, 0xf0,
			0x15, 0x62, 0x72, 0xd1, 0x0a, 0x16, 0x24, 0x34, 0xe1, 0x25, 0xf1, 0x17, 0x18, 0x19, 0x1a, 0x26,
			0x27, 0x28, 0x29, 0x2a, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3a, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48,
			0x49, 0x4a, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5a, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68,
			0x69, 0x6a, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7a, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87,
			0x88, 0x89, 0x8a, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9a, 0xa2, 0xa3, 0xa4, 0xa5,
			0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7, 0xb8, 0xb9, 0xba, 0xc2, 0xc3,
			0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8, 0xd9, 0xda,
			0xe2, 0xe3, 0xe4, 0xe5, 0xe6, 0xe7, 0xe8, 0xe9, 0xea, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8,
			0xf9, 0xfa,
		},
	},
}

// bitReader reads the bits of a scan up to the next marker. Behind it there are
// zeros.
type bitReader struct {
	data   []byte
	at     int
	held   uint64
	n      int // bits held
	marker byte
	// ended is set where the marker is the end of the data, empty where bits were
	// asked for that there were none of, since the last restart.
	ended, empty bool
	// wrong is set where a code was none.
	wrong bool
}

func (r *bitReader) fill() {
	if r.marker == 0 && r.n <= 32 && r.at+4 <= len(r.data) {
		// Four bytes at once, if none of them is 0xff.
		v := binary.BigEndian.Uint32(r.data[r.at:])
		if not := ^v; (not-0x01010101)&v&0x80808080 == 0 {
			r.held, r.n, r.at = r.held<<32|uint64(v), r.n+32, r.at+4
			return
		}
	}
	for r.n <= 48 && r.marker == 0 {
		if r.at >= len(r.data) {
			r.marker, r.ended = eoi, true
			return
		}
		b := r.data[r.at]
		r.at++
		if b == 0xff {
			for r.at < len(r.data) && r.data[r.at] == 0xff {
				r.at++
			}
			if r.at >= len(r.data) {
				r.marker, r.ended = eoi, true
				return
			}
			next := r.data[r.at]
			r.at++
			if next != 0 {
				r.marker = next
				return
			}
		}
		r.held = r.held<<8 | uint64(b)
		r.n += 8
	}
}

// leftover reports whether there are whole bytes before the next marker that nobody
// read, zeros apart, with which some programs fill up: then the bits were not what
// they should be.
func (r *bitReader) leftover() bool {
	if r.empty {
		return false
	}
	if r.n >= 8 && r.held&(1<<(r.n&^7)-1) != 0 {
		return true
	}
	for at := r.at; r.marker == 0 && at+1 < len(r.data); at++ {
		switch b := r.data[at]; {
		case b == 0xff && r.data[at+1] != 0:
			return false
		case b != 0:
			return true
		}
	}
	return false
}

// need makes sure that n bits are held, at most 16.
func (r *bitReader) need(n int) {
	if r.n >= n {
		return
	}
	if r.fill(); r.n < n {
		r.empty = true
		r.held <<= 32
		r.n += 32
	}
}

func (r *bitReader) take(n int) int {
	if n == 0 {
		return 0
	}
	r.need(n)
	r.n -= n
	return int(r.held >> r.n & (1<<n - 1))
}

func (r *bitReader) bit() bool { return r.take(1) == 1 }

// code reads a Huffman code. One that is none is 0, as in libjpeg.
func (r *bitReader) code(t *huffman) byte {
	if r.n < 16 {
		r.fill()
		if r.n < 16 && r.marker != 0 {
			return r.slowCode(t, 1)
		}
	}
	if s := t.short[r.held>>(r.n-shortCode)&(1<<shortCode-1)]; s.bits > 0 {
		r.n -= int(s.bits)
		return s.value
	}
	return r.slowCode(t, 1)
}

func (r *bitReader) slowCode(t *huffman, from int) byte {
	code := int32(0)
	for n := from; n <= 16; n++ {
		code = code<<1 | int32(r.take(1))
		if code <= t.largest[n] && t.largest[n] >= 0 {
			if i := t.offset[n] + code; i >= 0 && int(i) < len(t.values) {
				return t.values[i]
			}
		}
	}
	r.wrong = true
	return 0
}

// signed reads a number of n bits with its sign (T.81, figure F.12).
func (r *bitReader) signed(n int) int {
	v := r.take(n)
	if n > 0 && v < 1<<(n-1) {
		v += -1<<n + 1
	}
	return v
}
