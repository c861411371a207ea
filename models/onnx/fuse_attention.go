package onnx

import (
	"slices"

	"gorgonia.org/tensor"

	"gaze/models"
)

// withAttention makes one layer of Attention of each softmax(alpha q kᵀ) v that exporters
// write as slices, products and a softmax, if nothing else reads what lies in between.
// How the file moves q, k and v there does not matter: the elements that meet are
// followed back to where they come from.
func withAttention(layers []models.Layer) []models.Layer {
	g := &layerGraph{layers: layers, index: make(map[string]int, len(layers)), readers: make(map[string][]int)}
	for i, l := range layers {
		g.index[l.Name] = i
		for _, name := range l.Inputs {
			g.readers[name] = append(g.readers[name], i)
		}
	}
	instead := make(map[int][]models.Layer)
	for i, l := range layers {
		if l.Kind == models.Softmax && max(l.Attr.Axis, 1) == len(l.Shape)-1 {
			if end, made := g.attention(i); made != nil {
				instead[end] = made
			}
		}
	}
	if len(instead) == 0 {
		return layers
	}
	var list []models.Layer
	for i, l := range layers {
		if made := instead[i]; made != nil {
			list = append(list, made...)
			continue
		}
		list = append(list, l)
	}
	return keepNeeded(list)
}

// keepNeeded leaves only the layers that the last one depends on.
func keepNeeded(layers []models.Layer) []models.Layer {
	wanted := map[string]bool{layers[len(layers)-1].Name: true}
	var list []models.Layer
	for _, l := range slices.Backward(layers) {
		if wanted[l.Name] {
			list = append(list, l)
			for _, name := range l.Inputs {
				wanted[name] = true
			}
		}
	}
	slices.Reverse(list)
	return list
}

// layerGraph finds layers by name and by what reads them.
type layerGraph struct {
	layers  []models.Layer
	index   map[string]int
	readers map[string][]int
}

// layer is the layer called name where that is one.
func (g *layerGraph) layer(name string) (models.Layer, bool) {
	i, ok := g.index[name]
	if !ok {
		return models.Layer{}, false
	}
	return g.layers[i], true
}

// reader is the number of the only layer that reads one; -1 where several do.
func (g *layerGraph) reader(name string) int {
	if r := g.readers[name]; len(r) == 1 {
		return r[0]
	}
	return -1
}

// attention finds what lies around a softmax, and the layers that take the place of the
// layer of number end; nil where it is something else.
func (g *layerGraph) attention(softmax int) (end int, made []models.Layer) {
	product := g.reader(g.layers[softmax].Name)
	if product < 0 || g.layers[product].Kind != models.MatMul || g.layers[product].Inputs[0] != g.layers[softmax].Name {
		return 0, nil
	}
	scores := g.trace(g.layers[softmax].Inputs[0], models.MatMul)
	if scores == nil || scores.moved || g.reader(scores.layer.Name) < 0 {
		return 0, nil
	}
	q, k, v := g.trace(scores.layer.Inputs[0], ""), g.trace(scores.layer.Inputs[1], ""), g.trace(g.layers[product].Inputs[1], "")
	if q == nil || k == nil || v == nil {
		return 0, nil
	}
	s := g.layers[product].Shape
	rank := len(s)
	tokens, each := s[rank-2], s[rank-1]
	heads := s.TotalSize() / (tokens * each)
	width := heads * each
	if v.scale != 1 || !q.tokens(width, tokens) || !k.tokens(width, tokens) || !v.tokens(width, tokens) {
		return 0, nil
	}
	// The product has its tokens as rows, and so have q and v; k is transposed.
	at := func(from, h, t, j int) int { return (from+h*each+j)*tokens + t }
	rows := func(p *origin, from int) bool {
		return p.each(func(i int) int { return at(from, i/each/tokens, i/each%tokens, i%each) })
	}
	columns := func(p *origin, from int) bool {
		return p.each(func(i int) int { return at(from, i/tokens/each, i%tokens, i/tokens%each) })
	}
	var in string
	switch {
	case q.layer.Name == k.layer.Name && k.layer.Name == v.layer.Name && q.layer.Shape[1] == 3*width && rows(q, 0) && columns(k, width) && rows(v, 2*width):
		in = q.layer.Name
	case q.layer.Shape.Eq(k.layer.Shape) && k.layer.Shape.Eq(v.layer.Shape) && q.layer.Shape[1] == width && rows(q, 0) && columns(k, 0) && rows(v, 0):
		joined := models.Layer{Name: g.layers[product].Name + "/qkv", Kind: models.Concat, Inputs: []string{q.layer.Name, k.layer.Name, v.layer.Name}}
		made, in = append(made, joined), joined.Name
	default:
		return 0, nil
	}
	// What follows brings the heads back together.
	for end = g.reader(g.layers[product].Name); end >= 0; end = g.reader(g.layers[end].Name) {
		l := g.layers[end]
		out := g.trace(l.Name, models.MatMul)
		if out == nil || out.layer.Name != g.layers[product].Name || out.scale != 1 {
			return 0, nil
		}
		s := l.Shape
		if len(s) != 4 || s[0] != 1 || s[1] != width || !out.each(func(i int) int { c, t := i/tokens, i%tokens; return (c/each*tokens+t)*each + c%each }) {
			continue
		}
		a := models.Layer{Name: l.Name, Kind: models.Attention, Inputs: []string{in}, Attr: models.Attr{Heads: heads, Alpha: q.scale * k.scale * scores.scale}}
		if slices.Equal(s[2:], q.layer.Shape[2:]) {
			return end, append(made, a)
		}
		a.Name += "/heads"
		return end, append(made, a, models.Layer{Name: l.Name, Kind: models.View, Inputs: []string{a.Name}, Attr: models.Attr{Shape: s}})
	}
	return 0, nil
}

