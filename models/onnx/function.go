package onnx

import (
	"errors"
	"fmt"
	"slices"

	"gaze/models/onnx/internal/onnxpb"
)

// A file may define operators of its own as functions of others. inline puts their
// nodes in the place of the nodes that call them.

// deepestCall bounds how deep functions may call each other.
const deepestCall = 32

// functionKey is how a node names a function.
type functionKey struct{ domain, name, overload string }

// inliner replaces calls of a file's functions.
type inliner struct {
	functions map[functionKey]*onnxpb.FunctionProto
	memory    *memory
	calls     int
}

// inline replaces the calls in a model's graph, if it has functions. Memory is spent
// for each node that this makes.
func inline(file *model, m *memory) error {
	if len(file.Functions) == 0 {
		return nil
	}
	in := &inliner{functions: make(map[functionKey]*onnxpb.FunctionProto), memory: m}
	for _, f := range file.Functions {
		in.functions[functionKey{f.Domain, f.Name, f.Overload}] = f
	}
	nodes, err := in.nodes(file.Graph.Node, 0)
	if err != nil {
		return err
	}
	file.Graph.Node = nodes
	return nil
}

// nodes are those of a graph with calls replaced.
func (in *inliner) nodes(list []*onnxpb.NodeProto, depth int) ([]*onnxpb.NodeProto, error) {
	var out []*onnxpb.NodeProto
	for _, p := range list {
		f := in.functions[functionKey{p.Domain, p.OpType, p.Overload}]
		if f == nil {
			out = append(out, p)
			continue
		}
		if depth >= deepestCall {
			return nil, errors.New("its functions call each other without an end")
		}
		body, err := in.body(p, f)
		if err != nil {
			return nil, fmt.Errorf("function %s: %w", f.Name, err)
		}
		if body, err = in.nodes(body, depth+1); err != nil {
			return nil, err
		}
		out = append(out, body...)
	}
	return out, nil
}

// body are the nodes of a function for one call.
func (in *inliner) body(call *onnxpb.NodeProto, f *onnxpb.FunctionProto) ([]*onnxpb.NodeProto, error) {
	in.calls++
	if len(call.Input) > len(f.Input) || len(call.Output) > len(f.Output) {
		return nil, errors.New("is called with more inputs or outputs than it has")
	}
	names := map[string]string{"": ""}
	for i, name := range f.Input {
		names[name] = ""
		if i < len(call.Input) {
			names[name] = call.Input[i]
		}
	}
	made := make(map[string]bool)
	for i, name := range f.Output {
		if i < len(call.Output) && call.Output[i] != "" {
			names[name], made[name] = call.Output[i], true
		}
	}
	prefix := fmt.Sprintf("%s/%d/", first(call.Name, f.Name), in.calls)
	rename := func(name string) string {
		if to, ok := names[name]; ok {
			return to
		}
		return prefix + name
	}
	attributes := make(map[string]*onnxpb.AttributeProto)
	for _, a := range slices.Concat(f.AttributeProto, call.Attribute) {
		attributes[a.Name] = a
	}
	var out []*onnxpb.NodeProto
	for _, p := range f.Node {
		if err := in.memory.spend(1+len(p.Input)+len(p.Output)+len(p.Attribute), perMessage); err != nil {
			return nil, err
		}
		q := renamed(p, rename)
		q.Name = prefix + p.Name
		q.MetadataProps = slices.Concat(call.MetadataProps, p.MetadataProps)
		q.Attribute = nil
		for _, a := range p.Attribute {
			if a.RefAttrName != "" {
				given := attributes[a.RefAttrName]
				if given == nil {
					continue
				}
				a = attributeAs(a.Name, given)
			} else if a.G != nil {
				a = attributeAs(a.Name, a)
				a.G = renamedGraph(a.G, rename)
			}
			q.Attribute = append(q.Attribute, a)
		}
		out = append(out, q)
	}
	// An output may be an input, passed on.
	for _, name := range f.Output {
		if made[name] && slices.Contains(f.Input, name) {
			return nil, errors.New("gives an input back as its output")
		}
	}
	return out, nil
}

// first is a, or b where a is empty.
func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// attributeAs is an attribute under another name. It shares its value.
func attributeAs(name string, a *onnxpb.AttributeProto) *onnxpb.AttributeProto {
	return &onnxpb.AttributeProto{
		Name: name, Type: a.Type, F: a.F, I: a.I, S: a.S, T: a.T, G: a.G, SparseTensor: a.SparseTensor,
		Floats: a.Floats, Ints: a.Ints, Strings: a.Strings, Tensors: a.Tensors, Graphs: a.Graphs,
	}
}

// renamed is a node that reads and makes other values. It shares its attributes.
func renamed(p *onnxpb.NodeProto, rename func(string) string) *onnxpb.NodeProto {
	q := &onnxpb.NodeProto{Name: p.Name, OpType: p.OpType, Domain: p.Domain, Overload: p.Overload, Attribute: p.Attribute, MetadataProps: p.MetadataProps}
	for _, name := range p.Input {
		q.Input = append(q.Input, rename(name))
	}
	for _, name := range p.Output {
		q.Output = append(q.Output, rename(name))
	}
	return q
}

// renamedGraph is a graph within a function, of which the values that it takes from
// there have other names.
func renamedGraph(g *onnxpb.GraphProto, outer func(string) string) *onnxpb.GraphProto {
	own := make(map[string]bool)
	for _, v := range g.Input {
		own[v.Name] = true
	}
	for _, t := range g.Initializer {
		own[t.Name] = true
	}
	for _, p := range g.Node {
		for _, name := range p.Output {
			own[name] = true
		}
	}
	rename := func(name string) string {
		if own[name] || name == "" {
			return name
		}
		return outer(name)
	}
	out := &onnxpb.GraphProto{Name: g.Name, Initializer: g.Initializer, Input: g.Input, ValueInfo: g.ValueInfo}
	for _, v := range g.Output {
		out.Output = append(out.Output, &onnxpb.ValueInfoProto{Name: rename(v.Name), Type: v.Type})
	}
	for _, p := range g.Node {
		q := renamed(p, rename)
		for i, a := range q.Attribute {
			if a.G != nil {
				q.Attribute = slices.Clone(q.Attribute)
				q.Attribute[i] = attributeAs(a.Name, a)
				q.Attribute[i].G = renamedGraph(a.G, rename)
			}
		}
		out.Node = append(out.Node, q)
	}
	return out
}
