package keras

import (
	"errors"
	"fmt"
	"maps"
)

// use is one call of a layer with all that it needs.
type use struct {
	// name of the layer in the network.
	name  string
	layer *layer
	settings
	call
}

// with is the same use with another setting.
func (u *use) with(name string, to any) *use {
	other := *u
	other.settings = maps.Clone(u.settings)
	other.settings[name] = to
	return &other
}

var errNoTensor = errors.New("reads no tensor that depends on the picture")

// value is the one tensor that the layer reads.
func (u *use) value() (*value, error) {
	all, err := valuesIn(u.call)
	if err != nil {
		return nil, err
	}
	if len(all) != 1 {
		return nil, fmt.Errorf("reads %d tensors, not one", len(all))
	}
	return all[0], nil
}

// values are all tensors that a layer reads.
func (u *use) values() ([]*value, error) { return valuesIn(u.call) }

func valuesIn(c call) ([]*value, error) {
	var all []*value
	var visit func(v any)
	visit = func(v any) {
		switch v := v.(type) {
		case *value:
			all = append(all, v)
		case []any:
			for _, item := range v {
				visit(item)
			}
		}
	}
	visit(c.args)
	for _, name := range sortedKeys(c.kwargs) {
		visit(c.kwargs[name])
	}
	if len(all) == 0 {
		return nil, errNoTensor
	}
	return all, nil
}
