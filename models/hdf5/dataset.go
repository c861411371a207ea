package hdf5

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"

	"github.com/x448/float16"

	"gaze/models/internal/singles"
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
	n := count(d.sides)
	if err := d.floating(); err != nil || n == 0 {
		return nil, err
	}
	if d.compact == nil && d.address == undefined {
		return nil, d.unwritten()
	}
	out := make([]float32, n)
	if err := d.ReadFloats(out, 0); err != nil {
		return nil, err
	}
	return out, nil
}

// ReadFloats fills dst with the numbers from number first on, in the order of
// [Dataset.Floats].
func (d *Dataset) ReadFloats(dst []float32, first int) error {
	if err := d.floating(); err != nil {
		return err
	}
	if n := count(d.sides); first < 0 || first > n || len(dst) > n-first {
		return fmt.Errorf("%s has no numbers %d to %d", d.path, first, first+len(dst))
	}
	switch {
	case len(dst) == 0:
	case d.compact != nil:
		d.convert(dst, d.compact[first*d.size:])
	case d.address == undefined:
		return d.unwritten()
	default:
		if err := d.contiguous(dst, first); err != nil {
			return fmt.Errorf("reading %s: %w", d.path, err)
		}
	}
	return nil
}

// floating reports numbers of another class than ReadFloats reads.
func (d *Dataset) floating() error {
	if d.class != Float {
		return fmt.Errorf("%s has %s where floating-point numbers are expected", d.path, d.class)
	}
	return nil
}

func (d *Dataset) unwritten() error { return damaged("the numbers of %s were never written", d.path) }

// chunk is how many bytes are converted at a time.
const chunk = 1 << 16

// contiguous reads numbers that lie together, from number first on. The file has
// been found to have them.
func (d *Dataset) contiguous(dst []float32, first int) error {
	address := d.address + uint64(first*d.size)
	if err := d.f.spend(address, uint64(len(dst)*d.size)); err != nil {
		return err
	}
	at := int64(d.f.base + address)
	if d.size == 4 && !d.bigEndian {
		return singles.Read(io.NewSectionReader(d.f.r, at, int64(4*len(dst))), dst)
	}
	buffer := make([]byte, min(chunk, len(dst)*d.size))
	for len(dst) > 0 {
		part := min(len(dst), len(buffer)/d.size)
		raw := buffer[:part*d.size]
		if _, err := d.f.r.ReadAt(raw, at); err != nil {
			return err
		}
		d.convert(dst[:part], raw)
		dst, at = dst[part:], at+int64(len(raw))
	}
	return nil
}

// convert makes numbers of raw bytes.
func (d *Dataset) convert(out []float32, raw []byte) {
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
