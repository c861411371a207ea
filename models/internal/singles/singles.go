// Package singles reads numbers of single precision as files hold them, the lowest
// byte first, straight into their place.
package singles

import (
	"encoding/binary"
	"io"
	"math"
	"unsafe"
)

// Read fills dst from r. No copy is made: a network's parameters are as large as
// its file.
func Read(r io.Reader, dst []float32) error {
	raw := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(dst))), 4*len(dst))
	if _, err := io.ReadFull(r, raw); err != nil {
		return err
	}
	if binary.NativeEndian.Uint16([]byte{1, 0}) != 1 {
		for i := range dst {
			dst[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
		}
	}
	return nil
}
