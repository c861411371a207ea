package cpu

import "math"

// pixelWidth is how many pixels at a time an operation over the channels works
// on: so many that their channels, rows times, stay in the cache, and so few
// that all workers have some.
func (d *Device) pixelWidth(size, rows int) int {
	const cached = 1 << 16
	width := min(256, max(16, cached/rows/16*16))
	share := (size + d.threads - 1) / d.threads
	return min(size, width, max(16, (share+15)/16*16))
}

// eachPixels calls op for ranges of pixels of all pictures: items are numbered
// picture by picture.
func (d *Device) eachPixels(op func(d *Device, own *workspace, from, to int), cost, own int, a rowArgs) {
	d.eachRow(op, a.batch*((a.in+a.width-1)/a.width), cost*a.width, own*a.width, a)
}

// pixels is where item i's pixels begin in the first channel, and their number.
func (j *rowJob) pixels(i int) (at, n int) {
	parts := (j.in + j.width - 1) / j.width
	first := i % parts * j.width
	return i/parts*j.out*j.in + first, min(j.width, j.in-first)
}

// LayerNorm sets each pixel's channels to (src - mean) / √(variance + epsilon),
// times weight, plus bias; mean and variance are over the channels. Tensors are
// batch by channels by size, channels being the length of weight. dst must not
// be src.
func (d *Device) LayerNorm(dst, src, weight, bias []float32, batch, size int, epsilon float64) {
	channels := len(weight)
	need("dst", dst, batch*channels*size)
	need("src", src, batch*channels*size)
	need("bias", bias, channels)
	if size == 1 {
		d.eachRow(layerNormRows, batch, channels, 0, rowArgs{dst: dst, a: src, b: weight, c: bias, out: channels, epsilon: epsilon})
		return
	}
	d.eachPixels(layerNorm, 2*channels, 3, rowArgs{
		dst: dst, a: src, b: weight, c: bias, batch: batch, in: size, out: channels, epsilon: epsilon,
		width: d.pixelWidth(size, 2*channels),
	})
}

func layerNorm(d *Device, own *workspace, from, to int) {
	j := &d.rows
	for i := from; i < to; i++ {
		at, n := j.pixels(i)
		scale := d.centre(own, at, n)
		for c := range j.out {
			row := j.dst[at+c*j.in:][:n]
			d.mulRow(own, row, row, scale)
			own.vec = vec{dst: row, a: row, scale: j.b[c], shift: j.c[c], limits: unlimited, count: n}
			d.kernels.affine(&own.vec)
		}
	}
}

// centre sets n pixels of dst to those of a without their mean over the
// channels, and returns 1 over their standard deviation, in the third row of
// the worker's memory, of which it uses three.
func (d *Device) centre(own *workspace, at, n int) (scale []float32) {
	j := &d.rows
	mean, square, variance := own.buf[:n], own.buf[j.width:][:n], own.buf[2*j.width:][:n]
	clear(mean)
	clear(variance)
	for c := range j.out {
		d.addRow(own, mean, mean, 1, j.a[at+c*j.in:])
	}
	own.vec = vec{dst: mean, a: mean, scale: 1 / float32(j.out), limits: unlimited, count: n}
	d.kernels.affine(&own.vec)
	for c := range j.out {
		row := j.dst[at+c*j.in:][:n]
		d.addRow(own, row, j.a[at+c*j.in:], -1, mean)
		d.mulRow(own, square, row, row)
		d.addRow(own, variance, variance, 1, square)
	}
	for k, v := range variance {
		variance[k] = float32(1 / math.Sqrt(float64(v)/float64(j.out)+j.epsilon))
	}
	return variance
}

// addRow sets dst to a + scale*b.
func (d *Device) addRow(own *workspace, dst, a []float32, scale float32, b []float32) {
	own.vec = vec{dst: dst, a: a, b: b, scale: scale, count: len(dst)}
	d.kernels.scaleAdd(&own.vec)
}

// mulRow sets dst to a*b.
func (d *Device) mulRow(own *workspace, dst, a, b []float32) {
	own.vec = vec{dst: dst, a: a, b: b, count: len(dst)}
	d.kernels.mul(&own.vec)
}

// LayerNormBackward sets dx to the gradient of [Device.LayerNorm] by its input
// src. dx must be neither dy nor src.
func (d *Device) LayerNormBackward(dx, dy, src, weight []float32, batch, size int, epsilon float64) {
	channels := len(weight)
	need("dx", dx, batch*channels*size)
	need("dy", dy, batch*channels*size)
	need("src", src, batch*channels*size)
	if size == 1 {
		d.eachRow(layerNormBackwardRows, batch, 2*channels, channels, rowArgs{dst: dx, a: src, b: weight, c: dy, out: channels, epsilon: epsilon})
		return
	}
	d.eachPixels(layerNormBackward, 4*channels, 5, rowArgs{
		dst: dx, a: src, b: weight, c: dy, batch: batch, in: size, out: channels, epsilon: epsilon,
		width: d.pixelWidth(size, 3*channels),
	})
}

func layerNormBackward(d *Device, own *workspace, from, to int) {
	j := &d.rows
	for i := from; i < to; i++ {
		at, n := j.pixels(i)
		scale := d.centre(own, at, n)
		// The means of w dy and of w dy times the normalised input, with the
		// opposite sign.
		row, mean, along := own.buf[:n], own.buf[3*j.width:][:n], own.buf[4*j.width:][:n]
		clear(mean)
		clear(along)
		for c := range j.out {
			x, dy := j.dst[at+c*j.in:][:n], j.c[at+c*j.in:][:n]
			w := -j.b[c] / float32(j.out)
			d.mulRow(own, x, x, scale)
			d.addRow(own, mean, mean, w, dy)
			d.mulRow(own, row, x, dy)
			d.addRow(own, along, along, w, row)
		}
		for c := range j.out {
			x, dy := j.dst[at+c*j.in:][:n], j.c[at+c*j.in:][:n]
			d.mulRow(own, x, x, along)
			d.addRow(own, x, x, 1, mean)
			d.addRow(own, x, x, j.b[c], dy)
			d.mulRow(own, x, x, scale)
		}
	}
}
