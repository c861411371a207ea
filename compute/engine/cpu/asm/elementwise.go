package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Offsets of the fields of struct vec, checked by a test of package cpu.
const (
	vecDst    = 0
	vecA      = 24
	vecB      = 48
	vecScale  = 72
	vecShift  = 76
	vecLo     = 80
	vecHi     = 84
	vecResult = 88
	vecCount  = 96
	vecRows   = 104
	vecStep   = 112
	vecTo     = 120
	vecBegins = 128
)

// kernel writes a function that runs an operation over all elements. The body
// loads what stays the same and returns the operation on one vector of each
// input.
func (v isa) kernel(name, doc string, inputs int, body func(f argument) func(in []reg.VecVirtual) reg.VecVirtual) {
	f := argument{text(name+v.name, "vec", doc)}
	op := body(f)
	v.sweep(f, inputs, op)
	VZEROUPPER()
	RET()
}

func elementwise(v isa) {
	v.kernel("add", "sets dst to a + b within lo and hi.", 2, func(f argument) func([]reg.VecVirtual) reg.VecVirtual {
		lo, hi := f.broadcast(v, vecLo), f.broadcast(v, vecHi)
		return func(in []reg.VecVirtual) reg.VecVirtual {
			VADDPS(in[1], in[0], in[0])
			VMAXPS(in[0], lo, in[0])
			VMINPS(in[0], hi, in[0])
			return in[0]
		}
	})
	v.kernel("affine", "sets dst to a*scale + shift within lo and hi.", 1, func(f argument) func([]reg.VecVirtual) reg.VecVirtual {
		lo, hi := f.broadcast(v, vecLo), f.broadcast(v, vecHi)
		scale, shift := f.broadcast(v, vecScale), f.broadcast(v, vecShift)
		return func(in []reg.VecVirtual) reg.VecVirtual {
			VMULPS(scale, in[0], in[0])
			VADDPS(shift, in[0], in[0])
			VMAXPS(in[0], lo, in[0])
			VMINPS(in[0], hi, in[0])
			return in[0]
		}
	})
	v.kernel("scaleAdd", "sets dst to a + scale*b.", 2, func(f argument) func([]reg.VecVirtual) reg.VecVirtual {
		scale := f.broadcast(v, vecScale)
		return func(in []reg.VecVirtual) reg.VecVirtual {
			VFMADD231PS(in[1], scale, in[0])
			return in[0]
		}
	})
	v.kernel("mul", "sets dst to a*b.", 2, func(argument) func([]reg.VecVirtual) reg.VecVirtual {
		return func(in []reg.VecVirtual) reg.VecVirtual {
			VMULPS(in[1], in[0], in[0])
			return in[0]
		}
	})
	for _, k := range []struct {
		name, doc string
		op        func(b, a, dst Op)
	}{
		{"div", "sets dst to a/b.", func(b, a, dst Op) { VDIVPS(b, a, dst) }},
		{"larger", "sets dst to the larger one of a and b.", func(b, a, dst Op) { VMAXPS(b, a, dst) }},
		{"smaller", "sets dst to the smaller one of a and b.", func(b, a, dst Op) { VMINPS(b, a, dst) }},
	} {
		v.kernel(k.name, k.doc, 2, func(argument) func([]reg.VecVirtual) reg.VecVirtual {
			return func(in []reg.VecVirtual) reg.VecVirtual {
				k.op(in[1], in[0], in[0])
				return in[0]
			}
		})
	}
	v.kernel("divBy", "sets dst to a/scale.", 1, func(f argument) func([]reg.VecVirtual) reg.VecVirtual {
		scale := f.broadcast(v, vecScale)
		return func(in []reg.VecVirtual) reg.VecVirtual {
			VDIVPS(scale, in[0], in[0])
			return in[0]
		}
	})
	v.kernel("gate", "sets dst to a*scale where lo < b < hi and to zero elsewhere.", 2, func(f argument) func([]reg.VecVirtual) reg.VecVirtual {
		lo, hi, scale := f.broadcast(v, vecLo), f.broadcast(v, vecHi), f.broadcast(v, vecScale)
		return func(in []reg.VecVirtual) reg.VecVirtual {
			VMULPS(scale, in[0], in[0])
			v.keep(v.less(lo, in[1]), in[0])
			v.keep(v.less(in[1], hi), in[0])
			return in[0]
		}
	})
	v.reduction("dot", "sums up the products of a and b.", 2, func(in []reg.VecVirtual, acc reg.VecVirtual) {
		VFMADD231PS(in[1], in[0], acc)
	})
	v.dots()
	v.addRows()
	v.reduction("sum", "sums up a.", 1, func(in []reg.VecVirtual, acc reg.VecVirtual) {
		VADDPS(in[0], acc, acc)
	})
}

