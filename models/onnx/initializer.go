package onnx

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"path"
	"strconv"

	"github.com/x448/float16"

	"gaze/models/internal/notnetwork"
	"gaze/models/internal/regular"
	"gaze/models/onnx/internal/onnxpb"
)

// element describes how a type of numbers is stored: the number of bytes and
// how to read it from them. bits reads it from an element of int32_data.
type element struct {
	width int
	// packed is set where two numbers share a byte, the first in the lower half.
	packed bool
	float  func([]byte) float32
	int    func([]byte) int64
	bits   func(int32) float32
}

func elementOf(t int32) (element, bool) {
	le := binary.LittleEndian
	half := func(v uint16) float32 { return float16.Frombits(v).Float32() }
	brain := func(v uint16) float32 { return math.Float32frombits(uint32(v) << 16) }
	switch onnxpb.TensorProto_DataType(t) {
	case onnxpb.TensorProto_FLOAT:
		return element{width: 4, float: func(b []byte) float32 { return math.Float32frombits(le.Uint32(b)) }}, true
	case onnxpb.TensorProto_DOUBLE:
		return element{width: 8, float: func(b []byte) float32 { return float32(math.Float64frombits(le.Uint64(b))) }}, true
	case onnxpb.TensorProto_FLOAT16:
		return element{
			width: 2, float: func(b []byte) float32 { return half(le.Uint16(b)) },
			bits: func(v int32) float32 { return half(uint16(v)) },
		}, true
	case onnxpb.TensorProto_BFLOAT16:
		return element{
			width: 2, float: func(b []byte) float32 { return brain(le.Uint16(b)) },
			bits: func(v int32) float32 { return brain(uint16(v)) },
		}, true
	case onnxpb.TensorProto_INT64, onnxpb.TensorProto_UINT64:
		return element{width: 8, int: func(b []byte) int64 { return int64(le.Uint64(b)) }}, true
	case onnxpb.TensorProto_INT32:
		return element{width: 4, int: func(b []byte) int64 { return int64(int32(le.Uint32(b))) }}, true
	case onnxpb.TensorProto_UINT32:
		return element{width: 4, int: func(b []byte) int64 { return int64(le.Uint32(b)) }}, true
	case onnxpb.TensorProto_INT16:
		return element{width: 2, int: func(b []byte) int64 { return int64(int16(le.Uint16(b))) }}, true
	case onnxpb.TensorProto_UINT16:
		return element{width: 2, int: func(b []byte) int64 { return int64(le.Uint16(b)) }}, true
	case onnxpb.TensorProto_INT8:
		return element{width: 1, int: func(b []byte) int64 { return int64(int8(b[0])) }}, true
	case onnxpb.TensorProto_UINT8, onnxpb.TensorProto_BOOL:
		return element{width: 1, int: func(b []byte) int64 { return int64(b[0]) }}, true
	case onnxpb.TensorProto_UINT4:
		return element{width: 1, packed: true, int: func(b []byte) int64 { return int64(b[0] & 15) }}, true
	case onnxpb.TensorProto_INT4:
		return element{width: 1, packed: true, int: func(b []byte) int64 { return int64(int8(b[0]<<4) >> 4) }}, true
	}
	return element{}, false
}

// typeName is what the schema calls a type of numbers.
func typeName(t int32) string { return onnxpb.TensorProto_DataType(t).String() }

// constantOf reads a tensor of a file. Half, bfloat16, single and double
// precision become float32, whole numbers int64.
func constantOf(t *onnxpb.TensorProto, files *folder, m *memory) (*constant, error) {
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
	raw := t.RawData
	if t.DataLocation == onnxpb.TensorProto_EXTERNAL {
		if raw, err = external(t, kind.bytes(n), files, m); err != nil {
			return nil, err
		}
	}
	stored, want := len(raw), kind.bytes(n)
	if len(raw) == 0 {
		stored, want = typedLength(t), want/kind.width
	}
	if stored != want {
		return nil, fmt.Errorf("it holds %d numbers for the shape %v", stored*n/max(want, 1), shape)
	}
	if err := m.spend(n, 8); err != nil {
		return nil, err
	}
	c := &constant{shape: shape}
	if kind.float != nil {
		c.floats = make([]float32, n)
		for i := range c.floats {
			if len(raw) > 0 {
				c.floats[i] = kind.float(raw[i*kind.width:])
			} else {
				c.floats[i] = typedFloat(t, kind, i)
			}
		}
		return c, nil
	}
	c.ints, c.of = make([]int64, n), t.DataType
	for i := range c.ints {
		switch {
		case kind.packed:
			pair := byte(0)
			if len(raw) > 0 {
				pair = raw[i/2]
			} else {
				pair = byte(typedInt(t, i/2))
			}
			c.ints[i] = kind.int([]byte{pair >> (i % 2 * 4)})
		case len(raw) > 0:
			c.ints[i] = kind.int(raw[i*kind.width:])
		default:
			c.ints[i] = typedInt(t, i)
		}
	}
	return c, nil
}

