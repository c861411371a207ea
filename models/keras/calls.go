package keras

import (
	"errors"
	"fmt"
	"slices"
)

// tensorRef is a tensor that a layer made: output number output of the call number
// call.
type tensorRef struct {
	layer        string
	call, output int
}

// call is one use of a layer: its arguments, by place and by name. An argument is
// a tensorRef, a list of arguments ([]any), a number, a text, nil, a [slice] or an
// [ellipsis].
type call struct {
	args   []any
	kwargs map[string]any
}

// slice is Python's slice of a whole axis or a part of one.
type slice struct{ from, to, step any }

// ellipsis is Python's "..." in an index.
type ellipsis struct{}

// each calls f with every tensor among the arguments.
func (c call) each(f func(tensorRef)) {
	var visit func(v any)
	visit = func(v any) {
		switch v := v.(type) {
		case tensorRef:
			f(v)
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
}

func sortedKeys(of map[string]any) []string {
	keys := make([]string, 0, len(of))
	for k := range of {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// argument returns an argument by its place or else by one of its names.
func (c call) argument(place int, names ...string) any {
	if place < len(c.args) {
		return c.args[place]
	}
	for _, name := range names {
		if v, ok := c.kwargs[name]; ok {
			return v
		}
	}
	return nil
}

// callsOf reads inbound_nodes of either generation.
func callsOf(v any) ([]call, error) {
	list, _ := v.([]any)
	var calls []call
	for _, node := range list {
		var c call
		var err error
		switch node := node.(type) {
		case jsonObject: // Keras 3
			c, err = newCall(node)
		case []any: // Keras 2
			c, err = oldCall(node)
		default:
			err = errors.New("a call in its inbound_nodes is neither object nor list")
		}
		if err != nil {
			return nil, err
		}
		calls = append(calls, c)
	}
	return calls, nil
}

// newCall reads a call as Keras 3 writes it.
func newCall(node jsonObject) (call, error) {
	args, _ := node["args"].([]any)
	c := call{kwargs: make(map[string]any)}
	for _, v := range args {
		arg, err := argumentOf(v)
		if err != nil {
			return c, err
		}
		c.args = append(c.args, arg)
	}
	kwargs, _ := node["kwargs"].(jsonObject)
	for name, v := range kwargs {
		arg, err := argumentOf(v)
		if err != nil {
			return c, err
		}
		c.kwargs[name] = arg
	}
	return c, nil
}

// argumentOf reads an argument as Keras 3 writes it.
func argumentOf(v any) (any, error) {
	switch v := v.(type) {
	case []any:
		var list []any
		for _, item := range v {
			arg, err := argumentOf(item)
			if err != nil {
				return nil, err
			}
			list = append(list, arg)
		}
		return list, nil
	case jsonObject:
		config, _ := v["config"].(jsonObject)
		switch text(v["class_name"]) {
		case "__keras_tensor__":
			history, _ := config["keras_history"].([]any)
			r, ok := refOf(history)
			if !ok {
				return nil, errors.New("a tensor that it reads has no keras_history")
			}
			return r, nil
		case "__ellipsis__":
			return ellipsis{}, nil
		case "__slice__", "slice":
			return slice{config["start"], config["stop"], config["step"]}, nil
		case "__tuple__":
			if items, ok := v["config"].([]any); ok {
				return argumentOf(items)
			}
			return argumentOf(config["value"])
		case "__tensor__", "__numpy__":
			return config["value"], nil
		}
		return v, nil
	}
	return v, nil
}

// constantMark stands in Keras 2 for a tensor that is a number.
const constantMark = "_CONSTANT_VALUE"

// oldCall reads a call as Keras 2 writes it: a list of tensors with the keyword
// arguments in the fourth place of each, or a single tensor.
func oldCall(node []any) (call, error) {
	single := len(node) > 0
	if single {
		_, single = node[0].(string)
	}
	tensors := node
	if single {
		tensors = []any{node}
	}
	c := call{kwargs: make(map[string]any)}
	var list []any
	for _, v := range tensors {
		item, _ := v.([]any)
		if len(item) < 3 {
			return c, errors.New("a tensor that it reads is not name, call and output")
		}
		arg := item[2]
		if text(item[0]) != constantMark {
			r, ok := refOf(item[:3])
			if !ok {
				return c, errors.New("a tensor that it reads is not name, call and output")
			}
			arg = r
		}
		list = append(list, arg)
		if len(item) > 3 {
			kwargs, _ := item[3].(jsonObject)
			for name, v := range kwargs {
				c.kwargs[name] = oldArgument(v)
			}
		}
	}
	if len(list) == 1 {
		c.args = list
	} else {
		c.args = []any{list}
	}
	return c, nil
}

// oldArgument reads a keyword argument as Keras 2 writes it.
func oldArgument(v any) any {
	switch v := v.(type) {
	case []any:
		if r, ok := refOf(v); ok {
			return r
		}
		var list []any
		for _, item := range v {
			list = append(list, oldArgument(item))
		}
		return list
	case jsonObject:
		switch _, sliced := v["step"]; {
		case text(v["class_name"]) == "__ellipsis__", text(v["class_name"]) == "ellipsis":
			return ellipsis{}
		case sliced:
			return slice{v["start"], v["stop"], v["step"]}
		}
	}
	return v
}

// refOf reads a reference to a tensor: name, call and output.
func refOf(list []any) (tensorRef, bool) {
	if len(list) < 3 {
		return tensorRef{}, false
	}
	name, isName := list[0].(string)
	at, isAt := integerOf(list[1])
	output, isOutput := integerOf(list[2])
	if !isName || !isAt || !isOutput || at < 0 || output < 0 {
		return tensorRef{}, false
	}
	return tensorRef{name, at, output}, true
}

// refsOf reads input_layers or output_layers: one reference or a list of them.
func refsOf(v any) ([]tensorRef, error) {
	switch v := v.(type) {
	case nil:
		return nil, nil
	case []any:
		if r, ok := refOf(v); ok {
			return []tensorRef{r}, nil
		}
		var refs []tensorRef
		for _, item := range v {
			inner, err := refsOf(item)
			if err != nil {
				return nil, err
			}
			refs = append(refs, inner...)
		}
		return refs, nil
	case jsonObject: // by name
		var refs []tensorRef
		for _, name := range sortedKeys(v) {
			inner, err := refsOf(v[name])
			if err != nil {
				return nil, err
			}
			refs = append(refs, inner...)
		}
		return refs, nil
	}
	return nil, fmt.Errorf("%v is no reference to a tensor", v)
}