// read loads a vector, or under a mask the first lanes of one.
func (v isa) read(m Mem, last *mask) reg.VecVirtual {
	x := v.vec()
	if last != nil {
		v.load(m, *last, x)
	} else {
		VMOVUPS(m, x)
	}
	return x
}

// write stores a vector, or under a mask the first lanes of one.
func (v isa) write(x reg.VecVirtual, m Mem, last *mask) {
	if last != nil {
		v.store(x, *last, m)
	} else {
		VMOVUPS(x, m)
	}
}

// sweep runs op over all elements, the last ones under a mask.
func (v isa) sweep(f argument, inputs int, op func(in []reg.VecVirtual) reg.VecVirtual) {
	dst, n := f.get(vecDst), f.get(vecCount)
	src := []reg.GPVirtual{f.get(vecA)}
	if inputs == 2 {
		src = append(src, f.get(vecB))
	}
	at := GP64()
	XORQ(at, at)
	pass := func(last *mask) {
		in := make([]reg.VecVirtual, inputs)
		for i := range in {
			in[i] = v.read(Mem{Base: src[i], Index: at, Scale: 4}, last)
		}
		v.write(op(in), Mem{Base: dst, Index: at, Scale: 4}, last)
	}
	v.eachVector("whole", n, pass, func() { ADDQ(U8(uint8(v.lanes)), at) })
}

// eachVector goes over n numbers, a vector at a time, after each of which advance
// goes on, and then over what is left of one under a mask.
func (v isa) eachVector(name string, n reg.GPVirtual, pass func(last *mask), advance func()) {
	SUBQ(U8(uint8(v.lanes)), n)
	JL(LabelRef(name + "Rest"))
	Label(name)
	pass(nil)
	advance()
	SUBQ(U8(uint8(v.lanes)), n)
	JGE(LabelRef(name))
	Label(name + "Rest")
	ADDQ(U8(uint8(v.lanes)), n)
	JZ(LabelRef(name + "End"))
	last := v.firstLanes(n)
	pass(&last)
	Label(name + "End")
}

// reduction sums up over all elements in eight vectors at a time, so that the
// sum's latency does not bound it, then one at a time.
func (v isa) reduction(name, doc string, inputs int, op func(in []reg.VecVirtual, acc reg.VecVirtual)) {
	const unroll = 8
	f := argument{text(name+v.name, "vec", doc)}
	src := []reg.GPVirtual{f.get(vecA)}
	if inputs == 2 {
		src = append(src, f.get(vecB))
	}
	acc := make([]reg.VecVirtual, unroll)
	for i := range acc {
		acc[i] = v.vec()
		v.zero(acc[i])
	}
	n := f.get(vecCount)
	at := GP64()
	XORQ(at, at)
	pass := func(i int, last *mask) {
		in := make([]reg.VecVirtual, inputs)
		for j := range in {
			in[j] = v.read(Mem{Base: src[j], Index: at, Scale: 4, Disp: i * v.bytes}, last)
		}
		op(in, acc[i])
		if last == nil && inputs == 2 {
			// The second input is a row of weights, which come from memory.
			PREFETCHT0(Mem{Base: src[1], Index: at, Scale: 4, Disp: i*v.bytes + 4096})
		}
	}
	v.passes(n, unroll, pass, func(vectors int) { ADDQ(U32(uint32(vectors*v.lanes)), at) })
	for step := unroll / 2; step > 0; step /= 2 {
		for i := range step {
			VADDPS(acc[i+step], acc[i], acc[i])
		}
	}
	VMOVSS(v.total(acc[0]), Mem{Base: f.base, Disp: vecResult})
	VZEROUPPER()
	RET()
}

