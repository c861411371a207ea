package cpu

// block is the number of elements that elementwise operations hand to a
// worker at a time, at least.
const block = 1 << 13

// blocks is the number of blocks of n elements.
func blocks(n int) int { return (n + block - 1) / block }

// elements is the range of elements of some blocks.
func (j *rowJob) elements(from, to int) (first, end int) {
	return from * block, min(to*block, len(j.dst))
}

// Activate sets dst to act(src). They may be the same.
func (d *Device) Activate(dst, src []float32, act Activation) {
	need("src", src, len(dst))
	d.eachRow(activate, blocks(len(dst)), block/4, 0, rowArgs{dst: dst, a: src, limits: act.limits()})
}

func activate(d *Device, own *workspace, from, to int) {
	j := &d.rows
	i, end := j.elements(from, to)
	own.vec = vec{dst: j.dst[i:], a: j.a[i:], scale: 1, limits: j.limits, count: end - i}
	d.kernels.affine(&own.vec)
}

// ActivateBackward sets dx to dy where the activation's result y lies between
// its limits, and to zero elsewhere: the derivative at a limit is taken to be
// zero. dx may be dy.
func (d *Device) ActivateBackward(dx, dy, y []float32, act Activation) {
	need("dy", dy, len(dx))
	need("y", y, len(dx))
	d.eachRow(activateBackward, blocks(len(dx)), block/4, 0, rowArgs{dst: dx, a: dy, b: y, limits: act.limits()})
}

func activateBackward(d *Device, own *workspace, from, to int) {
	j := &d.rows
	i, end := j.elements(from, to)
	own.vec = vec{dst: j.dst[i:], a: j.a[i:], b: j.b[i:], scale: 1, limits: j.limits, count: end - i}
	d.kernels.gate(&own.vec)
}

// Add sets dst to act(a + b). It may be one of them.
func (d *Device) Add(dst, a, b []float32, act Activation) {
	need("a", a, len(dst))
	need("b", b, len(dst))
	d.eachRow(add, blocks(len(dst)), block/4, 0, rowArgs{dst: dst, a: a, b: b, limits: act.limits()})
}

func add(d *Device, own *workspace, from, to int) {
	j := &d.rows
	i, end := j.elements(from, to)
	own.vec = vec{dst: j.dst[i:], a: j.a[i:], b: j.b[i:], limits: j.limits, count: end - i}
	d.kernels.add(&own.vec)
}

// ScaleShift sets dst to act(src*scale[c] + shift[c]) for planes of the given
// size, batch by channel: a batch normalization in inference. Shift may be
// nil. With the batch normalization's scale and no shift it is also its way
// back. dst may be src.
func (d *Device) ScaleShift(dst, src, scale, shift []float32, batch, size int, act Activation) {
	n := batch * len(scale)
	need("dst", dst, n*size)
	need("src", src, n*size)
	if shift != nil {
		need("shift", shift, len(scale))
	}
	d.eachRow(scaleShift, n, size/2+16, 0, rowArgs{dst: dst, a: src, b: scale, c: shift, in: size, limits: act.limits()})
}

func scaleShift(d *Device, own *workspace, from, to int) {
	j := &d.rows
	for plane := from; plane < to; plane++ {
		ch := plane % len(j.b)
		own.vec = vec{
			dst: j.dst[plane*j.in:], a: j.a[plane*j.in:], scale: j.b[ch],
			limits: j.limits, count: j.in,
		}
		if j.c != nil {
			own.vec.shift = j.c[ch]
		}
		d.kernels.affine(&own.vec)
	}
}
