package weights

import (
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/nlpodyssey/safetensors"
	"gorgonia.org/tensor"
)

// maxHeader bounds a safetensors header in bytes; a network of ten thousand
// parameters has one of a million.
const maxHeader = 4 << 20

// safetensorsFormat is the row of safetensors in the table of formats. A file
// begins with the length of its header, which is a JSON object.
func safetensorsFormat() format {
	return format{
		name: "safetensors", extensions: []string{".safetensors"},
		sniff: func(head []byte) bool {
			return len(head) > 8 && binary.LittleEndian.Uint64(head) <= maxHeader && head[8] == '{'
		},
		open: openSafetensors,
	}
}

// DecodeSafetensors reads a safetensors file of size bytes. Half, bfloat16,
// single and double precision become float32. Tensors of other types, such as
// batch normalisation's step counter, are left out. Prefixes that training adds
// to names are removed.
//
// Memory is bounded by twice the file plus 128 times the header, which has at
// most 4 MiB: every tensor's extent is checked against the file before anything
// is allocated for it, and numbers are read straight into their place.
func DecodeSafetensors(r io.ReaderAt, size int64) (*Set, error) {
	c, err := openSafetensors(r, size)
	if err != nil {
		return nil, err
	}
	return c.load(nil)
}

// openSafetensors reads the header. Programs write the tensors in alphabetical
// order, so the order of the network is lost.
func openSafetensors(r io.ReaderAt, size int64) (*Contents, error) {
	list, meta, err := safetensorsHeader(r, size)
	if err != nil {
		return nil, fmt.Errorf("not a whole safetensors file: %w", err)
	}
	c := &Contents{Kind: StateDict, Metadata: meta}
	var places []section
	for _, t := range list {
		kind, ok := safetensorsNumbers(t.DType)
		if !ok {
			continue
		}
		length := t.DataOffsets[1] - t.DataOffsets[0]
		shape, err := denseShape(t.Shape, length/uint64(kind.width))
		if err != nil || length%uint64(kind.width) != 0 {
			return nil, fmt.Errorf("tensor %q: shape %v does not fill %d bytes", t.name, t.Shape, length)
		}
		c.Params = append(c.Params, Param{t.name, shape})
		places = append(places, section{kind, int64(t.DataOffsets[0]), int64(length)})
	}
	if len(c.Params) == 0 {
		return nil, errors.New("holds no floating-point tensors")
	}
	plainNames(c)
	c.read = func(wanted map[string]bool) (map[string]*tensor.Dense, error) {
		tensors := make(map[string]*tensor.Dense, len(wanted))
		for i, p := range c.Params {
			if !wanted[p.Name] {
				continue
			}
			values, err := places[i].numbers(r)
			if err != nil {
				return nil, fmt.Errorf("tensor %q: %w", p.Name, err)
			}
			tensors[p.Name] = tensor.New(tensor.WithShape(p.Shape...), tensor.WithBacking(values))
		}
		return tensors, nil
	}
	return c, nil
}

// section is the place of a tensor's numbers in the file.
type section struct {
	kind       numbers
	at, length int64
}

func (s section) numbers(r io.ReaderAt) ([]float32, error) {
	values := make([]float32, s.length/int64(s.kind.width))
	return values, s.kind.read(io.NewSectionReader(r, s.at, s.length), values)
}

// extent is the place of a tensor as the header states it.
type extent struct {
	name string
	safetensors.TensorInfo
}

// safetensorsHeader reads the list of tensors, in the order of the file, with
// offsets from its beginning. The tensors follow each other without gaps up to
// the end of the file.
func safetensorsHeader(r io.ReaderAt, size int64) ([]extent, map[string]string, error) {
	var prefix [8]byte
	if _, err := io.ReadFull(io.NewSectionReader(r, 0, size), prefix[:]); err != nil {
		return nil, nil, fmt.Errorf("reading the header's length: %w", err)
	}
	length := binary.LittleEndian.Uint64(prefix[:])
	if length > maxHeader || int64(length) > size-8 {
		return nil, nil, fmt.Errorf("a header of %d bytes in a file of %d; the most is %d", length, size, maxHeader)
	}
	header := make([]byte, length)
	if _, err := io.ReadFull(io.NewSectionReader(r, 8, size-8), header); err != nil {
		return nil, nil, fmt.Errorf("reading the header: %w", err)
	}
	var meta safetensors.Metadata
	if err := json.Unmarshal(header, &meta); err != nil {
		return nil, nil, fmt.Errorf("reading the header: %w", err)
	}
	start := 8 + length
	room := uint64(size) - start
	var list []extent
	for name, info := range meta.Tensors() {
		if info.DataOffsets[0] > info.DataOffsets[1] || info.DataOffsets[1] > room {
			return nil, nil, fmt.Errorf("tensor %q is said to be at %v of %d bytes", name, info.DataOffsets, room)
		}
		t := extent{name, *info}
		t.DataOffsets[0] += start
		t.DataOffsets[1] += start
		list = append(list, t)
	}
	slices.SortFunc(list, func(a, b extent) int {
		return cmp.Or(cmp.Compare(a.DataOffsets[0], b.DataOffsets[0]), cmp.Compare(a.DataOffsets[1], b.DataOffsets[1]))
	})
	end := start
	for _, t := range list {
		if t.DataOffsets[0] != end {
			return nil, nil, fmt.Errorf("tensor %q does not begin where the one before it ends", t.name)
		}
		end = t.DataOffsets[1]
	}
	if end != uint64(size) {
		return nil, nil, fmt.Errorf("%d bytes follow the last tensor", uint64(size)-end)
	}
	return list, meta.Metadata(), nil
}

// safetensorsNumbers is the type of a tensor's numbers, if it is a
// floating-point one.
func safetensorsNumbers(dt safetensors.DType) (numbers, bool) {
	switch dt {
	case safetensors.F16:
		return float16s, true
	case safetensors.BF16:
		return bfloat16s, true
	case safetensors.F32:
		return float32s, true
	case safetensors.F64:
		return float64s, true
	}
	return numbers{}, false
}