// bytes is how many bytes that many numbers take.
func (e element) bytes(n int) int {
	if e.packed {
		return (n + 1) / 2
	}
	return n * e.width
}

// typedLength counts the numbers in the field that tensors of this type use
// where they have no raw data.
func typedLength(t *onnxpb.TensorProto) int {
	switch onnxpb.TensorProto_DataType(t.DataType) {
	case onnxpb.TensorProto_FLOAT:
		return len(t.FloatData)
	case onnxpb.TensorProto_DOUBLE:
		return len(t.DoubleData)
	case onnxpb.TensorProto_INT64:
		return len(t.Int64Data)
	case onnxpb.TensorProto_UINT32, onnxpb.TensorProto_UINT64:
		return len(t.Uint64Data)
	}
	return len(t.Int32Data)
}

func typedFloat(t *onnxpb.TensorProto, kind element, i int) float32 {
	switch {
	case kind.bits != nil:
		return kind.bits(t.Int32Data[i])
	case kind.width == 8:
		return float32(t.DoubleData[i])
	}
	return t.FloatData[i]
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

// asPointer returns an error for a file that stands for another one. Numbers may
// look like anything else.
func asPointer(head []byte) error {
	var other *notnetwork.Error
	if errors.As(notnetwork.Check(head), &other) && other.Kind == notnetwork.LFSPointer {
		return other
	}
	return nil
}

// folder is where files beside the model are looked for.
type folder struct {
	files fs.FS
	// counted are the files whose size has been added to that of the model.
	counted map[string]bool
}

// external reads the bytes of a tensor that is stored in a file of its own.
func external(t *onnxpb.TensorProto, bytes int, in *folder, m *memory) ([]byte, error) {
	var location string
	offset, length := int64(0), int64(bytes)
	for _, entry := range t.ExternalData {
		var err error
		switch entry.Key {
		case "location":
			location = entry.Value
		case "offset":
			offset, err = strconv.ParseInt(entry.Value, 10, 64)
		case "length":
			length, err = strconv.ParseInt(entry.Value, 10, 64)
		}
		if err != nil {
			return nil, fmt.Errorf("its %s in another file is %q, not a number", entry.Key, entry.Value)
		}
	}
	location = path.Clean(location)
	switch {
	case in.files == nil:
		return nil, fmt.Errorf("it is stored in another file, %q", location)
	case location == "." || !fs.ValidPath(location):
		return nil, fmt.Errorf("it is stored in %q, which does not lie beside the model", location)
	case length != int64(bytes):
		return nil, fmt.Errorf("it has %d bytes in %s, and a shape for %d", length, location, bytes)
	}
	// Opening a pipe would block until somebody writes to it.
	info, err := fs.Stat(in.files, location)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("its numbers are in the file %s, which is missing; put it beside the model", location)
	case err != nil:
		return nil, fmt.Errorf("its data: %w", err)
	}
	if err := regular.Check(info); err != nil {
		return nil, fmt.Errorf("it is stored in %s, which %w", location, err)
	}
	f, err := in.files.Open(location)
	if err != nil {
		return nil, fmt.Errorf("its data: %w", err)
	}
	defer f.Close()
	reader, ok := f.(io.ReaderAt)
	if !ok {
		return nil, fmt.Errorf("it is stored in %s, which can only be read from its beginning", location)
	}
	head := make([]byte, min(info.Size(), notnetwork.HeadBytes))
	if _, err := reader.ReadAt(head, 0); err == nil || err == io.EOF {
		if err := asPointer(head); err != nil {
			return nil, fmt.Errorf("its numbers are in %s: %w", location, err)
		}
	}
	if offset < 0 || offset > info.Size() || length > info.Size()-offset {
		return nil, fmt.Errorf("it is stored in bytes %d to %d of %s, which has %d", offset, offset+length, location, info.Size())
	}
	if !in.counted[location] {
		in.counted[location] = true
		m.grant(info.Size())
	}
	if err := m.spend(bytes, 1); err != nil {
		return nil, err
	}
	raw := make([]byte, length)
	if _, err := reader.ReadAt(raw, offset); err != nil && err != io.EOF {
		return nil, fmt.Errorf("its data: %w", err)
	}
	return raw, nil
}
