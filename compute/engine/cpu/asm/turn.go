package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// turn writes the kernel that turns squares of a matrix around, each of 8 by 8 numbers.
func (v isa) turn() {
	f := argument{text("turn"+v.name, "vec", "sets dst[j*to + i] to a[i*step + j] for i and j below 8, rows times, going on begins[0] in a and begins[1] in dst.")}
	src, dst, n := f.get(vecA), f.get(vecDst), f.get(vecRows)
	step, to := f.floats(vecStep), f.floats(vecTo)
	nextSrc, nextDst := f.floats(vecBegins), f.floats(vecBegins+8)
	Label("square")
	in, out := eight(src, step), eight(dst, to)
	var row, pair [8]reg.VecVirtual
	for i := range row {
		row[i] = YMM()
		VMOVUPS(in[i], row[i])
	}
	for i := 0; i < 8; i += 2 {
		pair[i], pair[i+1] = YMM(), YMM()
		VUNPCKLPS(row[i+1], row[i], pair[i])
		VUNPCKHPS(row[i+1], row[i], pair[i+1])
	}
	for i := 0; i < 8; i += 4 {
		for half := range 2 {
			a, b := pair[i+half], pair[i+2+half]
			row[i+2*half], row[i+2*half+1] = YMM(), YMM()
			VSHUFPS(U8(0x44), b, a, row[i+2*half])
			VSHUFPS(U8(0xee), b, a, row[i+2*half+1])
		}
	}
	for i := range 4 {
		low, high := YMM(), YMM()
		VPERM2F128(U8(0x20), row[i+4], row[i], low)
		VPERM2F128(U8(0x31), row[i+4], row[i], high)
		VMOVUPS(low, out[i])
		VMOVUPS(high, out[i+4])
	}
	ADDQ(nextSrc, src)
	ADDQ(nextDst, dst)
	DECQ(n)
	JNZ(LabelRef("square"))
	VZEROUPPER()
	RET()
}

// eight are the places of eight rows, step bytes apart.
func eight(base, step reg.GPVirtual) [8]Mem {
	thrice, middle := GP64(), GP64()
	LEAQ(Mem{Base: step, Index: step, Scale: 2}, thrice)
	LEAQ(Mem{Base: base, Index: step, Scale: 4}, middle)
	var rows [8]Mem
	for i, at := range []reg.GPVirtual{base, middle} {
		rows[4*i] = Mem{Base: at}
		rows[4*i+1] = Mem{Base: at, Index: step, Scale: 1}
		rows[4*i+2] = Mem{Base: at, Index: step, Scale: 2}
		rows[4*i+3] = Mem{Base: at, Index: thrice, Scale: 1}
	}
	return rows
}
