package onnx

import (
	"errors"
	"fmt"
	"strconv"

	"gaze/models/onnx/internal/onnxpb"
)

// value is what a node reads or makes: a constant, or numbers that depend on
// the picture and lie in the output of a layer.
type value struct {
	name   string
	known  *constant
	layer  string
	layout layout
	// planar and row are the value in layers of four and of two axes, once a
	// node has wanted that.
	planar, row *value
	// placed are further layers in which it lies.
	placed []placed
	// expanded is the shape that an Expand gives the value, nil without one. Its
	// numbers are repeated by the layer that combines it with others.
	expanded []int
	// quantised says what the value's whole numbers stand for in its layer; nil
	// where the layer's numbers are the value's. chosen is set for what a
	// DynamicQuantizeLinear chooses, which lies in no layer.
	quantised *quantised
	chosen    *chosen
}

// shape is the value's own, for a batch of one.
func (v *value) shape() []int {
	switch {
	case v.known != nil:
		return v.known.shape
	case v.expanded != nil:
		return v.expanded
	}
	return v.layout.shape()
}

// node is an operator with the values it reads; nil where an optional one is
// left out.
type node struct {
	*onnxpb.NodeProto
	in         []*value
	attributes map[string]*onnxpb.AttributeProto
}

func newNode(p *onnxpb.NodeProto) *node {
	n := &node{NodeProto: p, attributes: make(map[string]*onnxpb.AttributeProto, len(p.Attribute))}
	for _, a := range p.Attribute {
		n.attributes[a.Name] = a
	}
	return n
}

// out is the name of the node's first result.
func (n *node) out() string {
	if len(n.Output) == 0 {
		return ""
	}
	return n.Output[0]
}

// has reports whether the node has an attribute.
func (n *node) has(name string) bool { return n.attributes[name] != nil }

func (n *node) int(name string, otherwise int) int {
	if a := n.attributes[name]; a != nil {
		return clamp(a.I)
	}
	return otherwise
}

func (n *node) float(name string, otherwise float64) float64 {
	if a := n.attributes[name]; a != nil {
		return decimal(a.F)
	}
	return otherwise
}

func (n *node) text(name, otherwise string) string {
	if a := n.attributes[name]; a != nil {
		return string(a.S)
	}
	return otherwise
}

// ints returns a list of lengths or positions; nil where there is none.
func (n *node) ints(name string) []int {
	a := n.attributes[name]
	if a == nil {
		return nil
	}
	out := make([]int, len(a.Ints))
	for i, v := range a.Ints {
		out[i] = clamp(v)
	}
	return out
}

// input returns input i; nil where it is left out.
func (n *node) input(i int) *value {
	if i >= len(n.in) {
		return nil
	}
	return n.in[i]
}

// data returns input i, which must depend on the picture.
func (n *node) data(i int) (*value, error) {
	v := n.input(i)
	switch {
	case v == nil:
		return nil, fmt.Errorf("has no input %d", i)
	case v.known != nil:
		return nil, fmt.Errorf("its input %q is a constant", v.name)
	case v.chosen != nil:
		return nil, errChosen
	case v.expanded != nil:
		return nil, fmt.Errorf("its input %q comes from an Expand, which is supported only before Add, Sub, Mul and Div", v.name)
	}
	return v, nil
}

// constant returns input i, which must not depend on the picture; nil where it
// is left out.
func (n *node) constant(i int) (*constant, error) {
	v := n.input(i)
	switch {
	case v == nil:
		return nil, nil
	case v.known == nil:
		return nil, fmt.Errorf("its input %q is computed from the picture, and only constants are supported there", v.name)
	}
	return v.known, nil
}

// needed returns input i, which must be there and not depend on the picture.
func (n *node) needed(i int) (*constant, error) {
	c, err := n.constant(i)
	if err == nil && c == nil {
		err = fmt.Errorf("has no input %d", i)
	}
	return c, err
}

// listed returns the list that is an attribute in older opsets and input i in
// newer ones; nil where it is left out.
func (n *node) listed(name string, i int) ([]int, error) {
	if n.has(name) {
		return n.ints(name), nil
	}
	c, err := n.constant(i)
	if c == nil || err != nil {
		return nil, err
	}
	return c.list()
}

// number returns the number that is an attribute in older opsets and input i
// in newer ones.
func (n *node) number(name string, i int, otherwise float64) (float64, error) {
	if n.has(name) {
		return n.float(name, otherwise), nil
	}
	c, err := n.constant(i)
	if c == nil || err != nil {
		return otherwise, err
	}
	return c.scalar()
}

// errUnsupported is the error of operators that cannot be read.
var errUnsupported = errors.New("is not supported")

// describe adds to an error the operator, its place in the file and the opset.
func (b *builder) describe(n *onnxpb.NodeProto, err error) error {
	var within *describedError
	if errors.As(err, &within) {
		return within.error
	}
	of := fmt.Sprintf("opset %d", b.opset)
	if !ownDomain(n.Domain) {
		of = fmt.Sprintf("domain %s, %s", n.Domain, of)
	}
	name := n.Name
	if name == "" && len(n.Output) > 0 {
		name = n.Output[0]
	}
	if errors.Is(err, errUnsupported) {
		return fmt.Errorf("operator %s (node %q, %s) %w", n.OpType, name, of, err)
	}
	return fmt.Errorf("operator %s (node %q, %s): %w", n.OpType, name, of, err)
}

// decimal is the float64 that was meant by a float32: 0.1, not
// 0.10000000149.
func decimal(f float32) float64 {
	d, err := strconv.ParseFloat(strconv.FormatFloat(float64(f), 'g', -1, 32), 64)
	if err != nil {
		return float64(f)
	}
	return d
}
