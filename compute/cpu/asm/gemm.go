package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Offsets of the fields of struct tile, checked by a test of package cpu.
const (
	tileA      = 0
	tileB      = 24
	tileC      = 48
	tileR      = 72
	tileBias   = 96
	tileOff    = 120
	tileDepth  = 144
	tilePanels = 152
	tileAStep  = 160
	tileCStep  = 168
	tileRStep  = 176
	tileCols   = 184
	tileLo     = 192
	tileHi     = 196
	tilePacked = 200
)

// gemm writes the product of panels of rows weights with one tile of
// rows x vectors*lanes pixels in registers (Goto and van de Geijn, 2008). The
// pixels of depth k begin at b[off[k]]; where they lie is the only difference
// between a matrix product and a convolution. Given room for them, the first
// panel writes them down one after the other for those that follow. The last
// vector of a masked tile may have fewer than all its lanes.
func gemm(v isa, rows, vectors int, masked bool) {
	name := fmt.Sprintf("tile%dx%d%s", rows, vectors*v.lanes, v.name)
	if masked {
		name += "Masked"
	}
	t := text(name, "tile", fmt.Sprintf("multiplies panels of %d rows with %d columns.", rows, vectors*v.lanes))
	field := func(offset int) Mem { return Mem{Base: t, Disp: offset} }
	get := func(offset int) reg.GPVirtual {
		r := GP64()
		MOVQ(field(offset), r)
		return r
	}
	panel := get(tileA)
	b, c, r, bias := get(tileB), get(tileC), get(tileR), get(tileBias)
	cStep, rStep := get(tileCStep), get(tileRStep)
	SHLQ(U8(2), cStep)
	SHLQ(U8(2), rStep)
	var last mask
	if masked {
		n := get(tileCols)
		SUBQ(U32(uint32((vectors-1)*v.lanes)), n)
		last = v.firstLanes(n)
	}
	load := func(m Mem, j int, x reg.VecVirtual) {
		if masked && j == vectors-1 {
			v.load(m, last, x)
		} else {
			VMOVUPS(m, x)
		}
	}
	acc := make([][]reg.VecVirtual, rows)
	for i := range acc {
		acc[i] = make([]reg.VecVirtual, vectors)
		for j := range acc[i] {
			acc[i][j] = v.vec()
		}
	}
	pixels := make([]reg.VecVirtual, vectors)
	for j := range pixels {
		pixels[j] = v.vec()
	}
	weight := v.vec()
	a, k := GP64(), GP64()

	begin := func() {
		MOVQ(panel, a)
		MOVQ(field(tileDepth), k)
		for i := range acc {
			for j := range acc[i] {
				v.zero(acc[i][j])
			}
		}
		// The lines of the result are on their way while the products are
		// summed up.
		p, q := GP64(), GP64()
		MOVQ(c, p)
		MOVQ(r, q)
		TESTQ(q, q)
		CMOVQEQ(p, q)
		for range rows {
			for j := range vectors {
				PREFETCHT0(Mem{Base: p, Disp: j * v.bytes})
				PREFETCHT0(Mem{Base: q, Disp: j * v.bytes})
			}
			ADDQ(cStep, p)
			ADDQ(rStep, q)
		}
	}
	sums := func(name string, step func(u int), pass func(depths int)) { overDepths(name, rows, a, k, step, pass) }
	multiply := func(u int) {
		for i := range acc {
			VBROADCASTSS(Mem{Base: a, Disp: 4 * (u*rows + i)}, weight)
			for j := range pixels {
				VFMADD231PS(pixels[j], weight, acc[i][j])
			}
		}
	}
	packed, at := GP64(), GP64()
	column := func(u, j int) Mem { return Mem{Base: packed, Disp: (u*vectors + j) * v.bytes} }
	size := uint32(vectors * v.bytes)

	off := GP64()
	apart := func(store bool) (step, pass func(int)) {
		step = func(u int) {
			MOVLQSX(Mem{Base: off, Disp: 4 * u}, at)
			for j := range pixels {
				load(Mem{Base: b, Index: at, Scale: 4, Disp: j * v.bytes}, j, pixels[j])
				if store {
					VMOVAPS(pixels[j], column(u, j))
				}
			}
			multiply(u)
		}
		pass = func(depths int) {
			ADDQ(U32(4*uint32(depths)), off)
			if store {
				ADDQ(U32(size*uint32(depths)), packed)
			}
		}
		return step, pass
	}
	Label("next")
	begin()
	MOVQ(field(tileOff), off)
	MOVQ(field(tilePacked), packed)
	TESTQ(packed, packed)
	JNZ(LabelRef("pack"))
	step, pass := apart(false)
	sums("apart", step, pass)
	JMP(LabelRef("finish"))
	Label("pack")
	step, pass = apart(true)
	sums("packing", step, pass)
	JMP(LabelRef("finish"))
	Label("packed")
	begin()
	MOVQ(field(tilePacked), packed)
	sums("together", func(u int) {
		for j := range pixels {
			VMOVAPS(column(u, j), pixels[j])
		}
		multiply(u)
	}, func(depths int) { ADDQ(U32(size*uint32(depths)), packed) })

	noBias, noAdd := "noBias", "noAdd"
	Label("finish")
	TESTQ(bias, bias)
	JZ(LabelRef(noBias))
	for i := range acc {
		VBROADCASTSS(Mem{Base: bias, Disp: 4 * i}, weight)
		for j := range acc[i] {
			VADDPS(weight, acc[i][j], acc[i][j])
		}
	}
	ADDQ(U32(4*uint32(rows)), bias)
	Label(noBias)
	TESTQ(r, r)
	JZ(LabelRef(noAdd))
	for i := range acc {
		for j := range acc[i] {
			m := Mem{Base: r, Disp: j * v.bytes}
			if masked && j == vectors-1 {
				v.load(m, last, weight)
				VADDPS(weight, acc[i][j], acc[i][j])
			} else {
				VADDPS(m, acc[i][j], acc[i][j])
			}
		}
		ADDQ(rStep, r)
	}
	Label(noAdd)
	// A NaN stays one: the second source is what these return then.
	lo, hi := pixels[0], weight
	VBROADCASTSS(field(tileLo), lo)
	VBROADCASTSS(field(tileHi), hi)
	for i := range acc {
		for j := range acc[i] {
			VMAXPS(acc[i][j], lo, acc[i][j])
			VMINPS(acc[i][j], hi, acc[i][j])
			m := Mem{Base: c, Disp: j * v.bytes}
			if masked && j == vectors-1 {
				v.store(acc[i][j], last, m)
			} else {
				VMOVUPS(acc[i][j], m)
			}
		}
		ADDQ(cStep, c)
	}
	{
		s := get(tileAStep)
		SHLQ(U8(2), s)
		ADDQ(s, panel)
	}
	DECQ(field(tilePanels))
	JZ(LabelRef("end"))
	CMPQ(field(tilePacked), U8(0))
	JNE(LabelRef("packed"))
	JMP(LabelRef("next"))
	Label("end")
	VZEROUPPER()
	RET()
}

