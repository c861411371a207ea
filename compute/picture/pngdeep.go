package picture

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"io"
)

// The standard library makes eight bytes of each pixel of a PNG of 16 bits, of which a
// picture needs two or six, and a large one has no room for both. So pictures that are
// not interlaced are read row by row into their place.

// deepRows reads a whole picture of 16 bits, row by row. It is nil for all others, and
// for files with anything wrong: what that is, the standard library's decoder tells.
func (h pngHeader) deepRows(data []byte) *decoded {
	samples := map[byte]int{0: 1, 2: 3, 4: 2, 6: 4}[h.colour]
	if !h.valid || h.bits != 16 || samples == 0 || h.width == 0 || h.height == 0 || !bytes.Equal(data[26:29], make([]byte, 3)) {
		return nil
	}
	packed := pngPacked(data)
	if packed == nil {
		return nil
	}
	pixels, err := zlib.NewReader(packed)
	if err != nil {
		return nil
	}
	width, height := int(h.width), int(h.height)
	colours := samples - 1 + samples%2
	whole := make([][]uint16, colours)
	for c := range whole {
		whole[c] = make([]uint16, width*height)
	}
	d := &decoded{deep: &Deep{Width: width, Height: height, Planes: wholePlanes(whole...), High: 1<<16 - 1}}
	if samples > colours {
		d.alpha = make([]uint8, width*height)
	}
	step := 2 * samples
	row, before := make([]byte, 1+step*width), make([]byte, 1+step*width)
	for y := range height {
		if _, err := io.ReadFull(pixels, row); err != nil || !unfilter(row, before[1:], step) {
			return nil
		}
		for x := range width {
			p, i := row[1+step*x:], y*width+x
			for c, plane := range whole {
				plane[i] = binary.BigEndian.Uint16(p[2*c:])
			}
			if d.alpha != nil {
				d.alpha[i] = p[2*colours]
			}
		}
		row, before = before, row
	}
	// Behind the last row there is nothing but the checksum, which must be right.
	if n, err := pixels.Read(row[:1]); n != 0 || err != io.EOF || len(*packed) > 0 {
		return nil
	}
	return d
}

// pngPacked are the compressed rows. It is nil where a chunk is cut off, where a
// checksum is wrong, where one colour is transparent, or where the chunks' order is
// unusual.
func pngPacked(data []byte) *pieces {
	var packed pieces
	ended, between := false, false
	for rest := data[len(pngSignature):]; len(rest) > 0 && !ended; {
		if len(rest) < 12 {
			return nil
		}
		n, id := int64(binary.BigEndian.Uint32(rest)), string(rest[4:8])
		if n+12 > int64(len(rest)) || crc32.ChecksumIEEE(rest[4:8+n]) != binary.BigEndian.Uint32(rest[8+n:]) {
			return nil
		}
		switch id {
		case "IDAT":
			if between {
				return nil
			}
			packed.add(rest[8 : 8+n])
		case "tRNS", "PLTE":
			return nil
		case "IHDR":
			if len(rest) != len(data)-len(pngSignature) {
				return nil
			}
		case "IEND":
			ended = true
		}
		between = id != "IDAT" && len(packed) > 0
		rest = rest[12+n:]
	}
	if !ended {
		return nil
	}
	return &packed
}

// pieces are read one after the other, and no further than asked.
type pieces [][]byte

func (p *pieces) add(piece []byte) {
	if len(piece) > 0 {
		*p = append(*p, piece)
	}
}

func (p *pieces) Read(to []byte) (int, error) {
	if len(*p) == 0 {
		return 0, io.EOF
	}
	n := copy(to, (*p)[0])
	p.skip(n)
	return n, nil
}

func (p *pieces) ReadByte() (byte, error) {
	if len(*p) == 0 {
		return 0, io.EOF
	}
	b := (*p)[0][0]
	p.skip(1)
	return b, nil
}

func (p *pieces) skip(n int) {
	if (*p)[0] = (*p)[0][n:]; len((*p)[0]) == 0 {
		*p = (*p)[1:]
	}
}

// unfilter makes the samples of a row, whose first byte is its filter, of their
// differences from the row before (PNG, 9.2). It reports whether there is such a filter.
func unfilter(row, before []byte, step int) bool {
	filter, row := row[0], row[1:]
	switch filter {
	case 0:
	case 1:
		for i := step; i < len(row); i++ {
			row[i] += row[i-step]
		}
	case 2:
		for i, b := range before {
			row[i] += b
		}
	case 3:
		for i, b := range before {
			left := 0
			if i >= step {
				left = int(row[i-step])
			}
			row[i] += uint8((left + int(b)) / 2)
		}
	case 4:
		for i, b := range before {
			left, corner := 0, 0
			if i >= step {
				left, corner = int(row[i-step]), int(before[i-step])
			}
			row[i] += paeth(left, int(b), corner)
		}
	default:
		return false
	}
	return true
}

// paeth is whichever of three neighbours is nearest to left + up - corner.
func paeth(left, up, corner int) uint8 {
	distance := func(v int) int { return max(v, -v) }
	toLeft, toUp, toCorner := distance(up-corner), distance(left-corner), distance(left+up-2*corner)
	switch {
	case toLeft <= toUp && toLeft <= toCorner:
		return uint8(left)
	case toUp <= toCorner:
		return uint8(up)
	}
	return uint8(corner)
}
