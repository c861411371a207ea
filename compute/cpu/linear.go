package cpu

// Linear sets dst, batch by out, to act(src * weightᵀ + bias) with weight of
// out by in, and src of batch by in. The bias may be nil.
func (d *Device) Linear(dst, src, weight, bias []float32, batch, in, out int, act Activation) {
	need("dst", dst, batch*out)
	need("src", src, batch*in)
	need("weight", weight, out*in)
	if bias != nil {
		need("bias", bias, out)
	}
	d.eachRow(linear, out, batch*in, 0, rowArgs{
		dst: dst, a: src, b: weight, c: bias, batch: batch, in: in, out: out, limits: act.limits(),
	})
}

func linear(d *Device, own *workspace, from, to int) {
	j := &d.rows
	for row := from; row < to; row++ {
		var bias float32
		if j.c != nil {
			bias = j.c[row]
		}
		for b := range j.batch {
			own.vec = vec{a: j.a[b*j.in:], b: j.b[row*j.in:], count: j.in}
			d.kernels.dot(&own.vec)
			j.dst[b*j.out+row] = j.limits.apply(own.vec.result + bias)
		}
	}
}

// LinearBackward sets dx, batch by in, to dy * weight: the gradient of [Linear]
// by its input. Rows of the weights whose entry in dy is zero are not read, so
// that the gradient of one class, or through a ReLU, costs only what it needs.
func (d *Device) LinearBackward(dx, dy, weight []float32, batch, in, out int) {
	need("dx", dx, batch*in)
	need("dy", dy, batch*out)
	need("weight", weight, out*in)
	width := max(linearColumns, (in+2*d.threads-1)/(2*d.threads))
	d.eachRow(linearBackward, (in+width-1)/width, width*out*batch, 0, rowArgs{
		dst: dx, a: dy, b: weight, batch: batch, in: in, out: out, width: width,
	})
}

// linearColumns is the least width of a part of the columns: the longer, the
// better the memory can be read ahead.
const linearColumns = 2048

func linearBackward(d *Device, own *workspace, from, to int) {
	j := &d.rows
	for first := from * j.width; first < min(to*j.width, j.in); first += j.width {
		n := min(j.width, j.in-first)
		for b := range j.batch {
			dx := j.dst[b*j.in+first:][:n]
			clear(dx)
			for o, g := range j.a[b*j.out:][:j.out] {
				if g == 0 {
					continue
				}
				own.vec = vec{dst: dx, a: dx, b: j.b[o*j.in+first:], scale: g, count: n}
				d.kernels.scaleAdd(&own.vec)
			}
		}
	}
}
