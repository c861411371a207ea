package tiff

import (
	"errors"
	"io"
	"strings"
	"sync"
)

// ccittReader reads rows of CCITT-compressed pixels, ITU-T T.4 and T.6. The pixels
// of black runs become bits that are set. What those mean is said by the file's
// photometric interpretation.
type ccittReader struct {
	in    bitReader
	width int
	kind  uint64
	// twoDimensional is set where T.4 says for each row how it is coded.
	twoDimensional bool
	// reference and current are the columns where a row's colour changes, from white
	// to black first.
	reference, current []int
	row                []byte // what is left of a row
}

var errCCITT = errors.New("tiff: damaged CCITT data")

func newCCITT(data []byte, width int, kind, options uint64) (*ccittReader, error) {
	if kind == compressionT4 && options&2 != 0 {
		return nil, &UnsupportedError{"CCITT with uncompressed rows"}
	}
	return &ccittReader{in: bitReader{data: data}, width: width, kind: kind, twoDimensional: options&1 != 0}, nil
}

// Read implements [io.Reader] with whole rows, each beginning at a byte.
func (c *ccittReader) Read(p []byte) (int, error) {
	if len(c.row) == 0 {
		if err := c.next(); err != nil {
			return 0, err
		}
	}
	n := copy(p, c.row)
	c.row = c.row[n:]
	return n, nil
}

func (c *ccittReader) next() error {
	flat := true
	switch c.kind {
	case compressionCCITT:
		c.in.align()
	case compressionT4:
		if c.in.skipEOL() && c.twoDimensional {
			flat = c.in.take(1) == 1
		}
	case compressionT6:
		flat = false
	}
	c.reference, c.current = c.current, c.reference[:0]
	var err error
	if flat {
		err = c.readFlat()
	} else {
		err = c.readByReference()
	}
	if err != nil {
		return err
	}
	c.paint()
	return nil
}

// readFlat reads a row of runs, white and black by turns.
func (c *ccittReader) readFlat() error {
	for at, black := 0, false; at < c.width; black = !black {
		n, err := c.run(black)
		if err != nil {
			return err
		}
		if at += n; at > c.width {
			return errCCITT
		}
		c.current = append(c.current, at)
	}
	return nil
}

// readByReference reads a row that is described by how it differs from the row
// above. The names are those of T.6: a0 is the column reached, b1 the first change
// of the row above that is right of it and leads to the other colour, b2 the change
// behind that.
func (c *ccittReader) readByReference() error {
	above := func(i int) int {
		if i < len(c.reference) {
			return c.reference[i]
		}
		return c.width
	}
	a0, i, black := -1, 0, false
	for a0 < c.width {
		for i > 0 && above(i-1) > a0 {
			i--
		}
		for i < len(c.reference) && (above(i) <= a0 || (i%2 == 1) != black) {
			i++
		}
		shift, found := 0, true
		switch code := c.in.peek(7); {
		case code>>6 == 1: // 1: vertical
			c.in.skip(1)
		case code>>4 == 3: // 011
			c.in.skip(3)
			shift = 1
		case code>>4 == 2: // 010
			c.in.skip(3)
			shift = -1
		case code>>1 == 3: // 000011
			c.in.skip(6)
			shift = 2
		case code>>1 == 2: // 000010
			c.in.skip(6)
			shift = -2
		case code == 3: // 0000011
			c.in.skip(7)
			shift = 3
		case code == 2: // 0000010
			c.in.skip(7)
			shift = -3
		default:
			found = false
		}
		if found {
			a1 := above(i) + shift
			if a1 < max(a0, 0) || a1 > c.width || c.in.over() {
				return c.fault()
			}
			a0, black = a1, !black
			c.current = append(c.current, a1)
			continue
		}
		switch code := c.in.peek(7); {
		case code>>4 == 1: // 001: horizontal
			c.in.skip(3)
			a0 = max(a0, 0)
			for _, colour := range [2]bool{black, !black} {
				n, err := c.run(colour)
				if err != nil {
					return err
				}
				if a0 += n; a0 > c.width {
					return errCCITT
				}
				c.current = append(c.current, a0)
			}
		case code>>3 == 1: // 0001: pass
			c.in.skip(4)
			a0 = above(i + 1)
		case code == 1:
			return &UnsupportedError{"CCITT with uncompressed rows"}
		default:
			return c.fault()
		}
		if c.in.over() {
			return c.fault()
		}
	}
	return nil
}

