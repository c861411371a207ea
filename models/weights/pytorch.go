package weights

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"

	"gorgonia.org/tensor"
)

// budget bounds the bytes that are read from a file's storages or made of them.
// Four times the file is enough for a file in half precision of which every
// tensor is rearranged.
type budget struct{ left int64 }

// take draws count things of width bytes.
func (b *budget) take(count, width int) error {
	if count < 0 || int64(count) > b.left/int64(width) {
		return errors.New("its tensors are larger than the file can hold")
	}
	b.left -= int64(count) * int64(width)
	return nil
}

// container is a file of torch.save: a pickle that refers to storages.
type container interface {
	// root decodes the pickle.
	root() (any, error)
	// read fills the storages that are wanted.
	read() error
}

// pytorchFormat is the row of PyTorch's state dicts in the table of formats.
func pytorchFormat() format {
	return format{
		name: "PyTorch", extensions: []string{".pth", ".pt", ".bin"},
		sniff:  func(head []byte) bool { return isZip(head) || isPickle(head) || isTar(head) },
		decode: DecodePyTorch,
	}
}

// DecodePyTorch reads a state dict of size bytes as torch.save writes it: in
// the zip container of PyTorch 1.6 and later, or in the sequence of pickles
// before. The state dict may lie inside a training checkpoint under one of the
// usual keys. Half, bfloat16, single and double precision become float32.
// Tensors of other types are left out. Prefixes that training adds to names are
// removed.
//
// Nothing in the file is run. Classes that a state dict does not need become
// empty stand-ins, and a file whose network is itself an object is refused.
// Memory is bounded by 64 MiB plus 16 times the file; a state dict takes at
// most twice its tensors as float32.
func DecodePyTorch(r io.ReaderAt, size int64) (*Set, error) {
	c, err := openContainer(r, size)
	if err != nil {
		return nil, err
	}
	root, err := c.root()
	if err != nil {
		return nil, err
	}
	views, err := stateDict(root)
	if err != nil {
		return nil, err
	}
	for _, v := range views {
		v.wanted = true
	}
	if err := c.read(); err != nil {
		return nil, err
	}
	made := &budget{4 * size}
	tensors := make(map[string]*tensor.Dense, len(views))
	for name, v := range views {
		if tensors[name], err = v.dense(made); err != nil {
			return nil, fmt.Errorf("tensor %q: %w", name, err)
		}
	}
	return &Set{Tensors: plainNames(tensors)}, nil
}

// openContainer tells the containers apart by their first bytes.
func openContainer(r io.ReaderAt, size int64) (container, error) {
	head, err := headOf(r)
	if err != nil {
		return nil, err
	}
	switch {
	case isZip(head):
		return openZip(r, size)
	case isPickle(head):
		return openLegacy(r, size)
	case isTar(head):
		return nil, errors.New("its format is older than PyTorch 0.1.2; load and save it with a newer one")
	}
	return nil, errors.New("not a file of torch.save")
}

func isZip(head []byte) bool { return bytes.HasPrefix(head, []byte("PK\x03\x04")) }

// isPickle looks for the magic number, written by protocol 2 and later or by
// protocol 1.
func isPickle(head []byte) bool {
	return bytes.HasPrefix(head, []byte{0x80}) || bytes.HasPrefix(head, []byte("L119547037146038801333356L\n"))
}

func isTar(head []byte) bool {
	const mark = 257
	return len(head) >= mark+5 && string(head[mark:mark+5]) == "ustar"
}

// wrapped are the keys under which training programs keep a state dict beside
// other things, the likeliest first.
var wrapped = []string{"state_dict", "model_state_dict", "model_state", "model", "net", "network", "module", "params", "state_dict_ema", "model_ema", "ema"}

// stateDict finds the tensors by name in what a pickle holds.
func stateDict(root any) (map[string]*view, error) {
	const deepest = 4
	var whole *object
	for range deepest {
		if o, ok := root.(*object); ok {
			whole = o
			break
		}
		list, ok := entries(root)
		if !ok {
			break
		}
		views := make(map[string]*view)
		inner := make(map[string]any)
		for _, e := range list {
			name, ok := e.Key.(string)
			if !ok {
				continue
			}
			if v, ok := e.Value.(*view); ok && !v.kind.other {
				views[name] = v
				continue
			}
			if _, isDict := entries(e.Value); isDict {
				inner[name] = e.Value
			} else if _, isObject := e.Value.(*object); isObject {
				inner[name] = e.Value
			}
		}
		key := slices.IndexFunc(wrapped, func(key string) bool { return inner[key] != nil })
		if key < 0 {
			if len(views) > 0 {
				return views, nil
			}
			break
		}
		root = inner[wrapped[key]]
	}
	if whole != nil {
		return nil, fmt.Errorf("this file holds a whole program object (%.100s), not a state dict; save model.state_dict()", whole.of.name)
	}
	return nil, errors.New("holds no state dict of floating-point tensors; save model.state_dict()")
}

// dense makes a tensor with its numbers in order. It uses the storage itself
// where the numbers lie in order there, and a copy otherwise.
func (v *view) dense(made *budget) (*tensor.Dense, error) {
	elements, last, ordered := 1, 0, true
	for axis := len(v.shape) - 1; axis >= 0; axis-- {
		side, stride := v.shape[axis], v.strides[axis]
		if side == 0 || side > v.count/elements {
			return nil, fmt.Errorf("shape %v does not fit a storage of %d numbers", v.shape, v.count)
		}
		if side > 1 {
			ordered = ordered && stride == elements
			if stride > v.count/(side-1) {
				return nil, fmt.Errorf("strides %v leave a storage of %d numbers", v.strides, v.count)
			}
			last += (side - 1) * stride
		}
		elements *= side
	}
	if last >= v.count-v.offset {
		return nil, fmt.Errorf("shape %v, strides %v from %d on leave a storage of %d numbers", v.shape, v.strides, v.offset, v.count)
	}
	shape := v.shape
	if len(shape) == 0 {
		shape = []int{1}
	}
	values := v.values[v.offset:]
	if !ordered {
		if err := made.take(elements, 4); err != nil {
			return nil, err
		}
		values = v.inOrder(elements)
	}
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(values[:elements:elements])), nil
}

// inOrder copies a view's numbers row by row.
func (v *view) inOrder(elements int) []float32 {
	values := make([]float32, 0, elements)
	index := make([]int, len(v.shape))
	inner := len(v.shape) - 1
	for from := v.offset; len(values) < elements; {
		for i := range v.shape[inner] {
			values = append(values, v.values[from+i*v.strides[inner]])
		}
		for axis := inner - 1; axis >= 0; axis-- {
			from += v.strides[axis]
			if index[axis]++; index[axis] < v.shape[axis] {
				break
			}
			from -= index[axis] * v.strides[axis]
			index[axis] = 0
		}
	}
	return values
}
