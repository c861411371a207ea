package onnx

import (
	"cmp"
	"fmt"
	"slices"

	"gorgonia.org/tensor"

	"gaze/models"
)

// place is where a value lies, or is wanted: the shape of a layer, and how the
// value's axes lie in it.
type place struct {
	shape  []int
	layout layout
}

// placed is a layer in which a value lies besides its own.
type placed struct {
	place
	layer string
}

// usual reports whether a layer of that shape is one of the known kinds: numbers of
// channels, or channels with rows and columns.
func usual(shape []int) bool { return (len(shape) == 2 || len(shape) == 4) && shape[batch] == 1 }

// inOrder is the place in a layer of a value's own axes, of at least that many, those
// before the value's own of length 1.
func inOrder(sides []int, axes int) place {
	more := max(axes-len(sides), 0)
	shape := append(slices.Repeat([]int{1}, more), sides...)
	return place{shape, straight(shape)[more:]}
}

// plain returns v as it lies in a layer that has v's axes, of at least that many: v
// itself where it does, or else with layers added that bring it there. A constant
// becomes a layer.
func (b *builder) plain(v *value, axes int) (*value, error) {
	if v.known == nil && v.expanded != nil {
		var err error
		if v, err = b.inFull(v); err != nil {
			return nil, err
		}
	}
	return b.bring(v, inOrder(v.shape(), max(axes, 1)))
}

// bring returns v as it lies at a place, with layers added where it has to be moved.
func (b *builder) bring(v *value, to place) (*value, error) {
	at := func(layer string) *value { return &value{name: v.name, layer: layer, layout: to.layout} }
	if v.known == nil && slices.Equal(b.physical(v), to.shape) && v.layout.equal(to.layout) {
		return v, nil
	}
	for _, p := range v.placed {
		if slices.Equal(p.shape, to.shape) && p.layout.equal(to.layout) {
			return at(p.layer), nil
		}
	}
	layer, err := b.move(v, to)
	if err != nil {
		return nil, err
	}
	v.placed = append(v.placed, placed{to, layer})
	return at(layer), nil
}

// move adds layers of which the last has v's numbers at a place.
func (b *builder) move(v *value, to place) (string, error) {
	if v.known != nil {
		return b.moveConstant(v, to)
	}
	have := b.physical(v)
	pieces, ok := piecesOf(v.layout.inMemory(have), to.layout.inMemory(to.shape))
	if !ok {
		// By way of the value's own axes, into which both can be split.
		own := inOrder(v.shape(), 1)
		if own.layout.equal(to.layout) && slices.Equal(own.shape, to.shape) {
			return "", errOrder
		}
		between, err := b.bring(v, own)
		if err != nil {
			return "", err
		}
		return b.move(between, to)
	}
	sizes, order, ok := transposition(pieces, have)
	if !ok {
		return "", errOrder
	}
	layer := v.layer
	var err error
	step := func(name string, l models.Layer) {
		if err == nil {
			l.Inputs = []string{layer}
			layer, err = b.add(name, l)
		}
	}
	if order != nil {
		if !slices.Equal(sizes, have) {
			step(v.name+"/split", models.Layer{Kind: models.View, Attr: models.Attr{Shape: sizes}})
		}
		moved := make([]int, len(order))
		for i, from := range order {
			moved[i] = sizes[from]
		}
		if slices.Equal(moved, to.shape) {
			step(b.free(v), models.Layer{Kind: models.Transpose, Attr: models.Attr{Order: order}})
			return layer, err
		}
		step(v.name+"/transposed", models.Layer{Kind: models.Transpose, Attr: models.Attr{Order: order}})
		have = moved
	}
	if !slices.Equal(have, to.shape) {
		step(b.free(v), models.Layer{Kind: models.View, Attr: models.Attr{Shape: slices.Clone(to.shape)}})
	}
	return layer, err
}

