package onnx

import (
	"errors"
	"fmt"
	"slices"
)

// identity gives its input another name.
func (b *builder) identity(n *node) error {
	v, err := n.data(0)
	if err != nil {
		return err
	}
	return b.view(n, v, v.layout)
}

// cast does nothing between types of floating-point numbers.
func (b *builder) cast(n *node) error {
	if to := n.int("to", 0); !isFloat(to) {
		return fmt.Errorf("to %s, of what depends on the picture, is not supported", typeName(int32(to)))
	}
	return b.identity(n)
}

// isFloat reports whether the schema's type of that number is one of
// floating-point numbers.
func isFloat(t int) bool {
	e, ok := elementOf(int32(t))
	return ok && e.float != nil
}

func (b *builder) transpose(n *node) error {
	v, err := n.data(0)
	if err != nil {
		return err
	}
	order, err := n.order(len(v.layout))
	if err != nil {
		return err
	}
	return b.view(n, v, v.layout.transposed(order))
}

// order returns the order of axes that a Transpose states; reversed where it
// states none.
func (n *node) order(axes int) ([]int, error) {
	order := n.ints("perm")
	if order == nil {
		for i := axes - 1; i >= 0; i-- {
			order = append(order, i)
		}
	}
	sorted := slices.Sorted(slices.Values(order))
	for i := range sorted {
		if sorted[i] != i {
			return nil, fmt.Errorf("%v is not an order of axes", order)
		}
	}
	if len(order) != axes {
		return nil, fmt.Errorf("%v is not an order of %d axes", order, axes)
	}
	return order, nil
}

// expand repeats a value along axes of length 1. The layer that combines it with
// others will do so.
func (b *builder) expand(n *node) error {
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
	out := &value{name: n.out(), layer: v.layer, layout: v.layout}
	if !slices.Equal(shape, v.shape()) {
		out.expanded = shape
	}
	b.set(n.out(), out)
	return nil
}

func (b *builder) reshape(n *node) error {
	v, err := n.data(0)
	if err != nil {
		return err
	}
	to, err := n.needed(1)
	if err != nil {
		return err
	}
	shape, err := b.wanted(n, v.shape(), to)
	if err != nil {
		return err
	}
	return b.refold(n, v, shape)
}

// wanted is the shape that a Reshape makes of one: 0 keeps a side, -1 is what
// remains. The batch of the file is read as one picture.
func (b *builder) wanted(n *node, from []int, to *constant) ([]int, error) {
	shape, err := to.list()
	if err != nil {
		return nil, err
	}
	total, err := count(from)
	if err != nil {
		return nil, err
	}
	shape, open := slices.Clone(shape), -1
	for i, side := range shape {
		switch {
		case side == 0 && n.int("allowzero", 0) == 0 && i < len(from):
			shape[i] = from[i]
		case side == -1 && open < 0:
			open = i
			shape[i] = 1
		case i == 0 && b.fileBatch > 1 && side == b.fileBatch:
			shape[i] = 1
		}
	}
	fixed, err := count(shape)
	if err == nil && open >= 0 && fixed > 0 && total%fixed == 0 {
		shape[open] = total / fixed
		fixed = total
	}
	if err != nil || fixed != total {
		return nil, fmt.Errorf("%v cannot become %v", from, shape)
	}
	return shape, nil
}

// refold makes the node's first result the numbers of v in another shape of as
// many.
func (b *builder) refold(n *node, v *value, shape []int) error {
	l, ok := fold(v.layout.runs(), shape)
	if !ok {
		var err error
		if v, err = b.flat(v); err != nil {
			return err
		}
		if l, ok = fold(v.layout.runs(), shape); !ok {
			return errOrder
		}
	}
	return b.view(n, v, l)
}

func (b *builder) flatten(n *node) error {
	v, err := n.data(0)
	if err != nil {
		return err
	}
	shape, err := n.twoAxes(v.shape())
	if err != nil {
		return err
	}
	return b.refold(n, v, shape)
}

// twoAxes is the shape that a Flatten makes of one.
func (n *node) twoAxes(from []int) ([]int, error) {
	at := n.int("axis", 1)
	if at < 0 {
		at += len(from)
	}
	if at < 0 || at > len(from) {
		return nil, fmt.Errorf("axis %d is not one of %d", n.int("axis", 1), len(from))
	}
	before, err := count(from[:at])
	if err != nil {
		return nil, err
	}
	after, err := count(from[at:])
	return []int{before, after}, err
}

func (b *builder) squeeze(n *node) error {
	v, err := n.data(0)
	if err != nil {
		return err
	}
	drop, err := n.squeezed(v.shape())
	if err != nil {
		return err
	}
	var l layout
	for i, a := range v.layout {
		if !drop[i] {
			l = append(l, a)
		}
	}
	return b.view(n, v, l)
}

// squeezed returns which axes of a shape a Squeeze drops: the listed ones, or
// all of length 1.
func (n *node) squeezed(shape []int) ([]bool, error) {
	axes, err := n.listed("axes", 1)
	if err != nil {
		return nil, err
	}
	drop := make([]bool, len(shape))
	if axes == nil {
		for i, side := range shape {
			drop[i] = side == 1
		}
	}
	for _, a := range axes {
		at, err := position(a, len(shape))
		if err != nil {
			return nil, err
		}
		if shape[at] != 1 {
			return nil, fmt.Errorf("axis %d of %v is not of length 1", a, shape)
		}
		drop[at] = true
	}
	return drop, nil
}

func (b *builder) unsqueeze(n *node) error {
	v, err := n.data(0)
	if err != nil {
		return err
	}
	added, err := n.unsqueezed(len(v.layout))
	if err != nil {
		return err
	}
	l, from := make(layout, len(added)), 0
	for i := range l {
		if !added[i] {
			l[i] = v.layout[from]
			from++
		}
	}
	return b.view(n, v, l)
}

// mostAxes bounds the axes of a value.
const mostAxes = 16

// unsqueezed returns which axes of the result, of that many, an Unsqueeze adds.
func (n *node) unsqueezed(axes int) ([]bool, error) {
	list, err := n.listed("axes", 1)
	if err != nil {
		return nil, err
	}
	if list == nil {
		return nil, errors.New("does not say which axes it adds")
	}
	if axes+len(list) > mostAxes {
		return nil, fmt.Errorf("makes %d axes; at most %d can be read", axes+len(list), mostAxes)
	}
	added := make([]bool, axes+len(list))
	for _, a := range list {
		at, err := position(a, len(added))
		if err != nil {
			return nil, err
		}
		if added[at] {
			return nil, fmt.Errorf("adds axis %d twice", a)
		}
		added[at] = true
	}
	return added, nil
}
