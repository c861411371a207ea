package onnx

import (
	"gaze/models/onnx/internal/onnxpb"
)

// fuse finds what node i does together with nodes before it; nil where it
// stands alone.
func (b *builder) fuse(i int) *fusion {
	p := b.graph.Node[i]
	if !ownDomain(p.Domain) || len(p.Output) != 1 {
		return nil
	}
	switch p.OpType {
	case "Add":
		if f := b.fuseBias(i); f != nil {
			return f
		}
		return b.fuseLayerNorm(i)
	case "Mul", "Div":
		if f := b.fuseActivation(i); f != nil {
			return f
		}
		return b.fuseLayerNorm(i)
	}
	return nil
}

// maker returns the node of type op, of ONNX's own, that makes a value, and
// its number; nil where another does.
func (b *builder) maker(name, op string) (*onnxpb.NodeProto, int) {
	i, ok := b.makers[name]
	if !ok || name == "" {
		return nil, 0
	}
	p := b.graph.Node[i]
	if p.OpType != op || !ownDomain(p.Domain) {
		return nil, 0
	}
	return p, i
}

// parameter reads a constant that the file gives outright: a parameter, or
// what a Constant makes, perhaps under other names or in another shape; nil
// where name is none, or has more than most numbers.
func (b *builder) parameter(name string, most int) *constant {
	const longest = 4
	for range longest {
		if v, ok := b.values[name]; ok && v.known != nil && v.known.size() <= most {
			return v.known
		}
		if t, ok := b.initializers[name]; ok {
			shape := make([]int, len(t.Dims))
			for i, side := range t.Dims {
				shape[i] = clamp(side)
			}
			if n, err := count(shape); err != nil || n > most {
				return nil
			}
			v, err := b.value(name)
			if err != nil {
				return nil
			}
			return v.known
		}
		i, ok := b.makers[name]
		if !ok {
			return nil
		}
		p := b.graph.Node[i]
		if p.OpType == "Constant" && ownDomain(p.Domain) {
			c, err := b.literal(newNode(p))
			if err != nil {
				return nil
			}
			b.set(name, &value{known: c})
			continue
		}
		if !renames(p) {
			return nil
		}
		name = p.Input[0]
	}
	return nil
}

// renames reports whether a node's result is its first input, perhaps in
// another shape.
func renames(p *onnxpb.NodeProto) bool {
	if len(p.Input) == 0 || !ownDomain(p.Domain) {
		return false
	}
	switch p.OpType {
	case "Identity", "Unsqueeze", "Reshape":
		return true
	case "Cast":
		return isFloat(newNode(p).int("to", 0))
	}
	return false
}

// scalar reads a constant of one number that the file gives outright.
func (b *builder) scalar(name string) (float64, bool) {
	c := b.parameter(name, 1)
	if c == nil || c.size() != 1 {
		return 0, false
	}
	if c.isInt() {
		return c.at(0), true
	}
	return decimal(c.floats[0]), true
}

// known reports whether a value is given outright or follows from what is.
func (b *builder) known(name string) bool {
	const largest = 1 << 40
	return b.parameter(name, largest) != nil
}

// either returns the inputs of a node of two, the one for which ok holds
// first.
func either(p *onnxpb.NodeProto, ok func(name string) bool) (first, second string, found bool) {
	if len(p.Input) != 2 {
		return "", "", false
	}
	switch {
	case ok(p.Input[0]):
		return p.Input[0], p.Input[1], true
	case ok(p.Input[1]):
		return p.Input[1], p.Input[0], true
	}
	return "", "", false
}

// fuseBias makes an Add of a constant to a product with a constant the
// product's bias.
func (b *builder) fuseBias(i int) *fusion {
	var product *onnxpb.NodeProto
	var at int
	from, bias, ok := either(b.graph.Node[i], func(name string) bool {
		p, j := b.maker(name, "MatMul")
		if p == nil || b.readers[name] != 1 || len(p.Input) != 2 || !b.known(p.Input[1]) || b.known(p.Input[0]) {
			return false
		}
		product, at = p, j
		return true
	})
	if !ok || from == bias {
		return nil
	}
	c := b.parameter(bias, mostNumbers)
	if c == nil || len(c.shape) > 0 && c.size() != c.shape[len(c.shape)-1] {
		return nil
	}
	weight := b.parameter(product.Input[1], mostNumbers)
	if weight == nil || len(weight.shape) < 2 || c.size() != 1 && c.size() != weight.shape[len(weight.shape)-1] {
		return nil
	}
	return &fusion{
		reads: []string{product.Input[0], product.Input[1], bias},
		inner: []int{at},
		lower: func(b *builder, n *node) error {
			v, matrix, err := n.factors()
			if err != nil {
				return err
			}
			bias, err := n.constant(2)
			if err != nil {
				return err
			}
			out, err := b.multiply(n.out(), v, n.input(1), matrix, false, bias)
			return b.give(n, out, err)
		},
	}
}
