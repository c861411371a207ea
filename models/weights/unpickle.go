package weights

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/nlpodyssey/gopickle/pickle"
	"github.com/nlpodyssey/gopickle/types"
)

// storage is a run of numbers that tensors are views of.
type storage struct {
	key    string
	kind   numbers
	count  int
	values []float32
	wanted bool
}

// part is a storage from an offset on.
type part struct {
	*storage
	offset int
}

// view is a tensor: element (i, j, ...) is at offset + i*strides[0] +
// j*strides[1] + ... of its storage.
type view struct {
	part
	shape, strides []int
}

// unpickle decodes a pickle that was scanned. load resolves references to
// storages. Classes are replaced by stand-ins that hold data and run nothing:
// see class.
func unpickle(data []byte, load func(id []any) (any, error)) (root any, err error) {
	defer func() {
		// The library trusts the order of operations.
		if p := recover(); p != nil {
			root, err = nil, errors.New("its operations do not fit together")
		}
	}()
	u := pickle.NewUnpickler(bytes.NewReader(data))
	u.FindClass = class
	u.PersistentLoad = func(id any) (any, error) {
		tuple, ok := id.(*types.Tuple)
		if !ok || load == nil {
			return nil, errors.New("a reference to a storage is no tuple")
		}
		return load(*tuple)
	}
	root, err = u.Load()
	if err != nil {
		return nil, fmt.Errorf("%.200s", err)
	}
	return root, nil
}

// class returns the stand-in for a class or function that a pickle names. State
// dicts need few; all others are foreign.
func class(module, name string) (any, error) {
	switch full := module + "." + name; full {
	case "Collections.OrderedDict", "__builtin__.dict", "collections.defaultdict":
		return function(newDict), nil
	case "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2":
		return function(rebuildTensor), nil
	case "torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state":
		return function(rebuildParameter), nil
	case "torch.HalfStorage":
		return float16s, nil
	case "torch.BFloat16Storage":
		return bfloat16s, nil
	case "torch.FloatStorage":
		return float32s, nil
	case "torch.DoubleStorage":
		return float64s, nil
	case "torch.LongStorage":
		return numbers{width: 8, other: true}, nil
	case "torch.IntStorage":
		return numbers{width: 4, other: true}, nil
	case "torch.ShortStorage":
		return numbers{width: 2, other: true}, nil
	case "torch.CharStorage", "torch.ByteStorage", "torch.BoolStorage":
		return numbers{width: 1, other: true}, nil
	default:
		return &foreign{full}, nil
	}
}

// function is a class or function of a pickle, done in Go.
type function func(args []any) (any, error)

// Call does what calling the class or function in Python amounts to.
func (f function) Call(args ...any) (any, error) { return f(args) }

// dict is a Python dictionary whose attributes are of no interest.
type dict struct{ types.Dict }

// PySetState leaves the attributes out.
func (*dict) PySetState(any) error { return nil }

// newDict makes a dictionary. Python 2 wrote the entries of an ordered one as
// a list of pairs.
func newDict(args []any) (any, error) {
	d := &dict{}
	if len(args) == 1 {
		if pairs, ok := args[0].(*types.List); ok {
			for _, pair := range *pairs {
				key, value, ok := asPair(pair)
				if !ok {
					return nil, errors.New("an ordered dictionary is made of what are no pairs")
				}
				d.Set(key, value)
			}
		}
	}
	return d, nil
}

func asPair(pair any) (key, value any, ok bool) {
	var items []any
	switch p := pair.(type) {
	case *types.List:
		items = *p
	case *types.Tuple:
		items = *p
	}
	if len(items) != 2 {
		return nil, nil, false
	}
	return items[0], items[1], true
}

// entries are a dictionary's; ok is false where d is none.
func entries(d any) (list []types.DictEntry, ok bool) {
	switch d := d.(type) {
	case *dict:
		return d.Dict, true
	case *types.Dict:
		return *d, true
	case *types.OrderedDict:
		for e := d.List.Front(); e != nil; e = e.Next() {
			entry := e.Value.(*types.OrderedDictEntry)
			list = append(list, types.DictEntry{Key: entry.Key, Value: entry.Value})
		}
		return list, true
	}
	return nil, false
}

// rebuildTensor makes a tensor of storage, offset, shape and strides.
func rebuildTensor(args []any) (any, error) {
	if len(args) < 4 {
		return nil, errors.New("a tensor is incomplete")
	}
	p, isPart := args[0].(part)
	offset, isInt := args[1].(int)
	shape, isShape := integers(args[2])
	strides, isStrides := integers(args[3])
	if !isPart || !isInt || !isShape || !isStrides || len(shape) != len(strides) {
		return nil, errors.New("a tensor's storage, offset, shape or strides are not what they should be")
	}
	if offset < 0 || offset > p.count-p.offset {
		return nil, fmt.Errorf("a tensor begins at %d of %d numbers", offset, p.count-p.offset)
	}
	p.offset += offset
	return &view{part: p, shape: shape, strides: strides}, nil
}

// rebuildParameter makes a parameter, which is its tensor.
func rebuildParameter(args []any) (any, error) {
	if len(args) == 0 {
		return nil, errors.New("a parameter is incomplete")
	}
	return args[0], nil
}

// maxAxes bounds a tensor's axes; convolutions have four.
const maxAxes = 8

func integers(tuple any) ([]int, bool) {
	t, ok := tuple.(*types.Tuple)
	if !ok || len(*t) > maxAxes {
		return nil, false
	}
	list := make([]int, len(*t))
	for i, v := range *t {
		n, ok := v.(int)
		if !ok || n < 0 {
			return nil, false
		}
		list[i] = n
	}
	return list, true
}

// foreign is a class or function that a state dict has no need of. Calling it
// makes an object that swallows what is put into it; nothing is run.
type foreign struct{ name string }

// object is what a foreign class or function made.
type object struct{ of *foreign }

// Call stands for a call in Python.
func (f *foreign) Call(...any) (any, error) { return &object{f}, nil }

// PyNew stands for making an instance in Python.
func (f *foreign) PyNew(...any) (any, error) { return &object{f}, nil }

// Call stands for calling an instance.
func (o *object) Call(...any) (any, error) { return o, nil }

// Append, Add, Set and PySetState stand for filling an instance.
func (o *object) Append(any)           {}
func (o *object) Add(any)              {}
func (o *object) Set(any, any)         {}
func (o *object) PySetState(any) error { return nil }
