package cpu

import "fmt"

// Layout says where the elements of a tensor of four axes lie in a slice:
// element i, j, k, l at At + i Steps[0] + j Steps[1] + k Steps[2] + l Steps[3].
type Layout struct {
	At    int
	Steps [4]int
}

// Dense is the layout of a tensor in row-major order without gaps. Axes of
// length 1 have the step 0: they may be walked over as if they were longer.
func Dense(sides [4]int) Layout {
	var l Layout
	step := 1
	for axis := 3; axis >= 0; axis-- {
		if sides[axis] > 1 {
			l.Steps[axis] = step
		}
		step *= sides[axis]
	}
	return l
}

// walk is a way over all elements of a box of four axes, with the layouts of
// a result and of two operands in it.
type walk struct {
	sides [4]int
	of    [3]Layout
}

// need checks that a slice has all elements of operand i.
func (w *walk) need(name string, s []float32, i int) {
	last := w.of[i].At
	for axis, side := range w.sides {
		if side < 1 || w.of[i].Steps[axis] < 0 {
			panic(fmt.Sprintf("cpu: axes of %v in steps of %v", w.sides, w.of[i].Steps))
		}
		last += (side - 1) * w.of[i].Steps[axis]
	}
	need(name, s, last+1)
}

// merged is the same way with as few axes as possible: those that lie without
// gaps in each other, in all layouts, become one. The last axis is the longest
// possible then.
func (w walk) merged() walk {
	m := walk{sides: [4]int{1, 1, 1, 1}}
	for i := range m.of {
		m.of[i].At = w.of[i].At
	}
	to := 4
	for axis := 3; axis >= 0; axis-- {
		side := w.sides[axis]
		if side == 1 {
			continue
		}
		if to < 4 && m.continues(w, axis, to) {
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

// at returns the places of a row: its number counts the first three axes of
// lengths sides.
func (w *walk) at(row int, sides [3]int) (places [3]int) {
	for axis := 2; axis >= 0; axis-- {
		i := row % sides[axis]
		row /= sides[axis]
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

// Copy copies the elements of a box of the given sides from one layout to
// another. What lies between them in dst is left alone; the two must not
// overlap.
func (d *Device) Copy(dst []float32, to Layout, src []float32, from Layout, sides [4]int) {
	w := walk{sides: sides, of: [3]Layout{to, from}}
	w.need("dst", dst, 0)
	w.need("src", src, 1)
	w = w.merged()
	rows, length := w.sides[0]*w.sides[1]*w.sides[2], w.sides[3]
	width := d.columns(rows, length)
	cost := width/8 + 8
	if w.of[0].Steps[3] != 1 || w.of[1].Steps[3] != 1 {
		cost = 2 * width
	}
	d.eachRow(copyRows, rows*((length+width-1)/width), cost, 0, rowArgs{dst: dst, a: src, walk: w, width: width})
}

func copyRows(d *Device, _ *workspace, from, to int) {
	j := &d.rows
	w := &j.walk
	dstStep, srcStep := w.of[0].Steps[3], w.of[1].Steps[3]
	parts := (w.sides[3] + j.width - 1) / j.width
	for item := from; item < to; item++ {
		at := w.at(item/parts, [3]int(w.sides[:3]))
		first := item % parts * j.width
		n := min(j.width, w.sides[3]-first)
		dst, src := j.dst[w.of[0].At+at[0]+first*dstStep:], j.a[w.of[1].At+at[1]+first*srcStep:]
		if dstStep == 1 && srcStep == 1 {
			copy(dst[:n], src)
			continue
		}
		for i := range n {
			dst[i*dstStep] = src[i*srcStep]
		}
	}
}

// Fill sets all of dst to a value.
func (d *Device) Fill(dst []float32, value float32) {
	d.eachRow(fill, blocks(len(dst)), block/8, 0, rowArgs{dst: dst, scale: value})
}

func fill(d *Device, _ *workspace, from, to int) {
	first, end := d.rows.elements(from, to)
	repeat(d.rows.dst[first:end], d.rows.scale)
}

func repeat(dst []float32, value float32) {
	for i := range dst {
		dst[i] = value
	}
}
