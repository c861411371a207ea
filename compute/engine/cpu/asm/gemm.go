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
	tileScale  = 208
	tileARow   = 232
)

// gemm writes the product of panels of rows weights with one tile of
// rows x vectors*lanes pixels in registers (Goto and van de Geijn, 2008). The
// pixels of depth k begin at b[off[k]]; where they lie is the only difference
// between a matrix product and a convolution. Given room for them, the first
// panel writes them down one after the other for those that follow. The last
// vector of a masked tile may have fewer than all its lanes.
func gemm(v isa, rows, vectors int, masked bool, o order) {
	name := fmt.Sprintf("tile%dx%d%s", rows, vectors*v.lanes, v.name)
	if masked {
		name += "Masked"
	}
	t := text(name+o.suffix(), "tile", fmt.Sprintf("multiplies panels of %d rows%s with %d columns.", rows, o.words(), vectors*v.lanes))
	f := argument{t}
	field := func(offset int) Mem { return Mem{Base: t, Disp: offset} }
	at := newPlaces(f, o)
	var last mask
	if masked {
		n := f.get(tileCols)
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
	a, b, k := newWeights(o, rows), f.get(tileB), GP64()

	begin := func() {
		a.begin(at.get(tileA), field(tileARow))
		MOVQ(field(tileDepth), k)
		for i := range acc {
			for j := range acc[i] {
				v.zero(acc[i][j])
			}
		}
		// The lines of the result are on their way while the products are
		// summed up.
		p, q := at.get(tileC), at.get(tileR)
		cStep, rStep := f.floats(tileCStep), f.floats(tileRStep)
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
	sums := func(name string, step func(u int), pass func(depths int)) {
		overDepths(name, a, k, field(tileAStep), step, pass)
	}
	multiply := func(u int) {
		for i := range acc {
			VBROADCASTSS(a.at(u, i), weight)
			for j := range pixels {
				VFMADD231PS(pixels[j], weight, acc[i][j])
			}
		}
	}
	together, pixel := GP64(), GP64()
	column := func(u, j int) Mem { return Mem{Base: together, Disp: (u*vectors + j) * v.bytes} }
	size := uint32(vectors * v.bytes)

	off := GP64()
	apart := func(store bool) (step, pass func(int)) {
		step = func(u int) {
			MOVLQSX(Mem{Base: off, Disp: 4 * u}, pixel)
			for j := range pixels {
				load(Mem{Base: b, Index: pixel, Scale: 4, Disp: j * v.bytes}, j, pixels[j])
				if store {
					VMOVAPS(pixels[j], column(u, j))
				}
			}
			multiply(u)
		}
		pass = func(depths int) {
			ADDQ(U32(4*uint32(depths)), off)
			if store {
				ADDQ(U32(size*uint32(depths)), together)
			}
		}
		return step, pass
	}
	Label("next")
	begin()
	MOVQ(field(tileOff), off)
	MOVQ(field(tilePacked), together)
	TESTQ(together, together)
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
	MOVQ(field(tilePacked), together)
	sums("together", func(u int) {
		for j := range pixels {
			VMOVAPS(column(u, j), pixels[j])
		}
		multiply(u)
	}, func(depths int) { ADDQ(U32(size*uint32(depths)), together) })

	// perRow does something with each row and its number in a list, if there is one,
	// which begins with the panel's.
	perRow := func(name string, list int, do func(y, x reg.VecVirtual)) {
		at.ifAny(name, list, rows, func(first reg.GPVirtual) {
			for i := range acc {
				VBROADCASTSS(Mem{Base: first, Disp: 4 * i}, weight)
				for j := range acc[i] {
					do(weight, acc[i][j])
				}
			}
		})
	}
	Label("finish")
	if o == inRows {
		perRow("noScale", tileScale, func(y, x reg.VecVirtual) { VMULPS(y, x, x) })
	}
	perRow("noBias", tileBias, func(y, x reg.VecVirtual) { VADDPS(y, x, x) })
	r, rStep := at.get(tileR), f.floats(tileRStep)
	TESTQ(r, r)
	JZ(LabelRef("noAdd"))
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
	at.set(tileR, r)
	Label("noAdd")
	// A NaN stays one: the second source is what these return then.
	lo, hi := pixels[0], weight
	VBROADCASTSS(field(tileLo), lo)
	VBROADCASTSS(field(tileHi), hi)
	c, cStep := at.get(tileC), f.floats(tileCStep)
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
	at.set(tileC, c)
	at.nextPanel(f)
	DECQ(field(tilePanels))
	JZ(LabelRef("end"))
	CMPQ(field(tilePacked), U8(0))
	JNE(LabelRef("packed"))
	JMP(LabelRef("next"))
	Label("end")
	VZEROUPPER()
	RET()
}

// places are where a panel's data begin: on the stack, because there are not enough
// registers, and because the garbage collector must not find them after the last
// panel, where they point beyond the data.
type places map[int]Mem

// newPlaces are those of the first panel.
func newPlaces(f argument, o order) places {
	p := places{}
	fields := []int{tileA, tileC, tileR, tileBias}
	if o == inRows {
		fields = append(fields, tileScale)
	}
	for _, field := range fields {
		p[field] = AllocLocal(8)
		p.set(field, f.get(field))
	}
	return p
}

func (p places) get(field int) reg.GPVirtual {
	r := GP64()
	MOVQ(p[field], r)
	return r
}

func (p places) set(field int, r reg.GPVirtual) { MOVQ(r, p[field]) }

// ifAny does something with a list's numbers of the panel's rows, if there is the
// list, and goes on to the next panel's.
func (p places) ifAny(name string, list, rows int, do func(first reg.GPVirtual)) {
	first := p.get(list)
	TESTQ(first, first)
	JZ(LabelRef(name))
	do(first)
	ADDQ(U32(4*uint32(rows)), first)
	p.set(list, first)
	Label(name)
}

// nextPanel goes on to the next panel's weights.
func (p places) nextPanel(f argument) { ADDQ(f.floats(tileAStep), p[tileA]) }

// order is how a panel's weights lie in memory.
type order int

const (
	// packed weights lie depth by depth.
	packed order = iota
	// Those inRows lie row by row. Each row has a factor, if there is any.
	inRows
)

func (o order) suffix() string { return [...]string{"", "InRows"}[o] }

func (o order) words() string { return [...]string{"", ", weights row by row,"}[o] }

// weights are where a panel's are read.
type weights struct {
	order order
	rows  int
	// a is the first row's, or of packed ones all rows', and lower the fifth's.
	a, lower reg.GPVirtual
	// row is the distance between rows, three that times three.
	row, three reg.GPVirtual
}

func newWeights(o order, rows int) *weights {
	w := &weights{order: o, rows: rows, a: GP64()}
	if o == inRows {
		w.row, w.three = GP64(), GP64()
		if rows > 4 {
			w.lower = GP64()
		}
	}
	return w
}

// begin goes to a panel.
func (w *weights) begin(panel reg.GPVirtual, row Mem) {
	MOVQ(panel, w.a)
	if w.order == packed {
		return
	}
	MOVQ(row, w.row)
	SHLQ(U8(2), w.row)
	LEAQ(Mem{Base: w.row, Index: w.row, Scale: 2}, w.three)
	if w.rows > 4 {
		LEAQ(Mem{Base: w.a, Index: w.row, Scale: 4}, w.lower)
	}
}

// at is the weight of a row, so many depths further on.
func (w *weights) at(depth, row int) Mem {
	if w.order == packed {
		return Mem{Base: w.a, Disp: 4 * (depth*w.rows + row)}
	}
	m := Mem{Base: w.a, Disp: 4 * depth}
	if row >= 4 {
		m.Base = w.lower
	}
	switch row % 4 {
	case 1, 2:
		m.Index, m.Scale = w.row, uint8(row%4)
	case 3:
		m.Index, m.Scale = w.three, 1
	}
	return m
}

// pass goes on by some depths.
func (w *weights) pass(depths int) {
	if w.order == packed {
		ADDQ(U32(4*uint32(depths*w.rows)), w.a)
		return
	}
	ADDQ(U8(4*uint8(depths)), w.a)
	if w.rows > 4 {
		ADDQ(U8(4*uint8(depths)), w.lower)
	}
}

// fetch asks for weights that follow, in a pass over depthsAtOnce depths of which k
// more follow: packed ones some lines further on, those in rows of the next panel,
// step floats away, a line of each row in every fourth pass.
func (w *weights) fetch(k reg.GPVirtual, step Mem, skip string) {
	if w.order == packed {
		PREFETCHT0(Mem{Base: w.a, Disp: 4096})
		if w.rows == 8 {
			PREFETCHT0(Mem{Base: w.a, Disp: 4096 + 64})
		}
		return
	}
	TESTQ(U32(3*depthsAtOnce), k)
	JNZ(LabelRef(skip))
	next := GP64()
	MOVQ(step, next)
	LEAQ(Mem{Base: w.a, Index: next, Scale: 4}, next)
	for row := range w.rows {
		if row == 4 {
			LEAQ(Mem{Base: next, Index: w.row, Scale: 4}, next)
		}
		m := w.at(0, row%4)
		m.Base = next
		PREFETCHT0(m)
	}
	Label(skip)
}

// depthsAtOnce is the number of depths that a pass goes over.
const depthsAtOnce = 4

// overDepths goes over k depths of a panel's weights at a, and fetches those of the
// next panel, aStep floats away: step does the depth of a number within a pass, pass
// moves on by some.
func overDepths(name string, a *weights, k reg.GPVirtual, aStep Mem, step func(u int), pass func(depths int)) {
	const unroll = depthsAtOnce
	loop, tail, tailLoop := name, name+"Tail", name+"TailLoop"
	SUBQ(U8(unroll), k)
	JL(LabelRef(tail))
	Label(loop)
	a.fetch(k, aStep, name+"Fetched")
	for u := range unroll {
		step(u)
	}
	a.pass(unroll)
	pass(unroll)
	SUBQ(U8(unroll), k)
	JGE(LabelRef(loop))
	Label(tail)
	ADDQ(U8(unroll), k)
	JZ(LabelRef(name + "End"))
	Label(tailLoop)
	step(0)
	a.pass(1)
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
	places, b := newPlaces(f, packed), f.get(tileB)
	var acc [depthsAtOnce]reg.VecVirtual
	for u := range acc {
		acc[u] = rowVector(rows)
	}
	x := rowVector(rows)
	at, k, a, off := GP64(), GP64(), newWeights(packed, rows), GP64()

	Label("next")
	a.begin(places.get(tileA), Mem{})
	MOVQ(f.get(tileOff), off)
	MOVQ(f.get(tileDepth), k)
	for u := range acc {
		VXORPS(acc[u], acc[u], acc[u])
	}
	overDepths("sums", a, k, Mem{Base: f.base, Disp: tileAStep}, func(u int) {
		MOVLQSX(Mem{Base: off, Disp: 4 * u}, at)
		VBROADCASTSS(Mem{Base: b, Index: at, Scale: 4}, x)
		VFMADD231PS(a.at(u, 0), x, acc[u])
	}, func(depths int) { ADDQ(U8(4*uint8(depths)), off) })
	VADDPS(acc[1], acc[0], acc[0])
	VADDPS(acc[3], acc[2], acc[2])
	VADDPS(acc[2], acc[0], acc[0])
	f.finishColumn(places, acc[0], rows)
}

// gemmColumnInRows is the same for weights row by row: each row's product with the
// column's pixels, which lie together, is summed up in lanes of its own.
func gemmColumnInRows(v isa, rows int) {
	f := argument{text(fmt.Sprintf("tile%dx1%s%s", rows, v.name, inRows.suffix()), "tile",
		fmt.Sprintf("multiplies panels of %d rows%s with a column.", rows, inRows.words()))}
	places := newPlaces(f, inRows)
	acc := make([]reg.VecVirtual, rows)
	for i := range acc {
		acc[i] = v.vec()
	}
	k, a, b := GP64(), newWeights(inRows, rows), GP64()

	Label("next")
	a.begin(places.get(tileA), Mem{Base: f.base, Disp: tileARow})
	MOVQ(f.get(tileB), b)
	MOVQ(f.get(tileDepth), k)
	for i := range acc {
		v.zero(acc[i])
	}
	v.eachVector("vector", k, func(last *mask) {
		x := v.read(Mem{Base: b}, last)
		for i := range acc {
			VFMADD231PS(x, v.read(a.at(0, i), last), acc[i])
		}
	}, func() {
		a.pass(v.lanes)
		ADDQ(U8(uint8(v.bytes)), b)
	})
	half := make([]reg.Register, rows)
	for i := range half {
		half[i] = acc[i].AsY()
		if v.masks {
			upper := YMM()
			VEXTRACTF64X4(U8(1), acc[i], upper)
			VADDPS(upper, half[i], half[i])
		}
	}
	for n := rows; n > rows/4; n /= 2 {
		for i := range n / 2 {
			VHADDPS(half[2*i+1], half[2*i], half[i])
		}
	}
	sums := rowVector(rows)
	high := make([]reg.VecVirtual, rows/4)
	for i := range high {
		high[i] = XMM()
		VEXTRACTF128(U8(1), half[i], high[i])
		VADDPS(acc[i].AsX(), high[i], high[i])
	}
	if rows == 4 {
		VMOVAPS(high[0], sums)
	} else {
		VMOVAPS(high[0], sums.AsX())
		VINSERTF128(U8(1), high[1], sums, sums)
	}
	places.ifAny("noScale", tileScale, rows, func(scale reg.GPVirtual) { VMULPS(Mem{Base: scale}, sums, sums) })
	f.finishColumn(places, sums, rows)
}

// rowVector is a register for a number of each row of a panel.
func rowVector(rows int) reg.VecVirtual {
	if rows == 8 {
		return YMM()
	}
	return XMM()
}

// finishColumn adds the bias to sums of a panel's rows, stores them, and goes on to
// the next panel.
func (a argument) finishColumn(places places, sums reg.VecVirtual, rows int) {
	field := func(offset int) Mem { return Mem{Base: a.base, Disp: offset} }
	places.ifAny("noBias", tileBias, rows, func(bias reg.GPVirtual) { VADDPS(Mem{Base: bias}, sums, sums) })
	held := AllocLocal(4 * 8)
	VMOVUPS(sums, held)
	lo, hi := XMM(), XMM()
	VMOVSS(field(tileLo), lo)
	VMOVSS(field(tileHi), hi)
	c, r, cStep, rStep := places.get(tileC), places.get(tileR), a.get(tileCStep), a.get(tileRStep)
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
	places.set(tileC, c)
	places.set(tileR, r)
	places.nextPanel(a)
	DECQ(field(tilePanels))
	JNZ(LabelRef("next"))
	VZEROUPPER()
	RET()
}
