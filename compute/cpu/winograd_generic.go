package cpu

import "math"

// Plain Go versions of the passes of the Winograd transforms. They work on one
// tile at a time; chunks counts tiles.

// winoInputRowsGeneric transforms rows of pixels along x. Row i of src begins
// at srcAt + i*srcStep, which may lie before src: mask tells which of the
// pixels there are. The number of tile t of row i goes to dst[dstAt +
// i*dstStep + t], the next number dstPlane further on.
func winoInputRowsGeneric(w *wino) {
	for i := range w.rows {
		for t := range w.chunks {
			var d [winoIn]float32
			for x := range d {
				if w.mask[winoOut*t+x] != 0 {
					d[x] = w.src[w.srcAt+i*w.srcStep+winoOut*t+x]
				}
			}
			for n, v := range inputTransform(d) {
				w.dst[w.dstAt+i*w.dstStep+n*w.dstPlane+t] = v
			}
		}
	}
}

// winoInputColumnsGeneric transforms along y, for each of six planes of src
// that are srcPlane apart. The first four pixels of a tile's column are srcRow
// apart, the other two are the first two of the tile that is srcStep after it.
// Numbers go to dst[dstAt + tile], dstPlane apart: six along x, then the same
// for the next along y.
func winoInputColumnsGeneric(w *wino) {
	for x := range winoIn {
		for t := range w.chunks {
			var d [winoIn]float32
			for y := range d {
				d[y] = w.src[x*w.srcPlane+y%winoOut*w.srcRow+y/winoOut*w.srcStep+t]
			}
			for n, v := range inputTransform(d) {
				w.dst[w.dstAt+(n*winoIn+x)*w.dstPlane+t] = v
			}
		}
	}
}

// winoOutputColumnsGeneric transforms back along y: from the numbers at
// src[srcAt + tile], srcPlane apart, to rows that are dstStep apart in planes
// that are dstPlane apart.
func winoOutputColumnsGeneric(w *wino) {
	for x := range winoIn {
		for t := range w.chunks {
			var m [winoIn]float32
			for y := range m {
				m[y] = w.src[w.srcAt+(y*winoIn+x)*w.srcPlane+t]
			}
			for r, v := range outputTransform(m) {
				w.dst[x*w.dstPlane+r*w.dstStep+t] = v
			}
		}
	}
}

// winoOutputRowsGeneric transforms back along x: from numbers at src[srcAt +
// i*srcStep + tile], srcPlane apart, to row i of pixels at dst[dstAt +
// i*dstStep], of which mask tells the width. It adds the bias and add, which
// is shaped like dst, and limits the result.
func winoOutputRowsGeneric(w *wino) {
	for i := range w.rows {
		for t := range w.chunks {
			var m [winoIn]float32
			for x := range m {
				m[x] = w.src[w.srcAt+i*w.srcStep+x*w.srcPlane+t]
			}
			for x, v := range outputTransform(m) {
				if w.mask[winoOut*t+x] == 0 {
					break
				}
				at := w.dstAt + i*w.dstStep + winoOut*t + x
				v += w.bias
				if w.add != nil {
					v += w.add[at]
				}
				w.dst[at] = w.apply(v)
			}
		}
	}
}

// inputTransform is Bᵀd.
func inputTransform(d [winoIn]float32) [winoIn]float32 {
	a, b := d[4]-2*d[2], math.Sqrt2/2*d[3]-math.Sqrt2*d[1]
	c, e := d[4]-.5*d[2], math.Sqrt2*d[3]-math.Sqrt2/2*d[1]
	return [winoIn]float32{
		d[0] + d[4] - 2.5*d[2],
		a + b,
		a - b,
		c + e,
		c - e,
		d[1] + d[5] - 2.5*d[3],
	}
}

// outputTransform is Aᵀm.
func outputTransform(m [winoIn]float32) [winoOut]float32 {
	p, q, u, v := m[1]+m[2], m[1]-m[2], m[3]+m[4], m[3]-m[4]
	return [winoOut]float32{
		m[0] + p + u,
		math.Sqrt2/2*q + math.Sqrt2*v,
		.5*p + 2*u,
		math.Sqrt2/4*q + 2*math.Sqrt2*v + m[5],
	}
}
