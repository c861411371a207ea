package onnx

import (
	"errors"
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// The memory that a file may make its reader allocate: a multiple of its size,
// and an amount that every file may use, in bytes.
const (
	memoryMultiple = 32
	memoryBase     = 16 << 20
)

// The bytes that are allocated for parts of a file besides their content, at
// most: for a message, a text, one of many numbers.
const (
	perMessage = 512
	perText    = 160
	perNumber  = 24
	perLayer   = 2048
)

// memory counts the bytes that may still be allocated.
type memory struct{ left int64 }

func newMemory(size int) *memory {
	m := &memory{left: memoryBase}
	m.grant(int64(size))
	return m
}

// grant adds the memory that a file of that many bytes may use.
func (m *memory) grant(size int64) { m.left += memoryMultiple * size }

// spend takes n units of that many bytes, before they are allocated.
func (m *memory) spend(n, bytes int) error {
	if n < 0 || int64(n) > m.left/int64(bytes) {
		return fmt.Errorf("it needs more than %d times the memory of its size", memoryMultiple)
	}
	m.left -= int64(n) * int64(bytes)
	return nil
}

// deepest bounds how deep messages may be nested; graphs within graphs are
// rarely nested by more than a dozen.
const deepest = 100

// measure spends the memory that decoding data as a message of that type will
// allocate. The error describes why data is not such a message.
func measure(data []byte, message protoreflect.MessageDescriptor, depth int, m *memory) error {
	if depth > deepest {
		return fmt.Errorf("messages are nested more than %d deep", deepest)
	}
	if err := m.spend(1, perMessage); err != nil {
		return err
	}
	for len(data) > 0 {
		number, wire, n := protowire.ConsumeTag(data)
		if n < 0 {
			return errCut
		}
		data = data[n:]
		length := protowire.ConsumeFieldValue(number, wire, data)
		if length < 0 {
			return errCut
		}
		field := message.Fields().ByNumber(number)
		content := data[:length]
		data = data[length:]
		if field != nil && field.Message() != nil && wire == protowire.BytesType {
			body, _ := protowire.ConsumeBytes(content)
			if err := measure(body, field.Message(), depth+1, m); err != nil {
				return err
			}
			continue
		}
		if err := m.spend(1, fieldMemory(field, wire, length)); err != nil {
			return err
		}
	}
	return nil
}

// fieldMemory is what a field that is no message takes at most: field is nil
// where the schema does not know it.
func fieldMemory(field protoreflect.FieldDescriptor, wire protowire.Type, length int) int {
	switch {
	case field == nil:
		return 2*length + perText
	case field.Kind() == protoreflect.StringKind || field.Kind() == protoreflect.BytesKind:
		return length + perText
	case wire != protowire.BytesType:
		return perNumber
	case field.Kind() == protoreflect.FloatKind || field.Kind() == protoreflect.DoubleKind:
		return length + perText
	}
	// A packed number of one byte becomes one of eight.
	return 8*length + perText
}

// errEmpty is the error of tensors without elements where some are needed.
var errEmpty = errors.New("it has no elements")