// moveConstant adds a layer that is a constant. It is repeated along axes of length 1
// that are longer in the layout.
func (b *builder) moveConstant(v *value, to place) (string, error) {
	c := v.known
	steps := strides(to.shape)
	if !slices.Equal(c.shape, to.shape) || !to.layout.equal(straight(to.shape)) {
		out, err := c.empty(to.shape, b.memory)
		if err != nil {
			return "", err
		}
		var loops []loop
		near := strides(c.shape)
		for i, a := range to.layout {
			inner := a.size()
			for _, r := range a {
				l := loop{size: r.size, to: r.stride * steps[r.axis]}
				if inner /= r.size; c.shape[i] > 1 {
					l.from = near[i] * inner
				}
				loops = append(loops, l)
			}
		}
		nest(loops, func(from, to int) { out.copyFrom(c, from, to) })
		c = out
	}
	return b.constantLayer(v.name, c, to.shape)
}

// piece is a part of a value's axis: how many positions, and how far apart they are
// in the memory of two layers.
type piece struct{ size, from, to int }

// inMemory has for each axis its runs, with strides in the memory of a layer of that
// shape.
func (l layout) inMemory(shape []int) layout { return l.flattened(shape) }

// piecesOf splits the axes of a value that lies in two layers, by the runs in the
// memory of each, into pieces that are a run in both. ok is false where they do not
// split so.
func piecesOf(from, to layout) (pieces []piece, ok bool) {
	for i := range from {
		a, c := slices.Clone(from[i]), slices.Clone(to[i])
		for len(a) > 0 && len(c) > 0 {
			x, y := &a[len(a)-1], &c[len(c)-1]
			n := min(x.size, y.size)
			if x.size%n != 0 || y.size%n != 0 {
				return nil, false
			}
			pieces = append(pieces, piece{n, x.stride, y.stride})
			x.size, x.stride = x.size/n, x.stride*n
			y.size, y.stride = y.size/n, y.stride*n
			if x.size == 1 {
				a = a[:len(a)-1]
			}
			if y.size == 1 {
				c = c[:len(c)-1]
			}
		}
		if len(a) != len(c) {
			return nil, false
		}
	}
	return pieces, true
}

// transposition is how a layer of that shape has to be split and its axes ordered, so
// that pieces come to lie as they are wanted; the order is nil where they do already.
// The first axis is always of length 1. ok is false where the pieces are not all of
// the layer.
func transposition(pieces []piece, shape []int) (sizes, order []int, ok bool) {
	slices.SortStableFunc(pieces, func(p, q piece) int { return cmp.Compare(q.from, p.from) })
	step := 1
	for i := len(pieces) - 1; i >= 0; i-- {
		if pieces[i].from != step {
			return nil, nil, false
		}
		step *= pieces[i].size
	}
	if total, err := count(shape); err != nil || total != step {
		return nil, nil, false
	}
	// Neighbours that stay together are one.
	var joined []piece
	for _, p := range pieces {
		if n := len(joined); n > 0 && joined[n-1].to == p.to*p.size {
			joined[n-1] = piece{joined[n-1].size * p.size, p.from, p.to}
			continue
		}
		joined = append(joined, p)
	}
	sizes, order = []int{1}, []int{0}
	for i, p := range joined {
		sizes = append(sizes, p.size)
		order = append(order, i+1)
	}
	slices.SortStableFunc(order[1:], func(i, j int) int { return cmp.Compare(joined[j-1].to, joined[i-1].to) })
	if slices.IsSorted(order) {
		order = nil
	}
	return sizes, order, true
}

// tokens returns v as it lies in a layer of four axes of which axis at of v is the
// channels: 1 x C x T x 1, or 1 x C x H x W where there are two others.
func (b *builder) tokens(v *value, at int) (*value, error) {
	sides := v.shape()
	shape, l := []int{1, sides[at], 1, 1}, make(layout, len(sides))
	l[at] = whole(channels, sides[at])
	others := 0
	for i, side := range sides {
		if i != at && side > 1 {
			others++
		}
	}
	step := 1
	for i := len(sides) - 1; i >= 0; i-- {
		switch {
		case i == at || sides[i] == 1:
		case others == 2 && step == 1 && len(sides) == usualAxes:
			l[i], shape[columns], step = whole(columns, sides[i]), sides[i], 2
		case others == 2 && len(sides) == usualAxes:
			l[i], shape[rows] = whole(rows, sides[i]), sides[i]
		default:
			l[i] = axis{{rows, sides[i], step}}
			step *= sides[i]
			shape[rows] = step
		}
	}
	return b.bring(v, place{shape, l})
}

