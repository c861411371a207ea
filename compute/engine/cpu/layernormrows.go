package cpu

import "math"

// What follows is [Device.LayerNorm] where the channels of a pixel are a row.

func layerNormRows(d *Device, own *workspace, from, to int) {
	j := &d.rows
	for i := from; i < to; i++ {
		dst := j.dst[i*j.out:][:j.out]
		scale := d.centreRow(own, dst, j.a[i*j.out:][:j.out])
		own.vec = vec{dst: dst, a: dst, scale: scale, limits: unlimited, count: j.out}
		d.kernels.affine(&own.vec)
		d.mulRow(own, dst, dst, j.b)
		d.addRow(own, dst, dst, 1, j.c)
	}
}

// centreRow sets dst to a row without its mean, and returns 1 over its standard
// deviation.
func (d *Device) centreRow(own *workspace, dst, src []float32) (scale float32) {
	n := len(src)
	own.vec = vec{a: src, count: n}
	d.kernels.sum(&own.vec)
	own.vec = vec{dst: dst, a: src, scale: 1, shift: -own.vec.result / float32(n), limits: unlimited, count: n}
	d.kernels.affine(&own.vec)
	own.vec = vec{a: dst, b: dst, count: n}
	d.kernels.dot(&own.vec)
	return float32(1 / math.Sqrt(float64(own.vec.result)/float64(n)+d.rows.epsilon))
}

func layerNormBackwardRows(d *Device, own *workspace, from, to int) {
	j := &d.rows
	n := float32(j.out)
	for i := from; i < to; i++ {
		x, dy := j.dst[i*j.out:][:j.out], j.c[i*j.out:][:j.out]
		scale := d.centreRow(own, x, j.a[i*j.out:][:j.out])
		g := own.buf[:j.out]
		d.mulRow(own, g, dy, j.b)
		own.vec = vec{a: g, count: j.out}
		d.kernels.sum(&own.vec)
		mean := own.vec.result / n
		own.vec = vec{a: g, b: x, count: j.out}
		d.kernels.dot(&own.vec)
		along := own.vec.result * scale * scale / n
		own.vec = vec{dst: x, a: x, scale: -along, shift: -mean, limits: unlimited, count: j.out}
		d.kernels.affine(&own.vec)
		d.addRow(own, x, x, 1, g)
		own.vec = vec{dst: x, a: x, scale: scale, limits: unlimited, count: j.out}
		d.kernels.affine(&own.vec)
	}
}
