package zoo

import (
	"fmt"
	"slices"
	"strings"

	"gorgonia.org/tensor"

	"gaze/models/weights"
)

// mapped is a source of parameters by torchvision's names, which finds them in a
// file under their own.
type mapped struct {
	file *listing
	way  way
	// names has the places in the file that were found.
	names map[string]int
	// at is the next place where the order counts.
	at int
	// values are the parameters by the file's names; nil while only names and
	// shapes are matched.
	values Source
}

// place finds a parameter in the file; -1 where it is not.
func (m *mapped) place(name string) int {
	if i, ok := m.names[name]; ok {
		return i
	}
	if m.values != nil {
		return -1
	}
	if m.way.order {
		for m.at < len(m.file.Params) && computed(m.file.Params[m.at].Name) {
			m.at++
		}
		if m.at < len(m.file.Params) && alike(last(name), last(m.file.Params[m.at].Name)) {
			return m.at
		}
		return -1
	}
	if i, ok := m.file.index[m.fileName(name)]; ok {
		return i
	}
	return -1
}

// fileName is the name that a parameter must have in the file.
func (m *mapped) fileName(name string) string {
	if m.way.naming.rename != nil {
		name = m.way.naming.rename(name)
	}
	return m.way.prefix + name
}

// alike reports whether the last parts of two names may mean the same.
func alike(one, two string) bool {
	common := []string{"weight", "bias", "running_mean", "running_var"}
	return one == two || !slices.Contains(common, one) && !slices.Contains(common, two)
}

// Param is the parameter with torchvision's name and shape.
func (m *mapped) Param(name string, shape ...int) (*tensor.Dense, error) {
	if m.way.naming.join != nil {
		if parts := m.way.naming.join(name); parts != nil {
			return m.joined(parts, shape)
		}
	}
	i := m.place(name)
	if i < 0 {
		return nil, fmt.Errorf("%s is missing", m.fileName(name))
	}
	p := m.file.Params[i]
	full, ok := adapt(p.Shape, shape)
	if !ok {
		return nil, fmt.Errorf("%s has shape %v, not %v", p.Name, p.Shape, shape)
	}
	if m.values == nil {
		m.names[name] = i
		if m.way.order {
			m.at++
		}
		return m.file.blank(full), nil
	}
	t, err := m.values.Param(p.Name, p.Shape...)
	if err != nil || slices.Equal(t.Shape(), full) {
		return t, err
	}
	// Another tensor on the same numbers: the source keeps its shape.
	return tensor.New(tensor.WithShape(full...), tensor.WithBacking(t.Data())), nil
}

// joined is a parameter whose numbers several of the file's have, one after the other:
// as many rows of each.
func (m *mapped) joined(parts []string, shape []int) (*tensor.Dense, error) {
	part := slices.Clone(shape)
	part[0] /= len(parts)
	var all []float32
	for _, name := range parts {
		name = m.way.prefix + name
		i, ok := m.file.index[name]
		if !ok {
			return nil, fmt.Errorf("%s is missing", name)
		}
		if p := m.file.Params[i]; !slices.Equal(p.Shape, part) {
			return nil, fmt.Errorf("%s has shape %v, not %v", name, p.Shape, part)
		}
		if m.values == nil {
			m.names[name] = i
			continue
		}
		t, err := m.values.Param(name, part...)
		if err != nil {
			return nil, err
		}
		all = append(all, t.Data().([]float32)...)
	}
	if m.values == nil {
		return m.file.blank(shape), nil
	}
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(all)), nil
}

// adapt returns the shape want, with the lengths that it leaves open, if a
// parameter of shape have has as many numbers in the same order: sides of one at
// the end may be missing, and a linear layer's weights may be those of a
// convolution that covers its whole input.
func adapt(have, want []int) ([]int, bool) {
	full := slices.Clone(want)
	h, w := withoutOnes(have), withoutOnes(want)
	fits := len(h) == len(w)
	for i := 0; fits && i < len(h); i++ {
		fits = w[i] < 0 || w[i] == h[i]
	}
	if fits {
		for i := range full {
			if full[i] < 0 {
				full[i] = 1
				if i < len(have) {
					full[i] = have[i]
				}
			}
		}
		return full, true
	}
	if len(want) == 2 && len(have) == 4 && (want[0] < 0 || want[0] == have[0]) && want[1] == have[1]*have[2]*have[3] {
		return []int{have[0], want[1]}, true
	}
	return nil, false
}

// withoutOnes leaves out the sides of one at a shape's end, but for the first.
func withoutOnes(shape []int) []int {
	n := len(shape)
	for n > 1 && shape[n-1] == 1 {
		n--
	}
	return shape[:n]
}

// shape of the parameter with torchvision's name; nil where it is not in the file.
func (m *mapped) shape(name string) []int {
	if i := m.place(name); i >= 0 {
		return m.file.Params[i].Shape
	}
	return nil
}

// module is that of a layer, where the network was pickled whole.
func (m *mapped) module(layer string) (weights.Module, bool) {
	if len(m.file.modules) == 0 {
		return weights.Module{}, false
	}
	path := m.way.prefix + layer
	if i, ok := m.names[layer+".weight"]; ok {
		path = parent(m.file.Params[i].Name)
	}
	module, ok := m.file.modules[path]
	return module, ok
}

func (m *mapped) options(layer string) map[string][]float64 {
	module, _ := m.module(layer)
	return module.Options
}

func (m *mapped) class(layer string) string {
	module, _ := m.module(layer)
	return last(module.Class)
}

func (m *mapped) taken() bool           { return m.way.order }
func (m *mapped) epsilon() float64      { return m.way.naming.epsilon }
func (m *mapped) layerEpsilon() float64 { return m.way.naming.layerEpsilon }
func (m *mapped) tensorFlow() bool      { return m.way.naming.tensorFlow }

// commonPrefix is what the names of all parameters that were found begin with, up
// to a dot.
func (m *mapped) commonPrefix() string {
	if !m.way.order {
		return m.way.prefix
	}
	prefix, begun := "", false
	for _, i := range m.names {
		name := m.file.Params[i].Name
		if !begun {
			prefix, begun = name[:len(name)-len(last(name))], true
		}
		for !strings.HasPrefix(name, prefix) {
			prefix = strings.TrimSuffix(prefix, ".")
			prefix = prefix[:strings.LastIndexByte(prefix, '.')+1]
		}
	}
	return prefix
}

// copies are the prefixes under which a file has all parameters that were found
// again.
func (m *mapped) copies() []string {
	if m.way.order {
		return nil
	}
	var prefixes []string
	for _, i := range m.names {
		rest := strings.TrimPrefix(m.file.Params[i].Name, m.way.prefix)
		for _, p := range m.file.Params {
			prefix, ok := strings.CutSuffix(p.Name, rest)
			if ok && prefix != m.way.prefix && (strings.HasSuffix(prefix, ".") || prefix == "") && m.allUnder(prefix) {
				prefixes = append(prefixes, prefix)
			}
		}
		break
	}
	return prefixes
}

// allUnder reports whether the file has all parameters that were found under
// another prefix, too.
func (m *mapped) allUnder(prefix string) bool {
	for _, i := range m.names {
		if _, ok := m.file.index[prefix+strings.TrimPrefix(m.file.Params[i].Name, m.way.prefix)]; !ok {
			return false
		}
	}
	return true
}

// last is the last part of a name, parent what stands before it.
func last(name string) string   { return name[strings.LastIndexByte(name, '.')+1:] }
func parent(name string) string { return name[:max(0, strings.LastIndexByte(name, '.'))] }
