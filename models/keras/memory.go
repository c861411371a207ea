package keras

import "fmt"

// The memory that a file may make its reader allocate: a multiple of its size, and
// an amount that every file may use, in bytes.
const (
	memoryMultiple = 32
	memoryBase     = 16 << 20
)

// The bytes that are allocated at most for a layer of the network and for a folder
// of the file.
const (
	perLayer  = 4096
	perFolder = 512
)

// memory counts the bytes that may still be allocated.
type memory struct{ left int64 }

func newMemory(size int64) *memory { return &memory{left: memoryBase + memoryMultiple*size} }

// spend takes n units of that many bytes, before they are allocated.
func (m *memory) spend(n, bytes int) error {
	if n < 0 || int64(n) > m.left/int64(bytes) {
		return fmt.Errorf("it needs more than %d times the memory of its size", memoryMultiple)
	}
	m.left -= int64(n) * int64(bytes)
	return nil
}
