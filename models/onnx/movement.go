package onnx

import (
	"errors"
	"fmt"
	"slices"

	"gaze/models"
)

// A movement is an operator that only chooses numbers and orders them. It is written
// once, for constants. What it does to a value of the picture is found by doing it to
// the numbers' places.
type movement struct {
	// do moves x. fill stands where nothing of x does; it is nil for an operator that
	// leaves no place free.
	do func(b *builder, n *node, x, fill *constant) (*constant, error)
	// fill is the number that stands there.
	fill func(n *node) (float64, error)
}

var movements = map[string]movement{
	"Slice":           {do: func(b *builder, n *node, x, _ *constant) (*constant, error) { return b.sliceKnown(n, x) }},
	"Gather":          {do: func(b *builder, n *node, x, _ *constant) (*constant, error) { return b.gatherKnown(n, x) }},
	"GatherElements":  {do: (*builder).gatherElementsKnown},
	"GatherND":        {do: (*builder).gatherNDKnown},
	"Tile":            {do: (*builder).tileKnown},
	"Pad":             {do: (*builder).padKnown, fill: (*node).padValue},
	"Trilu":           {do: (*builder).triangleKnown, fill: func(*node) (float64, error) { return 0, nil }},
	"ReverseSequence": {do: (*builder).reverseKnown},
	"Compress":        {do: (*builder).compressKnown},
}

// generalMoves has the operators that move numbers of a value.
var generalMoves = map[string]operator{
	"Reshape":         (*builder).reshape,
	"Flatten":         (*builder).flatten,
	"Transpose":       (*builder).transpose,
	"Squeeze":         (*builder).squeeze,
	"Unsqueeze":       (*builder).unsqueeze,
	"Slice":           (*builder).sliceOfAxes,
	"Split":           (*builder).splitOfAxes,
	"Concat":          (*builder).concatOfAxes,
	"Expand":          (*builder).expandInFull,
	"DepthToSpace":    (*builder).depthToSpace,
	"SpaceToDepth":    (*builder).spaceToDepth,
	"ScatterND":       scattered((*builder).scatterNDKnown),
	"ScatterElements": scattered((*builder).scatterElementsKnown),
	"Scatter":         scattered((*builder).scatterElementsKnown),

	"Gather": (*builder).moved, "GatherElements": (*builder).moved, "GatherND": (*builder).moved, "Tile": (*builder).moved,
	"Pad": (*builder).moved, "Trilu": (*builder).moved, "ReverseSequence": (*builder).moved, "Compress": (*builder).moved,
}

// moved makes the node's result a Take of its first input.
func (b *builder) moved(n *node) error {
	v, err := n.data(0)
	if err != nil {
		return err
	}
	m := movements[n.OpType]
	otherwise := 0.0
	if m.fill != nil {
		if otherwise, err = m.fill(n); err != nil {
			return err
		}
	}
	out, err := b.takingBy(n.out(), v, otherwise, func(places *constant) (*constant, error) {
		return m.do(b, n, places, &constant{ints: []int64{-1}})
	})
	return b.give(n, out, err)
}

// takingBy adds a Take of what a function on constants makes of v. It gets the places
// of v's numbers; -1 in its result stands for the number otherwise.
func (b *builder) takingBy(name string, v *value, otherwise float64, do func(places *constant) (*constant, error)) (*value, error) {
	// The places are forgotten after this.
	left := b.memory.left
	places, err := b.places(v.shape(), 0)
	if err != nil {
		return nil, err
	}
	c, err := do(places)
	if err != nil {
		return nil, err
	}
	b.memory.left = left
	return b.taking(name, v, c.shape, func(index []int32) error {
		for i, at := range c.ints {
			index[i] = int32(at)
		}
		return nil
	}, otherwise)
}

// places are the numbers from first on, of that shape.
func (b *builder) places(shape []int, first int) (*constant, error) {
	c, err := intConstant().empty(shape, b.memory)
	if err != nil {
		return nil, err
	}
	for i := range c.ints {
		c.ints[i] = int64(first + i)
	}
	return c, nil
}

