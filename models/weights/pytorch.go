package weights

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"gorgonia.org/tensor"

	"gaze/models/internal/notnetwork"
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

// pytorchFormat is the row of PyTorch's files in the table of formats.
func pytorchFormat() format {
	return format{
		name: "PyTorch", extensions: []string{".pth", ".pt", ".bin", ".ckpt", ".pkl", ".model", ".th", ".tar", ".pt2"},
		sniff: func(head []byte) bool { return isZip(head) || isPickle(head) || isTar(head) },
		open:  openPyTorch,
	}
}

// DecodePyTorch reads a file of size bytes as torch.save writes it: in the zip
// container of PyTorch 1.6 and later, or in the sequence of pickles before. The
// parameters may lie inside a training checkpoint, or be those of a network
// that was pickled whole. Half, bfloat16, single and double precision become
// float32. Tensors of other types are left out. Prefixes that training adds to
// names are removed.
//
// Nothing in the file is run. Classes become empty stand-ins, which keep what
// is put into them; the parameters of a whole network are found there. Memory is
// bounded by 64 MiB plus 16 times the file; a state dict takes at most twice its
// tensors as float32.
func DecodePyTorch(r io.ReaderAt, size int64) (*Set, error) {
	c, err := openPyTorch(r, size)
	if err != nil {
		return nil, err
	}
	return c.load(nil)
}

// openPyTorch decodes the pickle and reads no numbers.
func openPyTorch(r io.ReaderAt, size int64) (*Contents, error) {
	file, err := openContainer(r, size)
	var kind *KindError
	switch {
	case errors.As(err, &kind):
		return &Contents{Kind: kind.Kind, refusal: err}, nil
	case err != nil:
		return nil, err
	}
	root, err := file.root()
	if err != nil {
		return nil, err
	}
	c, views, err := findNetwork(root, size)
	if err != nil {
		return nil, err
	}
	for i, v := range views {
		if _, err := v.elements(); err != nil {
			return nil, fmt.Errorf("tensor %q: %w", c.Params[i].Name, err)
		}
	}
	plainNames(c)
	c.read = func(wanted map[string]bool) (map[string]*tensor.Dense, error) {
		return readViews(file, c.Params, views, wanted, &budget{4 * size})
	}
	return c, nil
}

// readViews reads the parameters that are wanted.
func readViews(file container, params []Param, views []*view, wanted map[string]bool, made *budget) (map[string]*tensor.Dense, error) {
	for i, v := range views {
		v.wanted = v.wanted || wanted[params[i].Name]
	}
	if err := file.read(); err != nil {
		return nil, err
	}
	tensors := make(map[string]*tensor.Dense, len(views))
	for i, v := range views {
		name := params[i].Name
		if !wanted[name] {
			continue
		}
		t, err := v.dense(made)
		if err != nil {
			return nil, fmt.Errorf("tensor %q: %w", name, err)
		}
		tensors[name] = t
	}
	return tensors, nil
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
		return nil, errors.New("this is a tar archive: unpack it and open the file in it; one that PyTorch before 0.1.2 wrote has to be loaded and saved with a newer PyTorch")
	}
	if err := notnetwork.Check(head); err != nil {
		return nil, err
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

// elements counts a view's numbers and checks that they lie in its storage.
func (v *view) elements() (int, error) {
	elements, last := 1, 0
	for axis := len(v.shape) - 1; axis >= 0; axis-- {
		side, stride := v.shape[axis], v.strides[axis]
		if side == 0 || side > v.count/elements {
			return 0, fmt.Errorf("shape %v does not fit a storage of %d numbers", v.shape, v.count)
		}
		if side > 1 {
			if stride > v.count/(side-1) {
				return 0, fmt.Errorf("strides %v leave a storage of %d numbers", v.strides, v.count)
			}
			last += (side - 1) * stride
		}
		elements *= side
	}
	if last >= v.count-v.offset {
		return 0, fmt.Errorf("shape %v, strides %v from %d on leave a storage of %d numbers", v.shape, v.strides, v.offset, v.count)
	}
	return elements, nil
}

// ordered reports whether a view's numbers lie row by row in its storage.
func (v *view) ordered() bool {
	step := 1
	for axis := len(v.shape) - 1; axis >= 0; axis-- {
		if v.shape[axis] > 1 && v.strides[axis] != step {
			return false
		}
		step *= v.shape[axis]
	}
	return true
}

// sides is a view's shape; a scalar is a vector of one.
func (v *view) sides() []int {
	if len(v.shape) == 0 {
		return []int{1}
	}
	return v.shape
}

// dense makes a tensor with its numbers in order. It uses the storage itself
// where the numbers lie in order there, and a copy otherwise.
func (v *view) dense(made *budget) (*tensor.Dense, error) {
	elements, err := v.elements()
	if err != nil {
		return nil, err
	}
	values := v.values[v.offset:]
	if !v.ordered() {
		if err := made.take(elements, 4); err != nil {
			return nil, err
		}
		values = v.inOrder(elements)
	}
	return tensor.New(tensor.WithShape(v.sides()...), tensor.WithBacking(values[:elements:elements])), nil
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
