package onnx

import (
	"errors"
	"fmt"
)

// The memory that a file may make its reader allocate: a multiple of its size,
// and an amount that every file may use, in bytes.
const (
	memoryMultiple = 32
	memoryBase     = 16 << 20
)

// The bytes that are allocated for parts of a file besides their content, at
// most: for a message, a text, one of many numbers, the place of a tensor's numbers.
const (
	perMessage = 512
	perText    = 160
	perNumber  = 24
	perSection = 160
	perLayer   = 2048
)

// memory counts the bytes that may still be allocated.
type memory struct{ left int64 }

func newMemory(size int64) *memory {
	m := &memory{left: memoryBase}
	m.grant(size)
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

// errEmpty is the error of tensors without elements where some are needed.
var errEmpty = errors.New("it has no elements")