// passes goes over n numbers: unroll vectors at a time, then one, then what is
// left of one under a mask.
func (v isa) passes(n reg.GPVirtual, unroll int, pass func(i int, last *mask), advance func(vectors int)) {
	SUBQ(U32(uint32(unroll*v.lanes)), n)
	JL(LabelRef("few"))
	Label("many")
	for i := range unroll {
		pass(i, nil)
	}
	advance(unroll)
	SUBQ(U32(uint32(unroll*v.lanes)), n)
	JGE(LabelRef("many"))
	Label("few")
	ADDQ(U32(uint32(unroll*v.lanes)), n)
	v.eachVector("one", n, func(last *mask) { pass(0, last) }, func() { advance(1) })
}

// total sums up the numbers of a vector.
func (v isa) total(acc reg.VecVirtual) reg.VecVirtual {
	return v.across(acc, func(b, a reg.VecVirtual) { VADDPS(b, a, a) })
}

// dots sums up the products of a with four rows of b, two vectors at a time.
// Reading several rows at once, a core gets more out of the memory.
func (v isa) dots() {
	const rows, unroll = 4, 2
	f := argument{text("dots"+v.name, "vec", "sets dst to the sums of the products of a with four rows of b, step apart.")}
	a, b := f.get(vecA), spaced(rows, f.get(vecB), f.floats(vecStep))
	var acc [rows][unroll]reg.VecVirtual
	for r := range rows {
		for i := range unroll {
			acc[r][i] = v.vec()
			v.zero(acc[r][i])
		}
	}
	n := f.get(vecCount)
	pass := func(i int, last *mask) {
		load := func(m Mem) reg.VecVirtual {
			m.Disp += i * v.bytes
			return v.read(m, last)
		}
		x := load(Mem{Base: a})
		for r := range rows {
			VFMADD231PS(load(b[r]), x, acc[r][i])
		}
	}
	advance := func(vectors int) {
		ADDQ(U32(uint32(vectors*v.bytes)), a)
		// The first three rows share a base.
		for _, row := range []int{0, 3} {
			ADDQ(U32(uint32(vectors*v.bytes)), b[row].Base)
		}
	}
	v.passes(n, unroll, pass, advance)
	dst := f.get(vecDst)
	for r := range rows {
		VADDPS(acc[r][1], acc[r][0], acc[r][0])
		VMOVSS(v.total(acc[r][0]), Mem{Base: dst, Disp: 4 * r})
	}
	VZEROUPPER()
	RET()
}

// addRows adds four rows times their factors to dst, two vectors at a time.
// Reading several rows at once, a core gets more out of the memory.
func (v isa) addRows() {
	const rows, unroll = 4, 2
	f := argument{text("addRows"+v.name, "vec", "adds to dst four rows of b, where they begin, within lo and hi, times the factors a.")}
	dst, n := f.get(vecDst), f.get(vecCount)
	a := f.get(vecA)
	lo, hi := f.broadcast(v, vecLo), f.broadcast(v, vecHi)
	var row [rows]reg.GPVirtual
	var factor [rows]reg.VecVirtual
	for r := range rows {
		row[r], factor[r] = f.floats(vecBegins+8*r), v.vec()
		ADDQ(Mem{Base: f.base, Disp: vecB}, row[r])
		VBROADCASTSS(Mem{Base: a, Disp: 4 * r}, factor[r])
	}
	pass := func(i int, last *mask) {
		at := func(base reg.GPVirtual) Mem { return Mem{Base: base, Disp: i * v.bytes} }
		sum := v.read(at(dst), last)
		for r := range rows {
			x := v.read(at(row[r]), last)
			// A NaN stays one.
			VMAXPS(x, lo, x)
			VMINPS(x, hi, x)
			VFMADD231PS(x, factor[r], sum)
		}
		v.write(sum, at(dst), last)
	}
	v.passes(n, unroll, pass, func(vectors int) {
		for _, base := range append(row[:], dst) {
			ADDQ(U32(uint32(vectors*v.bytes)), base)
		}
	})
	VZEROUPPER()
	RET()
}