// over is the place of a value that is broadcast to one that lies at a place and has
// those sides: as that lies, with length 1 where the value has it. Where a layer's axis
// is one that the value has in part, it is repeated along the rest, if it may be; ok is
// false otherwise.
func (p place) over(sides []int, repeated bool) (at place, ok bool) {
	at = place{slices.Clone(p.shape), slices.Clone(p.layout)}
	first := len(p.layout) - len(sides)
	held := make([]bool, len(p.shape))
	hold := func(a axis) {
		for _, r := range a {
			held[r.axis] = true
		}
	}
	missing := func(i int) bool { return len(p.layout[i]) > 0 && (i < first || sides[i-first] == 1) }
	for i, a := range p.layout {
		if !missing(i) {
			hold(a)
		}
	}
	kept := make([]bool, len(p.layout))
	for again := true; again; {
		again = false
		for i, a := range p.layout {
			if !missing(i) || kept[i] || !slices.ContainsFunc(a, func(r run) bool { return held[r.axis] }) {
				continue
			}
			if !repeated {
				return place{}, false
			}
			kept[i], again = true, true
			hold(a)
		}
	}
	for i := range p.layout {
		if missing(i) && !kept[i] {
			at.layout[i] = nil
		}
	}
	for i := range at.shape {
		if !held[i] {
			at.shape[i] = 1
		}
	}
	return at, true
}

// params has one parameter.
func params(name string, p *tensor.Dense) map[string]*tensor.Dense {
	return map[string]*tensor.Dense{name: p}
}

// alignAll broadcasts values, of which at least one depends on the picture, and
// brings them into layers of as many axes that lie alike. It returns the layers and
// the layout of what is made of them element by element.
func (b *builder) alignAll(values []*value) (layers []string, l layout, err error) {
	var shape []int
	for _, v := range values {
		if shape, err = broadcast(shape, v.shape()); err != nil {
			return nil, nil, err
		}
	}
	if target := b.target(values, shape); target != nil {
		at := place{b.physical(target), target.layout.widened(len(shape))}
		if layers, ok, err := b.alignTo(values, at); ok || err != nil {
			return layers, at.layout, err
		}
	}
	axes := max(len(shape), 1)
	for _, v := range values {
		if v, err = b.plain(v, axes); err != nil {
			return nil, nil, err
		}
		layers = append(layers, v.layer)
	}
	return layers, inOrder(shape, axes).layout, nil
}

// target is the value as which the others are brought to lie: one that is not
// repeated itself, rather in a layer of rows and columns; nil where there is none.
func (b *builder) target(values []*value, shape []int) *value {
	var best *value
	rank := -1
	for _, v := range values {
		if v.known != nil || v.expanded != nil || !slices.Equal(inOrder(v.shape(), len(shape)).shape, inOrder(shape, 0).shape) {
			continue
		}
		have := b.physical(v)
		r := 0
		switch {
		case usual(have) && len(have) == 4 && have[columns] > 1:
			r = 2
		case usual(have):
			r = 1
		}
		if r > rank {
			best, rank = v, r
		}
	}
	return best
}

