package onnx

import (
	"errors"
	"fmt"
	"slices"

	"gaze/models/onnx/internal/onnxpb"
)

// An If or a Loop has graphs of its own. Where it depends on constants alone, the nodes
// of the branch that is taken, or of each turn, are read in its place.

// mostTurns bounds the turns of a Loop.
const mostTurns = 1024

// branching reports whether a node has graphs that are read in its place.
func branching(p *onnxpb.NodeProto) bool {
	return ownDomain(p.Domain) && (p.OpType == "If" || p.OpType == "Loop")
}

// reads are the values that a node reads, those of its graphs included.
func reads(p *onnxpb.NodeProto) []string {
	if !branching(p) {
		return p.Input
	}
	list := slices.Clone(p.Input)
	for _, a := range p.Attribute {
		if a.G != nil {
			list = append(list, captured(a.G)...)
		}
	}
	return list
}

// captured are the values that a graph takes from around it.
func captured(g *onnxpb.GraphProto) []string {
	own := map[string]bool{"": true}
	for _, v := range g.Input {
		own[v.Name] = true
	}
	for _, t := range g.Initializer {
		own[t.Name] = true
	}
	var list []string
	add := func(name string) {
		if !own[name] {
			list = append(list, name)
		}
	}
	for _, p := range g.Node {
		for _, name := range reads(p) {
			add(name)
		}
		for _, name := range p.Output {
			own[name] = true
		}
	}
	for _, v := range g.Output {
		add(v.Name)
	}
	return list
}

// lowerBranching reads the graph of an If that its condition chooses, or a Loop's, turn
// by turn.
func (b *builder) lowerBranching(p *onnxpb.NodeProto) error {
	n := newNode(p)
	for _, name := range p.Input {
		v, err := b.value(name)
		if err != nil {
			return err
		}
		n.in = append(n.in, v)
	}
	if p.OpType == "Loop" {
		return b.loop(n)
	}
	condition, err := n.needed(0)
	if err != nil {
		return err
	}
	yes, err := condition.scalar()
	if err != nil {
		return err
	}
	branch := "then_branch"
	if yes == 0 {
		branch = "else_branch"
	}
	a := n.attributes[branch]
	if a == nil || a.G == nil {
		return fmt.Errorf("has no %s", branch)
	}
	out, err := b.within(n, a.G, branch, nil)
	if err != nil {
		return err
	}
	if len(out) < len(p.Output) {
		return fmt.Errorf("its %s has %d results, not %d", branch, len(out), len(p.Output))
	}
	for i, name := range p.Output {
		if name != "" {
			b.set(name, aside(out[i]))
		}
	}
	return nil
}

// aside is v for another name.
func aside(v *value) *value {
	w := *v
	w.placed = slices.Clone(v.placed)
	return &w
}

// within reads the nodes of a graph whose inputs have those values, and returns the
// values of its outputs.
func (b *builder) within(n *node, g *onnxpb.GraphProto, what string, inputs []*value) ([]*value, error) {
	if len(inputs) > len(g.Input) {
		return nil, fmt.Errorf("its %s takes %d values, not %d", what, len(g.Input), len(inputs))
	}
	b.graphs++
	prefix := fmt.Sprintf("%s/%s/%d/", first(n.Name, n.out()), what, b.graphs)
	own := make(map[string]bool)
	for i, v := range inputs {
		own[g.Input[i].Name] = true
		b.set(prefix+g.Input[i].Name, aside(v))
	}
	for _, t := range g.Initializer {
		own[t.Name] = true
		b.initializers[prefix+t.Name] = t
	}
	for _, p := range g.Node {
		for _, name := range p.Output {
			own[name] = name != ""
		}
	}
	rename := func(name string) string {
		if own[name] {
			return prefix + name
		}
		return name
	}
	begin := len(b.graph.Node)
	wanted := make(map[string]bool)
	var outputs []string
	for _, v := range g.Output {
		outputs = append(outputs, rename(v.Name))
		wanted[rename(v.Name)] = true
		b.readers[rename(v.Name)]++
	}
	for _, p := range g.Node {
		if err := b.memory.spend(1+len(p.Input)+len(p.Output), perMessage); err != nil {
			return nil, err
		}
		q := renamed(p, rename)
		q.Name = prefix + p.Name
		for i, a := range q.Attribute {
			if a.G != nil {
				q.Attribute = slices.Clone(q.Attribute)
				q.Attribute[i] = attributeAs(a.Name, a)
				q.Attribute[i].G = renamedGraph(a.G, rename)
			}
		}
		b.graph.Node = append(b.graph.Node, q)
	}
	for i, p := range b.graph.Node[begin:] {
		for _, name := range reads(p) {
			b.readers[name]++
		}
		for _, name := range p.Output {
			if name != "" {
				b.makers[name] = begin + i
			}
		}
	}
	needed := b.planFrom(begin, wanted)
	for i, p := range b.graph.Node[begin:] {
		if needed[begin+i] {
			if err := b.lower(begin+i, p); err != nil {
				return nil, &describedError{b.describe(p, err)}
			}
		}
	}
	var values []*value
	for _, name := range outputs {
		v, err := b.value(name)
		if err != nil || v == nil {
			return nil, errors.Join(err, errors.New("has a result without a name"))
		}
		values = append(values, v)
	}
	return values, nil
}

