package keras

import "fmt"

// node is one call of a layer of a graph.
type node struct {
	layer string
	call  int
}

// graph is a functional model while its layers are made.
type graph struct {
	b      *builder
	scope  scope
	layers map[string]*layer
	made   map[node][]*value
	inputs map[string]bool
}

// node finds the call that makes a tensor.
func (g *graph) node(r tensorRef) (node, call, error) {
	l, ok := g.layers[r.layer]
	if !ok {
		return node{}, call{}, fmt.Errorf("something reads layer %q, which the model does not have", r.layer)
	}
	if g.inputs[r.layer] {
		return node{r.layer, 0}, call{}, nil
	}
	n := node{r.layer, r.call - l.first}
	if n.call < 0 || n.call >= len(l.calls) {
		return node{}, call{}, fmt.Errorf("something reads call %d of layer %q, which has %d", r.call, r.layer, len(l.calls))
	}
	return n, l.calls[n.call], nil
}

// needed finds the calls that some tensors depend on. The error tells of a circle.
func (g *graph) needed(outputs []tensorRef) (map[node]bool, error) {
	// A node is true when all that it depends on has been found, false before.
	state := make(map[node]bool)
	var visit func(r tensorRef) error
	visit = func(r tensorRef) error {
		n, c, err := g.node(r)
		if err != nil {
			return err
		}
		if done, seen := state[n]; seen {
			if !done {
				return fmt.Errorf("layer %s depends on itself", n.layer)
			}
			return nil
		}
		state[n] = false
		c.each(func(r tensorRef) {
			if err == nil {
				err = visit(r)
			}
		})
		state[n] = true
		return err
	}
	for _, r := range outputs {
		if err := visit(r); err != nil {
			return nil, err
		}
	}
	return state, nil
}

// make makes the layers of a call, after those of what it reads.
func (g *graph) make(n node) error {
	if _, done := g.made[n]; done {
		return nil
	}
	l := g.layers[n.layer]
	var err error
	l.calls[n.call].each(func(r tensorRef) {
		if err == nil {
			_, err = g.tensor(r)
		}
	})
	if err != nil {
		return err
	}
	c := call{kwargs: make(map[string]any)}
	for _, v := range l.calls[n.call].args {
		c.args = append(c.args, g.resolved(v))
	}
	for name, v := range l.calls[n.call].kwargs {
		c.kwargs[name] = g.resolved(v)
	}
	g.made[n], err = g.b.call(l, n.call, c, g.scope)
	return err
}

// resolved is an argument with values in the place of references.
func (g *graph) resolved(v any) any {
	switch v := v.(type) {
	case tensorRef:
		made, err := g.tensor(v)
		if err != nil {
			return nil
		}
		return made
	case []any:
		list := make([]any, len(v))
		for i, item := range v {
			list[i] = g.resolved(item)
		}
		return list
	}
	return v
}

// tensor returns a tensor, and makes its layers first where they are not there yet.
func (g *graph) tensor(r tensorRef) (*value, error) {
	n, _, err := g.node(r)
	if err != nil {
		return nil, err
	}
	if err := g.make(n); err != nil {
		return nil, err
	}
	if made := g.made[n]; r.output < len(made) {
		return made[r.output], nil
	}
	return nil, fmt.Errorf("something reads output %d of layer %q, which has %d", r.output, r.layer, len(g.made[n]))
}
