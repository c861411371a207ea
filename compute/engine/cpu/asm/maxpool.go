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
	windowsLeft   = 104
	windowsIn     = 112
	windowsOut    = 120
	windowsRows   = 128
	windowsStep   = 136
	windowsNext   = 144
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
	var index reg.VecVirtual
	if every == 2 && v.masks {
		index = v.evenLanes()
	}

	Label("row")
	s, d, n := GP64(), f.get(windowsRow), f.get(windowsIn)
	down, next := f.floats(windowsDown), f.floats(windowsNext)
	MOVQ(src, s)
	ADDQ(f.floats(windowsLeft), d)
	v.eachVector("columns", n, func(last *mask) {
		PREFETCHT1(Mem{Base: s, Index: next, Scale: 1})
		x := v.largest(fmt.Sprintf("down%t", last != nil), s, down, f.get(windowsHeight), func(at Mem) reg.VecVirtual { return v.read(at, last) })
		v.write(x, Mem{Base: d}, last)
	}, func() {
		ADDQ(U32(uint32(v.bytes)), s)
		ADDQ(U32(uint32(v.bytes)), d)
	})

	s, d, n = f.get(windowsRow), GP64(), f.get(windowsOut)
	right := f.floats(windowsRight)
	MOVQ(dst, d)
	v.eachVector("windows", n, func(last *mask) {
		x := v.largest(fmt.Sprintf("right%t", last != nil), s, right, f.get(windowsWidth), func(at Mem) reg.VecVirtual {
			x := v.read(at, nil)
			if every == 2 {
				v.evens(x, v.read(at.Offset(v.bytes), nil), index)
			}
			return x
		})
		v.write(x, Mem{Base: d}, last)
	}, func() {
		ADDQ(U32(uint32(every*v.bytes)), s)
		ADDQ(U32(uint32(v.bytes)), d)
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
func (v isa) largest(name string, first, step, places reg.GPVirtual, load func(at Mem) reg.VecVirtual) reg.VecVirtual {
	at := GP64()
	MOVQ(first, at)
	x := load(Mem{Base: at})
	Label(name)
	DECQ(places)
	JZ(LabelRef(name + "End"))
	ADDQ(step, at)
	VMAXPS(load(Mem{Base: at}), x, x)
	JMP(LabelRef(name))
	Label(name + "End")
	return x
}
