package onnx

import (
	"encoding/binary"
	"io"
	"math"

	"github.com/x448/float16"

	"gaze/models/onnx/internal/onnxpb"
)

// element describes how a type of numbers is stored: the number of bytes and
// how to read it from them. bits reads it from an element of int32_data.
type element struct {
	width int
	// packed is set where two numbers share a byte, the first in the lower half.
	packed bool
	// single is set for numbers that stay as they are.
	single bool
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
		return element{width: 4, single: true, float: func(b []byte) float32 { return math.Float32frombits(le.Uint32(b)) }}, true
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

// bytes is how many bytes that many numbers take.
func (e element) bytes(n int) int {
	if e.packed {
		return (n + 1) / 2
	}
	return n * e.width
}

// convert makes numbers of bytes, a buffer at a time.
func (e element) convert(c *constant, from io.Reader) error {
	buffer := make([]byte, min(windowBytes, e.bytes(c.size())))
	for done := 0; done < c.size(); {
		part := min(c.size()-done, len(buffer)/e.width)
		if e.packed {
			part = min(c.size()-done, 2*len(buffer))
		}
		raw := buffer[:e.bytes(part)]
		if _, err := io.ReadFull(from, raw); err != nil {
			return err
		}
		switch {
		case e.float != nil:
			for i := range part {
				c.floats[done+i] = e.float(raw[i*e.width:])
			}
		case e.packed:
			for i := range part {
				c.ints[done+i] = e.int([]byte{raw[i/2] >> (i % 2 * 4)})
			}
		default:
			for i := range part {
				c.ints[done+i] = e.int(raw[i*e.width:])
			}
		}
		done += part
	}
	return nil
}
