package onnx

import (
	"errors"
	"fmt"

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
	case !usual(shape):
	case len(shape) == 4 && (len(l) == 1 || len(l) == 2 && len(l[0]) == 0):
		name, err := b.add(b.free(out), models.Layer{Kind: models.Flatten, Inputs: []string{v.layer}})
		if err != nil {
			return err
		}
		out.layer, out.layout = name, l.flattened(shape)
	case len(shape) == 4 && len(l) == 4 && swapped(l[1], channels, shape[channels]):
		shuffled, err := b.planes(out)
		if err != nil {
			return err
		}
		b.set(n.out(), shuffled)
	}
	return nil
}

// free is the value's name where no layer has it.
func (b *builder) free(v *value) string {
	_, taken := b.net.Layer(v.name)
	if _, made := b.makers[v.name]; taken || !made {
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

// planes returns v as it lies straight in a layer of four axes, N x C x H x W:
// v itself where it does, or else with layers added that bring it there.
func (b *builder) planes(v *value) (*value, error) {
	want := v.shape()
	if len(want) != 4 || want[batch] != 1 {
		return nil, fmt.Errorf("it wants an input of one picture's channels, rows and columns, not of shape %v", want)
	}
	shape := b.physical(v)
	if len(shape) == 4 && v.layout.equal(straight(shape)) {
		return v, nil
	}
	if v.planar == nil {
		layer, err := b.toPlanes(v, want)
		if err != nil {
			return nil, err
		}
		v.planar = &value{name: v.name, layer: layer, layout: straight(want)}
	}
	return v.planar, nil
}

// toPlanes adds layers of which the last has v's numbers in v's shape.
func (b *builder) toPlanes(v *value, want []int) (string, error) {
	shape := b.physical(v)
	if !usual(shape) {
		return b.movedTo(v, want)
	}
	if len(shape) == 4 && swapped(v.layout[1], channels, shape[channels]) &&
		v.layout[2].is(rows, shape[rows]) && v.layout[3].is(columns, shape[columns]) {
		groups := v.layout[1][1].size
		return b.add(b.free(v), models.Layer{Kind: models.ChannelShuffle, Inputs: []string{v.layer}, Attr: models.Attr{Groups: groups}})
	}
	if from, ok := b.flattened(v.layer); ok && want[2]*want[3] == 1 && v.layout[1].is(channels, want[1]) {
		// It was flattened from a single pixel.
		if s := b.physical(&value{layer: from}); s[rows]*s[columns] == 1 {
			return from, nil
		}
	}
	if !b.inRow(v) {
		return b.movedTo(v, want)
	}
	row, err := b.flat(v)
	if err != nil {
		return "", err
	}
	return b.add(b.free(v), models.Layer{Kind: models.Reshape, Inputs: []string{row.layer}, Attr: models.Attr{Shape: want[1:]}})
}

// movedTo is the layer to which v is moved that has those axes.
func (b *builder) movedTo(v *value, shape []int) (string, error) {
	out, err := b.bring(v, inOrder(shape, 0))
	if err != nil {
		return "", err
	}
	return out.layer, nil
}

// inRow reports whether known layers bring v's numbers in a row: they are in order in
// their layer, or two parts trade places.
func (b *builder) inRow(v *value) bool {
	shape := b.physical(v)
	if !usual(shape) {
		return false
	}
	total := strides(shape)[batch]
	order := layout{v.layout.runs()}.flattened(shape)[0]
	return order.is(channels, total) || swapped(order, channels, total)
}

// flattened returns what a layer is the Flatten of, where that has four axes
// with the channels first.
func (b *builder) flattened(layer string) (string, bool) {
	l, ok := b.net.Layer(layer)
	if !ok || l.Kind != models.Flatten {
		return "", false
	}
	from, ok := b.net.Layer(l.Inputs[0])
	if l.Inputs[0] == models.InputName {
		return models.InputName, true
	}
	return l.Inputs[0], ok && len(from.Shape) == 4 && !from.ChannelsLast
}

// flat returns v as it lies in a layer of two axes, its numbers in v's own
// order: v itself where it does, or else with layers added that bring it there.
// Its axes are runs of that layer's channels then.
func (b *builder) flat(v *value) (*value, error) {
	if v.row != nil {
		return v.row, nil
	}
	sides := v.shape()
	layer, err := b.toRow(v)
	if err != nil {
		return nil, err
	}
	total, err := count(sides)
	if err != nil {
		return nil, err
	}
	l, ok := fold(whole(channels, total), sides)
	if !ok {
		return nil, errOrder
	}
	v.row = &value{name: v.name, layer: layer, layout: l}
	return v.row, nil
}

// toRow adds layers of which the last has v's numbers in two axes.
func (b *builder) toRow(v *value) (string, error) {
	if !b.inRow(v) {
		total, err := count(v.shape())
		if err != nil {
			return "", err
		}
		row, ok := fold(whole(channels, total), v.shape())
		if !ok {
			return "", errOrder
		}
		out, err := b.bring(v, place{[]int{1, total}, row})
		if err != nil {
			return "", err
		}
		return out.layer, nil
	}
	shape := b.physical(v)
	total := strides(shape)[batch]
	order := layout{v.layout.runs()}.flattened(shape)[0]
	layer := v.layer
	var err error
	switch {
	case order.is(channels, total):
	case swapped(order, channels, total):
		// Two parts of the whole trade places, as channels and pixels do.
		parts := []int{order[1].size, order[0].size, 1}
		if from, ok := b.flattened(layer); ok && b.physical(&value{layer: from})[channels] == parts[0] {
			layer = from
		} else if len(shape) != 4 || shape[channels] != parts[0] {
			layer, err = b.add(v.name+"/reshape", models.Layer{Kind: models.Reshape, Inputs: []string{layer}, Attr: models.Attr{Shape: parts}})
			if err != nil {
				return "", err
			}
		}
		layer, err = b.add(v.name+"/permute", models.Layer{Kind: models.Permute, Inputs: []string{layer}})
		if err != nil {
			return "", err
		}
	default:
		return "", errOrder
	}
	if len(shape) == 2 && layer == v.layer {
		return layer, nil
	}
	return b.add(b.free(v), models.Layer{Kind: models.Flatten, Inputs: []string{layer}})
}
