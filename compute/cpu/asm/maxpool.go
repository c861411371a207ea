package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Offsets of the fields of struct windows, checked by a test of package cpu.
const (
	windowsDst    = 0
	windowsSrc    = 24
	windowsRow    = 48
	windowsHeight = 72
	windowsWidth  = 80
	windowsDown   = 88
	windowsRight  = 96
	windowsIn     = 104
	windowsOut    = 112
	windowsRows   = 120
	windowsStep   = 128
	windowsNext   = 136
	windowsLeft   = 144
)

// maxPool writes the kernels for rows of windows that begin at every column, or at
// every second one. The largest pixel of each column comes first, which neighbouring
// windows share.
func (v isa) maxPool() {
	for _, every := range []int{1, 2} {
		v.maxPoolRows(every)
	}
}

func (v isa) maxPoolRows(every int) {
	where := map[int]string{1: "column", 2: "second column"}[every]
	f := argument{text(fmt.Sprintf("maxPool%d%s", every, v.name), "windows", "finds the largest pixels of windows at every "+where+".")}
	src, dst, rows := f.get(windowsSrc), f.get(windowsDst), f.get(windowsRows)
	rest := func(offset int) mask {
		n := f.get(offset)
		ANDQ(U8(uint8(v.lanes-1)), n)
		return v.firstLanes(n)
	}
	inLast, outLast := rest(windowsIn), rest(windowsOut)
	var index reg.VecVirtual
	if every == 2 && v.masks {
		index = v.evenLanes()
	}

	Label("row")
	s, d, n := GP64(), f.get(windowsRow), f.get(windowsIn)
	down, next := f.floats(windowsDown), f.floats(windowsNext)
	MOVQ(src, s)
	ADDQ(f.floats(windowsLeft), d)
	v.alongRow("columns", n, s, d, 1, func(last bool) {
		PREFETCHT1(Mem{Base: s, Index: next, Scale: 1})
		x := v.largest(fmt.Sprintf("down%t", last), s, down, f.get(windowsHeight), func(at Mem, x reg.VecVirtual) {
			if last {
				v.load(at, inLast, x)
			} else {
				VMOVUPS(at, x)
			}
		})
		v.put(x, Mem{Base: d}, last, inLast)
	})

	s, d, n = f.get(windowsRow), GP64(), f.get(windowsOut)
	right := f.floats(windowsRight)
	MOVQ(dst, d)
	v.alongRow("windows", n, s, d, every, func(last bool) {
		x := v.largest(fmt.Sprintf("right%t", last), s, right, f.get(windowsWidth), func(at Mem, x reg.VecVirtual) {
			VMOVUPS(at, x)
			if every == 2 {
				y := v.vec()
				VMOVUPS(Mem{Base: at.Base, Disp: v.bytes}, y)
				v.evens(x, y, index)
			}
		})
		v.put(x, Mem{Base: d}, last, outLast)
	})
	ADDQ(f.floats(windowsStep), src)
	{
		out := f.floats(windowsOut)
		ADDQ(out, dst)
	}
	DECQ(rows)
	JNZ(LabelRef("row"))
	VZEROUPPER()
	RET()
}

// largest is the largest of what load finds at so many places, from first on, step
// apart.
func (v isa) largest(name string, first, step, places reg.GPVirtual, load func(at Mem, x reg.VecVirtual)) reg.VecVirtual {
	at, x := GP64(), v.vec()
	MOVQ(first, at)
	load(Mem{Base: at}, x)
	Label(name)
	DECQ(places)
	JZ(LabelRef(name + "End"))
	ADDQ(step, at)
	y := v.vec()
	load(Mem{Base: at}, y)
	VMAXPS(y, x, x)
	JMP(LabelRef(name))
	Label(name + "End")
	return x
}

// put stores a vector, the last one of a row as far as it goes.
func (v isa) put(x reg.VecVirtual, at Mem, last bool, within mask) {
	if last {
		v.store(x, within, at)
		return
	}
	VMOVUPS(x, at)
}

// alongRow goes over n numbers from s to d, of which every so many in s counts, a
// vector at a time; last is set for what is less than one.
func (v isa) alongRow(name string, n, s, d reg.GPVirtual, every int, do func(last bool)) {
	SUBQ(U8(uint8(v.lanes)), n)
	JL(LabelRef(name + "Rest"))
	Label(name)
	do(false)
	ADDQ(U32(uint32(every*v.bytes)), s)
	ADDQ(U32(uint32(v.bytes)), d)
	SUBQ(U8(uint8(v.lanes)), n)
	JGE(LabelRef(name))
	Label(name + "Rest")
	ADDQ(U8(uint8(v.lanes)), n)
	JZ(LabelRef(name + "Done"))
	do(true)
	Label(name + "Done")
}
