package jpeg

// transform makes a progressive component's samples of its coefficients.
func (d *decoder) transform(c *component) {
	for y := range c.high {
		for x := range c.wide {
			b := (*[64]int16)(c.coefficients[64*(y*c.wide+x):])
			invert(b, c.table, c.plane[8*(y*c.stride+x):], c.stride)
		}
	}
	c.coefficients = nil
}

// invert is the inverse cosine transform of a block after dequantisation, by the
// algorithm of Loeffler, Ligtenberg and Moschytz (ICASSP 1989) with the constants and
// the rounding of libjpeg's accurate integer one (jidctint.c).
func invert(b *[64]int16, quant *[64]uint16, to []uint8, stride int) {
	const (
		bits  = 13
		pass1 = 2
	)
	var work [64]int32
	for x := range 8 {
		at := func(y int) int32 { return int32(b[8*y+x]) * int32(quant[8*y+x]) }
		if b[8+x]|b[16+x]|b[24+x]|b[32+x]|b[40+x]|b[48+x]|b[56+x] == 0 {
			flat := at(0) << pass1
			for y := range 8 {
				work[8*y+x] = flat
			}
			continue
		}
		out := butterfly([8]int32{at(0), at(1), at(2), at(3), at(4), at(5), at(6), at(7)})
		for y, v := range out {
			work[8*y+x] = (v + 1<<(bits-pass1-1)) >> (bits - pass1)
		}
	}
	for y := range 8 {
		out := butterfly([8]int32(work[8*y:]))
		row := to[y*stride:][:8]
		for x, v := range out {
			const shift = bits + pass1 + 3
			// The mask is libjpeg's: it keeps damaged data from running over.
			row[x] = clamp((v + 1<<(shift-1)) >> shift)
		}
	}
}

func clamp(v int32) uint8 { return uint8(min(max(v+128, 0), 255)) }

// butterfly is the transform along one axis, scaled up by 2^13.
func butterfly(in [8]int32) [8]int32 {
	const (
		c0298 = 2446
		c0390 = 3196
		c0541 = 4433
		c0765 = 6270
		c0899 = 7373
		c1175 = 9633
		c1501 = 12299
		c1847 = 15137
		c1961 = 16069
		c2053 = 16819
		c2562 = 20995
		c3072 = 25172
	)
	z1 := (in[2] + in[6]) * c0541
	t2, t3 := z1-in[6]*c1847, z1+in[2]*c0765
	t0, t1 := (in[0]+in[4])<<13, (in[0]-in[4])<<13
	e0, e3, e1, e2 := t0+t3, t0-t3, t1+t2, t1-t2

	o0, o1, o2, o3 := in[7], in[5], in[3], in[1]
	z1, z2, z3, z4 := o0+o3, o1+o2, o0+o2, o1+o3
	z5 := (z3 + z4) * c1175
	o0, o1, o2, o3 = o0*c0298, o1*c2053, o2*c3072, o3*c1501
	z1, z2 = -z1*c0899, -z2*c2562
	z3, z4 = z5-z3*c1961, z5-z4*c0390
	o0, o1, o2, o3 = o0+z1+z3, o1+z2+z4, o2+z2+z3, o3+z1+z4
	return [8]int32{e0 + o3, e1 + o2, e2 + o1, e3 + o0, e3 - o0, e2 - o1, e1 - o2, e0 - o3}
}