// part takes positions along an axis of v.
func (b *builder) part(name string, v *value, at int, s sequence) (*value, error) {
	if s.length < 1 {
		return nil, errors.New("takes nothing, which is not supported")
	}
	if s.length == v.layout[at].size() && (s.step == 1 || s.length == 1) {
		return v, nil
	}
	if out, err := b.take(name, v, at, s); err == nil {
		return out, nil
	}
	p, err := b.bring(v, inOrder(v.shape(), len(v.layout)+1))
	if err != nil {
		return nil, err
	}
	if s.step > 0 {
		return b.take(name, p, at, s)
	}
	return b.takingBy(name, v, 0, func(places *constant) (*constant, error) { return b.taken(places, at, s) })
}

func (b *builder) sliceOfAxes(n *node) error {
	v, err := n.data(0)
	if err != nil {
		return err
	}
	parts, err := n.slices(v.shape())
	if err != nil {
		return err
	}
	for i, p := range parts {
		name := n.out()
		if i < len(parts)-1 {
			name = fmt.Sprintf("%s/%d", n.out(), i)
		}
		if v, err = b.part(name, v, p.axis, p.sequence); err != nil {
			return err
		}
	}
	return b.give(n, v, nil)
}

func (b *builder) splitOfAxes(n *node) error {
	v, err := n.data(0)
	if err != nil {
		return err
	}
	at, err := position(n.int("axis", 0), len(v.layout))
	if err != nil {
		return err
	}
	lengths, err := n.parts(v.layout[at].size())
	if err != nil {
		return err
	}
	first := 0
	for i, length := range lengths {
		if name := n.Output[i]; name != "" {
			out, err := b.part(name, v, at, sequence{first, 1, length})
			if err != nil {
				return err
			}
			b.set(name, &value{layer: out.layer, layout: out.layout})
		}
		first += length
	}
	return nil
}

// concatOfAxes joins along any axis: tokens as they lie with the channels first, and
// anything else in the file's own axes.
func (b *builder) concatOfAxes(n *node) error {
	in, err := n.all(0)
	if err != nil {
		return err
	}
	axes := len(in[0].shape())
	at, err := position(n.int("axis", 1), axes)
	if err != nil {
		return err
	}
	for _, v := range in {
		shape := slices.Clone(v.shape())
		if len(shape) == axes {
			shape[at] = in[0].shape()[at]
		}
		if !slices.Equal(shape, in[0].shape()) {
			return fmt.Errorf("cannot join %v and %v", in[0].shape(), v.shape())
		}
	}
	// What is empty adds nothing.
	in = slices.DeleteFunc(slices.Clone(in), func(v *value) bool { return v.known != nil && v.known.size() == 0 })
	out, err := b.joined(n.out(), in, at)
	return b.give(n, out, err)
}

// joined adds a Concat of values and constants along an axis.
func (b *builder) joined(name string, in []*value, at int) (*value, error) {
	axes := len(in[0].shape())
	total := 0
	for _, v := range in {
		total += v.shape()[at]
	}
	to := func(v *value) place { return inOrder(v.shape(), axes+1) }
	along := at + 1
	if depth, ok := b.depth(in, at); ok {
		along = rows
		to = func(v *value) place {
			sides := v.shape()
			l := make(layout, axes)
			l[depth], l[at] = whole(channels, sides[depth]), whole(rows, sides[at])
			return place{[]int{1, sides[depth], sides[at], 1}, l}
		}
	}
	layer := models.Layer{Kind: models.Concat, Attr: models.Attr{Axis: along}}
	var l layout
	for _, v := range in {
		p, err := b.bring(v, to(v))
		if err != nil {
			return nil, err
		}
		l = slices.Clone(p.layout)
		layer.Inputs = append(layer.Inputs, p.layer)
	}
	l[at] = whole(along, total)
	made, err := b.add(name, layer)
	return &value{name: name, layer: made, layout: l}, err
}

