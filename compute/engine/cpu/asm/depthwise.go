package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// depthwise writes the convolution of one channel: rows of sums of pixels at
// given offsets, each with its weight. Rows are written in whole vectors.
func (v isa) depthwise() {
	t := text("depthwise"+v.name, "tile", "convolves one channel.")
	field := func(offset int) Mem { return Mem{Base: t, Disp: offset} }
	get := func(offset int) reg.GPVirtual {
		r := GP64()
		MOVQ(field(offset), r)
		return r
	}
	weights, src, dst, off, taps := get(tileA), get(tileB), get(tileC), get(tileOff), get(tileDepth)
	from, to := get(tileAStep), get(tileCStep)
	SHLQ(U8(2), from)
	SHLQ(U8(2), to)
	bias, lo, hi := v.vec(), v.vec(), v.vec()
	v.zero(bias)
	b := get(tileBias)
	TESTQ(b, b)
	JZ(LabelRef("noBias"))
	VBROADCASTSS(Mem{Base: b}, bias)
	Label("noBias")
	VBROADCASTSS(field(tileLo), lo)
	VBROADCASTSS(field(tileHi), hi)
	s, d, n, k, at := GP64(), GP64(), GP64(), GP64(), GP64()

	// pass makes some vectors of a row. Several sums at a time hide how long
	// each addition takes.
	pass := func(name string, vectors int) {
		weight, sums := v.vec(), make([]reg.VecVirtual, vectors)
		for i := range sums {
			sums[i] = v.vec()
			VMOVAPS(bias, sums[i])
		}
		XORQ(k, k)
		Label(name)
		MOVLQSX(Mem{Base: off, Index: k, Scale: 4}, at)
		VBROADCASTSS(Mem{Base: weights, Index: k, Scale: 4}, weight)
		for i, sum := range sums {
			VFMADD231PS(Mem{Base: s, Index: at, Scale: 4, Disp: i * v.bytes}, weight, sum)
		}
		INCQ(k)
		CMPQ(k, taps)
		JLT(LabelRef(name))
		for i, sum := range sums {
			// A NaN stays one.
			VMAXPS(sum, lo, sum)
			VMINPS(sum, hi, sum)
			VMOVUPS(sum, Mem{Base: d, Disp: i * v.bytes})
		}
		ADDQ(U32(uint32(vectors*v.bytes)), s)
		ADDQ(U32(uint32(vectors*v.bytes)), d)
		SUBQ(U32(uint32(vectors*v.lanes)), n)
	}
	Label("row")
	MOVQ(src, s)
	MOVQ(dst, d)
	MOVQ(field(tileCols), n)
	Label("many")
	CMPQ(n, U32(uint32(3*v.lanes)))
	JLE(LabelRef("few"))
	pass("fourSums", 4)
	JMP(LabelRef("many"))
	Label("few")
	CMPQ(n, U32(uint32(v.lanes)))
	JLE(LabelRef("last"))
	pass("twoSums", 2)
	JMP(LabelRef("few"))
	Label("last")
	CMPQ(n, U8(0))
	JLE(LabelRef("next"))
	pass("oneSum", 1)
	Label("next")
	ADDQ(from, src)
	ADDQ(to, dst)
	DECQ(field(tilePanels))
	JNZ(LabelRef("row"))
	VZEROUPPER()
	RET()
}
