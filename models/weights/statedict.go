package weights

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"github.com/nlpodyssey/gopickle/types"
)

// wrapped are the keys under which training programs keep a network beside
// other things, the likeliest first. The moving average of the parameters, which
// some keep beside them, comes last: what was trained is what is explained.
var wrapped = []string{
	"state_dict", "model_state_dict", "model_state", "model", "net", "network", "module", "params", "weights",
	"state_dict_ema", "model_ema", "ema_state_dict", "ema",
}

// averaged reports whether a key of wrapped is that of a moving average.
func averaged(key string) bool { return strings.Contains(key, "ema") }

// found is what was found under a path of keys.
type found struct {
	params  []Param
	views   []*view
	modules []Module
	// whole is the class of a network that was pickled whole.
	whole  string
	under  []string
	copies []string
}

// finder looks for a network in what a pickle holds.
type finder struct {
	// left bounds the dictionaries, modules and parameters, so that few bytes cannot stand for
	// many of them.
	left int
	// class is that of an object in which no network was found.
	class string
	// dicts are the dictionaries on the way to the network, outermost first:
	// labels and preprocessing are looked for there.
	dicts []any
}

// findNetwork finds the parameters in what the pickle of a file of size bytes
// holds: a state dict, a network that was pickled whole, or either of them in a
// checkpoint.
func findNetwork(root any, size int64) (*Contents, []*view, error) {
	const free, share = 1 << 8, 64
	f := &finder{left: free + int(min(size/share, 1<<16))}
	net, err := f.find(root, 0)
	if err != nil {
		return nil, nil, err
	}
	c := &Contents{Ordered: true, Keys: topKeys(root)}
	if net == nil || len(net.params) == 0 {
		c.Kind, c.Class = OtherObject, f.class
		c.refusal = &KindError{OtherObject, f.class}
		return c, nil, nil
	}
	c.Kind, c.Class, c.Params, c.Modules, c.Under, c.Copies = StateDict, net.whole, net.params, net.modules, strings.Join(net.under, "."), net.copies
	if net.whole != "" {
		c.Kind = WholeNetwork
	}
	c.Architecture = findArchitecture(f.dicts)
	c.Labels = findLabels(f.dicts)
	c.Input = findPreprocessing(f.dicts)
	return c, net.views, nil
}

// find looks for a network in a value; nil where there is none.
func (f *finder) find(value any, depth int) (*found, error) {
	const deepest = 4
	if depth > deepest {
		return nil, nil
	}
	if o, ok := value.(*object); ok {
		if isModule(o) {
			f.class = cmp.Or(f.class, o.of.name)
			f.dicts = append(f.dicts, o)
			w := walk{f: f}
			if err := w.module(o, "", 0); err != nil {
				return nil, err
			}
			return &found{params: w.params, views: w.views, modules: w.modules, whole: o.of.name}, nil
		}
		f.class = cmp.Or(f.class, o.of.name)
		if o.state == nil {
			return nil, nil
		}
		if err := f.count(1); err != nil {
			return nil, err
		}
		return f.find(o.state, depth+1)
	}
	list, ok := entries(value)
	if !ok {
		return nil, nil
	}
	if err := f.count(len(list)); err != nil {
		return nil, err
	}
	f.dicts = append(f.dicts, value)
	return f.inDict(list, depth)
}

// count takes what a dictionary or a module of so many entries costs from what
// may still be looked at.
func (f *finder) count(list int) error {
	const atATime = 16
	if f.left -= 1 + list/atATime; f.left < 0 {
		return errors.New("it has more modules than its size warrants")
	}
	return nil
}

// inDict looks for a network in a dictionary: under one of the usual keys, else
// the tensors in it, else what is under its other keys, together.
func (f *finder) inDict(list []types.DictEntry, depth int) (*found, error) {
	inner := make(map[string]any)
	var order []string
	direct := &found{}
	for _, e := range list {
		name, ok := e.Key.(string)
		if !ok {
			continue
		}
		if v, ok := e.Value.(*view); ok {
			if !v.kind.other {
				direct.add(name, v)
			}
			continue
		}
		_, isDict := entries(e.Value)
		_, isObject := e.Value.(*object)
		if (isDict || isObject) && !training(name) {
			inner[name] = e.Value
			order = append(order, name)
		}
	}
	net, err := f.underKey(inner, depth)
	if net != nil || err != nil {
		return net, err
	}
	if len(direct.params) > 0 {
		return direct, nil
	}
	return f.together(inner, order, depth)
}

