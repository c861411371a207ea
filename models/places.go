package models

import (
	"slices"

	"gorgonia.org/tensor"
)

// What places have in place of a cell.
const (
	prefix  = -1 // a token without a place
	padding = -2 // what was put around tokens
)

// places are cells of the picture for the positions along some axes.
type places struct {
	height, width int
	// axes are in ascending order.
	axes []int
	// cells has the cell of each position, in row-major order: row times width plus
	// column, prefix or padding. It is nil where all stand in order.
	cells []int32
}

// mostPlaces bounds the positions that are told apart: more than any layer's
// pixels.
const mostPlaces = 1 << 22

// count is the number of positions in a tensor of that shape.
func (p *places) count(s tensor.Shape) int {
	n := 1
	for _, axis := range p.axes {
		n *= s[axis]
	}
	return n
}

// all are the cells of all positions.
func (p *places) all() []int32 {
	if p.cells != nil {
		return p.cells
	}
	cells := make([]int32, p.height*p.width)
	for i := range cells {
		cells[i] = int32(i)
	}
	return cells
}

// over tells the cells along more axes, sorted, of a tensor of that shape. It is nil
// where there are too many.
func (p *places) over(s tensor.Shape, axes []int) *places {
	wide := &places{height: p.height, width: p.width, axes: axes}
	n := wide.count(s)
	if n > mostPlaces {
		return nil
	}
	cells := p.all()
	wide.cells = make([]int32, n)
	steps := p.steps(s)
	at := make([]int, len(axes))
	for i := range wide.cells {
		from := 0
		for k, axis := range axes {
			from += at[k] * steps[axis]
		}
		wide.cells[i] = cells[from]
		next(at, s, axes)
	}
	return wide
}

// steps is for each axis of a tensor how far its positions lie apart in cells.
func (p *places) steps(s tensor.Shape) []int {
	steps, step := make([]int, len(s)), 1
	for _, axis := range slices.Backward(p.axes) {
		steps[axis] = step
		step *= s[axis]
	}
	return steps
}

// next counts one further along axes.
func next(at []int, s tensor.Shape, axes []int) {
	for k := len(axes) - 1; k >= 0; k-- {
		if at[k]++; at[k] < s[axes[k]] {
			return
		}
		at[k] = 0
	}
}

// lean leaves out axes along which no cell changes.
func (p *places) lean(s tensor.Shape) *places {
	if p == nil || p.cells == nil {
		return p
	}
	for i := len(p.axes) - 1; i >= 0; i-- {
		axis := p.axes[i]
		inner := 1
		for _, after := range p.axes[i+1:] {
			inner *= s[after]
		}
		side, same := s[axis], true
		for k := inner; same && k < len(p.cells); k++ {
			same = k/inner%side == 0 || p.cells[k] == p.cells[k-inner]
		}
		if !same {
			continue
		}
		var cells []int32
		for k, cell := range p.cells {
			if k/inner%side == 0 {
				cells = append(cells, cell)
			}
		}
		p = &places{height: p.height, width: p.width, axes: slices.Delete(slices.Clone(p.axes), i, i+1), cells: cells}
	}
	return p
}

// without takes the positions along some axes together. It is nil unless they are
// rectangles of one size, each its own, which are then the cells.
func (p *places) without(s tensor.Shape, dropped []int) *places {
	if p == nil {
		return nil
	}
	coarse := &places{height: p.height, width: p.width}
	for _, axis := range p.axes {
		if !slices.Contains(dropped, axis) {
			coarse.axes = append(coarse.axes, axis)
		}
	}
	if len(coarse.axes) == len(p.axes) {
		return p
	}
	if len(coarse.axes) == 0 {
		return nil
	}
	sets := make([]box, coarse.count(s))
	steps, at := coarse.steps(s), make([]int, len(p.axes))
	for _, cell := range p.all() {
		to := 0
		for k, axis := range p.axes {
			to += at[k] * steps[axis]
		}
		sets[to].add(int(cell), p.width)
		next(at, s, p.axes)
	}
	h, w := 0, 0
	for _, b := range sets {
		if b.cells > 0 {
			h, w = b.height(), b.width()
			break
		}
	}
	if h == 0 || p.height%h != 0 || p.width%w != 0 {
		return nil
	}
	coarse.height, coarse.width = p.height/h, p.width/w
	coarse.cells = make([]int32, len(sets))
	for i, b := range sets {
		switch {
		case b.cells == 0 && b.tokens > 0:
			coarse.cells[i] = prefix
		case b.cells == 0:
			coarse.cells[i] = padding
		case b.tokens > 0 || b.height() != h || b.width() != w || b.cells%(h*w) != 0 || b.top%h != 0 || b.left%w != 0:
			return nil
		default:
			coarse.cells[i] = int32(b.top/h*coarse.width + b.left/w)
		}
	}
	return coarse.lean(s)
}

// box is the rectangle around cells.
type box struct {
	cells, tokens            int
	top, left, bottom, right int
}

func (b *box) height() int { return b.bottom - b.top + 1 }
func (b *box) width() int  { return b.right - b.left + 1 }

// add takes in one more cell of a picture of that width.
func (b *box) add(cell, width int) {
	if cell < 0 {
		if cell == prefix {
			b.tokens++
		}
		return
	}
	row, column := cell/width, cell%width
	if b.cells == 0 {
		b.top, b.left, b.bottom, b.right = row, column, row, column
	}
	b.cells++
	b.top, b.bottom = min(b.top, row), max(b.bottom, row)
	b.left, b.right = min(b.left, column), max(b.right, column)
}

// enlarged takes each position for a cell of its own, where the cells are those of a
// smaller picture, repeated row by row and column by column.
func (p *places) enlarged(s tensor.Shape) (*places, bool) {
	if len(p.axes) != 2 {
		return nil, false
	}
	rows, columns := s[p.axes[0]], s[p.axes[1]]
	if rows < p.height || columns < p.width {
		return nil, false
	}
	for i, cell := range p.cells {
		row, column := i/columns, i%columns
		if cell < 0 || int(cell) != int(p.cells[row*columns])/p.width*p.width+int(p.cells[column])%p.width ||
			row > 0 && cell < p.cells[i-columns] || column > 0 && cell < p.cells[i-1] {
			return nil, false
		}
	}
	return &places{height: rows, width: columns, axes: p.axes}, true
}
