package onnx

import (
	"errors"
	"fmt"
	"slices"
)

// gatherElementsKnown takes, for each place of the indices, the number at that place
// of x, with the index along one axis.
func (b *builder) gatherElementsKnown(n *node, x, _ *constant) (*constant, error) {
	which, err := n.needed(1)
	if err != nil {
		return nil, err
	}
	at, err := position(n.int("axis", 0), len(x.shape))
	if err != nil {
		return nil, err
	}
	out, err := x.empty(which.shape, b.memory)
	if err != nil {
		return nil, err
	}
	return out, elements(x.shape, which, at, func(of, i int) { out.copyFrom(x, of, i) })
}

// elements visits, for each of the indices, which element of a tensor of that shape it
// means along axis at.
func elements(shape []int, which *constant, at int, visit func(of, i int)) error {
	if len(which.shape) != len(shape) {
		return fmt.Errorf("indices of shape %v do not fit %v", which.shape, shape)
	}
	near, far := strides(shape), strides(which.shape)
	loops := make([]loop, len(shape))
	for i, side := range which.shape {
		if i != at && side > shape[i] {
			return fmt.Errorf("indices of shape %v do not fit %v", which.shape, shape)
		}
		loops[i] = loop{size: side, from: near[i], to: far[i]}
	}
	loops[at].from = 0
	var failed error
	nest(loops, func(from, to int) {
		p, err := position(clamp(which.int(to)), shape[at])
		if err != nil {
			failed = err
			return
		}
		visit(from+p*near[at], to)
	})
	return failed
}

// tuples visits the parts of a tensor of that shape that the last axis of the indices
// points at, behind some axes that both have: where the part begins, its number, and
// its length.
func tuples(shape []int, which *constant, both int, visit func(begin, i, length int)) (length int, err error) {
	axes := len(which.shape)
	if axes == 0 || both < 0 || both >= axes || both > len(shape) || !slices.Equal(shape[:both], which.shape[:both]) {
		return 0, fmt.Errorf("indices of shape %v do not fit %v", which.shape, shape)
	}
	depth := which.shape[axes-1]
	if both+depth > len(shape) {
		return 0, fmt.Errorf("indices of shape %v do not fit %v", which.shape, shape)
	}
	if length, err = count(shape[both+depth:]); err != nil {
		return 0, err
	}
	lists, err := count(which.shape[:axes-1])
	if err != nil {
		return 0, err
	}
	groups, err := count(shape[:both])
	if err != nil {
		return 0, err
	}
	if lists == 0 {
		return length, nil
	}
	steps := strides(shape)
	group, err := count(shape[both:])
	if err != nil {
		return 0, err
	}
	for i := range lists {
		begin := i / (lists / groups) * group
		for k := range depth {
			p, err := position(clamp(which.int(i*depth+k)), shape[both+k])
			if err != nil {
				return 0, err
			}
			begin += p * steps[both+k]
		}
		visit(begin, i, length)
	}
	return length, nil
}

func (b *builder) gatherNDKnown(n *node, x, _ *constant) (*constant, error) {
	which, err := n.needed(1)
	if err != nil {
		return nil, err
	}
	both := n.int("batch_dims", 0)
	length, err := tuples(x.shape, which, both, func(int, int, int) {})
	if err != nil {
		return nil, err
	}
	axes := len(which.shape)
	shape := slices.Concat(which.shape[:axes-1], x.shape[both+which.shape[axes-1]:])
	out, err := x.empty(shape, b.memory)
	if err != nil || length == 0 {
		return out, err
	}
	_, err = tuples(x.shape, which, both, func(begin, i, length int) {
		for k := range length {
			out.copyFrom(x, begin+k, i*length+k)
		}
	})
	return out, err
}

