package cpu

// Copy copies the elements of a box of the given sides from one layout to
// another. What lies between them in dst is left alone; the two must not
// overlap.
func (d *Device) Copy(dst []float32, to Layout, src []float32, from Layout, sides Sides) {
	w := walk{sides: sides, of: [4]Layout{to, from}}
	w.need("dst", dst, 0)
	w.need("src", src, 1)
	w = w.merged()
	if axis := w.turned(); axis < rowAxis {
		d.turnAxes(dst, src, w, axis)
		return
	}
	rows, length := w.outer().count(), w.sides[rowAxis]
	width := d.columns(rows, length)
	cost := width/8 + 8
	if w.of[0].Steps[rowAxis] != 1 || w.of[1].Steps[rowAxis] != 1 {
		cost = 2 * width
	}
	d.eachRow(copyRows, rows*((length+width-1)/width), cost, 0, rowArgs{dst: dst, a: src, walk: w, width: width})
}

func copyRows(d *Device, _ *workspace, from, to int) {
	j := &d.rows
	w := &j.walk
	sides := w.outer()
	dstStep, srcStep := w.of[0].Steps[rowAxis], w.of[1].Steps[rowAxis]
	parts := (w.sides[rowAxis] + j.width - 1) / j.width
	for item := from; item < to; item++ {
		at := w.at(item/parts, sides)
		first := item % parts * j.width
		n := min(j.width, w.sides[rowAxis]-first)
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

// square is the side of the squares of a matrix that are turned around at a time: so
// much of each of their rows and columns fills a cache line.
const square = 16

// turned is the axis along which the second tensor has its numbers side by side, while
// the first one has so along the last axis. It is the last one where both do, or where
// there is no such axis or hardly anything along it.
func (w *walk) turned() int {
	if w.of[0].Steps[rowAxis] != 1 || w.of[1].Steps[rowAxis] == 1 || w.sides[rowAxis] < square/2 {
		return rowAxis
	}
	for axis, side := range w.sides[:rowAxis] {
		if side >= square/2 && w.of[1].Steps[axis] == 1 {
			return axis
		}
	}
	return rowAxis
}

// turnAxes copies where rows of dst are columns of src along an axis: strips of some of
// these, square by square.
func (d *Device) turnAxes(dst, src []float32, w walk, axis int) {
	strips := (w.sides[axis] + square - 1) / square
	rest := w
	rest.sides[axis] = strips
	for i := range rest.of {
		rest.of[i].Steps[axis] *= square
	}
	d.eachRow(turnStrips, rest.outer().count(), square*w.sides[rowAxis], 0, rowArgs{dst: dst, a: src, walk: rest, in: w.sides[axis], out: axis})
}

func turnStrips(d *Device, own *workspace, from, to int) {
	j := &d.rows
	w := &j.walk
	sides, axis := w.outer(), j.out
	dstStep, srcStep := w.of[0].Steps[axis]/square, w.of[1].Steps[rowAxis]
	inner := 1
	for _, side := range sides[axis+1:] {
		inner *= side
	}
	for item := from; item < to; item++ {
		at := w.at(item, sides)
		dst, src := j.dst[w.of[0].At+at[0]:], j.a[w.of[1].At+at[1]:]
		n := min(square, j.in-item/inner%sides[axis]*square)
		d.turnAround(own, dst, dstStep, src, srcStep, w.sides[rowAxis], n)
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