// depth is the one axis besides at that is longer than 1 and is the channels of some
// value that is joined.
func (b *builder) depth(in []*value, at int) (depth int, ok bool) {
	depth = -1
	for i, side := range in[0].shape() {
		if i == at || side == 1 {
			continue
		}
		if depth >= 0 {
			return 0, false
		}
		depth = i
	}
	return depth, depth >= 0 && slices.ContainsFunc(in, func(v *value) bool {
		if v.known != nil {
			return false
		}
		shape := b.physical(v)
		return len(shape) == 4 && usual(shape) && b.alongChannels(v, depth)
	})
}

func (b *builder) expandInFull(n *node) error {
	v, err := n.data(0)
	if err != nil {
		return err
	}
	to, err := n.needed(1)
	if err != nil {
		return err
	}
	shape, err := to.list()
	if err != nil {
		return err
	}
	if shape, err = broadcast(v.shape(), shape); err != nil {
		return err
	}
	wide := *v
	wide.expanded = shape
	out, err := b.inFull(&wide)
	return b.give(n, out, err)
}

func (b *builder) depthToSpace(n *node) error {
	v, err := n.data(0)
	if err != nil {
		return err
	}
	s, k := v.shape(), n.int("blocksize", 0)
	if len(s) != 4 || k < 1 || k > 1<<15 || s[1]%(k*k) != 0 {
		return fmt.Errorf("blocks of %d do not fit an input of shape %v", k, s)
	}
	r := b.recipe(n)
	if n.text("mode", "DCR") == "CRD" {
		v = r.transpose(r.view(v, s[0], s[1]/k/k, k, k, s[2], s[3]), 0, 1, 4, 2, 5, 3)
	} else {
		v = r.transpose(r.view(v, s[0], k, k, s[1]/k/k, s[2], s[3]), 0, 3, 4, 1, 5, 2)
	}
	return r.give(r.view(v, s[0], s[1]/k/k, s[2]*k, s[3]*k))
}

func (b *builder) spaceToDepth(n *node) error {
	v, err := n.data(0)
	if err != nil {
		return err
	}
	s, k := v.shape(), n.int("blocksize", 0)
	if len(s) != 4 || k < 1 || k > 1<<15 || s[2]%k != 0 || s[3]%k != 0 {
		return fmt.Errorf("blocks of %d do not fit an input of shape %v", k, s)
	}
	r := b.recipe(n)
	v = r.transpose(r.view(v, s[0], s[1], s[2]/k, k, s[3]/k, k), 0, 3, 5, 1, 2, 4)
	return r.give(r.view(v, s[0], s[1]*k*k, s[2]/k, s[3]/k))
}

// scattered writes updates over a copy of the data, at places that are constants. Both
// are joined, and the result taken from there.
func scattered(do func(b *builder, n *node, x, updates *constant) (*constant, error)) operator {
	return func(b *builder, n *node) error {
		in, err := n.all(3)
		if err != nil {
			return err
		}
		if how := n.text("reduction", "none"); how != "none" {
			return fmt.Errorf("reduction %q is not supported", how)
		}
		r := b.recipe(n)
		var rowsOf []*value
		for _, v := range []*value{in[0], in[2]} {
			size, err := count(v.shape())
			if err != nil {
				return err
			}
			rowsOf = append(rowsOf, r.view(v, 1, size))
		}
		if r.err != nil {
			return r.err
		}
		both, err := b.joined(n.out()+"/both", rowsOf, 1)
		if err != nil {
			return err
		}
		out, err := b.takingBy(n.out(), both, 0, func(places *constant) (*constant, error) {
			data, err := b.places(in[0].shape(), 0)
			if err != nil {
				return nil, err
			}
			updates, err := b.places(in[2].shape(), data.size())
			if err != nil {
				return nil, err
			}
			return do(b, n, data, updates)
		})
		return b.give(n, out, err)
	}
}