func (b *builder) scatterNDKnown(n *node, x, updates *constant) (*constant, error) {
	which, err := n.needed(1)
	if err != nil {
		return nil, err
	}
	out, err := b.copied(x)
	if err != nil {
		return nil, err
	}
	length, err := tuples(x.shape, which, 0, func(int, int, int) {})
	if err != nil {
		return nil, err
	}
	if lists, err := count(which.shape[:len(which.shape)-1]); err != nil || lists*length != updates.size() {
		return nil, fmt.Errorf("updates of shape %v do not fit indices of shape %v", updates.shape, which.shape)
	}
	_, err = tuples(x.shape, which, 0, func(begin, i, length int) {
		for k := range length {
			out.copyFrom(updates, i*length+k, begin+k)
		}
	})
	return out, err
}

func (b *builder) scatterElementsKnown(n *node, x, updates *constant) (*constant, error) {
	which, err := n.needed(1)
	if err != nil {
		return nil, err
	}
	at, err := position(n.int("axis", 0), len(x.shape))
	if err != nil {
		return nil, err
	}
	if !slices.Equal(which.shape, updates.shape) {
		return nil, fmt.Errorf("updates of shape %v do not fit indices of shape %v", updates.shape, which.shape)
	}
	out, err := b.copied(x)
	if err != nil {
		return nil, err
	}
	return out, elements(x.shape, which, at, func(of, i int) { out.copyFrom(updates, i, of) })
}

func (b *builder) copied(x *constant) (*constant, error) {
	out, err := x.empty(x.shape, b.memory)
	if err != nil {
		return nil, err
	}
	copy(out.ints, x.ints)
	copy(out.floats, x.floats)
	return out, nil
}

// axiswise makes a constant of that shape, of which each position along an axis is one
// of x's: from gives it, or -1 for a place where fill stands.
func (b *builder) axiswise(x, fill *constant, shape []int, from func(axis, at int) int) (*constant, error) {
	out, err := x.empty(shape, b.memory)
	if err != nil {
		return nil, err
	}
	near := strides(x.shape)
	sources := make([][]int, len(shape))
	for i, side := range shape {
		if err := b.memory.spend(side, 8); err != nil {
			return nil, err
		}
		sources[i] = make([]int, side)
		for at := range side {
			sources[i][at] = from(i, at)
		}
	}
	at := make([]int, len(shape))
	for i := range out.size() {
		of, filled := 0, false
		for axis, p := range at {
			s := sources[axis][p]
			filled = filled || s < 0
			of += s * near[axis]
		}
		if filled {
			out.copyFrom(fill, 0, i)
		} else {
			out.copyFrom(x, of, i)
		}
		for axis := len(at) - 1; axis >= 0; axis-- {
			if at[axis]++; at[axis] < shape[axis] {
				break
			}
			at[axis] = 0
		}
	}
	return out, nil
}

func (b *builder) tileKnown(n *node, x, _ *constant) (*constant, error) {
	c, err := n.needed(1)
	if err != nil {
		return nil, err
	}
	times, err := c.list()
	if err != nil {
		return nil, err
	}
	if len(times) != len(x.shape) {
		return nil, fmt.Errorf("%v does not say how often each of %d axes is repeated", times, len(x.shape))
	}
	shape := make([]int, len(times))
	for i, k := range times {
		if shape[i], err = count([]int{x.shape[i], k}); err != nil {
			return nil, err
		}
	}
	return b.axiswise(x, nil, shape, func(axis, at int) int { return at % x.shape[axis] })
}

// padValue is the number that a Pad adds.
func (n *node) padValue() (float64, error) { return n.number("value", 2, 0) }

