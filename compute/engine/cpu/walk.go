package cpu

import "fmt"

// mostAxes is how many axes a tensor can have here.
const mostAxes = 8

// Sides are the lengths of a tensor's axes. Those that it does not have are 1 and
// come first.
type Sides [mostAxes]int

// Axes are the sides of a tensor of up to eight axes. More are a programming error.
func Axes(sides ...int) Sides {
	s := Sides{1, 1, 1, 1, 1, 1, 1, 1}
	copy(s[mostAxes-len(sides):], sides)
	return s
}

// Layout says where the elements of a tensor lie in a slice: element i, j, ... at At
// plus i times the first step, j times the second one and so on.
type Layout struct {
	At    int
	Steps Sides
}

// Dense is the layout of a tensor in row-major order without gaps. Axes of
// length 1 have the step 0: they may be walked over as if they were longer.
func Dense(sides Sides) Layout {
	var l Layout
	step := 1
	for axis := mostAxes - 1; axis >= 0; axis-- {
		if sides[axis] > 1 {
			l.Steps[axis] = step
		}
		step *= sides[axis]
	}
	return l
}

// rowAxis is the axis whose elements are a row.
const rowAxis = mostAxes - 1

// outerAxes are the sides of the axes before it.
type outerAxes [rowAxis]int

// count is the number of rows.
func (o outerAxes) count() int {
	n := 1
	for _, side := range o {
		n *= side
	}
	return n
}

// walk is a way over all elements of a box, with the layouts of a result and of
// the operands in it.
type walk struct {
	sides Sides
	of    [4]Layout
}

// need checks that a slice has all elements of operand i.
func (w *walk) need(name string, s []float32, i int) {
	end := w.of[i].At
	for axis, side := range w.sides {
		if side < 1 || w.of[i].Steps[axis] < 0 {
			panic(fmt.Sprintf("cpu: axes of %v in steps of %v", w.sides, w.of[i].Steps))
		}
		end += (side - 1) * w.of[i].Steps[axis]
	}
	need(name, s, end+1)
}

// merged is the same way with as few axes as possible: those that lie without
// gaps in each other, in all layouts, become one. The last axis is the longest
// possible then.
func (w walk) merged() walk {
	m := walk{sides: Axes()}
	for i := range m.of {
		m.of[i].At = w.of[i].At
	}
	to := mostAxes
	for axis := mostAxes - 1; axis >= 0; axis-- {
		side := w.sides[axis]
		if side == 1 {
			continue
		}
		if to < mostAxes && m.continues(w, axis, to) {
			m.sides[to] *= side
			continue
		}
		to--
		m.sides[to] = side
		for i := range m.of {
			m.of[i].Steps[to] = w.of[i].Steps[axis]
		}
	}
	return m
}

// continues reports whether an axis of w begins again where axis to of m ends.
func (w *walk) continues(before walk, axis, to int) bool {
	for i := range w.of {
		if before.of[i].Steps[axis] != w.sides[to]*w.of[i].Steps[to] {
			return false
		}
	}
	return true
}

// outer are the axes before the last one.
func (w *walk) outer() outerAxes { return outerAxes(w.sides[:rowAxis]) }

// at returns the places of a row: its number counts axes of lengths sides.
func (w *walk) at(row int, sides outerAxes) (places [4]int) {
	for axis := rowAxis - 1; row > 0; axis-- {
		i := row % sides[axis]
		row /= sides[axis]
		if i == 0 {
			continue
		}
		for k := range places {
			places[k] += i * w.of[k].Steps[axis]
		}
	}
	return places
}

// columns is how many columns of the last axis a worker takes at a time, so
// that there is work for all where rows are few.
func (d *Device) columns(rows, length int) int {
	const least = 256
	parts := max(1, 4*d.threads/rows)
	return min(length, max(least, (length+parts-1)/parts))
}
