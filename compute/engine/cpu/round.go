package cpu

import "gaze/compute/engine/op"

// Round sets dst to the numbers of a grid nearest to those of src. With own, each
// of batch pictures has the grid that is made for its numbers. They may be the
// same.
func (d *Device) Round(dst, src []float32, batch int, grid op.Grid, own bool) {
	need("src", src, len(dst))
	if !own {
		d.eachRow(round, blocks(len(dst)), 4*block, 0, rowArgs{dst: dst, a: src, grid: grid})
		return
	}
	d.eachRow(roundOwn, batch, 6*len(dst)/max(batch, 1), 0, rowArgs{dst: dst, a: src, batch: batch})
}

func round(d *Device, _ *workspace, from, to int) {
	j := &d.rows
	first, end := j.elements(from, to)
	for i, x := range j.a[first:end] {
		j.dst[first+i] = j.grid.Nearest(x)
	}
}

func roundOwn(d *Device, _ *workspace, from, to int) {
	j := &d.rows
	size := len(j.dst) / j.batch
	for picture := from; picture < to; picture++ {
		x, y := j.a[picture*size:(picture+1)*size], j.dst[picture*size:(picture+1)*size]
		grid := op.GridOf(x)
		for i, v := range x {
			y[i] = grid.Nearest(v)
		}
	}
}
