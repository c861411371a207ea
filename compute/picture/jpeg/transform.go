package jpeg

import (
	"encoding/binary"
	"runtime/debug"
)

// transform makes a progressive component's samples of its coefficients, which are
// given up row by row: those of a large picture and its samples do not fit into memory
// together.
func (d *decoder) transform(c *component) {
	const much = 16 << 20
	c.plane = make([]uint8, c.stride*8*c.high)
	freed := 0
	for y, row := range c.coefficients {
		if freed += 2 * len(row); freed > much {
			freed = 0
			debug.FreeOSMemory()
		}
		c.coefficients[y] = nil
		for x := range c.wide {
			b := (*[64]int16)(row[64*x:])
			to := c.plane[8*(y*c.stride+x):]
			if flat(b) {
				fill(b[0], c.table, to, c.stride)
				continue
			}
			invert(b, c.table, to, c.stride)
		}
	}
	c.coefficients = nil
}

// flat reports whether a block has no coefficient but the first.
func flat(b *[64]int16) bool {
	var any int16
	for _, v := range b[1:] {
		any |= v
	}
	return any == 0
}

// The constants of the transform, scaled by 2^13: cosines and sums of them.
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

// invert is the inverse cosine transform of a block after dequantisation, by the
// algorithm of Loeffler, Ligtenberg and Moschytz (ICASSP 1989) with the constants and
// the rounding of libjpeg's accurate integer one (jidctint.c): columns first, which
// keep two bits more, then rows.
func invert(b *[64]int16, quant *[64]uint16, to []uint8, stride int) {
	var work [64]int32
	for x := range 8 {
		in := b[x:]
		q := quant[x:]
		_, _ = in[56], q[56]
		if in[8]|in[16]|in[24]|in[32]|in[40]|in[48]|in[56] == 0 {
			flat := int32(in[0]) * int32(q[0]) << 2
			for y := range 8 {
				work[8*y+x] = flat
			}
			continue
		}
		z2, z3 := int32(in[16])*int32(q[16]), int32(in[48])*int32(q[48])
		z1 := (z2 + z3) * c0541
		t2, t3 := z1-z3*c1847, z1+z2*c0765
		z2, z3 = int32(in[0])*int32(q[0]), int32(in[32])*int32(q[32])
		t0, t1 := (z2+z3)<<13, (z2-z3)<<13
		e0, e3, e1, e2 := t0+t3, t0-t3, t1+t2, t1-t2
		o0, o1, o2, o3 := odd(int32(in[56])*int32(q[56]), int32(in[40])*int32(q[40]), int32(in[24])*int32(q[24]), int32(in[8])*int32(q[8]))
		const half, shift = 1 << 10, 11
		work[x], work[56+x] = (e0+o3+half)>>shift, (e0-o3+half)>>shift
		work[8+x], work[48+x] = (e1+o2+half)>>shift, (e1-o2+half)>>shift
		work[16+x], work[40+x] = (e2+o1+half)>>shift, (e2-o1+half)>>shift
		work[24+x], work[32+x] = (e3+o0+half)>>shift, (e3-o0+half)>>shift
	}
	for y := range 8 {
		in := (*[8]int32)(work[8*y:])
		row := to[y*stride:][:8:8]
		z1 := (in[2] + in[6]) * c0541
		t2, t3 := z1-in[6]*c1847, z1+in[2]*c0765
		t0, t1 := (in[0]+in[4])<<13, (in[0]-in[4])<<13
		e0, e3, e1, e2 := t0+t3, t0-t3, t1+t2, t1-t2
		o0, o1, o2, o3 := odd(in[7], in[5], in[3], in[1])
		const half, shift = 1 << 17, 18
		row[0], row[7] = level((e0+o3+half)>>shift), level((e0-o3+half)>>shift)
		row[1], row[6] = level((e1+o2+half)>>shift), level((e1-o2+half)>>shift)
		row[2], row[5] = level((e2+o1+half)>>shift), level((e2-o1+half)>>shift)
		row[3], row[4] = level((e3+o0+half)>>shift), level((e3-o0+half)>>shift)
	}
}

// odd is the half of the transform along an axis that is of odd coefficients.
func odd(o0, o1, o2, o3 int32) (int32, int32, int32, int32) {
	z3, z4 := o0+o2, o1+o3
	z5 := (z3 + z4) * c1175
	z1, z2 := -(o0+o3)*c0899, -(o1+o2)*c2562
	z3, z4 = z5-z3*c1961, z5-z4*c0390
	return o0*c0298 + z1 + z3, o1*c2053 + z2 + z4, o2*c3072 + z2 + z3, o3*c1501 + z1 + z4
}

// fill is [invert] for a block of a single coefficient.
func fill(dc int16, quant *[64]uint16, to []uint8, stride int) {
	v := level((int32(dc)*int32(quant[0])<<2 + 16) >> 5)
	word := uint64(v) * 0x0101010101010101
	for y := range 8 {
		binary.LittleEndian.PutUint64(to[y*stride:], word)
	}
}

// level is a sample of 8 bits.
func level(v int32) uint8 {
	if v += 128; uint32(v) > 255 {
		if v < 0 {
			return 0
		}
		return 255
	}
	return uint8(v)
}
