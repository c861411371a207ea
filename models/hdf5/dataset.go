package hdf5

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/x448/float16"
)

// Dataset is an array of elements.
type Dataset struct {
	attributes
	path  string
	sides []int
	datatype
	// address of the elements, undefined where none were written; compact has them
	// where they are in the header.
	address uint64
	compact []byte
}

// Shape is the length of each axis, the slowest first; none for a single number.
func (d *Dataset) Shape() []int { return append([]int(nil), d.sides...) }

// Class is what the elements are.
func (d *Dataset) Class() Class { return d.class }

// Path is where the dataset is in the file.
func (d *Dataset) Path() string { return d.path }

// The ways in which a dataset can lie in the file.
const (
	layoutCompact    = 0
	layoutContiguous = 1
	layoutChunked    = 2
)

// dataset makes a dataset of its header. Its elements are not read, but they are
// in the file.
func (f *File) dataset(messages []message, path string) (*Dataset, error) {
	d := &Dataset{attributes: attributes{f, messages}, path: path}
	var typed, spaced bool
	for _, m := range messages {
		var err error
		if m.flags&flagShared != 0 && m.kind != messageAttribute {
			return nil, fmt.Errorf("%s: %w", path, unsupported("shared messages"))
		}
		switch m.kind {
		case messageDataspace:
			var null bool
			if d.sides, null, err = f.dataspace(m.data); null {
				d.sides = []int{0}
			}
			spaced = true
		case messageDatatype:
			d.datatype, err = f.datatype(m.data)
			typed = true
		case messageFilter:
			err = unsupported("filters, such as compression,")
		case messageExternal:
			err = unsupported("data in other files")
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	if !typed || !spaced {
		return nil, damaged("%s does not say of what and how many elements it is", path)
	}
	for _, m := range messages {
		if m.kind != messageLayout {
			continue
		}
		if err := d.layout(f.fields(m)); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	return d, nil
}

// layout reads where the elements are, and checks that they are there.
func (d *Dataset) layout(p *fields) error {
	version := p.uint(1)
	if version != 3 && version != 4 {
		return unsupported("layout version %d", version)
	}
	need := uint64(count(d.sides)) * uint64(d.size)
	d.address = undefined
	switch class := p.uint(1); class {
	case layoutCompact:
		d.compact = p.bytes(int(p.uint(2)))
		if p.err == nil && uint64(len(d.compact)) < need {
			return damaged("%d bytes cannot hold the shape %v", len(d.compact), d.sides)
		}
	case layoutContiguous:
		address, size := p.address(), p.length()
		if p.err != nil || address == undefined {
			break
		}
		if size != need {
			return damaged("%d bytes do not hold the shape %v", size, d.sides)
		}
		if !d.f.within(address, size) {
			return damaged("its numbers lie beyond the end of the file, or the file is cut off")
		}
		d.address = address
	case layoutChunked:
		return unsupported("datasets in chunks")
	default:
		return unsupported("layout class %d", class)
	}
	return p.err
}

// Floats reads all numbers as float32, the last axis the fastest. The elements
// must be floating-point numbers of 2, 4 or 8 bytes.
func (d *Dataset) Floats() ([]float32, error) {
	if d.class != Float {
		return nil, fmt.Errorf("%s has %s where floating-point numbers are expected", d.path, d.class)
	}
	n := count(d.sides)
	if n == 0 {
		return nil, nil
	}
	raw := d.compact
	if raw == nil {
		if d.address == undefined {
			return nil, damaged("the numbers of %s were never written", d.path)
		}
		return d.contiguous(n)
	}
	out := make([]float32, n)
	d.convert(out, raw)
	return out, nil
}

// chunk is how many bytes are converted at a time.
const chunk = 1 << 16

// contiguous reads n numbers that lie together. The file has been found to have
// them.
func (d *Dataset) contiguous(n int) ([]float32, error) {
	if err := d.f.spend(d.address, uint64(n*d.size)); err != nil {
		return nil, fmt.Errorf("%s: %w", d.path, err)
	}
	out := make([]float32, n)
	buffer := make([]byte, min(chunk, n*d.size))
	for done := 0; done < n; {
		part := min(n-done, len(buffer)/d.size)
		raw := buffer[:part*d.size]
		if _, err := d.f.r.ReadAt(raw, int64(d.f.base+d.address)+int64(done*d.size)); err != nil {
			return nil, fmt.Errorf("reading %s: %w", d.path, err)
		}
		d.convert(out[done:done+part], raw)
		done += part
	}
	return out, nil
}

// convert makes numbers of raw bytes.
func (d *Dataset) convert(out []float32, raw []byte) {
	if d.size == 4 && !d.bigEndian {
		// Nearly all files have these; the compiler makes one move of each.
		for i := range out {
			out[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
		}
		return
	}
	var order binary.ByteOrder = binary.LittleEndian
	if d.bigEndian {
		order = binary.BigEndian
	}
	for i := range out {
		b := raw[i*d.size:]
		switch d.size {
		case 2:
			out[i] = float16.Frombits(order.Uint16(b)).Float32()
		case 4:
			out[i] = math.Float32frombits(order.Uint32(b))
		case 8:
			out[i] = float32(math.Float64frombits(order.Uint64(b)))
		}
	}
}
