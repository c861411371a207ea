package cpu

// Reduction is what [Device.Reduce] makes of several numbers.
type Reduction int

const (
	// Largest is the greatest of them.
	Largest Reduction = iota
	// Smallest is the least.
	Smallest
	// Multiplied is their product.
	Multiplied
)

// of is the reduction of two numbers.
func (r Reduction) of(a, b float32) float32 {
	switch r {
	case Largest:
		return max(a, b)
	case Smallest:
		return min(a, b)
	}
	return a * b
}

// Reduce makes of each of count numbers, size apart, one: dst is outer by size, src is
// outer by count by size.
func (d *Device) Reduce(r Reduction, dst, src []float32, outer, count, size int) {
	need("dst", dst, outer*size)
	need("src", src, outer*count*size)
	d.eachPixels(reduce, count, 0, rowArgs{dst: dst, a: src, batch: outer, in: size, out: count, width: d.pixelWidth(size, count), reduction: r})
}

func reduce(d *Device, own *workspace, from, to int) {
	j := &d.rows
	for i := from; i < to; i++ {
		at, n := j.pixels(i)
		dst := j.dst[at/(j.in*j.out)*j.in+at%j.in:][:n]
		if j.in == 1 {
			dst[0] = d.reducedRow(own, j.a[at:][:j.out])
			continue
		}
		copy(dst, j.a[at:])
		for k := 1; k < j.out; k++ {
			row := j.a[at+k*j.in:][:n]
			own.vec = vec{dst: dst, a: dst, b: row, count: n}
			switch j.reduction {
			case Largest:
				d.kernels.larger(&own.vec)
			case Smallest:
				d.kernels.smaller(&own.vec)
			default:
				d.kernels.mul(&own.vec)
			}
		}
	}
}

// reducedRow is the reduction of a row.
func (d *Device) reducedRow(own *workspace, row []float32) float32 {
	r := d.rows.reduction
	if r == Largest {
		return d.most(own, row)
	}
	so := row[0]
	for _, x := range row[1:] {
		so = r.of(so, x)
	}
	return so
}

// ReduceBackward sets dx to the gradient of [Device.Reduce] by src, where its result is
// y and its gradient dy. Equal extremes share the gradient; a factor of a product has
// it times the product of the others.
func (d *Device) ReduceBackward(r Reduction, dx, dy, y, src []float32, outer, count, size int) {
	need("dx", dx, outer*count*size)
	need("dy", dy, outer*size)
	need("y", y, outer*size)
	need("src", src, outer*count*size)
	d.eachPixels(reduceBackward, 4*count, 1, rowArgs{
		dst: dx, a: src, b: y, c: dy, batch: outer, in: size, out: count, width: d.pixelWidth(size, count), reduction: r,
	})
}

func reduceBackward(d *Device, own *workspace, from, to int) {
	j := &d.rows
	for i := from; i < to; i++ {
		at, n := j.pixels(i)
		result := at/(j.in*j.out)*j.in + at%j.in
		share := own.buf[:n]
		if j.reduction == Multiplied {
			d.others(own, share, j.c[result:][:n], at)
			continue
		}
		y := j.b[result:][:n]
		clear(share)
		for k := range j.out {
			for i, x := range j.a[at+k*j.in:][:n] {
				if x == y[i] {
					share[i]++
				}
			}
		}
		for i, g := range j.c[result:][:n] {
			share[i] = g / share[i]
		}
		for k := range j.out {
			dx := j.dst[at+k*j.in:][:n]
			for i, x := range j.a[at+k*j.in:][:n] {
				dx[i] = 0
				if x == y[i] {
					dx[i] = share[i]
				}
			}
		}
	}
}

// others multiplies the gradient by the factors before each one, and then by those
// after it.
func (d *Device) others(own *workspace, so, dy []float32, at int) {
	j := &d.rows
	n := len(dy)
	copy(so, dy)
	for k := range j.out {
		copy(j.dst[at+k*j.in:][:n], so)
		d.mulRow(own, so, so, j.a[at+k*j.in:])
	}
	repeat(so, 1)
	for k := j.out - 1; k >= 0; k-- {
		dx := j.dst[at+k*j.in:][:n]
		d.mulRow(own, dx, dx, so)
		d.mulRow(own, so, so, j.a[at+k*j.in:])
	}
}