// origin says where the elements of a layer come from.
type origin struct {
	layer models.Layer
	// from has for each element its place in the layer's output; nil for all in order.
	from  []int32
	moved bool
	// scale is what they are multiplied by on the way.
	scale float64
}

// mostFollowed bounds the elements that are followed.
const mostFollowed = 1 << 24

// trace follows a layer's elements back through layers that only move or scale them, to
// the first that does not, which must be of kind stop unless that is empty.
func (g *layerGraph) trace(name string, stop models.Kind) *origin {
	l, ok := g.layer(name)
	if !ok || l.Shape.TotalSize() > mostFollowed {
		return nil
	}
	t := &origin{scale: 1}
	for {
		moves, scale := g.moves(l)
		if !moves {
			if stop != "" && l.Kind != stop {
				return nil
			}
			t.layer = l
			return t
		}
		t.scale *= scale
		in, ok := g.layer(l.Inputs[0])
		if !ok {
			return nil
		}
		if step := stepOf(l, in.Shape); step != nil {
			t.moved = true
			if t.from == nil {
				t.from = step
			} else {
				for i, at := range t.from {
					t.from[i] = step[at]
				}
			}
		} else if !in.Shape.Eq(l.Shape) {
			// Their order stays.
			t.moved = true
		}
		l = in
	}
}

// moves reports whether a layer only moves what it reads, multiplied by scale.
func (g *layerGraph) moves(l models.Layer) (moves bool, scale float64) {
	switch l.Kind {
	case models.View, models.Reshape, models.Flatten, models.Transpose, models.Permute, models.Slice, models.Dropout, models.Identity:
		return true, 1
	case models.Scale:
		if w := l.Params["weight"]; w != nil && w.Shape().TotalSize() == 1 && l.Params["bias"] == nil {
			return true, float64(w.Data().([]float32)[0])
		}
	}
	return false, 0
}

// stepOf has for each element of a layer its place in what it reads; nil where they stay
// in order.
func stepOf(l models.Layer, in tensor.Shape) []int32 {
	order := make([]int, len(in))
	for i := range order {
		order[i] = i
	}
	begin, step := make([]int, len(in)), slices.Repeat([]int{1}, len(in))
	switch l.Kind {
	case models.Transpose:
		order = l.Attr.Order
	case models.Permute:
		order = []int{0, 3, 1, 2}
		if l.ChannelsLast {
			order = []int{0, 2, 3, 1}
		}
	case models.Slice:
		axis := max(l.Attr.Axis, 1)
		begin[axis], step[axis] = l.Attr.From, max(l.Attr.Step, 1)
	default:
		return nil
	}
	strides := make([]int, len(in))
	for i, n := len(in)-1, 1; i >= 0; i-- {
		strides[i] = n
		n *= in[i]
	}
	list := make([]int32, l.Shape.TotalSize())
	at := make([]int, len(l.Shape))
	for i := range list {
		from := 0
		for axis, p := range at {
			from += (begin[order[axis]] + p*step[order[axis]]) * strides[order[axis]]
		}
		list[i] = int32(from)
		for axis := len(at) - 1; axis >= 0; axis-- {
			if at[axis]++; at[axis] < l.Shape[axis] {
				break
			}
			at[axis] = 0
		}
	}
	return list
}

// tokens reports whether the elements come from a layer of 1 x channels x H x W with that
// many pixels, and are that many channels of it.
func (t *origin) tokens(channels, pixels int) bool {
	s := t.layer.Shape
	return len(s) == 4 && s[0] == 1 && s[2]*s[3] == pixels && (t.from == nil && s.TotalSize() == channels*pixels || len(t.from) == channels*pixels)
}

// each reports whether every element i comes from the place that f tells.
func (t *origin) each(f func(i int) int) bool {
	n := len(t.from)
	if t.from == nil {
		n = t.layer.Shape.TotalSize()
	}
	for i := range n {
		from := i
		if t.from != nil {
			from = int(t.from[i])
		}
		if from != f(i) {
			return false
		}
	}
	return true
}
