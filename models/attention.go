package models

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"gorgonia.org/tensor"
)

// attentionShape takes q, k and v as channels of one input, 1 x 3C x H x W, or as
// three inputs of ... x queries x d, ... x keys x d and ... x keys x e, with a bias of
// ... x queries x keys that may be a fourth.
func attentionShape(l Layer, in []tensor.Shape) (tensor.Shape, error) {
	if len(in) == 3 || len(in) == 4 {
		return separateShape(in)
	}
	a, x := l.Attr, in[0]
	if len(in) != 1 || len(x) != 4 {
		return nil, fmt.Errorf("reads %d layers, the first of %v: neither q, k and v in one of four axes nor in three", len(in), x)
	}
	if a.Heads < 1 || x[1]%(3*a.Heads) != 0 {
		return nil, fmt.Errorf("%d channels are not q, k and v of %d heads", x[1], a.Heads)
	}
	if a.Window != [2]int{} && (a.Window[0] < 1 || a.Window[1] < 1 || a.Shift[0] < 0 || a.Shift[0] >= a.Window[0] || a.Shift[1] < 0 || a.Shift[1] >= a.Window[1]) {
		return nil, fmt.Errorf("windows of %v shifted by %v", a.Window, a.Shift)
	}
	if a.Spread && (x[2]%a.Window[0] != 0 || x[3]%a.Window[1] != 0) {
		return nil, fmt.Errorf("%v is not spread evenly over windows of %v", x, a.Window)
	}
	sides := [2]int{2*a.Window[0] - 1, 2*a.Window[1] - 1}
	if t, ok := l.Params["relative_position_bias_table"]; ok && !t.Shape().Eq(tensor.Shape{sides[0] * sides[1], a.Heads}) {
		return nil, fmt.Errorf("a table of %v for %d heads and windows of %v", t.Shape(), a.Heads, a.Window)
	}
	if one, ok := l.Params["cpb_mlp.0.weight"]; ok {
		bias, two := l.Params["cpb_mlp.0.bias"], l.Params["cpb_mlp.2.weight"]
		if bias == nil || two == nil || len(one.Shape()) != 2 || one.Shape()[1] != 2 || !bias.Shape().Eq(tensor.Shape{one.Shape()[0]}) || !two.Shape().Eq(tensor.Shape{a.Heads, one.Shape()[0]}) {
			return nil, errors.New("the layers that make the bias of positions do not fit each other")
		}
	}
	if s, ok := l.Params["logit_scale"]; ok && s.Shape().TotalSize() != a.Heads {
		return nil, fmt.Errorf("%d scales for %d heads", s.Shape().TotalSize(), a.Heads)
	}
	return tensor.Shape{x[0], x[1] / 3, x[2], x[3]}, nil
}

// separateShape is the rule of q, k and v in inputs of their own.
func separateShape(in []tensor.Shape) (tensor.Shape, error) {
	q, k, v := in[0], in[1], in[2]
	n := len(q) - 2
	if n < 0 || len(k) != n+2 || len(v) != n+2 || !slices.Equal(q[:n], k[:n]) || !slices.Equal(q[:n], v[:n]) || q[n+1] != k[n+1] || k[n] != v[n] {
		return nil, fmt.Errorf("q of %v, k of %v and v of %v do not fit each other", q, k, v)
	}
	if len(in) == 4 {
		weights := append(q[:n+1].Clone(), k[n])
		if out, err := broadcastShape(Layer{}, []tensor.Shape{weights, in[3]}); err != nil || !out.Eq(weights) {
			return nil, fmt.Errorf("a bias of %v does not fit weights of %v", in[3], weights)
		}
	}
	return append(q[:n+1].Clone(), v[n+1]), nil
}

// AttentionWindows are the windows of an [Attention] layer of one input.
type AttentionWindows struct {
	// Count and Size are the number of windows and of positions in each.
	Count, Size int
	// Positions has the positions of each window, row times width plus column, or -1
	// for padding, which is zero before the linear layer that makes q, k and v.
	Positions []int32
	// Groups has for each window which part of Bias is its.
	Groups []int32
	// Bias, groups x heads x Size x Size, is added to the products of queries with
	// keys; nil for nothing.
	Bias []float32
}

// Windows are the windows of an attention layer of one input with Attr.Window: of
// neighbours, or with Attr.Spread of positions as far apart as possible (Tu et al.,
// MaxViT, arXiv:2204.01697). Attr.Shift moves them up and left around the edges (Liu
// et al., Swin Transformer, arXiv:2103.14030); a side with a single window is not
// shifted. What was not neighbours before has 100 taken from its product, as in
// torchvision.
func (l Layer) Windows() AttentionWindows {
	a := l.Attr
	height, width := l.Shape[2], l.Shape[3]
	rows, columns := (height+a.Window[0]-1)/a.Window[0], (width+a.Window[1]-1)/a.Window[1]
	w := AttentionWindows{Count: rows * columns, Size: a.Window[0] * a.Window[1]}
	vertical := axisWindows{height, a.Window[0], rows, a.Shift[0], a.Spread}
	horizontal := axisWindows{width, a.Window[1], columns, a.Shift[1], a.Spread}
	base := l.relativeBias()
	var regions [][]int
	for i := range rows {
		for j := range columns {
			region := make([]int, w.Size)
			for k := range region {
				y, high := vertical.at(i, k/a.Window[1])
				x, wide := horizontal.at(j, k%a.Window[1])
				at := int32(-1)
				if y < height && x < width {
					at = int32(y*width + x)
				}
				w.Positions, region[k] = append(w.Positions, at), 3*high+wide
			}
			regions = append(regions, region)
		}
	}
	var kinds [][]int
	for _, region := range regions {
		pairs := same(region)
		group := slices.IndexFunc(kinds, func(k []int) bool { return slices.Equal(same(k), pairs) })
		if group < 0 {
			group, kinds = len(kinds), append(kinds, region)
		}
		w.Groups = append(w.Groups, int32(group))
	}
	if base == nil && len(kinds) == 1 && !slices.Contains(same(kinds[0]), -1) {
		return w
	}
	for _, region := range kinds {
		for h := range a.Heads {
			for i := range w.Size * w.Size {
				var v float32
				if base != nil {
					v = base[h*w.Size*w.Size+i]
				}
				if region[i/w.Size] != region[i%w.Size] {
					v -= 100
				}
				w.Bias = append(w.Bias, v)
			}
		}
	}
	return w
}