// depthsAtOnce is the number of depths that a pass goes over.
const depthsAtOnce = 4

// overDepths goes over k depths of a panel's weights at a, and fetches those of the
// next panel: step does the depth of a number within a pass, pass moves on by some.
func overDepths(name string, rows int, a, k reg.GPVirtual, step func(u int), pass func(depths int)) {
	const unroll = depthsAtOnce
	loop, tail, tailLoop := name, name+"Tail", name+"TailLoop"
	SUBQ(U8(unroll), k)
	JL(LabelRef(tail))
	Label(loop)
	PREFETCHT0(Mem{Base: a, Disp: 4096})
	if rows == 8 {
		PREFETCHT0(Mem{Base: a, Disp: 4096 + 64})
	}
	for u := range unroll {
		step(u)
	}
	ADDQ(U32(4*unroll*uint32(rows)), a)
	pass(unroll)
	SUBQ(U8(unroll), k)
	JGE(LabelRef(loop))
	Label(tail)
	ADDQ(U8(unroll), k)
	JZ(LabelRef(name + "End"))
	Label(tailLoop)
	step(0)
	ADDQ(U32(4*uint32(rows)), a)
	pass(1)
	DECQ(k)
	JNZ(LabelRef(tailLoop))
	Label(name + "End")
}

// gemmColumn is the same for a tile of a single column, with the rows of a panel
// in a vector. Several sums, each of every so many depths, do not wait for each
// other.
func gemmColumn(v isa, rows int) {
	f := argument{text(fmt.Sprintf("tile%dx1%s", rows, v.name), "tile", fmt.Sprintf("multiplies panels of %d rows with a column.", rows))}
	field := func(offset int) Mem { return Mem{Base: f.base, Disp: offset} }
	vector := func() reg.VecVirtual {
		if rows == 8 {
			return YMM()
		}
		return XMM()
	}
	a, b, c, r, bias := f.get(tileA), f.get(tileB), f.get(tileC), f.get(tileR), f.get(tileBias)
	cStep, rStep, aStep := f.get(tileCStep), f.get(tileRStep), f.floats(tileAStep)
	lo, hi := XMM(), XMM()
	VMOVSS(field(tileLo), lo)
	VMOVSS(field(tileHi), hi)
	var acc [depthsAtOnce]reg.VecVirtual
	for u := range acc {
		acc[u] = vector()
	}
	x := vector()
	at, k, row, off := GP64(), GP64(), GP64(), GP64()
	held := AllocLocal(4 * 8)

	Label("next")
	MOVQ(a, row)
	MOVQ(field(tileOff), off)
	MOVQ(field(tileDepth), k)
	for u := range acc {
		VXORPS(acc[u], acc[u], acc[u])
	}
	overDepths("sums", rows, row, k, func(u int) {
		MOVLQSX(Mem{Base: off, Disp: 4 * u}, at)
		VBROADCASTSS(Mem{Base: b, Index: at, Scale: 4}, x)
		VFMADD231PS(Mem{Base: row, Disp: 4 * u * rows}, x, acc[u])
	}, func(depths int) { ADDQ(U8(4*uint8(depths)), off) })
	VADDPS(acc[1], acc[0], acc[0])
	VADDPS(acc[3], acc[2], acc[2])
	VADDPS(acc[2], acc[0], acc[0])
	TESTQ(bias, bias)
	JZ(LabelRef("noBias"))
	VADDPS(Mem{Base: bias}, acc[0], acc[0])
	ADDQ(U32(4*uint32(rows)), bias)
	Label("noBias")
	VMOVUPS(acc[0], held)
	for i := range rows {
		sum := XMM()
		VMOVSS(held.Offset(4*i), sum)
		done := fmt.Sprintf("add%d", i)
		TESTQ(r, r)
		JZ(LabelRef(done))
		VADDSS(Mem{Base: r}, sum, sum)
		LEAQ(Mem{Base: r, Index: rStep, Scale: 4}, r)
		Label(done)
		// A NaN stays one.
		VMAXSS(sum, lo, sum)
		VMINSS(sum, hi, sum)
		VMOVSS(sum, Mem{Base: c})
		LEAQ(Mem{Base: c, Index: cStep, Scale: 4}, c)
	}
	ADDQ(aStep, a)
	DECQ(field(tilePanels))
	JNZ(LabelRef("next"))
	VZEROUPPER()
	RET()
}
