package onnx

import (
	"errors"
	"fmt"
	"slices"

	"gaze/models"
)

// concat joins along the channels, wherever the file has them.
func (b *builder) concat(n *node) error {
	var values []*value
	var first *value
	for i, v := range n.in {
		if v == nil || v.known == nil {
			var err error
			if v, err = n.data(i); err != nil {
				return err
			}
			if first == nil {
				first = v
			}
		}
		values = append(values, v)
	}
	if first == nil {
		return errors.New("joins constants only")
	}
	axes := len(first.layout)
	at, err := position(n.int("axis", 1), axes)
	if err != nil {
		return err
	}
	for i, v := range values {
		if v.known != nil {
			if values[i], err = b.likewise(fmt.Sprintf("%s/input%d", n.out(), i), v.known, first, at); err != nil {
				return err
			}
		}
		if len(values[i].layout) != axes {
			return fmt.Errorf("cannot join %v and %v", first.shape(), v.shape())
		}
	}
	along, ok := b.joinable(values, at)
	if !ok {
		for i, v := range values {
			if axes == 4 {
				values[i], err = b.planes(v)
			} else {
				values[i], err = b.flat(v)
			}
			if err != nil {
				return err
			}
		}
		if along, ok = b.joinable(values, at); !ok {
			return errors.New("along parts of an axis is not supported")
		}
	}
	out, err := b.joinAlong(n.out(), values, at, along)
	if err != nil {
		return err
	}
	b.set(n.out(), out)
	return nil
}

// joinAlong adds a layer that joins values along axis at, which is the axis along of
// each one's layer.
func (b *builder) joinAlong(name string, values []*value, at, along int) (*value, error) {
	layer := models.Layer{Kind: models.Concat}
	if along != channels {
		layer.Attr.Axis = along
	}
	total := 0
	for _, v := range values {
		layer.Inputs = append(layer.Inputs, v.layer)
		total += v.layout[at].size()
	}
	name, err := b.add(name, layer)
	if err != nil {
		return nil, err
	}
	l := slices.Clone(values[0].layout)
	l[at] = whole(along, total)
	return &value{layer: name, layout: l}, nil
}

// joinable reports whether axis at of every value is one and the same axis of its layer,
// behind the batch, and which, and the others are the same.
func (b *builder) joinable(values []*value, at int) (along int, ok bool) {
	first := values[0]
	along = channels
	for _, v := range values {
		if axis, whole := v.layout[at].on(b.physical(v)); whole && axis > batch {
			along = axis
			break
		}
	}
	for _, v := range values {
		shape := b.physical(v)
		if len(shape) != len(b.physical(first)) || along >= len(shape) || !v.layout[at].is(along, shape[along]) {
			return 0, false
		}
		for axis, side := range shape {
			if axis != along && side != b.physical(first)[axis] {
				return 0, false
			}
		}
		for i, a := range v.layout {
			if i != at && !slices.Equal(a, first.layout[i]) {
				return 0, false
			}
		}
	}
	return along, true
}
