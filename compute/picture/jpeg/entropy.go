package jpeg

// entropy decodes the blocks of a scan.
type entropy struct {
	d *decoder
	scanHeader
	run int // blocks that have nothing more in this scan
}

// begin is for the beginning of a scan and of each restart interval.
func (e *entropy) begin() {
	e.run = 0
	for _, c := range e.components {
		c.dc = 0
	}
}

func (e *entropy) block(c *component, x, y int) {
	if x >= c.wide || y >= c.high {
		return
	}
	if !e.d.progressive {
		to := c.plane[8*(y*c.stride+x):]
		var b [64]int16
		if e.sequential(c, &b) {
			fill(b[0], c.table, to, c.stride)
			return
		}
		invert(&b, c.table, to, c.stride)
		return
	}
	b := (*[64]int16)(c.coefficients[y][64*x:])
	switch {
	case e.first == 0 && e.high == 0:
		n := int(e.d.bits.code(c.dcTable))
		c.dc += e.d.bits.signed(min(n, 16))
		b[0] = int16(c.dc << e.low)
	case e.first == 0:
		if e.d.bits.bit() {
			b[0] |= 1 << e.low
		}
	case e.high == 0:
		e.firstAC(c, b)
	default:
		e.refineAC(c, b)
	}
}

// sequential reads a block, and reports whether it has no coefficient but the first.
func (e *entropy) sequential(c *component, b *[64]int16) (flat bool) {
	r := &e.d.bits
	c.dc += r.signed(min(int(r.code(c.dcTable)), 16))
	b[0] = int16(c.dc)
	flat = true
	for k := 1; k < 64; k++ {
		v := r.code(c.acTable)
		zeros, n := int(v>>4), int(v&15)
		k += zeros
		if n == 0 {
			if zeros != 15 {
				return flat
			}
			continue
		}
		// A run beyond the block is no code of an encoder; libjpeg goes on.
		r.wrong = r.wrong || k > 63
		b[natural[k]] = int16(r.signed(n))
		flat = false
	}
	return flat
}

// firstAC reads coefficients for the first time (T.81, G.1.2.2).
func (e *entropy) firstAC(c *component, b *[64]int16) {
	if e.run > 0 {
		e.run--
		return
	}
	r := &e.d.bits
	for k := e.first; k <= e.last; k++ {
		v := r.code(c.acTable)
		zeros, n := int(v>>4), int(v&15)
		if n == 0 {
			if zeros != 15 {
				e.run = 1<<zeros - 1 + r.take(zeros)
				return
			}
			k += 15
			continue
		}
		k += zeros
		r.wrong = r.wrong || k > e.last
		b[natural[k]] = int16(r.signed(n) << e.low)
	}
}

// refineAC reads one more bit of coefficients (T.81, G.1.2.3).
func (e *entropy) refineAC(c *component, b *[64]int16) {
	r := &e.d.bits
	plus, minus := int16(1)<<e.low, int16(-1)<<e.low
	refine := func(at *int16) {
		if r.bit() && *at&plus == 0 {
			if *at >= 0 {
				*at += plus
			} else {
				*at += minus
			}
		}
	}
	k := e.first
	if e.run == 0 {
		for ; k <= e.last; k++ {
			v := r.code(c.acTable)
			zeros, n := int(v>>4), int(v&15)
			fresh := int16(0)
			if n != 0 {
				// Only ones are possible.
				e.d.damaged = e.d.damaged || n != 1
				fresh = minus
				if r.bit() {
					fresh = plus
				}
			} else if zeros != 15 {
				e.run = 1<<zeros + r.take(zeros)
				break
			}
			for ; k <= e.last; k++ {
				at := &b[natural[k]]
				if *at != 0 {
					refine(at)
					continue
				}
				if zeros--; zeros < 0 {
					break
				}
			}
			if fresh != 0 && k <= e.last {
				b[natural[k]] = fresh
			}
		}
	}
	if e.run > 0 {
		for ; k <= e.last; k++ {
			if at := &b[natural[k]]; *at != 0 {
				refine(at)
			}
		}
		e.run--
	}
}
