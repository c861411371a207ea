package hdf5

import "math"

// Class is what the elements of a dataset are.
type Class int

// The classes of elements that are told apart.
const (
	Integer Class = iota
	Float
	String
	Opaque
)

func (c Class) String() string {
	return [...]string{"whole numbers", "floating-point numbers", "texts", "bytes without a meaning"}[c]
}

// datatype describes an element.
type datatype struct {
	class Class
	// size in bytes.
	size           int
	bigEndian      bool
	signed         bool
	variableLength bool
}

// The classes of datatype messages.
const (
	classInteger  = 0
	classFloat    = 1
	classString   = 3
	classOpaque   = 5
	classEnum     = 8
	classVariable = 9
)

// datatype reads a datatype message.
func (f *File) datatype(data []byte) (datatype, error) {
	p := &fields{file: f, rest: data}
	class := int(p.uint(1) & 15)
	bits := p.uint(3)
	t := datatype{size: int(p.uint(4))}
	if p.err != nil {
		return t, p.err
	}
	numeric := t.size == 1 || t.size == 2 || t.size == 4 || t.size == 8
	switch class {
	case classInteger:
		t.class, t.bigEndian, t.signed = Integer, bits&1 != 0, bits&8 != 0
		if !numeric {
			return t, unsupported("whole numbers of %d bytes", t.size)
		}
	case classFloat:
		t.class, t.bigEndian = Float, bits&1 != 0
		if !numeric || t.size == 1 || bits&0x40 != 0 || !ieee(p, t.size) {
			return t, unsupported("floating-point numbers of %d bytes that are not IEEE's", t.size)
		}
	case classString:
		t.class = String
	case classOpaque:
		t.class = Opaque
	case classEnum:
		return f.datatype(p.rest)
	case classVariable:
		if bits&15 != 1 {
			return t, unsupported("lists of varying length")
		}
		t.class, t.variableLength = String, true
		if t.size != 8+f.offsets {
			return t, damaged("a text of varying length takes %d bytes", t.size)
		}
	default:
		return t, unsupported("a datatype of class %d", class)
	}
	if t.size == 0 {
		return t, damaged("elements without a size")
	}
	return t, nil
}

// ieee reports whether the properties of a float are those of IEEE 754 for that
// size: where the exponent and the mantissa are, and how long.
func ieee(p *fields, size int) bool {
	offset, precision := p.uint(2), p.uint(2)
	exponentAt, exponent, mantissaAt, mantissa := p.uint(1), p.uint(1), p.uint(1), p.uint(1)
	bias := p.uint(4)
	want := map[int][4]uint64{2: {10, 5, 10, 15}, 4: {23, 8, 23, 127}, 8: {52, 11, 52, 1023}}[size]
	return p.err == nil && offset == 0 && precision == uint64(8*size) && mantissaAt == 0 &&
		[4]uint64{exponentAt, exponent, mantissa, bias} == want
}

// dataspace reads a dataspace message: the sides, none for a single element. null
// is set where there is no element at all.
func (f *File) dataspace(data []byte) (sides []int, null bool, err error) {
	p := &fields{file: f, rest: data}
	version, rank := p.uint(1), p.uint(1)
	p.skip(1)
	switch version {
	case 1:
		p.skip(5)
	case 2:
		null = p.uint(1) == 2
	default:
		return nil, false, unsupported("dataspace version %d", version)
	}
	const maxRank = 32
	if rank > maxRank {
		return nil, false, damaged("%d axes", rank)
	}
	total := uint64(1)
	for range rank {
		side := p.length()
		if side != 0 && total > math.MaxInt64/16/side {
			return nil, false, damaged("more elements than can be counted")
		}
		total *= side
		sides = append(sides, int(side))
	}
	return sides, null, p.err
}

// count is the number of elements in those sides.
func count(sides []int) int {
	n := 1
	for _, side := range sides {
		n *= side
	}
	return n
}
