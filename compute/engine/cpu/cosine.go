package cpu

import "math"

// Cosine sets dst to q, k and v, batch by 3*channels by size, with each head's channels
// of q and k divided by their length at every pixel, and q times the head's scale. dst
// must not be src.
func (d *Device) Cosine(dst, src, scales []float32, batch, channels, size int) {
	d.cosine(dst, src, nil, scales, batch, channels, size)
}

// CosineBackward sets dx to the gradient of [Device.Cosine] by src. dx must be neither
// dy nor src.
func (d *Device) CosineBackward(dx, dy, src, scales []float32, batch, channels, size int) {
	need("dy", dy, 3*batch*channels*size)
	d.cosine(dx, src, dy, scales, batch, channels, size)
}

func (d *Device) cosine(dst, src, dy, scales []float32, batch, channels, size int) {
	need("dst", dst, 3*batch*channels*size)
	need("src", src, 3*batch*channels*size)
	heads := len(scales)
	depth := channels / heads
	// Heads of v are only copied.
	d.eachRow(cosine, 3*batch*heads, 3*depth*size/8+1, 3*size, rowArgs{
		dst: dst, a: src, b: scales, c: dy, batch: batch, channels: heads, in: size, out: depth,
	})
}

func cosine(d *Device, own *workspace, from, to int) {
	j := &d.rows
	n := j.in
	for i := from; i < to; i++ {
		at, head := i*j.out*n, i%(3*j.channels)
		row := func(of []float32, c int) []float32 { return of[at+c*n:][:n] }
		given := j.a
		if j.c != nil {
			given = j.c
		}
		if head >= 2*j.channels {
			copy(j.dst[at:][:j.out*n], given[at:])
			continue
		}
		scale := float32(1)
		if head < j.channels {
			scale = j.b[head]
		}
		length, product, along := own.buf[:n], own.buf[n:][:n], own.buf[2*n:][:n]
		clear(length)
		clear(along)
		for c := range j.out {
			d.mulRow(own, product, row(j.a, c), row(j.a, c))
			d.addRow(own, length, length, 1, product)
			if j.c != nil {
				d.mulRow(own, product, row(j.a, c), row(j.c, c))
				d.addRow(own, along, along, -1, product)
			}
		}
		for k, v := range length {
			inverse := 1 / max(float32(math.Sqrt(float64(v))), 1e-12)
			length[k] = scale * inverse
			along[k] *= inverse * inverse
		}
		for c := range j.out {
			out := row(j.dst, c)
			if j.c == nil {
				d.mulRow(own, out, row(j.a, c), length)
				continue
			}
			d.mulRow(own, product, row(j.a, c), along)
			d.addRow(own, out, row(j.c, c), 1, product)
			d.mulRow(own, out, out, length)
		}
	}
}
