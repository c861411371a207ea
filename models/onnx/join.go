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
	for i := range n.in {
		v, err := n.data(i)
		if err != nil {
			return err
		}
		values = append(values, v)
	}
	axes := len(values[0].layout)
	at, err := position(n.int("axis", 1), axes)
	if err != nil {
		return err
	}
	for _, v := range values {
		if len(v.layout) != axes {
			return fmt.Errorf("cannot join %v and %v", values[0].shape(), v.shape())
		}
	}
	if !b.joinable(values, at) {
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
		if !b.joinable(values, at) {
			return errors.New("along other axes than the channels is not supported")
		}
	}
	layer := models.Layer{Kind: models.Concat}
	total := 0
	for _, v := range values {
		layer.Inputs = append(layer.Inputs, v.layer)
		total += v.layout[at].size()
	}
	name, err := b.add(n.out(), layer)
	if err != nil {
		return err
	}
	l := slices.Clone(values[0].layout)
	l[at] = whole(channels, total)
	b.set(n.out(), &value{layer: name, layout: l})
	return nil
}

// joinable reports whether axis at of every value is its layer's channels, and
// the others are the same.
func (b *builder) joinable(values []*value, at int) bool {
	first := values[0]
	for _, v := range values {
		shape := b.physical(v)
		if len(shape) != len(b.physical(first)) || !v.layout[at].is(channels, shape[channels]) {
			return false
		}
		for i, a := range v.layout {
			if i != at && !slices.Equal(a, first.layout[i]) {
				return false
			}
		}
	}
	return true
}
