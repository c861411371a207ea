package weights

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/nlpodyssey/safetensors"
	"github.com/x448/float16"
	"gorgonia.org/tensor"
)

// DecodeSafetensors reads a whole safetensors file. Half, bfloat16, single and
// double precision become float32; tensors of other types, such as batch
// normalisation's step counter, are left out. Memory is bounded by four times
// the data: every tensor's extent is checked against the file before anything
// is allocated for it.
func DecodeSafetensors(data []byte) (*Set, error) {
	file, err := safetensors.Deserialize(data)
	if err != nil {
		return nil, fmt.Errorf("not a whole safetensors file: %w", err)
	}
	_, meta, err := safetensors.ReadMetadata(data)
	if err != nil {
		return nil, fmt.Errorf("not a whole safetensors file: %w", err)
	}
	set := &Set{Tensors: make(map[string]*tensor.Dense), Metadata: meta.Metadata()}
	for _, view := range file.Tensors() {
		width, convert := converter(view.TensorView.DType())
		if convert == nil {
			continue
		}
		shape, err := denseShape(view.TensorView.Shape(), view.TensorView.DataLen()/width)
		if err != nil {
			return nil, fmt.Errorf("tensor %q: %w", view.Name, err)
		}
		raw := view.TensorView.Data()
		values := make([]float32, len(raw)/int(width))
		for i := range values {
			values[i] = convert(raw[i*int(width):])
		}
		set.Tensors[view.Name] = tensor.New(tensor.WithShape(shape...), tensor.WithBacking(values))
	}
	if len(set.Tensors) == 0 {
		return nil, errors.New("holds no floating-point tensors")
	}
	return set, nil
}

// converter returns the width in bytes of one number of type dt and how to
// read it; nil for types that are not floating-point.
func converter(dt safetensors.DType) (width uint64, convert func([]byte) float32) {
	switch dt {
	case safetensors.F16:
		return 2, func(b []byte) float32 { return float16.Frombits(binary.LittleEndian.Uint16(b)).Float32() }
	case safetensors.BF16:
		return 2, func(b []byte) float32 { return math.Float32frombits(uint32(binary.LittleEndian.Uint16(b)) << 16) }
	case safetensors.F32:
		return 4, func(b []byte) float32 { return math.Float32frombits(binary.LittleEndian.Uint32(b)) }
	case safetensors.F64:
		return 8, func(b []byte) float32 { return float32(math.Float64frombits(binary.LittleEndian.Uint64(b))) }
	}
	return 1, nil
}

// denseShape checks a shape from a file against the number of elements it has
// there. A scalar becomes a vector of one.
func denseShape(shape []uint64, elements uint64) ([]int, error) {
	dense := make([]int, len(shape))
	product := uint64(1)
	for i, side := range shape {
		if side == 0 || side > elements {
			return nil, fmt.Errorf("shape %v does not hold %d numbers", shape, elements)
		}
		dense[i] = int(side)
		product *= side
		if product > elements {
			return nil, fmt.Errorf("shape %v does not hold %d numbers", shape, elements)
		}
	}
	if product != elements {
		return nil, fmt.Errorf("shape %v does not hold %d numbers", shape, elements)
	}
	if len(dense) == 0 {
		dense = []int{1}
	}
	return dense, nil
}
