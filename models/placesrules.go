package models

import (
	"slices"

	"gorgonia.org/tensor"
)

// broadcast is the rule of operations element by element: the places of the operand
// that has the most.
func broadcast(out tensor.Shape, in []tensor.Shape, grids []*Grid) *places {
	var most *places
	cells := 0
	for i, g := range grids {
		if g == nil || len(in[i]) != len(out) {
			continue
		}
		repeated := slices.ContainsFunc(g.of.axes, func(axis int) bool { return in[i][axis] != out[axis] })
		if n := g.Height * g.Width; !repeated && (most == nil || n > cells) {
			most, cells = &g.of, n
		}
	}
	return most
}

// joined is the rule of tensors one after the other along an axis.
func joined(out tensor.Shape, axis int, in []tensor.Shape, grids []*Grid) *places {
	var one *places
	axes, along := []int{axis}, false
	for _, g := range grids {
		if g == nil {
			continue
		}
		if one == nil {
			one = &g.of
		}
		along = along || slices.Contains(g.of.axes, axis)
		axes = append(axes, g.of.axes...)
	}
	slices.Sort(axes)
	axes = slices.Compact(axes)
	if !along {
		return alongside(out, one, grids)
	}
	all := &places{height: one.height, width: one.width, axes: axes, cells: nil}
	if all.count(out) > mostPlaces {
		return nil
	}
	all.cells = make([]int32, all.count(out))
	steps, from := all.steps(out), 0
	taken := make(map[int32]bool)
	for i, g := range grids {
		part := &places{height: one.height, width: one.width, axes: axes}
		n := part.count(in[i])
		switch {
		case g == nil:
			// What is put to tokens and is none of the picture's.
			part.cells = slices.Repeat([]int32{prefix}, n)
		case g.of.height != one.height || g.of.width != one.width:
			return planes(out, axis, in, grids)
		default:
			if part = g.of.over(in[i], axes); part == nil {
				return nil
			}
			for _, cell := range part.cells {
				if taken[cell] {
					return planes(out, axis, in, grids)
				}
			}
			for _, cell := range part.cells {
				taken[cell] = cell >= 0
			}
		}
		at := make([]int, len(axes))
		for _, cell := range part.cells {
			to := from * steps[axis]
			for k, a := range axes {
				to += at[k] * steps[a]
			}
			all.cells[to] = cell
			next(at, in[i], axes)
		}
		from += in[i][axis]
	}
	return all.lean(out)
}

// alongside is the rule of channels one after the other: all must have the same
// cells, as they are or as what is left of a picture.
func alongside(out tensor.Shape, one *places, grids []*Grid) *places {
	var first *Grid
	same := true
	for _, g := range grids {
		if g == nil {
			continue
		}
		if first == nil {
			first = g
			continue
		}
		if g.Height != first.Height || g.Width != first.Width || !slices.Equal(g.Axes, first.Axes) || !slices.Equal(g.At, first.At) {
			return nil
		}
		same = same && g.of.height == one.height && g.of.width == one.width && slices.Equal(g.of.cells, one.cells)
	}
	if same {
		return one
	}
	if first.Axes == nil {
		return nil
	}
	return &places{height: first.Height, width: first.Width, axes: first.Axes, cells: first.At}
}

// planes takes pictures side by side for one.
func planes(out tensor.Shape, axis int, in []tensor.Shape, grids []*Grid) *places {
	for i, g := range grids {
		if !g.isPlane(in[i]) || axis < 2 {
			return nil
		}
	}
	return &planeGrid(out).of
}

// slice is the rule of a part of one axis.
func (p *places) slice(in tensor.Shape, a Attr) *places {
	if p == nil || !slices.Contains(p.axes, a.Axis) {
		return p
	}
	var cells []int32
	at, k := make([]int, len(p.axes)), slices.Index(p.axes, a.Axis)
	for _, cell := range p.all() {
		if i := at[k] - a.From; i >= 0 && at[k] < a.To && i%a.Step == 0 {
			cells = append(cells, cell)
		}
		next(at, in, p.axes)
	}
	part := in.Clone()
	part[a.Axis] = (a.To-a.From-1)/a.Step + 1
	return (&places{height: p.height, width: p.width, axes: p.axes, cells: cells}).lean(part)
}

