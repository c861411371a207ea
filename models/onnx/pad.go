package onnx

import (
	"errors"
	"fmt"
	"slices"

	"gaze/models"
)

// pad reads its lengths from an attribute up to opset 10, and from an input
// after.
func (b *builder) pad(n *node) error {
	if mode := n.text("mode", "constant"); mode != "constant" {
		return fmt.Errorf("mode %q is not supported", mode)
	}
	v, err := n.data(0)
	if err != nil {
		return err
	}
	before, after, err := n.padding(len(v.layout))
	if err != nil {
		return err
	}
	with, err := n.number("value", 2, 0)
	if err != nil {
		return err
	}
	attr := models.Attr{Value: with}
	deep := -1
	l := slices.Clone(v.layout)
	for i := range l {
		if before[i] == 0 && after[i] == 0 {
			continue
		}
		if before[i] < 0 || after[i] < 0 {
			return errors.New("by less than nothing is not supported")
		}
		of, ok := b.paddable(v, i)
		switch {
		case !ok:
			return errors.New("of other axes than channels, rows and columns is not supported")
		case of == channels:
			deep = i
			continue
		}
		attr.Pad[of-rows], attr.Pad[of-rows+2] = before[i], after[i]
		l[i] = whole(of, l[i].size()+before[i]+after[i])
	}
	name := n.out()
	if deep >= 0 {
		name += "/plane"
	}
	if attr.Pad != [4]int{} {
		if name, err = b.add(name, models.Layer{Kind: models.Pad, Inputs: []string{v.layer}, Attr: attr}); err != nil {
			return err
		}
		v = &value{layer: name, layout: l}
	}
	if deep < 0 {
		return b.view(n, v, l)
	}
	return b.padChannels(n, v, deep, before[deep], after[deep], with)
}

// padChannels puts channels that are all the same number before and after
// those of v, which are its axis at.
func (b *builder) padChannels(n *node, v *value, at, before, after int, with float64) error {
	side := v.layout[at].size()
	if err := b.memory.spend(side+before+after, 8); err != nil {
		return err
	}
	picks := make([]int, side+before+after)
	for i := range picks {
		picks[i] = -1
		if i >= before && i < before+side {
			picks[i] = i - before
		}
	}
	out, err := b.pick(n.out(), v, at, picks, with)
	if err != nil {
		return err
	}
	b.set(n.out(), out)
	return nil
}

// padding is the number of elements that a Pad adds before and after each of
// that many axes.
func (n *node) padding(axes int) (before, after []int, err error) {
	pads, err := n.listed("pads", 1)
	if err != nil {
		return nil, nil, err
	}
	var which []int
	if c, err := n.constant(3); err != nil {
		return nil, nil, err
	} else if c != nil {
		if which, err = c.list(); err != nil {
			return nil, nil, err
		}
	} else {
		for i := range axes {
			which = append(which, i)
		}
	}
	if len(pads) != 2*len(which) {
		return nil, nil, fmt.Errorf("%d lengths do not pad %d axes", len(pads), len(which))
	}
	before, after = make([]int, axes), make([]int, axes)
	for i, a := range which {
		at, err := position(a, axes)
		if err != nil {
			return nil, nil, err
		}
		before[at], after[at] = pads[i], pads[len(which)+i]
	}
	return before, after, nil
}

// paddable finds which axis of its layer axis at of v is; a part of one will
// not do. An axis of length 1 is found by its place among the four, with the
// channels first or last.
func (b *builder) paddable(v *value, at int) (int, bool) {
	shape := b.physical(v)
	if len(v.layout[at]) > 0 {
		return v.layout[at].on(shape)
	}
	for _, order := range [][]int{{batch, channels, rows, columns}, {batch, rows, columns, channels}} {
		if len(shape) == 4 && len(v.layout) == 4 && v.layout.equal(straight(shape).transposed(order)) && at != batch {
			return order[at], true
		}
	}
	return 0, false
}
