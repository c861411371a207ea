package dicom

import "encoding/binary"

// runLengths gives samples that are stored as PackBits of planes of bytes, the highest
// byte first (PS3.5, G).
func runLengths(stream []byte, l layout) (samples, error) {
	const header = 64
	if len(stream) < header {
		return samples{}, ErrTruncated
	}
	bytes := l.allocated / 8
	count := int(binary.LittleEndian.Uint32(stream))
	if count != bytes*l.samples {
		return samples{}, malformed("%d planes of run lengths for %d samples of %d bytes", count, l.samples, bytes)
	}
	area := l.width * l.height
	planes := make([][]byte, count)
	for i := range planes {
		at := uint64(binary.LittleEndian.Uint32(stream[4+4*i:]))
		end := uint64(len(stream))
		if i+1 < count {
			end = uint64(binary.LittleEndian.Uint32(stream[8+4*i:]))
		}
		if at < header || end < at || end > uint64(len(stream)) {
			return samples{}, malformed("a plane of run lengths lies outside of the data")
		}
		var err error
		if planes[i], err = unpack(stream[at:end], area); err != nil {
			return samples{}, err
		}
	}
	return samples{at: func(i, s int) (v uint32) {
		for _, plane := range planes[s*bytes : (s+1)*bytes] {
			v = v<<8 | uint32(plane[i])
		}
		return v
	}}, nil
}

// unpack unpacks n bytes of PackBits.
func unpack(data []byte, n int) ([]byte, error) {
	out := make([]byte, 0, n)
	for len(out) < n {
		if len(data) < 1 {
			return nil, ErrTruncated
		}
		code := int(int8(data[0]))
		data = data[1:]
		switch {
		case code >= 0:
			if len(data) < code+1 {
				return nil, ErrTruncated
			}
			out = append(out, data[:code+1]...)
			data = data[code+1:]
		case code > -128:
			if len(data) < 1 {
				return nil, ErrTruncated
			}
			for range 1 - code {
				out = append(out, data[0])
			}
			data = data[1:]
		}
	}
	return out[:n], nil
}
