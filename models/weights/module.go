package weights

import (
	"errors"
	"fmt"
	"slices"

	"github.com/nlpodyssey/gopickle/types"
)

// isModule reports whether an object has the state of a torch.nn.Module.
func isModule(o *object) bool {
	_, modules := entries(o.attribute("_modules"))
	_, parameters := entries(o.attribute("_parameters"))
	return modules && parameters
}

// walk lists the parameters of a network that was pickled whole, in the order of
// its state dict: a module's own parameters, its buffers, then its parts.
type walk struct {
	f       *finder
	params  []Param
	views   []*view
	modules []Module
}

const (
	// deepestModule and longestPath bound a module's place: the deepest networks
	// in use have ten levels, and names of 200 bytes.
	deepestModule = 32
	longestPath   = 512
)

// module lists a module called path. Modules may hold each other in a circle in
// a file that was made to do harm; the depth ends that.
func (w *walk) module(o *object, path string, depth int) error {
	if depth > deepestModule || len(path) > longestPath {
		return errors.New("its modules lie deeper in each other than those of a network")
	}
	if err := w.f.count(len(o.attributes())); err != nil {
		return err
	}
	w.modules = append(w.modules, Module{Name: path, Class: o.of.name, Options: moduleOptions(o)})
	attributes := make(map[string][]types.DictEntry)
	for _, e := range o.attributes() {
		switch e.Key {
		case "_parameters", "_buffers", "_modules":
			attributes[e.Key.(string)], _ = entries(e.Value)
		}
	}
	passing := passingBuffers(o)
	for _, e := range slices.Concat(attributes["_parameters"], attributes["_buffers"]) {
		name, isName := e.Key.(string)
		v, isView := e.Value.(*view)
		if !isName || !isView || v.kind.other || passing[name] {
			continue
		}
		if err := w.f.count(1); err != nil {
			return err
		}
		if len(path)+len(name) > longestPath {
			return errors.New("a parameter's name is longer than those of a network")
		}
		w.params = append(w.params, Param{join(path, name), v.sides()})
		w.views = append(w.views, v)
	}
	for _, e := range attributes["_modules"] {
		name, isName := e.Key.(string)
		part, isObject := e.Value.(*object)
		if !isName || !isObject {
			continue
		}
		if len(name) > longestPath {
			return errors.New("a module's name is longer than those of a network")
		}
		if err := w.module(part, join(path, name), depth+1); err != nil {
			return fmt.Errorf("%.100s: %w", name, err)
		}
	}
	return nil
}

// passingBuffers are the buffers that a state dict leaves out.
func passingBuffers(o *object) map[string]bool {
	names := make(map[string]bool)
	switch set := o.attribute("_non_persistent_buffers_set").(type) {
	case *types.Set:
		for key := range *set {
			if name, ok := key.(string); ok {
				names[name] = true
			}
		}
	case *object:
		// Protocols before 4 make a set of a list.
		if len(set.args) == 0 {
			break
		}
		list, _ := set.args[0].(*types.List)
		for i := 0; list != nil && i < len(*list); i++ {
			if name, ok := (*list)[i].(string); ok {
				names[name] = true
			}
		}
	}
	return names
}

// told are the attributes of modules that say how they compute.
var told = map[string]bool{
	"kernel_size": true, "stride": true, "padding": true, "dilation": true, "groups": true, "eps": true,
	"in_channels": true, "out_channels": true, "in_features": true, "out_features": true, "num_features": true,
	"output_size": true, "negative_slope": true, "alpha": true, "dim": true, "p": true, "ceil_mode": true, "add": true,
}

// moduleOptions are the numbers that a module says of itself.
func moduleOptions(o *object) map[string][]float64 {
	options := make(map[string][]float64)
	for _, e := range o.attributes() {
		name, _ := e.Key.(string)
		if name == "approximate" && e.Value == "tanh" {
			options[name] = []float64{1}
		}
		if !told[name] {
			continue
		}
		if list, ok := asNumbers(e.Value); ok {
			options[name] = list
		}
	}
	return options
}

// asNumbers reads a number, a truth value, or a short list of them.
func asNumbers(value any) ([]float64, bool) {
	const longest = 8
	var items []any
	switch v := value.(type) {
	case int:
		return []float64{float64(v)}, true
	case float64:
		return []float64{v}, true
	case bool:
		if v {
			return []float64{1}, true
		}
		return []float64{0}, true
	case *types.Tuple:
		items = *v
	case *types.List:
		items = *v
	default:
		return nil, false
	}
	if len(items) == 0 || len(items) > longest {
		return nil, false
	}
	list := make([]float64, 0, len(items))
	for _, item := range items {
		switch n := item.(type) {
		case int:
			list = append(list, float64(n))
		case float64:
			list = append(list, n)
		default:
			return nil, false
		}
	}
	return list, true
}