// same tells for each position the first one of the same region; -1 for a second
// region's first.
func same(region []int) []int {
	list := make([]int, len(region))
	for i, r := range region {
		list[i] = slices.Index(region, r)
		if list[i] == i && i > 0 {
			list[i] = -1
		}
	}
	return list
}

// axisWindows are the windows along an axis.
type axisWindows struct {
	side, window, count, shift int
	spread                     bool
}

// at is position k of window i, and the region that it belongs to where windows were
// moved around the edge.
func (a axisWindows) at(i, k int) (place, region int) {
	if a.spread {
		return k*a.count + i, 0
	}
	padded := a.window * a.count
	moved := i*a.window + k
	if a.count == 1 || a.shift == 0 {
		return moved, 0
	}
	switch {
	case moved >= padded-a.shift:
		region = 2
	case moved >= padded-a.window:
		region = 1
	}
	return (moved + a.shift) % padded, region
}

// relativeBias is what is added for the distance of two positions of a window, heads x
// n x n; nil for nothing. A table has it, or two linear layers make it of the distance
// (Liu et al., Swin Transformer V2, arXiv:2111.09883).
func (l Layer) relativeBias() []float32 {
	a := l.Attr
	high, wide := 2*a.Window[0]-1, 2*a.Window[1]-1
	var table []float32
	if t, ok := l.Params["relative_position_bias_table"]; ok {
		table = t.Data().([]float32)
	} else if _, ok := l.Params["cpb_mlp.0.weight"]; ok {
		table = l.continuousBias(high, wide)
	} else {
		return nil
	}
	n := a.Window[0] * a.Window[1]
	bias := make([]float32, a.Heads*n*n)
	for i := range n {
		for j := range n {
			dy, dx := i/a.Window[1]-j/a.Window[1]+a.Window[0]-1, i%a.Window[1]-j%a.Window[1]+a.Window[1]-1
			for h := range a.Heads {
				bias[(h*n+i)*n+j] = table[(dy*wide+dx)*a.Heads+h]
			}
		}
	}
	return bias
}

// continuousBias is the table of Swin Transformer V2: 16 σ(W₂ max(W₁ d + b₁, 0)) for the
// distances d, whose logarithm is taken.
func (l Layer) continuousBias(high, wide int) []float32 {
	one, bias, two := l.Params["cpb_mlp.0.weight"].Data().([]float32), l.Params["cpb_mlp.0.bias"].Data().([]float32), l.Params["cpb_mlp.2.weight"].Data().([]float32)
	hidden := make([]float64, len(bias))
	table := make([]float32, high*wide*l.Attr.Heads)
	for at := range high * wide {
		y, x := logDistance(at/wide, high), logDistance(at%wide, wide)
		for k := range hidden {
			hidden[k] = max(float64(one[2*k])*y+float64(one[2*k+1])*x+float64(bias[k]), 0)
		}
		for h := range l.Attr.Heads {
			var sum float64
			for k, v := range hidden {
				sum += v * float64(two[h*len(hidden)+k])
			}
			table[at*l.Attr.Heads+h] = float32(16 / (1 + math.Exp(-sum)))
		}
	}
	return table
}

// logDistance is the distance i of 2w-1 between two positions of a window, from -1 to
// 1, on a logarithmic scale.
func logDistance(i, distances int) float64 {
	w := (distances + 1) / 2
	d := 8 * float64(i-w+1) / float64(max(w-1, 1))
	return math.Copysign(math.Log2(math.Abs(d)+1)/3, d)
}

// HeadScales are what the products of normalised queries and keys are multiplied by,
// one for each head, in a layer that has the parameter logit_scale; nil in others.
func (l Layer) HeadScales() []float32 {
	p, ok := l.Params["logit_scale"]
	if !ok {
		return nil
	}
	list := slices.Clone(p.Data().([]float32))
	for i, v := range list {
		list[i] = float32(math.Exp(min(float64(v), math.Log(100))))
	}
	return list
}

// attentionMACs counts the products of queries with keys and of weights with values.
func attentionMACs(l Layer) int64 {
	if len(l.Inputs) != 1 {
		return 0
	}
	each := int64(l.Shape[2] * l.Shape[3])
	if w := l.Attr.Window; w != [2]int{} {
		each = int64(w[0] * w[1])
	}
	return 2 * each * int64(l.Shape.TotalSize())
}