// alignTo brings values to where one lies to which they are broadcast.
func (b *builder) alignTo(values []*value, at place) (layers []string, ok bool, err error) {
	places := make([]place, len(values))
	for i, v := range values {
		if v.known == nil && v.expanded != nil {
			if v, err = b.inFull(v); err != nil {
				return nil, false, err
			}
			values[i] = v
		}
		sides := v.shape()
		if len(sides) > len(at.layout) {
			return nil, false, nil
		}
		if places[i], ok = at.over(sides, v.known != nil); !ok {
			return nil, false, nil
		}
		if more := len(at.layout) - len(sides); v.known == nil {
			places[i].layout = places[i].layout[more:]
		} else if more > 0 {
			values[i] = &value{name: v.name, known: v.known.reshaped(inOrder(sides, len(at.layout)).shape)}
		}
	}
	for i, v := range values {
		if v, err = b.bring(v, places[i]); err != nil {
			return nil, false, err
		}
		layers = append(layers, v.layer)
	}
	return layers, true, nil
}

// combined adds a layer of that kind over values that are broadcast to each other, of
// which at least one depends on the picture.
func (b *builder) combined(name string, kind models.Kind, values ...*value) (*value, error) {
	layers, l, err := b.alignAll(slices.Clone(values))
	if err != nil {
		return nil, err
	}
	layer, err := b.add(name, models.Layer{Kind: kind, Inputs: layers})
	return &value{name: name, layer: layer, layout: l}, err
}

// function adds a layer of a kind that works on each number by itself.
func (b *builder) function(name string, kind models.Kind, attr models.Attr, v *value) (*value, error) {
	layer, err := b.add(name, models.Layer{Kind: kind, Inputs: []string{v.layer}, Attr: attr})
	return &value{name: name, layer: layer, layout: v.layout}, err
}

// inFull is v with what an Expand repeats of it.
func (b *builder) inFull(v *value) (*value, error) {
	shape := v.expanded
	narrow := *v
	narrow.expanded = nil
	if v.layout.shape() == nil && len(shape) == 0 {
		return &narrow, nil
	}
	return b.taking(v.name+"/repeated", &narrow, shape, func(index []int32) error {
		from := v.layout.shape()
		nest(broadcasting(from, shape), func(at, to int) { index[to] = int32(at) })
		return nil
	}, 0)
}

// taking adds a Take: fill sets, for each number of the result, which of v's numbers
// in order it is; -1 for the number otherwise.
func (b *builder) taking(name string, v *value, shape []int, fill func(index []int32) error, otherwise float64) (*value, error) {
	n, err := count(shape)
	switch {
	case err != nil:
		return nil, err
	case n == 0:
		return nil, errEmpty
	case n > mostNumbers:
		return nil, fmt.Errorf("its result of shape %v is too large", shape)
	}
	if err := b.memory.spend(n, 4); err != nil {
		return nil, err
	}
	index := make([]int32, n)
	if err := fill(index); err != nil {
		return nil, err
	}
	if err := b.inLayer(v, index); err != nil {
		return nil, err
	}
	to := inOrder(shape, 1)
	have := b.physical(v)
	total, err := count(have)
	if err != nil {
		return nil, err
	}
	l := models.Layer{Kind: models.Take, Inputs: []string{v.layer}, Attr: models.Attr{Shape: to.shape, Index: index, Value: otherwise}}
	if total == n && counting32(index) {
		l.Kind, l.Attr.Index = models.View, nil
	}
	layer, err := b.add(name, l)
	return &value{name: name, layer: layer, layout: to.layout}, err
}

func counting32(index []int32) bool {
	for i, at := range index {
		if int(at) != i {
			return false
		}
	}
	return true
}

// inLayer makes places among a value's numbers in order places among its layer's.
func (b *builder) inLayer(v *value, index []int32) error {
	have := b.physical(v)
	runs := joined(slices.Concat(v.layout.inMemory(have)...))
	if len(runs) == 0 || len(runs) == 1 && runs[0].stride == 1 {
		return nil
	}
	for i, at := range index {
		if at < 0 {
			continue
		}
		from, rest := 0, int(at)
		for j := len(runs) - 1; j >= 0; j-- {
			from += rest % runs[j].size * runs[j].stride
			rest /= runs[j].size
		}
		index[i] = int32(from)
	}
	return nil
}
