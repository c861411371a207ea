package onnx

import (
	"fmt"
	"math"
	"slices"
)

// newShape is the shape that Reshape, Flatten, Squeeze or Unsqueeze gives a
// constant.
func (b *builder) newShape(n *node, x *constant) ([]int, error) {
	switch n.OpType {
	case "Reshape":
		to, err := n.needed(1)
		if err != nil {
			return nil, err
		}
		return b.wanted(n, x.shape, to)
	case "Flatten":
		return n.twoAxes(x.shape)
	case "Squeeze":
		drop, err := n.squeezed(x.shape)
		if err != nil {
			return nil, err
		}
		var shape []int
		for i, side := range x.shape {
			if !drop[i] {
				shape = append(shape, side)
			}
		}
		return shape, nil
	}
	added, err := n.unsqueezed(len(x.shape))
	if err != nil {
		return nil, err
	}
	shape, from := make([]int, len(added)), 0
	for i := range shape {
		if shape[i] = 1; !added[i] {
			shape[i] = x.shape[from]
			from++
		}
	}
	return shape, nil
}

func (b *builder) transposeKnown(n *node, x *constant) (*constant, error) {
	order, err := n.order(len(x.shape))
	if err != nil {
		return nil, err
	}
	return b.transposed(x, order)
}

// transposed is x with its axes in another order.
func (b *builder) transposed(x *constant, order []int) (*constant, error) {
	shape := make([]int, len(order))
	for i, from := range order {
		shape[i] = x.shape[from]
	}
	out, err := x.empty(shape, b.memory)
	if err != nil {
		return nil, err
	}
	far, steps := strides(shape), strides(x.shape)
	loops := make([]loop, len(order))
	for i, from := range order {
		loops[i] = loop{size: shape[i], from: steps[from], to: far[i]}
	}
	nest(loops, func(from, to int) { out.copyFrom(x, from, to) })
	return out, nil
}

func (b *builder) expandKnown(n *node, x *constant) (*constant, error) {
	to, err := n.needed(1)
	if err != nil {
		return nil, err
	}
	sides, err := to.list()
	if err != nil {
		return nil, err
	}
	shape, err := broadcast(x.shape, sides)
	if err != nil {
		return nil, err
	}
	out, err := x.empty(shape, b.memory)
	if err != nil {
		return nil, err
	}
	nest(broadcasting(x.shape, shape), func(from, to int) { out.copyFrom(x, from, to) })
	return out, nil
}

func (b *builder) concatKnown(n *node) (*constant, error) {
	first, err := n.needed(0)
	if err != nil {
		return nil, err
	}
	at, err := position(n.int("axis", 1), len(first.shape))
	if err != nil {
		return nil, err
	}
	shape := slices.Clone(first.shape)
	shape[at] = 0
	var parts []*constant
	for i := range n.in {
		c, err := n.needed(i)
		if err != nil {
			return nil, err
		}
		fits := len(c.shape) == len(shape)
		for j := 0; fits && j < len(shape); j++ {
			fits = j == at || c.shape[j] == shape[j]
		}
		if !fits {
			return nil, fmt.Errorf("cannot join %v and %v", first.shape, c.shape)
		}
		shape[at] += c.shape[at]
		parts = append(parts, c)
	}
	out, err := first.empty(shape, b.memory)
	if err != nil {
		return nil, err
	}
	far, offset := strides(shape), 0
	for _, c := range parts {
		near := strides(c.shape)
		loops := make([]loop, len(shape))
		for i, side := range c.shape {
			loops[i] = loop{size: side, from: near[i], to: far[i]}
		}
		nest(loops, func(from, to int) { out.copyFrom(c, from, to+offset) })
		offset += c.shape[at] * far[at]
	}
	return out, nil
}

func (b *builder) sliceKnown(n *node, x *constant) (*constant, error) {
	parts, err := n.slices(x.shape)
	if err != nil {
		return nil, err
	}
	for _, p := range parts {
		if x, err = b.taken(x, p.axis, p.sequence); err != nil {
			return nil, err
		}
	}
	return x, nil
}