// describedError is an error that names the node within a graph where it was found.
type describedError struct{ error }

// Unwrap returns the error.
func (e *describedError) Unwrap() error { return e.error }

// loop reads the body of a Loop once for each turn. What is listed turn by turn is
// stacked along a new first axis.
func (b *builder) loop(n *node) error {
	a := n.attributes["body"]
	if a == nil || a.G == nil || len(n.in) < 2 {
		return errors.New("has no body, or less than two inputs")
	}
	turns := mostTurns + 1
	if c, err := n.constant(0); err != nil {
		return err
	} else if c != nil {
		t, err := c.scalar()
		if err != nil {
			return err
		}
		turns = clamp(int64(t))
	}
	going := true
	if c, err := n.constant(1); err != nil {
		return err
	} else if c != nil {
		yes, err := c.scalar()
		if err != nil {
			return err
		}
		going = yes != 0
	}
	state := slices.Clone(n.in[2:])
	var listed [][]*value
	for turn := 0; going && turn < turns; turn++ {
		if turn >= mostTurns {
			return fmt.Errorf("goes around more than %d times", mostTurns)
		}
		in := []*value{{name: "turn", known: &constant{ints: []int64{int64(turn)}}}, {name: "condition", known: &constant{ints: []int64{1}}}}
		out, err := b.within(n, a.G, "body", append(in, state...))
		if err != nil {
			return err
		}
		if len(out) < 1+len(state) {
			return fmt.Errorf("its body has %d results", len(out))
		}
		if out[0].known == nil {
			return errors.New("ends when the picture makes it, which is not supported")
		}
		yes, err := out[0].known.scalar()
		if err != nil {
			return err
		}
		going = yes != 0
		state = out[1 : 1+len(state)]
		listed = append(listed, out[1+len(state):])
	}
	for i, name := range n.Output {
		if name == "" {
			continue
		}
		if i < len(state) {
			b.set(name, aside(state[i]))
			continue
		}
		var all []*value
		for _, out := range listed {
			if i-len(state) >= len(out) {
				return fmt.Errorf("has more results than its body")
			}
			all = append(all, out[i-len(state)])
		}
		v, err := b.stacked(name, all)
		if err != nil {
			return err
		}
		b.set(name, v)
	}
	return nil
}

// stacked puts values one after the other along a new first axis.
func (b *builder) stacked(name string, list []*value) (*value, error) {
	if len(list) == 0 {
		return nil, errEmpty
	}
	known := true
	var wide []*value
	for _, v := range list {
		if v.known == nil && v.expanded != nil {
			var err error
			if v, err = b.inFull(v); err != nil {
				return nil, err
			}
		}
		known = known && v.known != nil
		w, err := b.reshaped(v, append([]int{1}, v.shape()...))
		if err != nil {
			return nil, err
		}
		wide = append(wide, w)
	}
	if known {
		c, err := b.concatKnown(&node{
			NodeProto:  &onnxpb.NodeProto{OpType: "Concat"},
			attributes: map[string]*onnxpb.AttributeProto{"axis": {I: 0}}, in: wide,
		})
		return &value{known: c}, err
	}
	v, err := b.joined(name, wide, 0)
	if err != nil {
		return nil, err
	}
	return &value{layer: v.layer, layout: v.layout}, nil
}