// permuted is the rule of axes in another order: axis i is that of number order[i].
func (p *places) permuted(in tensor.Shape, order []int) *places {
	if p == nil {
		return nil
	}
	moved := &places{height: p.height, width: p.width}
	var was []int
	out := make(tensor.Shape, len(order))
	for i, from := range order {
		out[i] = in[from]
		if slices.Contains(p.axes, from) {
			moved.axes, was = append(moved.axes, i), append(was, from)
		}
	}
	if slices.IsSorted(was) {
		moved.cells = p.cells
		return moved
	}
	cells, steps, at := p.all(), p.steps(in), make([]int, len(was))
	moved.cells = make([]int32, len(cells))
	for i := range moved.cells {
		from := 0
		for k, axis := range was {
			from += at[k] * steps[axis]
		}
		moved.cells[i] = cells[from]
		next(at, out, moved.axes)
	}
	return moved
}

// viewed is the rule of the same numbers in another shape. Both shapes are parted
// into runs of axes that hold as many numbers; where a run has tokens and channels,
// all its axes tell them apart.
func (p *places) viewed(in, out tensor.Shape) *places {
	if p == nil {
		return nil
	}
	var axes []int
	view := &places{height: p.height, width: p.width}
	for i, j := 0, 0; i < len(in) || j < len(out); {
		from, to := i, j
		a, b := 1, 1
		for first := true; first || a != b; first = false {
			if j == len(out) || i < len(in) && a <= b {
				a *= in[i]
				i++
			} else {
				b *= out[j]
				j++
			}
		}
		if !slices.ContainsFunc(p.axes, func(axis int) bool { return axis >= from && axis < i }) {
			continue
		}
		for axis := from; axis < i; axis++ {
			if in[axis] > 1 {
				axes = append(axes, axis)
			}
		}
		for axis := to; axis < j; axis++ {
			if out[axis] > 1 {
				view.axes = append(view.axes, axis)
			}
		}
	}
	if len(view.axes) == 0 {
		return nil
	}
	own := slices.DeleteFunc(slices.Clone(p.axes), func(axis int) bool { return in[axis] == 1 })
	if slices.Equal(axes, own) {
		view.cells = p.cells
		return view.lean(out)
	}
	wide := p.over(in, axes)
	if wide == nil {
		return nil
	}
	view.cells = wide.cells
	return view.lean(out)
}

// taken is the rule of a table: element i of the output is element index[i] of the
// input, or new where that is below 0.
func (p *places) taken(in, out tensor.Shape, index []int32) *places {
	if p == nil || len(index) > mostPlaces {
		return nil
	}
	cells := p.all()
	every := &places{height: p.height, width: p.width, axes: make([]int, len(out)), cells: make([]int32, len(index))}
	for axis := range out {
		every.axes[axis] = axis
	}
	sides, steps := make([]int, 0, len(p.axes)), make([]int, 0, len(p.axes))
	for _, axis := range p.axes {
		sides, steps = append(sides, in[axis]), append(steps, tensor.Shape(in[axis+1:]).TotalSize())
	}
	for i, from := range index {
		every.cells[i] = padding
		if from < 0 {
			continue
		}
		at := 0
		for k, side := range sides {
			at = at*side + int(from)/steps[k]%side
		}
		every.cells[i] = cells[at]
	}
	return every.lean(out)
}

// multiplied is the rule of a product of matrices: the rows' places or, where these
// are not known, the columns'.
func multiplied(in []tensor.Shape, grids []*Grid) *places {
	rank := len(in[0])
	for i, summed := range []int{rank - 1, rank - 2} {
		if grids[i] == nil {
			continue
		}
		if p := grids[i].of.without(in[i], []int{summed}); p != nil {
			return p
		}
	}
	return nil
}
