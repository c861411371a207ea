package keras

import (
	"errors"
	"fmt"

	"gaze/models"
)

// getItem is Python's x[...]: whole axes, parts of channels, rows and columns, and
// single channels.
func getItem(b *builder, u *use) (*value, error) {
	v, err := u.value()
	if err != nil {
		return nil, err
	}
	index, ok := u.argument(1, "slice_spec", "key").([]any)
	if !ok {
		index = []any{u.argument(1, "slice_spec", "key")}
	}
	per, err := expanded(index, len(v.layout)+1)
	if err != nil {
		return nil, err
	}
	if s, ok := per[0].(slice); !ok || !s.all() {
		return nil, errors.New("takes some of several pictures, which is not supported")
	}
	first, isPlane := isPlanar(v)
	if !isPlane {
		if v, err = b.arranged(v); err != nil {
			return nil, err
		}
	}
	drop := make(map[int]bool)
	for at, item := range per[1:] {
		s, ok := item.(slice)
		if n, isNumber := integerOf(item); isNumber {
			s = slice{from: float64(n), to: float64(n + 1)}
			if n == -1 {
				s.to = nil
			}
			drop[at] = true
		} else if !ok {
			return nil, errors.New("has an index that is neither a number nor a slice")
		}
		if s.all() {
			continue
		}
		which, err := s.positions(v.layout[at].size())
		if err != nil {
			return nil, err
		}
		if isPlane {
			v, err = b.taken(u, v, at, which, first)
		} else {
			v, err = b.takenAny(u, v, at, which)
		}
		if err != nil {
			return nil, err
		}
	}
	var l layout
	for i, a := range v.layout {
		if !drop[i] {
			l = append(l, a)
		}
	}
	return v.view(l), nil
}

// expanded is an index with an item for each axis.
func expanded(index []any, axes int) ([]any, error) {
	var out []any
	for i, item := range index {
		if _, ok := item.(ellipsis); ok {
			for len(out)+len(index)-i-1 < axes {
				out = append(out, slice{})
			}
			continue
		}
		if item == nil {
			return nil, errors.New("adds an axis, which is not supported")
		}
		out = append(out, item)
	}
	for len(out) < axes {
		out = append(out, slice{})
	}
	if len(out) != axes {
		return nil, fmt.Errorf("has an index for %d axes of a tensor of %d", len(out), axes)
	}
	return out, nil
}

// all reports whether s is the whole of an axis.
func (s slice) all() bool {
	step, stepped := integerOf(s.step)
	from, begun := integerOf(s.from)
	return s.to == nil && (!stepped || step == 1) && (!begun || from == 0)
}

// positions lists what s takes of an axis of length n, as Python does.
func (s slice) positions(n int) ([]int, error) {
	step, ok := integerOf(s.step)
	if !ok {
		step = 1
	}
	if step == 0 {
		return nil, errors.New("takes every element number 0")
	}
	from, to := 0, n
	if step < 0 {
		from, to = n-1, -1
	}
	place := func(v any, otherwise int) int {
		at, ok := integerOf(v)
		if !ok {
			return otherwise
		}
		if at < 0 {
			at += n
		}
		if step < 0 {
			return min(max(at, -1), n-1)
		}
		return min(max(at, 0), n)
	}
	var all []int
	for at, end := place(s.from, from), place(s.to, to); step > 0 && at < end || step < 0 && at > end; at += step {
		all = append(all, at)
	}
	if len(all) == 0 {
		return nil, errors.New("takes nothing of an axis")
	}
	return all, nil
}

// taken is v, of rows, columns and channels, with those positions of one of its
// axes.
func (b *builder) taken(u *use, v *value, at int, which []int, channelsFirst bool) (*value, error) {
	channels := 2
	if channelsFirst {
		channels = 0
	}
	if v.pixels != nil && at == channels {
		return v.picked(u.name, which, channelsFirst), nil
	}
	v, err := b.planes(v, channelsFirst)
	if err != nil {
		return nil, err
	}
	axis := at + 1
	switch {
	case at == channels:
		axis = 1
	case !channelsFirst:
		axis = at + 2
	}
	out, err := b.positions(u, v, axis, which)
	if err != nil {
		return nil, err
	}
	shape := b.physical(out)
	out.layout = planar(shape[0], shape[1], shape[2], channelsFirst)
	return out, nil
}

// takenAny is v, of any axes that its layer has as well, with those positions of one
// of them.
func (b *builder) takenAny(u *use, v *value, at int, which []int) (*value, error) {
	out, err := b.positions(u, v, at+1, which)
	if err != nil {
		return nil, err
	}
	out.layout = straight(b.physical(out))
	return out, nil
}

// positions adds a layer that has those positions, equally far apart, of an axis of
// the layer of v. The result has no layout yet.
func (b *builder) positions(u *use, v *value, axis int, which []int) (*value, error) {
	step := 1
	if len(which) > 1 {
		step = which[1] - which[0]
	}
	l := models.Layer{Kind: models.Slice, Attr: models.Attr{Axis: axis, From: which[0], To: which[len(which)-1] + 1, Step: step}}
	if step < 1 {
		shape := append([]int{1}, b.physical(v)...)
		from := straight(shape)
		shape[axis] = len(which)
		n := 1
		for _, side := range shape {
			n *= side
		}
		if err := b.memory.spend(n, 8); err != nil {
			return nil, err
		}
		l = models.Layer{Kind: models.Take, Attr: models.Attr{Shape: shape, Index: indexOf(from, axis, which)}}
	}
	l.Inputs = []string{v.layer}
	name, err := b.add(u.name, l)
	return &value{layer: name}, err
}

// indexOf lists, in order, the elements of a tensor with those positions of one of
// its axes.
func indexOf(l layout, axis int, which []int) []int32 {
	index := []int32{0}
	for i, a := range l {
		steps := a.positions()
		if i == axis {
			all := steps
			steps = nil
			for _, at := range which {
				steps = append(steps, all[at])
			}
		}
		next := make([]int32, 0, len(index)*len(steps))
		for _, base := range index {
			for _, step := range steps {
				next = append(next, base+int32(step))
			}
		}
		index = next
	}
	return index
}
