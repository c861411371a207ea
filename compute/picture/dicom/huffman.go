package dicom

// huffman is a table of codes: those of a length follow each other.
type huffman struct {
	// last is the last code of each length, -1 for none; offset leads from a code to
	// its value's place.
	last, offset [17]int
	values       []byte
}

func (d *losslessDecoder) huffmanTables(s []byte) error {
	for len(s) > 0 {
		if len(s) < 17 || s[0]&15 > 3 {
			return malformed("a damaged JPEG table")
		}
		h, place := &huffman{}, s[0]&15
		code, total := 0, 0
		for n := 1; n <= 16; n++ {
			count := int(s[n])
			h.last[n], h.offset[n] = -1, total-code
			if count > 0 {
				h.last[n] = code + count - 1
			}
			if code += count; code > 1<<n {
				return malformed("a damaged JPEG table")
			}
			total += count
			code <<= 1
		}
		if len(s) < 17+total {
			return malformed("a damaged JPEG table")
		}
		h.values = s[17 : 17+total]
		d.tables[place] = h
		s = s[17+total:]
	}
	return nil
}

// bit reads the next bit.
func (d *losslessDecoder) bit() (int, error) {
	if d.count == 0 {
		if d.at >= len(d.data) {
			return 0, ErrTruncated
		}
		b := d.data[d.at]
		if b == 0xff {
			if d.at+1 >= len(d.data) || d.data[d.at+1] != 0 {
				return 0, ErrTruncated // a marker
			}
			d.at++
		}
		d.at++
		d.bits, d.count = uint32(b), 8
	}
	d.count--
	return int(d.bits >> d.count & 1), nil
}

// difference reads a sample's difference from what was predicted.
func (d *losslessDecoder) difference(h *huffman) (int, error) {
	code, size := 0, -1
	for n := 1; n <= 16; n++ {
		b, err := d.bit()
		if err != nil {
			return 0, err
		}
		if code = code<<1 | b; code <= h.last[n] {
			size = int(h.values[code+h.offset[n]])
			break
		}
	}
	switch {
	case size < 0 || size > 16:
		return 0, malformed("a damaged JPEG code")
	case size == 0:
		return 0, nil
	case size == 16:
		return 1 << 15, nil
	}
	v := 0
	for range size {
		b, err := d.bit()
		if err != nil {
			return 0, err
		}
		v = v<<1 | b
	}
	if v < 1<<(size-1) {
		v += 1 - 1<<size
	}
	return v, nil
}
