package onnx

import (
	"slices"

	"gaze/models/onnx/internal/onnxpb"
)

// layerNorm is a layer normalisation written with smaller operators:
//
//	d = x - mean(x);  d / sqrt(mean(d²) + epsilon) gain + shift
type layerNormParts struct {
	x           string
	epsilon     float64
	gain, shift string
	axes        []int
	inner       []int
}

// fuseLayerNorm finds the layer normalisation that node i ends, with gain and
// shift or without.
func (b *builder) fuseLayerNorm(i int) *fusion {
	parts, ok := b.layerNormParts(i)
	if !ok {
		return nil
	}
	return &fusion{
		reads: []string{parts.x, parts.gain, parts.shift},
		inner: parts.inner,
		lower: func(b *builder, n *node) error {
			v, err := n.data(0)
			if err != nil {
				return err
			}
			gain, err := n.constant(1)
			if err != nil {
				return err
			}
			shift, err := n.constant(2)
			if err != nil {
				return err
			}
			over := make([]bool, len(v.layout))
			first := len(v.layout)
			for _, a := range parts.axes {
				at, err := position(a, len(v.layout))
				if err != nil {
					return err
				}
				over[at], first = true, min(first, at)
			}
			r := b.recipe(n)
			if slices.Contains(over[first:], false) {
				return r.give(r.affine("", r.standardize("standardized", v, over, parts.epsilon), gain, shift))
			}
			if out, err := b.layerNormed(n.out(), v, first, parts.epsilon, gain, shift); err == nil {
				return b.give(n, out, nil)
			}
			return r.give(r.layerNorm("", v, first, parts.epsilon, gain, shift))
		},
	}
}

func (b *builder) layerNormParts(i int) (parts layerNormParts, ok bool) {
	p := b.graph.Node[i]
	if p.OpType == "Add" {
		from, shift, found := either(p, func(name string) bool { q, _ := b.maker(name, "Mul"); return q != nil })
		if !found || !b.known(shift) {
			return parts, false
		}
		parts.shift = shift
		p, i = b.maker(from, "Mul")
		parts.inner = append(parts.inner, i)
	}
	if p.OpType == "Mul" {
		from, gain, found := either(p, func(name string) bool { q, _ := b.maker(name, "Div"); return q != nil })
		if !found || !b.known(gain) {
			return parts, false
		}
		parts.gain = gain
		p, i = b.maker(from, "Div")
		parts.inner = append(parts.inner, i)
	}
	if len(p.Input) != 2 {
		return parts, false
	}
	return parts, b.normalised(p, &parts)
}

// normalised finds the parts of d / sqrt(mean(d²) + epsilon).
func (b *builder) normalised(div *onnxpb.NodeProto, parts *layerNormParts) bool {
	difference, i := b.maker(div.Input[0], "Sub")
	root, j := b.maker(div.Input[1], "Sqrt")
	if difference == nil || root == nil || len(difference.Input) != 2 || len(root.Input) != 1 {
		return false
	}
	sum, k := b.maker(root.Input[0], "Add")
	if sum == nil {
		return false
	}
	variance, epsilon, ok := either(sum, func(name string) bool { q, _ := b.maker(name, "ReduceMean"); return q != nil })
	if !ok {
		return false
	}
	if parts.epsilon, ok = b.scalar(epsilon); !ok {
		return false
	}
	second, l := b.maker(variance, "ReduceMean")
	first, m := b.maker(difference.Input[1], "ReduceMean")
	if first == nil || len(first.Input) == 0 || first.Input[0] != difference.Input[0] || len(second.Input) == 0 {
		return false
	}
	n, ok := b.squares(second.Input[0], difference.Input[0], difference.Input[1])
	if !ok {
		return false
	}
	axes, ok := b.meanAxes(first)
	again, okay := b.meanAxes(second)
	if !ok || !okay || !slices.Equal(axes, again) {
		return false
	}
	parts.x, parts.axes = difference.Input[0], axes
	parts.inner = append(parts.inner, i, j, k, l, m, n)
	return true
}

// squares finds the node that makes a value of the squares of x - mean, which
// may have been subtracted a second time.
func (b *builder) squares(name, x, mean string) (int, bool) {
	base := ""
	p, i := b.maker(name, "Pow")
	if p != nil && len(p.Input) == 2 {
		if two, ok := b.scalar(p.Input[1]); ok && two == 2 {
			base = p.Input[0]
		}
	} else if p, i = b.maker(name, "Mul"); p != nil && len(p.Input) == 2 && p.Input[0] == p.Input[1] {
		base = p.Input[0]
	}
	d, _ := b.maker(base, "Sub")
	return i, d != nil && slices.Equal(d.Input, []string{x, mean})
}

// meanAxes reads the axes of a ReduceMean that keeps them.
func (b *builder) meanAxes(p *onnxpb.NodeProto) ([]int, bool) {
	n := newNode(p)
	if n.int("keepdims", 1) != 1 {
		return nil, false
	}
	axes := n.ints("axes")
	if len(p.Input) > 1 {
		c := b.parameter(p.Input[1], mostAxes)
		if c == nil {
			return nil, false
		}
		var err error
		if axes, err = c.list(); err != nil {
			return nil, false
		}
	}
	return axes, len(axes) > 0
}
