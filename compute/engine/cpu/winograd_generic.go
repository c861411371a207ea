package cpu

// Plain Go versions of the passes of the Winograd transforms. They work on one
// tile at a time; chunks counts tiles.

func winoGeneric(s *winoScheme) winoKernels {
	return winoKernels{
		inputRows:     func(w *wino) { winoInputRowsGeneric(s, w) },
		inputColumns:  func(w *wino) { winoInputColumnsGeneric(s, w) },
		outputColumns: func(w *wino) { winoOutputColumnsGeneric(s, w) },
		outputRows:    func(w *wino) { winoOutputRowsGeneric(s, w) },
	}
}

// winoInputRowsGeneric transforms rows of pixels along x. Row i of src begins
// at srcAt + i*srcStep, which may lie before src: mask tells which of the
// pixels there are. The number of tile t of row i goes to dst[dstAt +
// i*dstStep + t], the next number dstPlane further on.
func winoInputRowsGeneric(s *winoScheme, w *wino) {
	for i := range w.rows {
		for t := range w.chunks {
			var d winoLine
			for x := range s.in {
				if w.mask[s.out*t+x] != 0 {
					d[x] = w.src[w.srcAt+i*w.srcStep+s.out*t+x]
				}
			}
			d = s.inputTransform(d)
			for n, v := range d[:s.in] {
				w.dst[w.dstAt+i*w.dstStep+n*w.dstPlane+t] = v
			}
		}
	}
}

// winoInputColumnsGeneric transforms along y, for each of the planes of src that
// are srcPlane apart. The first pixels of a tile's column are srcRow apart, the
// last two are the first two of the tile that is srcStep after it. Numbers go to
// dst[dstAt + tile], dstPlane apart: those along x, then the same for the next
// along y.
func winoInputColumnsGeneric(s *winoScheme, w *wino) {
	for x := range s.in {
		for t := range w.chunks {
			var d winoLine
			for y := range s.in {
				d[y] = w.src[x*w.srcPlane+y%s.out*w.srcRow+y/s.out*w.srcStep+t]
			}
			d = s.inputTransform(d)
			for n, v := range d[:s.in] {
				w.dst[w.dstAt+(n*s.in+x)*w.dstPlane+t] = v
			}
		}
	}
}

// winoOutputColumnsGeneric transforms back along y: from the numbers at
// src[srcAt + tile], srcPlane apart, to rows that are dstStep apart in planes
// that are dstPlane apart.
func winoOutputColumnsGeneric(s *winoScheme, w *wino) {
	for x := range s.in {
		for t := range w.chunks {
			var m winoLine
			for y := range s.in {
				m[y] = w.src[w.srcAt+(y*s.in+x)*w.srcPlane+t]
			}
			m = s.outputTransform(m)
			for r, v := range m[:s.out] {
				w.dst[x*w.dstPlane+r*w.dstStep+t] = v
			}
		}
	}
}

// winoOutputRowsGeneric transforms back along x: from numbers at src[srcAt +
// i*srcStep + tile], srcPlane apart, to row i of pixels at dst[dstAt +
// i*dstStep], of which mask tells the width. It adds the bias and add, which
// is shaped like dst, and limits the result.
func winoOutputRowsGeneric(s *winoScheme, w *wino) {
	for i := range w.rows {
		for t := range w.chunks {
			var m winoLine
			for x := range s.in {
				m[x] = w.src[w.srcAt+i*w.srcStep+x*w.srcPlane+t]
			}
			m = s.outputTransform(m)
			for x, v := range m[:s.out] {
				if w.mask[s.out*t+x] == 0 {
					break
				}
				at := w.dstAt + i*w.dstStep + s.out*t + x
				v += w.bias
				if w.add != nil {
					v += w.add[at]
				}
				w.dst[at] = w.apply(v)
			}
		}
	}
}
