package cpu

// Softmax sets dst to exp(src) over the channels' sum of exp(src), for each of
// size pixels of each of batch images. They may be the same.
func (d *Device) Softmax(dst, src []float32, batch, channels, size int) {
	need("dst", dst, batch*channels*size)
	need("src", src, batch*channels*size)
	if size == 1 {
		d.eachRow(softmaxRows, batch, 4*channels, 0, rowArgs{dst: dst, a: src, out: channels})
		return
	}
	d.eachPixels(softmaxPixels, 4*channels, 1, rowArgs{dst: dst, a: src, batch: batch, in: size, out: channels, width: d.pixelWidth(size, channels)})
}

// softmaxRows does it where the channels of a pixel are a row.
func softmaxRows(d *Device, own *workspace, from, to int) {
	j := &d.rows
	for i := from; i < to; i++ {
		dst, src := j.dst[i*j.out:][:j.out], j.a[i*j.out:][:j.out]
		own.vec = vec{dst: dst, a: src, shift: -d.most(own, src), count: j.out}
		d.kernels.expBelow(&own.vec)
		own.vec = vec{a: dst, count: j.out}
		d.kernels.sum(&own.vec)
		own.vec = vec{dst: dst, a: dst, scale: 1 / own.vec.result, limits: unlimited, count: j.out}
		d.kernels.affine(&own.vec)
	}
}

// most is the largest number of a row.
func (d *Device) most(own *workspace, row []float32) float32 {
	if len(row) >= d.kernels.lanes {
		own.vec = vec{a: row, count: len(row)}
		d.kernels.most(&own.vec)
		return own.vec.result
	}
	most := row[0]
	for _, x := range row[1:] {
		most = max(most, x)
	}
	return most
}

// softmaxPixels does it for some pixels beside each other at once.
func softmaxPixels(d *Device, own *workspace, from, to int) {
	j := &d.rows
	for i := from; i < to; i++ {
		at, n := j.pixels(i)
		for c := range j.out {
			copy(j.dst[at+c*j.in:][:n], j.a[at+c*j.in:][:n])
		}
		sums := own.buf[:n]
		own.vec = vec{dst: j.dst[at:], b: sums, rows: j.out, step: j.in, count: n}
		d.kernels.expColumns(&own.vec)
		for k, v := range sums {
			sums[k] = 1 / v
		}
		for c := range j.out {
			row := j.dst[at+c*j.in:][:n]
			d.mulRow(own, row, row, sums)
		}
	}
}

// SoftmaxBackward sets dx to y (dy - Σ dy y), the sum over the channels of a
// pixel: the gradient of [Device.Softmax], whose result is y. dx may be dy.
func (d *Device) SoftmaxBackward(dx, dy, y []float32, batch, channels, size int) {
	need("dx", dx, batch*channels*size)
	need("dy", dy, batch*channels*size)
	need("y", y, batch*channels*size)
	if size == 1 {
		d.eachRow(softmaxSlopeRows, batch, 2*channels, 0, rowArgs{dst: dx, a: dy, b: y, out: channels})
		return
	}
	d.eachPixels(softmaxSlopePixels, 2*channels, 0, rowArgs{dst: dx, a: dy, b: y, batch: batch, in: size, out: channels, width: d.pixelWidth(size, channels)})
}

func softmaxSlopeRows(d *Device, own *workspace, from, to int) {
	j := &d.rows
	for i := from; i < to; i++ {
		dx, dy, y := j.dst[i*j.out:][:j.out], j.a[i*j.out:][:j.out], j.b[i*j.out:][:j.out]
		own.vec = vec{a: dy, b: y, count: j.out}
		d.kernels.dot(&own.vec)
		own.vec = vec{dst: dx, a: dy, scale: 1, shift: -own.vec.result, limits: unlimited, count: j.out}
		d.kernels.affine(&own.vec)
		d.mulRow(own, dx, dx, y)
	}
}

func softmaxSlopePixels(d *Device, own *workspace, from, to int) {
	j := &d.rows
	for i := from; i < to; i++ {
		at, n := j.pixels(i)
		for c := range j.out {
			copy(j.dst[at+c*j.in:][:n], j.a[at+c*j.in:][:n])
		}
		own.vec = vec{dst: j.dst[at:], a: j.b[at:], rows: j.out, step: j.in, count: n}
		d.kernels.softmaxSlope(&own.vec)
	}
}
