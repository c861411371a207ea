package weights

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"

	"github.com/x448/float16"

	"gaze/models/internal/singles"
)

// numbers is a floating-point type as files hold it, little-endian.
type numbers struct {
	// width is the size of a number in bytes.
	width int
	// convert makes float32 of len(dst) numbers in src; nil for float32.
	convert func(dst []float32, src []byte)
	// other marks types that are not floating-point and are never read.
	other bool
}

var (
	float16s  = numbers{width: 2, convert: convertFloat16}
	bfloat16s = numbers{width: 2, convert: convertBFloat16}
	float32s  = numbers{width: 4}
	float64s  = numbers{width: 8, convert: convertFloat64}
)

func convertFloat16(dst []float32, src []byte) {
	for i := range dst {
		dst[i] = float16.Frombits(binary.LittleEndian.Uint16(src[2*i:])).Float32()
	}
}

func convertBFloat16(dst []float32, src []byte) {
	for i := range dst {
		dst[i] = math.Float32frombits(uint32(binary.LittleEndian.Uint16(src[2*i:])) << 16)
	}
}

func convertFloat64(dst []float32, src []byte) {
	for i := range dst {
		dst[i] = float32(math.Float64frombits(binary.LittleEndian.Uint64(src[8*i:])))
	}
}

// chunk is how many bytes are converted at a time.
const chunk = 1 << 16

// read fills dst from r. Single precision goes where it stays without a copy.
func (n numbers) read(r io.Reader, dst []float32) error {
	if n.convert == nil {
		return singles.Read(r, dst)
	}
	buf := make([]byte, min(chunk, n.width*len(dst)))
	for len(dst) > 0 {
		part := dst[:min(len(dst), len(buf)/n.width)]
		raw := buf[:n.width*len(part)]
		if _, err := io.ReadFull(r, raw); err != nil {
			return err
		}
		n.convert(part, raw)
		dst = dst[len(part):]
	}
	return nil
}

// denseShape checks a shape from a file against the number of elements it has
// there. A scalar becomes a vector of one.
func denseShape(shape []uint64, elements uint64) ([]int, error) {
	dense := make([]int, len(shape))
	product := uint64(1)
	for i, side := range shape {
		if side == 0 || side > elements/product {
			return nil, fmt.Errorf("shape %v does not hold %d numbers", shape, elements)
		}
		dense[i] = int(side)
		product *= side
	}
	if product != elements {
		return nil, fmt.Errorf("shape %v does not hold %d numbers", shape, elements)
	}
	if len(dense) == 0 {
		dense = []int{1}
	}
	return dense, nil
}