// fault is the error for a code that is none: maybe because there is no more data.
func (c *ccittReader) fault() error {
	if c.in.over() || len(c.in.data)*8-c.in.at < 8 {
		return io.ErrUnexpectedEOF
	}
	return errCCITT
}

// run reads the length of a run: codes for multiples of 64 and one for the rest.
func (c *ccittReader) run(black bool) (int, error) {
	table := ccittTables().white
	if black {
		table = ccittTables().black
	}
	total := 0
	for {
		code := table[c.in.peek(longestCode)]
		if code.bits == 0 {
			return 0, c.fault()
		}
		c.in.skip(int(code.bits))
		total += int(code.run)
		if c.in.over() {
			return 0, io.ErrUnexpectedEOF
		}
		if total > c.width {
			return 0, errCCITT
		}
		if code.run < 64 {
			return total, nil
		}
	}
}

// paint makes the row's bits of the columns where its colour changes.
func (c *ccittReader) paint() {
	row := make([]byte, (c.width+7)/8)
	for i := 0; i < len(c.current); i += 2 {
		end := c.width
		if i+1 < len(c.current) {
			end = c.current[i+1]
		}
		for x := c.current[i]; x < end; {
			if x%8 == 0 && end-x >= 8 {
				row[x/8] = 0xff
				x += 8
				continue
			}
			row[x/8] |= 0x80 >> (x % 8)
			x++
		}
	}
	c.row = row
}

// longestCode is the length of the longest code of a run, in bits.
const longestCode = 13

type runCode struct {
	run  int16
	bits uint8
}

// ccittTables has the codes of runs by their first bits.
var ccittTables = sync.OnceValue(func() (t struct{ white, black []runCode }) {
	build := func(codes string) []runCode {
		table := make([]runCode, 1<<longestCode)
		for i, code := range strings.Fields(codes) {
			run := i
			if i >= 64 {
				run = 64 * (i - 63)
			}
			first := 0
			for j := range len(code) {
				first |= int(code[j]-'0') << (longestCode - 1 - j)
			}
			for j := range 1 << (longestCode - len(code)) {
				table[first+j] = runCode{int16(run), uint8(len(code))}
			}
		}
		return table
	}
	t.white, t.black = build(whiteCodes), build(blackCodes)
	return t
})

// bitReader reads bits, the highest of a byte first. There are zeros behind the
// data.
type bitReader struct {
	data []byte
	at   int // in bits
}

func (r *bitReader) peek(n int) uint32 {
	var v uint32
	for i := range 4 {
		v <<= 8
		if k := r.at/8 + i; k < len(r.data) {
			v |= uint32(r.data[k])
		}
	}
	return v << (r.at % 8) >> (32 - n)
}

func (r *bitReader) skip(n int) { r.at += n }

func (r *bitReader) take(n int) uint32 {
	v := r.peek(n)
	r.skip(n)
	return v
}

func (r *bitReader) align() { r.at = (r.at + 7) &^ 7 }

// over reports whether more was read than there is.
func (r *bitReader) over() bool { return r.at > 8*len(r.data) }

// skipEOL skips an end-of-line code, eleven zeros or more and a one, if there is
// one.
func (r *bitReader) skipEOL() bool {
	if r.peek(11) != 0 {
		return false
	}
	for r.at < 8*len(r.data) {
		switch b := r.data[r.at/8]; {
		case r.at%8 == 0 && b == 0:
			r.at += 8
		case b<<(r.at%8)>>7 == 1:
			r.at++
			return true
		default:
			r.at++
		}
	}
	return false
}
