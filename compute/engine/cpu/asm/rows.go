package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// rows writes the kernels that copy rows of an image into another one. They read
// no more than the row and write whole vectors, with zeros after the row, where
// the next one follows.
func (v isa) rows() {
	v.rowKernel("copyRows", "sets dst[i] to a[i], row by row, and up to a whole vector to zero.", 1)
	v.rowKernel("everySecond", "sets dst[i] to a[2*i], row by row, and up to a whole vector to zero.", 2)
}

func (v isa) rowKernel(name, doc string, every int) {
	f := argument{text(name+v.name, "vec", doc)}
	dst, src, rows := f.get(vecDst), f.get(vecA), f.get(vecRows)
	from, to := f.floats(vecStep), f.floats(vecTo)
	count, whole := f.get(vecCount), GP64()
	// What is left after the whole vectors, and of the last number only what
	// is copied of it.
	MOVQ(count, whole)
	ANDQ(I32(int32(-v.lanes)), whole)
	SUBQ(whole, count)
	var index reg.VecVirtual
	last := make([]mask, every)
	if every == 1 {
		n := GP64()
		MOVQ(count, n)
		last[0] = v.firstLanes(n)
	} else {
		if v.masks {
			index = v.evenLanes()
		}
		for i := range last {
			// Between 0 and the lanes, 2*count - 1 - i*lanes.
			n, bound := GP64(), GP64()
			LEAQ(Mem{Base: count, Index: count, Scale: 1, Disp: -1 - i*v.lanes}, n)
			XORQ(bound, bound)
			CMPQ(n, bound)
			CMOVQLT(bound, n)
			MOVQ(U32(uint32(v.lanes)), bound)
			CMPQ(n, bound)
			CMOVQGT(bound, n)
			last[i] = v.firstLanes(n)
		}
	}
	s, d, n := GP64(), GP64(), GP64()
	pass := func(masked bool) {
		x := make([]reg.VecVirtual, every)
		for i := range x {
			x[i] = v.vec()
			m := Mem{Base: s, Disp: i * v.bytes}
			if masked {
				v.load(m, last[i], x[i])
			} else {
				VMOVUPS(m, x[i])
			}
		}
		if every == 2 {
			v.evens(x[0], x[1], index)
		}
		VMOVUPS(x[0], Mem{Base: d})
	}
	Label("row")
	MOVQ(src, s)
	MOVQ(dst, d)
	MOVQ(whole, n)
	TESTQ(n, n)
	JZ(LabelRef("rest"))
	Label("vector")
	pass(false)
	ADDQ(U32(uint32(every*v.bytes)), s)
	ADDQ(U32(uint32(v.bytes)), d)
	SUBQ(U8(uint8(v.lanes)), n)
	JNZ(LabelRef("vector"))
	Label("rest")
	TESTQ(count, count)
	JZ(LabelRef("next"))
	pass(true)
	Label("next")
	ADDQ(from, src)
	ADDQ(to, dst)
	DECQ(rows)
	JNZ(LabelRef("row"))
	VZEROUPPER()
	RET()
}

// evenLanes is what evens needs with AVX-512.
func (v isa) evenLanes() reg.VecVirtual {
	words := make([]uint32, 16)
	for i := range words {
		words[i] = uint32(2 * i)
	}
	index := v.vec()
	VMOVUPS(table("every0", words), index)
	return index
}

// evens sets x to the numbers of x and then y of even place.
func (v isa) evens(x, y, index reg.VecVirtual) {
	if v.masks {
		VPERMT2PS(y, index, x)
		return
	}
	VSHUFPS(U8(0x88), y, x, x)
	VPERMPD(U8(0xd8), x, x)
}
