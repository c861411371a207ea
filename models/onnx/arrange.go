package onnx

import (
	"errors"

	"gaze/models"
)

// errOrder is the error of values whose numbers lie in an order that no layer
// makes.
var errOrder = errors.New("the order in which it wants its input's numbers is not supported")

// view makes the node's first result the numbers of v with other axes. A
// channel shuffle, and what has no rows and columns any more, become layers;
// the rest is only remembered.
func (b *builder) view(n *node, v *value, l layout) error {
	out := &value{layer: v.layer, layout: l}
	b.set(n.out(), out)
	shape := b.physical(v)
	switch {
	case len(shape) == 4 && (len(l) == 1 || len(l) == 2 && len(l[0]) == 0):
		name, err := b.add(b.free(out), models.Layer{Kind: models.Flatten, Inputs: []string{v.layer}})
		if err != nil {
			return err
		}
		out.layer, out.layout = name, l.flattened(shape)
	case len(shape) == 4 && len(l) == 4 && swapped(l[1], channels, shape[channels]):
		return b.planes(out)
	}
	return nil
}

// free is the value's name where no layer has it.
func (b *builder) free(v *value) string {
	if _, taken := b.net.Layer(v.name); taken {
		return v.name + "/view"
	}
	return v.name
}

// swapped reports whether a is all of a layer's axis of that length, made of
// two runs of which the faster comes first: a channel shuffle.
func swapped(a axis, of, size int) bool {
	return len(a) == 2 && a[0].axis == of && a[1].axis == of && a.size() == size &&
		a[0].stride == 1 && a[1].stride == a[0].size
}

// planes makes v lie straight in a layer of four axes, N x C x H x W, adding
// layers where it does not.
func (b *builder) planes(v *value) error {
	want := v.shape()
	if len(want) != 4 || want[batch] != 1 {
		return errors.New("it wants an input of a batch, channels, rows and columns")
	}
	shape := b.physical(v)
	if len(shape) == 4 && v.layout.equal(straight(shape)) {
		return nil
	}
	if len(shape) == 4 && swapped(v.layout[1], channels, shape[channels]) &&
		v.layout[2].is(rows, shape[rows]) && v.layout[3].is(columns, shape[columns]) {
		return b.rearrange(v, v.layout[1][1].size, want)
	}
	if l, ok := b.net.Layer(v.layer); ok && l.Kind == models.Flatten && want[2]*want[3] == 1 && v.layout[1].is(channels, want[1]) {
		// It was flattened from a single pixel.
		before := &value{layer: l.Inputs[0]}
		if s := b.physical(before); s[rows]*s[columns] == 1 {
			v.layer = before.layer
			return nil
		}
	}
	if err := b.flat(v); err != nil {
		return err
	}
	name, err := b.add(b.free(v), models.Layer{Kind: models.Reshape, Inputs: []string{v.layer}, Attr: models.Attr{Shape: want[1:]}})
	if err != nil {
		return err
	}
	v.layer, v.layout = name, straight(want)
	return nil
}

// rearrange shuffles the channels, of which there are that many groups, and
// leaves v straight with that shape.
func (b *builder) rearrange(v *value, groups int, shape []int) error {
	name, err := b.add(b.free(v), models.Layer{Kind: models.ChannelShuffle, Inputs: []string{v.layer}, Attr: models.Attr{Groups: groups}})
	if err != nil {
		return err
	}
	v.layer, v.layout = name, straight(shape)
	return nil
}

// flat makes v lie in a layer of two axes, its numbers in v's own order. Its
// axes are runs of that layer's channels then.
func (b *builder) flat(v *value) error {
	sides, shape := v.shape(), b.physical(v)
	total := strides(shape)[batch]
	order := layout{v.layout.runs()}.flattened(shape)[0]
	layer := v.layer
	var err error
	switch {
	case order.is(channels, total):
	case swapped(order, channels, total):
		// Two parts of the whole trade places, as channels and pixels do.
		parts := []int{order[1].size, order[0].size, 1}
		if len(shape) != 4 || shape[channels] != parts[0] {
			layer, err = b.add(v.name+"/reshape", models.Layer{Kind: models.Reshape, Inputs: []string{layer}, Attr: models.Attr{Shape: parts}})
			if err != nil {
				return err
			}
		}
		layer, err = b.add(v.name+"/permute", models.Layer{Kind: models.Permute, Inputs: []string{layer}})
		if err != nil {
			return err
		}
	default:
		return errOrder
	}
	if len(shape) == 4 || layer != v.layer {
		layer, err = b.add(b.free(v), models.Layer{Kind: models.Flatten, Inputs: []string{layer}})
		if err != nil {
			return err
		}
	}
	l, ok := fold(whole(channels, total), sides)
	if !ok {
		return errOrder
	}
	v.layer, v.layout = layer, l
	return nil
}
