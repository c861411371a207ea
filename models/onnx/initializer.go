package onnx

import (
	"fmt"
	"io"

	"gaze/models/internal/singles"
	"gaze/models/onnx/internal/onnxpb"
)

// tensors reads the numbers of a file's tensors. They lie in the file, or in others
// beside it.
type tensors struct {
	file   *window
	places map[*onnxpb.TensorProto]*numbers
	beside *folder
	memory *memory
}

// constant reads a tensor. Half, bfloat16, single and double precision become
// float32, whole numbers int64.
func (s *tensors) constant(t *onnxpb.TensorProto) (*constant, error) {
	shape := make([]int, len(t.Dims))
	for i, side := range t.Dims {
		shape[i] = clamp(side)
	}
	n, err := count(shape)
	if err != nil {
		return nil, err
	}
	kind, ok := elementOf(t.DataType)
	if !ok {
		return nil, fmt.Errorf("tensors of type %s cannot be read", typeName(t.DataType))
	}
	from, stored, err := s.open(t, kind.bytes(n))
	if err != nil {
		return nil, err
	}
	defer from.Close()
	want := kind.bytes(n)
	if stored == 0 {
		stored, want = s.listed(t), want/kind.width
	}
	if stored != want {
		return nil, fmt.Errorf("it holds %d numbers for the shape %v", stored*n/max(want, 1), shape)
	}
	if err := s.memory.spend(n, 8); err != nil {
		return nil, err
	}
	c := &constant{shape: shape}
	if kind.float != nil {
		c.floats = make([]float32, n)
	} else {
		c.ints, c.of = make([]int64, n), t.DataType
	}
	switch {
	case n == 0:
	case from.Reader == nil:
		err = s.fromLists(c, t, kind)
	case kind.single:
		err = singles.Read(from, c.floats)
	default:
		err = kind.convert(c, from)
	}
	if err != nil {
		return nil, fmt.Errorf("its numbers: %w", shorter(err))
	}
	return c, nil
}

// inFile are the numbers of single precision in a section of a file.
type inFile struct {
	io.ReaderAt
	io.Closer
	at int64
}

// ReadFloats implements [kernel.Floats].
func (f *inFile) ReadFloats(dst []float32, first int) error {
	err := singles.Read(io.NewSectionReader(f, f.at+4*int64(first), 4*int64(len(dst))), dst)
	if err != nil {
		return fmt.Errorf("its numbers: %w", shorter(err))
	}
	return nil
}

// again opens the n numbers of a tensor that was read before, if they are bytes of
// single precision; it returns nil otherwise.
func (s *tensors) again(t *onnxpb.TensorProto, n int) *inFile {
	if kind, _ := elementOf(t.DataType); !kind.single {
		return nil
	}
	from, stored, err := s.open(t, 4*n)
	if err != nil || stored != 4*n || n == 0 {
		return nil
	}
	if r, ok := from.Reader.(io.ReaderAt); ok {
		return &inFile{r, from, 0}
	}
	return &inFile{s.file.r, from, s.places[t].raw.at}
}

// source is where the bytes of a tensor are read from; Reader is nil where it has
// none.
type source struct {
	io.Reader
	io.Closer
}

// open finds a tensor's bytes, and counts them. wanted is how many there should be.
func (s *tensors) open(t *onnxpb.TensorProto, wanted int) (source, int, error) {
	none := source{Closer: io.NopCloser(nil)}
	if t.DataLocation == onnxpb.TensorProto_EXTERNAL {
		f, err := s.beside.open(t, wanted, s.memory)
		return f, wanted, err
	}
	p := s.places[t]
	if p == nil || p.raw.length == 0 {
		return none, 0, nil
	}
	none.Reader = &sectionReader{s.file, p.raw}
	return none, int(p.raw.length), nil
}

// fromLists fills a constant from the lists of numbers that tensors of its type
// use where they have no bytes.
func (s *tensors) fromLists(c *constant, t *onnxpb.TensorProto, kind element) error {
	switch {
	case kind.single:
		rest := c.floats
		for _, p := range s.places[t].floats {
			n := p.length / 4
			if err := singles.Read(&sectionReader{s.file, p}, rest[:n]); err != nil {
				return err
			}
			rest = rest[n:]
		}
	case kind.bits != nil:
		for i := range c.floats {
			c.floats[i] = kind.bits(t.Int32Data[i])
		}
	case kind.float != nil:
		for i := range c.floats {
			c.floats[i] = float32(t.DoubleData[i])
		}
	case kind.packed:
		for i := range c.ints {
			c.ints[i] = kind.int([]byte{byte(typedInt(t, i/2)) >> (i % 2 * 4)})
		}
	default:
		for i := range c.ints {
			c.ints[i] = typedInt(t, i)
		}
	}
	return nil
}

// listed counts the numbers in the list that tensors of this type use where they
// have no bytes.
func (s *tensors) listed(t *onnxpb.TensorProto) int {
	switch onnxpb.TensorProto_DataType(t.DataType) {
	case onnxpb.TensorProto_FLOAT:
		n := int64(0)
		if p := s.places[t]; p != nil {
			for _, list := range p.floats {
				n += list.length / 4
			}
		}
		return int(n)
	case onnxpb.TensorProto_DOUBLE:
		return len(t.DoubleData)
	case onnxpb.TensorProto_INT64:
		return len(t.Int64Data)
	case onnxpb.TensorProto_UINT32, onnxpb.TensorProto_UINT64:
		return len(t.Uint64Data)
	}
	return len(t.Int32Data)
}

func typedInt(t *onnxpb.TensorProto, i int) int64 {
	switch onnxpb.TensorProto_DataType(t.DataType) {
	case onnxpb.TensorProto_INT64:
		return t.Int64Data[i]
	case onnxpb.TensorProto_UINT32, onnxpb.TensorProto_UINT64:
		return int64(t.Uint64Data[i])
	}
	return int64(t.Int32Data[i])
}
