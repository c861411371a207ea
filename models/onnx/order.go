package onnx

import (
	"fmt"
	"slices"

	"gaze/models"
)

// generalOrders has the operators that look for the largest numbers along an axis. The
// rank of a number is how many stand before it: those that are larger, and equal ones
// at earlier positions. What is at a rank is found by a product with zeros and a one.
var generalOrders = map[string]operator{
	"TopK":   (*builder).topK,
	"ArgMax": extremum(true),
	"ArgMin": extremum(false),
}

// behind orders the axes of v so that axis at is the last, and returns the order that
// brings it back.
func behind(axes, at int) (order, back []int) {
	for i := range axes {
		if i != at {
			order = append(order, i)
		}
	}
	order = append(order, at)
	back = make([]int, axes)
	for i, from := range order {
		back[from] = i
	}
	return order, back
}

// ranks counts, for each number along the last axis, those before it in order; late
// puts equal ones at later positions first. It returns the numbers as a column too.
func (r *recipe) ranks(v *value, largest, late bool) (ranks, column *value) {
	if r.err != nil {
		return nil, nil
	}
	shape := v.shape()
	last := len(shape) - 1
	side := shape[last]
	row := r.view(v, append(slices.Clone(shape[:last]), 1, side)...)
	column = r.view(v, append(slices.Clone(shape[:last]), side, 1)...)
	// At [i, j]: whether number j stands before number i.
	kind := models.Less
	if largest {
		kind = models.Greater
	}
	before := r.pair("before", kind, row, column)
	if err := r.b.memory.spend(side*side, 4); err != nil {
		return r.done(nil, err), nil
	}
	earlier := &constant{shape: []int{side, side}, floats: make([]float32, side*side)}
	for i := range side {
		for j := range side {
			if j < i != late && i != j {
				earlier.floats[i*side+j] = 1
			}
		}
	}
	ties := r.pair("ties", models.Mul, r.pair("same", models.Equal, row, column), &value{name: r.called("earlier"), known: earlier})
	all := r.pair("all", models.Add, before, ties)
	if r.err != nil {
		return nil, nil
	}
	return r.sum("ranks", all, lastOnly(last+2)), column
}

// chosen is, for ranks as a column, a matrix that takes the first k in order: at [r, i]
// whether number i has rank r.
func (r *recipe) firstOf(ranks *value, k int) *value {
	if r.err != nil {
		return nil
	}
	shape := ranks.shape()
	axes := len(shape)
	order := make([]int, axes)
	for i := range order {
		order[i] = i
	}
	order[axes-1], order[axes-2] = axes-2, axes-1
	counts := &constant{shape: []int{k, 1}, floats: make([]float32, k)}
	for i := range counts.floats {
		counts.floats[i] = float32(i)
	}
	return r.pair("first", models.Equal, r.transpose(ranks, order...), &value{name: r.called("counts"), known: counts})
}

// positionsOf is the position of each number that is taken.
func (r *recipe) positionsOf(taken *value) *value {
	if r.err != nil {
		return nil
	}
	shape := taken.shape()
	side := shape[len(shape)-1]
	at := &constant{shape: []int{side, 1}, floats: make([]float32, side)}
	for i := range at.floats {
		at.floats[i] = float32(i)
	}
	return r.product("positions", taken, &value{name: r.called("places"), known: at})
}

func (b *builder) topK(n *node) error {
	v, err := n.data(0)
	if err != nil {
		return err
	}
	k, err := n.topCount()
	if err != nil {
		return err
	}
	at, err := position(n.int("axis", -1), len(v.layout))
	if err != nil {
		return err
	}
	if side := v.layout[at].size(); k < 1 || k > side {
		return fmt.Errorf("%d of %d is not supported", k, side)
	}
	order, back := behind(len(v.layout), at)
	r := b.recipe(n)
	ranks, column := r.ranks(r.transpose(v, order...), n.int("largest", 1) != 0, false)
	taken := r.firstOf(ranks, k)
	var positions *value
	if len(n.Output) > 1 && n.Output[1] != "" && b.readers[n.Output[1]] > 0 {
		positions = r.positionsOf(taken)
	}
	values := r.product("", taken, column)
	if r.err != nil {
		return r.err
	}
	// The column's axis of length 1 goes.
	shape := values.shape()[:len(order)]
	if positions != nil {
		positions = r.transpose(r.view(positions, shape...), back...)
		if r.err != nil {
			return r.err
		}
		b.set(n.Output[1], &value{layer: positions.layer, layout: positions.layout})
	}
	return r.give(r.transpose(r.view(values, shape...), back...))
}

// topCount is how many numbers a TopK takes.
func (n *node) topCount() (int, error) {
	if n.has("k") {
		return n.int("k", 0), nil
	}
	c, err := n.needed(1)
	if err != nil {
		return 0, err
	}
	k, err := c.scalar()
	return clamp(int64(k)), err
}

// extremum is the position of the largest or the smallest number.
func extremum(largest bool) operator {
	return func(b *builder, n *node) error {
		v, err := n.data(0)
		if err != nil {
			return err
		}
		at, err := position(n.int("axis", 0), len(v.layout))
		if err != nil {
			return err
		}
		order, back := behind(len(v.layout), at)
		r := b.recipe(n)
		ranks, _ := r.ranks(r.transpose(v, order...), largest, n.int("select_last_index", 0) != 0)
		positions := r.positionsOf(r.firstOf(ranks, 1))
		if r.err != nil {
			return r.err
		}
		out := r.transpose(r.view(positions, positions.shape()[:len(order)]...), back...)
		if n.int("keepdims", 1) != 0 || r.err != nil {
			return r.give(out)
		}
		return r.give(r.view(out, slices.Delete(out.shape(), at, at+1)...))
	}
}

// hardmax is 1 at the first of the largest numbers, and 0 elsewhere.
func (r *recipe) hardmax(step string, v *value, at int) *value {
	if r.err != nil {
		return nil
	}
	order, back := behind(len(v.layout), at)
	ranks, _ := r.ranks(r.transpose(v, order...), true, false)
	if r.err != nil {
		return nil
	}
	first := r.pair(step, models.Equal, ranks, number(0))
	if r.err != nil {
		return nil
	}
	return r.transpose(r.view(first, first.shape()[:len(order)]...), back...)
}