// taken returns the positions s along an axis of x.
func (b *builder) taken(x *constant, axis int, s sequence) (*constant, error) {
	shape := slices.Clone(x.shape)
	shape[axis] = s.length
	out, err := x.empty(shape, b.memory)
	if err != nil {
		return nil, err
	}
	far, near := strides(shape), strides(x.shape)
	loops := make([]loop, len(shape))
	for i, side := range shape {
		loops[i] = loop{size: side, from: near[i], to: far[i]}
	}
	loops[axis].from *= s.step
	start := s.first * near[axis]
	nest(loops, func(from, to int) { out.copyFrom(x, start+from, to) })
	return out, nil
}

// splitKnown takes a constant apart.
func (b *builder) splitKnown(n *node) error {
	x, err := n.needed(0)
	if err != nil {
		return err
	}
	at, err := position(n.int("axis", 0), len(x.shape))
	if err != nil {
		return err
	}
	lengths, err := n.parts(x.shape[at])
	if err != nil {
		return err
	}
	from := 0
	for i, length := range lengths {
		c, err := b.taken(x, at, sequence{from, 1, length})
		if err != nil {
			return err
		}
		if n.Output[i] != "" {
			b.set(n.Output[i], &value{known: c})
		}
		from += length
	}
	return nil
}

func (b *builder) gatherKnown(n *node, x *constant) (*constant, error) {
	which, err := n.needed(1)
	if err != nil {
		return nil, err
	}
	at, err := position(n.int("axis", 0), len(x.shape))
	if err != nil {
		return nil, err
	}
	return b.gathered(x, which, at)
}

// gathered takes positions along axis at of x.
func (b *builder) gathered(x, which *constant, at int) (*constant, error) {
	shape := slices.Concat(x.shape[:at], which.shape, x.shape[at+1:])
	out, err := x.empty(shape, b.memory)
	if err != nil {
		return nil, err
	}
	before, err := count(x.shape[:at])
	if err != nil {
		return nil, err
	}
	after, err := count(x.shape[at+1:])
	if err != nil {
		return nil, err
	}
	side, picks := x.shape[at], which.size()
	for j := range picks {
		from, err := position(clamp(which.int(j)), side)
		if err != nil {
			return nil, err
		}
		loops := []loop{{size: before, from: side * after, to: picks * after}, {size: after, from: 1, to: 1}}
		nest(loops, func(i, o int) { out.copyFrom(x, i+from*after, o+j*after) })
	}
	return out, nil
}

// rangeKnown is start, start + step, ... before limit.
func (b *builder) rangeKnown(n *node) (*constant, error) {
	var at [3]float64
	ints := true
	for i := range at {
		c, err := n.needed(i)
		if err != nil {
			return nil, err
		}
		if at[i], err = c.scalar(); err != nil {
			return nil, err
		}
		ints = ints && c.isInt()
	}
	length := math.Ceil((at[1] - at[0]) / at[2])
	if !(length >= 0) {
		length = 0
	}
	like := single(0)
	if ints {
		like = intConstant()
	}
	out, err := like.empty([]int{int(min(length, 1<<31))}, b.memory)
	if err != nil {
		return nil, err
	}
	for i := range out.size() {
		v := at[0] + float64(i)*at[2]
		if ints {
			out.ints[i] = int64(v)
		} else {
			out.floats[i] = float32(v)
		}
	}
	return out, nil
}

// whereKnown takes numbers of its second input where its first is not zero,
// and of its third elsewhere.
func (b *builder) whereKnown(n *node, condition *constant) (*constant, error) {
	yes, err := n.needed(1)
	if err != nil {
		return nil, err
	}
	no, err := n.needed(2)
	if err != nil {
		return nil, err
	}
	shape, err := broadcast(yes.shape, no.shape)
	if err != nil {
		return nil, err
	}
	if shape, err = broadcast(condition.shape, shape); err != nil {
		return nil, err
	}
	out, err := yes.empty(shape, b.memory)
	if err != nil {
		return nil, err
	}
	flags, err := intConstant().empty(shape, b.memory)
	if err != nil {
		return nil, err
	}
	nest(broadcasting(condition.shape, shape), func(from, to int) { flags.ints[to] = int64(condition.at(from)) })
	for i, c := range []*constant{no, yes} {
		nest(broadcasting(c.shape, shape), func(from, to int) {
			if (flags.ints[to] != 0) == (i == 1) {
				out.copyFrom(c, from, to)
			}
		})
	}
	return out, nil
}
