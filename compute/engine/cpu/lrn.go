package cpu

import "math"

// Neighbours says how a local response normalisation divides by the channels
// near each: x / s^Beta with s = K + Scale times the sum of the squares of the
// channel itself, Before channels before it and After channels after it, as
// far as there are that many.
type Neighbours struct {
	Before, After  int
	Scale, K, Beta float64
}

// power returns s^-Beta.
func (n *Neighbours) power(s float32) float32 {
	switch n.Beta {
	case 0.75:
		root := float32(math.Sqrt(float64(s)))
		return 1 / (root * float32(math.Sqrt(float64(root))))
	case 0.5:
		return 1 / float32(math.Sqrt(float64(s)))
	case 1:
		return 1 / s
	}
	return float32(math.Pow(float64(s), -n.Beta))
}

// LRN normalises each pixel's channels by their neighbours. Tensors are batch
// by channels by size.
func (d *Device) LRN(dst, src []float32, batch, channels, size int, n Neighbours) {
	need("dst", dst, batch*channels*size)
	need("src", src, batch*channels*size)
	d.eachPixels(lrn, channels*(n.Before+n.After+12), channels+1, rowArgs{
		dst: dst, a: src, batch: batch, in: size, out: channels, width: d.pixelWidth(size, 2*channels), neighbours: n,
	})
}

func lrn(d *Device, own *workspace, from, to int) {
	j := &d.rows
	p := &j.neighbours
	for i := from; i < to; i++ {
		at, n := j.pixels(i)
		d.squares(own, at, n)
		sum := own.buf[j.out*j.width:][:n]
		for c := range j.out {
			d.near(own, sum, own.buf, c-p.Before, c+p.After)
			for k, v := range sum {
				sum[k] = p.power(float32(p.K) + float32(p.Scale)*v)
			}
			d.mulRow(own, j.dst[at+c*j.in:][:n], j.a[at+c*j.in:], sum)
		}
	}
}

// squares fills the first rows of the worker's memory with the squares of n
// pixels' channels.
func (d *Device) squares(own *workspace, at, n int) {
	j := &d.rows
	for c := range j.out {
		x := j.a[at+c*j.in:]
		d.mulRow(own, own.buf[c*j.width:][:n], x, x)
	}
}

// near sets sum to the sum of the rows from first to last, both included, as
// far as there are such channels.
func (d *Device) near(own *workspace, sum, rows []float32, first, last int) {
	j := &d.rows
	clear(sum)
	for c := max(0, first); c <= min(last, j.out-1); c++ {
		d.addRow(own, sum, sum, 1, rows[c*j.width:])
	}
}

// LRNBackward sets dx to the gradient of [Device.LRN] by its input src. dx must
// be neither dy nor src.
func (d *Device) LRNBackward(dx, dy, src []float32, batch, channels, size int, n Neighbours) {
	need("dx", dx, batch*channels*size)
	need("dy", dy, batch*channels*size)
	need("src", src, batch*channels*size)
	d.eachPixels(lrnBackward, 2*channels*(n.Before+n.After+12), 2*channels+1, rowArgs{
		dst: dx, a: src, b: dy, batch: batch, in: size, out: channels, width: d.pixelWidth(size, 4*channels), neighbours: n,
	})
}

func lrnBackward(d *Device, own *workspace, from, to int) {
	j := &d.rows
	p := &j.neighbours
	for i := from; i < to; i++ {
		at, n := j.pixels(i)
		d.squares(own, at, n)
		// Behind the squares lie the gradients by s, but for a factor.
		outer, sum := own.buf[j.out*j.width:], own.buf[2*j.out*j.width:][:n]
		for c := range j.out {
			x, dy, dx := j.a[at+c*j.in:][:n], j.b[at+c*j.in:][:n], j.dst[at+c*j.in:][:n]
			d.near(own, sum, own.buf, c-p.Before, c+p.After)
			row := outer[c*j.width:][:n]
			for k, v := range sum {
				s := float32(p.K) + float32(p.Scale)*v
				direct := dy[k] * p.power(s)
				dx[k], row[k] = direct, direct*x[k]/s
			}
		}
		for c := range j.out {
			dx := j.dst[at+c*j.in:][:n]
			d.near(own, sum, outer, c-p.After, c+p.Before)
			d.mulRow(own, sum, sum, j.a[at+c*j.in:])
			d.addRow(own, dx, dx, float32(-2*p.Scale*p.Beta), sum)
		}
	}
}