// underKey looks under the usual keys. What else was pickled beside it tells how
// the parts of the network are made.
func (f *finder) underKey(inner map[string]any, depth int) (*found, error) {
	var net *found
	for _, key := range f.keys(inner) {
		if net != nil {
			net.copies = append(net.copies, key)
			continue
		}
		at := len(f.dicts)
		n, err := f.find(inner[key], depth+1)
		if err != nil {
			return nil, err
		}
		if n == nil || len(n.params) == 0 {
			f.dicts = f.dicts[:at]
			continue
		}
		net = n
		net.under = append([]string{key}, net.under...)
	}
	if net == nil || net.whole != "" {
		return net, nil
	}
	for key, value := range inner {
		if o, ok := value.(*object); ok && isModule(o) && slices.ContainsFunc(net.params, func(p Param) bool { return strings.HasPrefix(p.Name, key+".") }) {
			w := walk{f: f}
			if err := w.module(o, key, 0); err != nil {
				return nil, err
			}
			net.modules = append(net.modules, w.modules...)
		}
	}
	return net, nil
}

// keys are the usual keys that are there, in the order in which they count.
// Ultralytics keeps the moving average as the network to use.
func (f *finder) keys(inner map[string]any) []string {
	var keys []string
	for _, key := range wrapped {
		if inner[key] != nil {
			keys = append(keys, key)
		}
	}
	if o, ok := inner["ema"].(*object); ok && strings.HasPrefix(o.of.name, "ultralytics.") {
		trained := slices.DeleteFunc(slices.Clone(keys), averaged)
		keys = append(slices.DeleteFunc(keys, func(key string) bool { return !averaged(key) }), trained...)
	}
	return keys
}

// together joins what is under several keys, as of a program that saved the body
// and the head of a network apart. The keys become the names' first parts, unless
// there is only one.
func (f *finder) together(inner map[string]any, order []string, depth int) (*found, error) {
	var parts []*found
	var keys []string
	for _, key := range order {
		at := len(f.dicts)
		n, err := f.find(inner[key], depth+1)
		if err != nil {
			return nil, err
		}
		if n == nil || len(n.params) == 0 {
			f.dicts = f.dicts[:at]
			continue
		}
		parts, keys = append(parts, n), append(keys, key)
	}
	if len(parts) == 0 {
		return nil, nil
	}
	if len(parts) == 1 {
		parts[0].under = append([]string{keys[0]}, parts[0].under...)
		return parts[0], nil
	}
	all := &found{}
	for i, n := range parts {
		for j, p := range n.params {
			all.add(keys[i]+"."+p.Name, n.views[j])
		}
		for _, m := range n.modules {
			m.Name = join(keys[i], m.Name)
			all.modules = append(all.modules, m)
		}
	}
	return all, nil
}

// training reports whether a key of a checkpoint is that of something that only
// the training needs.
func training(key string) bool {
	lower := strings.ToLower(key)
	return slices.ContainsFunc([]string{"optim", "sched", "scaler", "callback", "loops", "rng", "history"}, func(word string) bool {
		return strings.Contains(lower, word)
	})
}

func (n *found) add(name string, v *view) {
	n.params = append(n.params, Param{name, v.sides()})
	n.views = append(n.views, v)
}

// topKeys lists the keys of a checkpoint, as many as can be shown.
func topKeys(root any) []string {
	const most = 50
	list, _ := entries(root)
	if o, ok := root.(*object); ok {
		list = o.attributes()
	}
	var keys []string
	for _, e := range list {
		if key, ok := e.Key.(string); ok && len(keys) < most {
			if _, isTensor := e.Value.(*view); !isTensor {
				keys = append(keys, key)
			}
		}
	}
	slices.Sort(keys)
	return keys
}

func join(path, name string) string {
	switch {
	case path == "":
		return name
	case name == "":
		return path
	}
	return path + "." + name
}