// padKnown adds numbers around x, or takes some away: all the same, or those of x
// mirrored, repeated, or begun again.
func (b *builder) padKnown(n *node, x, fill *constant) (*constant, error) {
	if fill == nil {
		with, err := n.padValue()
		if err != nil {
			return nil, err
		}
		if fill = single(float32(with)); x.isInt() {
			fill = intConstant(int64(with))
		}
	}
	before, after, err := n.padding(len(x.shape))
	if err != nil {
		return nil, err
	}
	shape := make([]int, len(x.shape))
	for i, side := range x.shape {
		if shape[i] = side + before[i] + after[i]; shape[i] < 0 {
			return nil, fmt.Errorf("%d and %d less than %d is nothing", -before[i], -after[i], side)
		}
	}
	var at func(p, side int) int
	switch mode := n.text("mode", "constant"); mode {
	case "constant":
		at = func(p, side int) int {
			if p >= side {
				return -1
			}
			return max(p, -1)
		}
	case "edge":
		at = func(p, side int) int { return min(max(p, 0), side-1) }
	case "wrap":
		at = func(p, side int) int { return ((p % side) + side) % side }
	case "reflect":
		at = func(p, side int) int {
			round := max(2*(side-1), 1)
			p = ((p % round) + round) % round
			return min(p, round-p)
		}
	default:
		return nil, fmt.Errorf("mode %q is not supported", mode)
	}
	if slices.Contains(x.shape, 0) && n.text("mode", "constant") != "constant" {
		return nil, errEmpty
	}
	return b.axiswise(x, fill, shape, func(axis, p int) int { return at(p-before[axis], x.shape[axis]) })
}

// triangleKnown keeps what is above or below a diagonal of the last two axes.
func (b *builder) triangleKnown(n *node, x, fill *constant) (*constant, error) {
	if fill == nil {
		if fill = single(0); x.isInt() {
			fill = intConstant(0)
		}
	}
	k := 0
	if c, err := n.constant(1); err != nil {
		return nil, err
	} else if c != nil {
		v, err := c.scalar()
		if err != nil {
			return nil, err
		}
		k = clamp(int64(v))
	}
	axes := len(x.shape)
	if axes < 2 {
		return nil, errors.New("wants two axes or more")
	}
	out, err := b.copied(x)
	if err != nil {
		return nil, err
	}
	across, down, upper := x.shape[axes-1], x.shape[axes-2], n.int("upper", 1) != 0
	for i := range out.size() {
		row, column := i/across%down, i%across
		if upper && column-row < k || !upper && column-row > k {
			out.copyFrom(fill, 0, i)
		}
	}
	return out, nil
}

// reverseKnown turns the beginning of each sequence around.
func (b *builder) reverseKnown(n *node, x, _ *constant) (*constant, error) {
	lengths, err := n.needed(1)
	if err != nil {
		return nil, err
	}
	axes := len(x.shape)
	along, err := position(n.int("time_axis", 0), axes)
	if err != nil {
		return nil, err
	}
	of, err := position(n.int("batch_axis", 1), axes)
	if err != nil {
		return nil, err
	}
	if along == of || lengths.size() != x.shape[of] {
		return nil, fmt.Errorf("lengths of shape %v do not fit %v", lengths.shape, x.shape)
	}
	out, err := b.copied(x)
	if err != nil {
		return nil, err
	}
	steps := strides(x.shape)
	for i := range out.size() {
		at, length := i/steps[along]%x.shape[along], clamp(lengths.int(i/steps[of]%x.shape[of]))
		if length > x.shape[along] {
			return nil, fmt.Errorf("a length of %d is more than %d", length, x.shape[along])
		}
		if at < length {
			out.copyFrom(x, i+(length-1-2*at)*steps[along], i)
		}
	}
	return out, nil
}

// compressKnown takes the positions along an axis, or of all numbers in a row, for
// which the condition holds.
func (b *builder) compressKnown(n *node, x, _ *constant) (*constant, error) {
	condition, err := n.needed(1)
	if err != nil {
		return nil, err
	}
	at := 0
	if !n.has("axis") {
		x = x.reshaped([]int{x.size()})
	} else if at, err = position(n.int("axis", 0), len(x.shape)); err != nil {
		return nil, err
	}
	which := intConstant()
	for i := range min(condition.size(), x.shape[at]) {
		if condition.at(i) != 0 {
			which.ints = append(which.ints, int64(i))
		}
	}
	which.shape = []int{len(which.ints)}
	return b.gathered(x, which, at)
}
