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
	case "torch._tensor._rebuild_from_type_v2":
		return function(rebuildFromType), nil
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

// rebuildFromType makes a tensor that has attributes or a class of its own: a
// function, the class, and the function's arguments.
func rebuildFromType(args []any) (any, error) {
	if len(args) < 3 {
		return nil, errors.New("a tensor of another class is incomplete")
	}
	build, isFunction := args[0].(function)
	with, isTuple := args[2].(*types.Tuple)
	if !isFunction || !isTuple {
		return &object{of: &foreign{"torch.Tensor"}}, nil
	}
	return build(*with)
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
// makes an object that keeps what is put into it; nothing is run.
type foreign struct{ name string }

// String and GoString are what the library's errors show of a class.
func (f *foreign) String() string   { return f.name }
func (f *foreign) GoString() string { return f.name }

// object is what a foreign class or function made.
type object struct {
	of *foreign
	// args are those of the call, state is what BUILD sets: the attributes of
	// most objects.
	args  []any
	state any
	// items are entries where the object is a dictionary too.
	items types.Dict
}

// Call stands for a call in Python.
func (f *foreign) Call(args ...any) (any, error) { return &object{of: f, args: args}, nil }

// PyNew stands for making an instance in Python.
func (f *foreign) PyNew(args ...any) (any, error) { return &object{of: f, args: args}, nil }

// Call stands for calling an instance.
func (o *object) Call(...any) (any, error) { return o, nil }

// PyNew stands for making an instance of a class that a function made, as
// cloudpickle does: its second argument is the name.
func (o *object) PyNew(args ...any) (any, error) {
	name := o.of.name
	if len(o.args) > 1 {
		if text, ok := o.args[1].(string); ok {
			name = text
		}
	}
	return &object{of: &foreign{name}, args: args}, nil
}

// String and GoString are what the library's errors show of an object. They end
// also where objects hold each other.
func (o *object) String() string   { return o.of.name }
func (o *object) GoString() string { return o.of.name }

// Append and Add stand for filling an instance; nothing needs these.
func (o *object) Append(any) {}
func (o *object) Add(any)    {}

// Set stands for setting an item.
func (o *object) Set(key, value any) { o.items.Set(key, value) }

// PySetState stands for setting the attributes.
func (o *object) PySetState(state any) error {
	o.state = state
	return nil
}

// attributes are the object's own.
func (o *object) attributes() []types.DictEntry {
	state := o.state
	if pair, ok := state.(*types.Tuple); ok && len(*pair) == 2 {
		// A class with slots has two dictionaries.
		state = (*pair)[0]
	}
	list, _ := entries(state)
	return list
}

// attribute is the one called name, nil if there is none.
func (o *object) attribute(name string) any {
	for _, e := range o.attributes() {
		if e.Key == name {
			return e.Value
		}
	}
	return nil
}
