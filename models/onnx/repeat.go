package onnx

import (
	"errors"
	"fmt"
	"slices"
)

// repeating are the operators that repeat numbers along axes of length 1 as they
// combine values.
var repeating = words("Add Sub Mul Div Sum Expand")

// repeated makes layers of what an Expand repeats along the channels: grey becomes
// three equal colours.
func (b *builder) repeated(v *value) (*value, error) {
	out := &value{name: v.name, layer: v.layer, layout: v.layout.widened(len(v.expanded)), quantised: v.quantised}
	for at, side := range v.expanded {
		if have := out.layout[at].size(); have != side {
			var err error
			if out, err = b.copies(v.name+"/repeated", out, at, side/max(have, 1)); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// copies is v with its axis at, which must be its layer's channels, so many times
// one after the other.
func (b *builder) copies(name string, v *value, at, times int) (*value, error) {
	of, ok := b.paddable(v, at)
	if !ok || of != channels {
		return nil, errors.New("repeating other axes than the channels is not supported")
	}
	side := v.layout[at].size()
	if _, err := count([]int{side, times}); err != nil {
		return nil, err
	}
	if err := b.memory.spend(side*times, 8); err != nil {
		return nil, err
	}
	picks := make([]int, side*times)
	for i := range picks {
		picks[i] = i % side
	}
	return b.pick(name, v, at, picks, 0)
}

// tile repeats a value along its axes, of which the channels can be repeated.
func (b *builder) tile(n *node) error {
	v, err := n.data(0)
	if err != nil {
		return err
	}
	c, err := n.needed(1)
	if err != nil {
		return err
	}
	times, err := c.list()
	if err != nil {
		return err
	}
	if len(times) != len(v.layout) {
		return fmt.Errorf("%v does not say how often each of %d axes is repeated", times, len(v.layout))
	}
	for at, k := range times {
		if k < 1 {
			return errors.New("takes nothing, which is not supported")
		}
		if k > 1 {
			if v, err = b.copies(n.out(), v, at, k); err != nil {
				return err
			}
		}
	}
	return b.view(n, v, v.layout)
}

// likewise makes layers whose numbers are a constant's, whatever the picture, with
// as many axes as v, along whose axis at they are joined.
func (b *builder) likewise(name string, c *constant, v *value, at int) (*value, error) {
	if len(c.shape) != len(v.layout) {
		return nil, fmt.Errorf("cannot join %v and %v", v.shape(), c.shape)
	}
	side := v.layout[at].size()
	if of, ok := v.layout[at].on(b.physical(v)); side > 1 && (!ok || of != channels) {
		return nil, errors.New("a constant along other axes than the channels is not supported")
	}
	if c.shape[at] < 1 {
		return nil, errEmpty
	}
	if times := (c.shape[at] + side - 1) / side; times > 1 {
		var err error
		if v, err = b.joinAlong(name+"/copies", slices.Repeat([]*value{v}, times), at, channels); err != nil {
			return nil, err
		}
	}
	part, err := b.take(name+"/part", v, at, sequence{0, 1, c.shape[at]})
	if err != nil {
		return nil, err
	}
	return b.scaled(name, part, single(0), c)
}
