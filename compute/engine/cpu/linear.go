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
	d.eachRow(linear, (out+linearRows-1)/linearRows, linearRows*batch*in, 0, rowArgs{
		dst: dst, a: src, b: weight, c: bias, batch: batch, in: in, out: out, limits: act.limits(),
	})
}

// linearRows is the number of rows of the weights that are read at once.
const linearRows = 4

func linear(d *Device, own *workspace, from, to int) {
	j := &d.rows
	for first := from * linearRows; first < min(to*linearRows, j.out); first += linearRows {
		n := min(linearRows, j.out-first)
		for b := range j.batch {
			dst := j.dst[b*j.out+first:][:n]
			own.vec = vec{dst: dst, a: j.a[b*j.in:], b: j.b[first*j.in:], step: j.in, count: j.in}
			if n == linearRows {
				d.kernels.dots(&own.vec)
			} else {
				for i := range dst {
					own.vec.b = j.b[(first+i)*j.in:]
					d.kernels.dot(&own.vec)
					dst[i] = own.vec.result
				}
			}
			for i := range dst {
				if j.c != nil {
					dst[i] += j.c[first+i]
				}
				dst[i] = j.limits.apply(dst[i])
			}
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
			d.addRows(own, j.dst[b*j.in+first:][:n], j.a[b*j.out:][:j.out], j.b[first:], j.in, unlimited)
		}
	}
}

// addRows sets dst to the sum of rows of b, step apart, within limits and times
// their factors.
func (d *Device) addRows(own *workspace, dst, factors, b []float32, step int, within limits) {
	clear(dst)
	v := &own.vec
	*v = vec{dst: dst, a: own.factors[:], b: b, count: len(dst), limits: within}
	n := 0
	for row, f := range factors {
		if f == 0 {
			continue
		}
		own.factors[n], v.begins[n] = f, row*step
		if n++; n == len(v.begins) {
			d.kernels.addRows(v)
			n = 0
		}
	}
	if n == 0 {
		return
	}
	// What is missing to four is the last one, times zero.
	for i := n; i < len(v.begins); i++ {
		own.factors[i], v.begins[i] = 0, v.begins[n-1]
	}
	d.kernels.addRows(v)
}
