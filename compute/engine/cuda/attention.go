package cuda

import (
	"fmt"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"gaze/compute/engine/op"
)

// attentionTile is how many places of a window a block of kernels/attention.cu has,
// and attentionShared the memory that it takes.
const (
	attentionTile   = 64
	attentionShared = 4 * (2*attentionTile*68 + 5*attentionTile)
)

func (p *preparation) attend(o gorgonia.Op, out tensor.Shape) {
	switch o := o.(type) {
	case op.Attention:
		p.attention(o.AttentionParams, "attention", dst)
	case op.AttentionGrad:
		s := p.in[0].Shape
		windows, each := o.Count(s[2] * s[3])
		if p.err == nil {
			p.err = p.d.reserve(3 * s[0] * windows * o.Heads * each)
		}
		grad := in(len(p.in) - 1)
		p.attention(o.AttentionParams, "attention_back_q", dst, grad, work)
		p.attention(o.AttentionParams, "attention_back_kv", dst, grad, work)
	case op.Cosine:
		p.elements("attention", "cosine", out.TotalSize()/headDepth(out, o.Heads), dst, in(0), in(1), ints(o.Heads, headDepth(out, o.Heads)), lines(out, o.Heads))
	case op.CosineGrad:
		p.elements("attention", "cosine_back", out.TotalSize()/headDepth(out, o.Heads), dst, in(0), in(1), in(2), ints(o.Heads, headDepth(out, o.Heads)), lines(out, o.Heads))
	}
}

// headDepth is how many channels each head has in q, of all in q, k and v.
func headDepth(s tensor.Shape, heads int) int { return s[1] / 3 / heads }

// lines are the positions and, for all heads of q, k and v, their vectors.
func lines(s tensor.Shape, heads int) argument {
	return ints(s[2]*s[3], s.TotalSize()/headDepth(s, heads))
}

// attention appends a kernel that has a block for each tile of each head of each
// window, with those arguments before the ones that all such kernels have.
func (p *preparation) attention(a op.AttentionParams, name string, args ...argument) {
	s := p.in[0].Shape
	depth, size := headDepth(s, a.Heads), s[2]*s[3]
	windows, each := a.Count(size)
	// The channels of a head that a block makes.
	slice := 32
	if depth > slice {
		slice = 64
	}
	bias, padding := null, null
	if a.Biased {
		bias = in(1)
	}
	if a.Padded() {
		padding = in(a.Padding())
	}
	var positions, groups []int32
	if a.Windows != nil {
		positions, groups = a.Windows.Positions, a.Windows.Groups
	}
	tiles := (each + attentionTile - 1) / attentionTile
	blocks := s[0] * windows * a.Heads * ((depth + slice - 1) / slice) * tiles
	args = append(args, in(0), bias, padding, p.table(positions), p.table(groups),
		ints(a.Heads, depth), ints(size, each), ints(windows, tiles), floats(a.Scale, 0))
	p.add("attention", fmt.Sprintf("%s_%d", name, slice), [3]int{blocks, 1, 1}, [3]int{256, 1, 1}, attentionShared, args...)
}
