package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// softmaxRows writes the kernels that a softmax along the last axis needs.
func (v isa) softmaxRows() {
	v.kernel("expBelow", "sets dst to exp(a + shift), where a + shift is not above 0.", 1, func(f argument) func([]reg.VecVirtual) reg.VecVirtual {
		shift := f.broadcast(v, vecShift)
		return func(in []reg.VecVirtual) reg.VecVirtual {
			VADDPS(shift, in[0], in[0])
			return v.exp(in[0])
		}
	})
	v.most()
}

// most writes the kernel that finds the largest number in four vectors at a time, which
// begin with the first one; the last vectors overlap the ones before.
func (v isa) most() {
	const unroll = 4
	f := argument{text("most"+v.name, "vec", "finds the largest of a, which has at least a vector of numbers.")}
	src, n := f.get(vecA), f.get(vecCount)
	acc := make([]reg.VecVirtual, unroll)
	for i := range acc {
		acc[i] = v.read(Mem{Base: src}, nil)
	}
	end := GP64()
	LEAQ(Mem{Base: src, Index: n, Scale: 4, Disp: -v.bytes}, end)
	SUBQ(U32(uint32(unroll*v.lanes)), n)
	JL(LabelRef("few"))
	Label("many")
	for i := range unroll {
		VMAXPS(Mem{Base: src, Disp: i * v.bytes}, acc[i], acc[i])
	}
	ADDQ(U32(uint32(unroll*v.bytes)), src)
	SUBQ(U32(uint32(unroll*v.lanes)), n)
	JGE(LabelRef("many"))
	Label("few")
	CMPQ(src, end)
	JGE(LabelRef("end"))
	VMAXPS(Mem{Base: src}, acc[0], acc[0])
	ADDQ(U32(uint32(v.bytes)), src)
	JMP(LabelRef("few"))
	Label("end")
	VMAXPS(Mem{Base: end}, acc[1], acc[1])
	VMAXPS(acc[1], acc[0], acc[0])
	VMAXPS(acc[3], acc[2], acc[2])
	VMAXPS(acc[2], acc[0], acc[0])
	VMOVSS(v.across(acc[0], func(b, a reg.VecVirtual) { VMAXPS(b, a, a) }), Mem{Base: f.base, Disp: vecResult})
	VZEROUPPER()
	RET()
}

// across combines all numbers of a vector by an operation that sets its second operand.
func (v isa) across(acc reg.VecVirtual, combine func(b, a reg.VecVirtual)) reg.VecVirtual {
	y, x := acc.AsY().(reg.VecVirtual), acc.AsX().(reg.VecVirtual)
	if v.masks {
		h := YMM()
		VEXTRACTF64X4(U8(1), acc, h)
		combine(h, y)
	}
	h := XMM()
	VEXTRACTF128(U8(1), y, h)
	combine(h, x)
	VMOVHLPS(x, x, h)
	combine(h, x)
	VMOVSHDUP(x, h)
	combine(h, x)
	return x
}
