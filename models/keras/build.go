package keras

import (
	"fmt"
	"maps"
	"slices"

	"gaze/models"
)

// builder makes a network of a model's configuration and weights. It goes over the
// layers in the file's order. A model within the model becomes its layers, under
// names that begin with its own.
type builder struct {
	net     *models.Network
	opt     Options
	version int // of Keras: 2 or 3
	memory  *memory
	arrays  arrays
	// layers and operations are the tables of what can be read.
	layers, operations map[string]build
	// dense has the arrays of layers that were read, in the network's order of axes.
	dense map[*layer]params
	// opened is what became the network's input: see input.go.
	opened *pixels
	// open is set where the file leaves the input's size open, fileSize where it is
	// for another one than the network is read for.
	open     bool
	fileSize []int
	// aliases are further names of layers; inner has, for each name of a layer
	// within a model, the full names.
	aliases map[string]string
	inner   map[string][]string
	// logarithms are the softmaxes of which the model takes the logarithm.
	logarithms []string
	// known has the names of all of the model's layers.
	known map[string]bool
	// done has what the first call of each layer made.
	done map[*layer]done
}

// scope is where in the nested models the builder is.
type scope struct {
	// prefix is put before the names of layers: "base/".
	prefix string
}

// run makes the layers of a model that reads those tensors, and returns the
// model's outputs.
func (b *builder) run(m *model, in []*value, s scope) ([]*value, error) {
	if m.sequential {
		return b.runSequence(m, in, s)
	}
	if len(in) != len(m.inputs) {
		return nil, fmt.Errorf("model %s has %d inputs and is called with %d", m.name, len(m.inputs), len(in))
	}
	g := &graph{b: b, scope: s, layers: make(map[string]*layer), made: make(map[node][]*value), inputs: make(map[string]bool)}
	for _, l := range m.layers {
		g.layers[l.name] = l
	}
	for i, r := range m.inputs {
		b.finished(g.layers[r.layer], in[i], len(b.net.Layers))
		g.made[node{r.layer, 0}] = []*value{in[i]}
		g.inputs[r.layer] = true
	}
	needed, err := g.needed(m.outputs)
	if err != nil {
		return nil, err
	}
	for _, l := range m.layers {
		for i := range max(len(l.calls), 1) {
			if n := (node{l.name, i}); needed[n] {
				if err := g.make(n); err != nil {
					return nil, err
				}
			}
		}
	}
	var out []*value
	for _, r := range m.outputs {
		v, err := g.tensor(r)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("model %s does not say what its output is", m.name)
	}
	return out, nil
}

// runSequence makes the layers of a chain.
func (b *builder) runSequence(m *model, in []*value, s scope) ([]*value, error) {
	if len(in) != 1 {
		return nil, fmt.Errorf("model %s has one input and is called with %d", m.name, len(in))
	}
	v := in[0]
	for _, l := range m.layers {
		if l.class == "InputLayer" {
			continue
		}
		out, err := b.call(l, 0, call{args: []any{v}}, s)
		if err != nil {
			return nil, err
		}
		if v = out[0]; len(out) > 1 {
			return nil, fmt.Errorf("layer %s has several outputs in a chain of layers", l.name)
		}
	}
	return []*value{v}, nil
}

// call makes the layers of one call of a Keras layer.
func (b *builder) call(l *layer, number int, c call, s scope) ([]*value, error) {
	name := s.prefix + l.name
	if number > 0 {
		name = fmt.Sprintf("%s#%d", name, number+1)
	}
	if err := b.memory.spend(1, perLayer); err != nil {
		return nil, err
	}
	from := len(b.net.Layers)
	if l.model != nil {
		in, err := valuesIn(c)
		if err != nil {
			return nil, fmt.Errorf("model %s: %w", name, err)
		}
		out, err := b.run(l.model, in, scope{prefix: name + "/"})
		if err == nil && len(out) == 1 {
			b.finished(l, out[0], from)
			b.noteNames(name, l.name, out[0], s)
		}
		return out, err
	}
	u := &use{name: name, layer: l, settings: l.config, call: c}
	if l.operation {
		// Keras 3 has the arguments of an operation in its configuration.
		u.settings = maps.Clone(l.config)
		maps.Copy(u.settings, c.kwargs)
		if l.class == graphOperation {
			u.graphArguments()
		}
	}
	build, err := b.builderOf(l)
	if err != nil {
		return nil, b.describe(l, name, err)
	}
	out, err := build(b, u)
	if err != nil {
		return nil, b.describe(l, name, err)
	}
	b.finished(l, out, from)
	b.noteNames(name, l.name, out, s)
	return []*value{out}, nil
}

// noteNames notes the names by which users may ask for what a layer made.
func (b *builder) noteNames(name, own string, v *value, s scope) {
	if v.pixels != nil {
		return
	}
	if v.layer != name {
		b.aliases[name] = v.layer
	}
	if s.prefix != "" && !slices.Contains(b.inner[own], v.layer) {
		b.inner[own] = append(b.inner[own], v.layer)
	}
}

// describe adds to an error which layer it is about.
func (b *builder) describe(l *layer, name string, err error) error {
	what := "layer"
	if l.operation {
		what = "operation"
	}
	return fmt.Errorf("%s %s (%s) %w", what, name, l.shownClass(), err)
}

// shownClass is the class as users know it.
func (l *layer) shownClass() string {
	switch l.class {
	case "TFOpLambda", "SlicingOpLambda":
		return "tf." + l.config.text("function", "")
	case graphOperation:
		return l.operator()
	}
	return l.class
}

// add appends a layer under that name, or one made from it if there is such a
// layer, and returns its name.
func (b *builder) add(name string, l models.Layer) (string, error) {
	if err := b.memory.spend(1, perLayer+2*len(name)); err != nil {
		return "", err
	}
	l.Name = b.net.FreeName(name)
	if err := b.net.Append(l); err != nil {
		return "", err
	}
	shape, n := b.net.Logits().Shape, 1
	for _, side := range shape {
		if side > mostNumbers/n {
			return "", fmt.Errorf("makes a tensor of shape %v, which is too large", shape)
		}
		n *= side
	}
	return l.Name, nil
}

// mostNumbers bounds what one layer makes: 1 GiB.
const mostNumbers = 1 << 28
