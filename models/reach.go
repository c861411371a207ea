package models

import "slices"

// reach is what of a layer's output the logits depend on.
type reach int

const (
	nothing reach = iota
	// tokensOnly are those without a place in the picture, such as the class token
	// behind the last attention of a vision transformer.
	tokensOnly
	everything
)

// PlacesReach reports whether the logits depend on the numbers of a layer that have a
// place in the picture. Behind the last attention of a transformer with a class token
// they do not: the gradient is zero everywhere but for that token.
func (n *Network) PlacesReach(name string) bool {
	i, ok := n.index[name]
	return !ok || n.reaches()[i] == everything
}

// reaches tells for each layer what the logits depend on. Where the structure does not
// show it, that is everything.
func (n *Network) reaches() []reach {
	list := make([]reach, len(n.Layers))
	if len(list) == 0 {
		return nil
	}
	list[len(list)-1] = everything
	for i := len(list) - 1; i >= 0; i-- {
		l := &n.Layers[i]
		if list[i] == nothing {
			continue
		}
		have := list[i]
		if l.places.none() {
			have = tokensOnly
		}
		for k, name := range l.Inputs {
			if at, ok := n.index[name]; ok {
				list[at] = max(list[at], n.passed(l, k, have))
			}
		}
	}
	return list
}

// none reports whether no position has a place in the picture, though some are tokens.
func (p *places) none() bool {
	return p != nil && p.cells != nil && !slices.ContainsFunc(p.cells, func(cell int32) bool { return cell >= 0 })
}

// passed is what of input k a layer reads, of whose output the logits depend on what
// have says.
func (n *Network) passed(l *Layer, k int, have reach) reach {
	from, _ := n.Layer(l.Inputs[k])
	if have == everything || from.places == nil {
		return have
	}
	p := from.places
	counted := func(axes ...int) bool {
		return slices.ContainsFunc(axes, func(axis int) bool { return slices.Contains(p.axes, axis) })
	}
	switch l.Kind {
	case MatMul:
		// The rows of the first matrix are those of the product.
		if rank := len(from.Shape); k == 0 && !counted(rank-1) {
			return have
		}
		return everything
	case Attention:
		// Each query has a result of its own.
		if len(l.Inputs) > 1 && k == 0 {
			return have
		}
		return everything
	case Softmax:
		if counted(max(l.Attr.Axis, 1)) {
			return everything
		}
	case Conv, ConvTranspose:
		if a := l.Attr; a.Kernel != [2]int{1, 1} || a.Stride != [2]int{1, 1} || counted(1) {
			return everything
		}
	case Linear, LayerNorm:
		if counted(l.channelAxis(from.Shape)) {
			return everything
		}
	case Standardize, ReduceSum, ReduceMean, ReduceMax, ReduceMin, ReduceProd:
		if counted(l.Attr.Axes...) {
			return everything
		}
	case Concat, Tokens:
		// What is put beside the tokens is not read through them.
		if l.places != nil && !p.hasTokens() {
			return nothing
		}
	case Slice, Take, View, Transpose, Flatten, Reshape, Permute, Scale, BatchNorm:
	default:
		if !kinds[l.Kind].pixelwise {
			return everything
		}
	}
	return have
}

// hasTokens reports whether some positions are tokens without a place.
func (p *places) hasTokens() bool { return slices.Contains(p.cells, prefix) }
