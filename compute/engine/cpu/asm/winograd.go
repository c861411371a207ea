package main

import (
	"fmt"
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Offsets of the fields of struct wino, checked by a test of package cpu.
const (
	winoSrc      = 0
	winoDst      = 24
	winoAdd      = 48
	winoMask     = 72
	winoSrcAt    = 96
	winoDstAt    = 104
	winoRows     = 112
	winoChunks   = 120
	winoSrcStep  = 128
	winoDstStep  = 136
	winoSrcPlane = 144
	winoDstPlane = 152
	winoSrcRow   = 160
	winoBias     = 168
	winoLo       = 172
	winoHi       = 176
	winoNext     = 184
)

// winograd writes the passes of F(2x2,3x3) or F(4x4,3x3): tiles of out x out
// pixels are made from tiles of in x in.
type winograd struct {
	isa
	out, in int
}

func (v isa) winograd() {
	for _, out := range []int{2, 4} {
		w := winograd{v, out, out + 2}
		w.inputRows()
		w.inputColumns()
		w.outputColumns()
		w.outputRows()
	}
}

// begin begins a pass's function.
func (v winograd) begin(pass, doc string) argument {
	return argument{text(fmt.Sprintf("wino%d%s%s", v.out, pass, v.name), "wino", doc)}
}

// times sets r to a multiple of itself, by the side of an input tile.
func (v winograd) times(r reg.GPVirtual) {
	if v.in == 4 {
		SHLQ(U8(2), r)
		return
	}
	LEAQ(Mem{Base: r, Index: r, Scale: 2}, r)
	ADDQ(r, r)
}

// argument gives access to a struct.
type argument struct{ base reg.Register }

func (a argument) get(offset int) reg.GPVirtual {
	r := GP64()
	MOVQ(Mem{Base: a.base, Disp: offset}, r)
	return r
}

// floats is a field that counts floats, in bytes.
func (a argument) floats(offset int) reg.GPVirtual {
	r := a.get(offset)
	SHLQ(U8(2), r)
	return r
}

func (a argument) broadcast(v isa, offset int) reg.VecVirtual {
	x := v.vec()
	VBROADCASTSS(Mem{Base: a.base, Disp: offset}, x)
	return x
}

// plus is the sum of two registers, in a new one.
func plus(a, b reg.Register) reg.GPVirtual {
	r := GP64()
	LEAQ(Mem{Base: a, Index: b, Scale: 1}, r)
	return r
}

// spaced gives the addresses base + i*step for i below n, which is at most 6.
func spaced(n int, base, step reg.GPVirtual) []Mem {
	list := []Mem{{Base: base}, {Base: base, Index: step, Scale: 1}, {Base: base, Index: step, Scale: 2}}
	if n > 3 {
		third := GP64()
		LEAQ(Mem{Base: base, Index: step, Scale: 2}, third)
		ADDQ(step, third)
		list = append(list, Mem{Base: third}, Mem{Base: third, Index: step, Scale: 1}, Mem{Base: third, Index: step, Scale: 2})
	}
	return list[:n]
}

// fetch asks for a chunk's pixels of the next channel. The second cache is near
// enough, and the first is filled by this channel's.
func (v winograd) fetch(pixels, next reg.GPVirtual) {
	for i := range v.out * v.bytes / 64 {
		PREFETCHT1(Mem{Base: pixels, Index: next, Scale: 1, Disp: i * 64})
	}
}

// inputTransform is the one-dimensional input transform of F(2,3) with the
// points 0, ±1 and infinity, or of F(4,3) with 0, ±1/√2, ±√2 and infinity. Its
// constants are made by inputConstants.
func (v winograd) inputTransform(d, c []reg.VecVirtual, out func(i int, x reg.VecVirtual)) {
	if v.out == 2 {
		t := v.vec()
		VSUBPS(d[2], d[0], d[0])
		out(0, d[0])
		VADDPS(d[2], d[1], t)
		out(1, t)
		VSUBPS(d[1], d[2], d[2])
		out(2, d[2])
		VSUBPS(d[3], d[1], d[1])
		out(3, d[1])
		return
	}
	two, half, root, rootHalf, twoAndHalf := c[0], c[1], c[2], c[3], c[4]
	t, b := v.vec(), v.vec()
	VADDPS(d[4], d[0], d[0])
	VFNMADD231PS(d[2], twoAndHalf, d[0])
	out(0, d[0])

	VMOVAPS(d[4], t)
	VFNMADD231PS(d[2], two, t)
	VMULPS(d[3], rootHalf, b)
	VFNMADD231PS(d[1], root, b)
	VADDPS(b, t, d[0])
	out(1, d[0])
	VSUBPS(b, t, t)
	out(2, t)

	VFNMADD231PS(d[2], half, d[4])
	VMULPS(d[3], root, b)
	VFNMADD231PS(d[1], rootHalf, b)
	VADDPS(b, d[4], d[2])
	out(3, d[2])
	VSUBPS(b, d[4], d[4])
	out(4, d[4])

	VADDPS(d[5], d[1], d[1])
	VFNMADD231PS(d[3], twoAndHalf, d[1])
	out(5, d[1])
}

func (v winograd) inputConstants() []reg.VecVirtual {
	if v.out == 2 {
		return nil
	}
	return []reg.VecVirtual{
		v.constant(2), v.constant(.5), v.constant(math.Sqrt2), v.constant(math.Sqrt2 / 2), v.constant(2.5),
	}
}

// outputTransform is the one-dimensional output transform.
func (v winograd) outputTransform(m, c []reg.VecVirtual) []reg.VecVirtual {
	if v.out == 2 {
		VADDPS(m[1], m[0], m[0])
		VADDPS(m[2], m[0], m[0])
		VSUBPS(m[2], m[1], m[1])
		VSUBPS(m[3], m[1], m[1])
		return m[:2]
	}
	two, half, root, rootHalf, rootQuarter := c[0], c[1], c[2], c[3], c[4]
	p, q, u, w := v.vec(), v.vec(), v.vec(), v.vec()
	VADDPS(m[2], m[1], p)
	VSUBPS(m[2], m[1], q)
	VADDPS(m[4], m[3], u)
	VSUBPS(m[4], m[3], w)
	o1 := m[1]
	VADDPS(p, m[0], m[0])
	VADDPS(u, m[0], m[0])
	VMULPS(q, rootHalf, o1)
	VFMADD231PS(w, root, o1)
	VMULPS(p, half, p)
	VFMADD231PS(u, two, p)
	VFMADD231PS(q, rootQuarter, m[5])
	VADDPS(w, w, w)
	VFMADD231PS(w, root, m[5])
	return []reg.VecVirtual{m[0], o1, p, m[5]}
}

func (v winograd) outputConstants() []reg.VecVirtual {
	if v.out == 2 {
		return nil
	}
	return []reg.VecVirtual{
		v.constant(2), v.constant(.5), v.constant(math.Sqrt2), v.constant(math.Sqrt2 / 2), v.constant(math.Sqrt2 / 4),
	}
}

// inputRows transforms rows of an image along x: from a row of pixels to as many
// rows of one number for each tile as an input tile is wide.
func (v winograd) inputRows() {
	f := v.begin("InputRows", "transforms rows of pixels along x.")
	src, dst := f.get(winoSrc), f.get(winoDst)
	ADDQ(f.floats(winoSrcAt), src)
	ADDQ(f.floats(winoDstAt), dst)
	rows := f.get(winoRows)
	plane := f.floats(winoDstPlane)
	consts := v.inputConstants()
	next := f.floats(winoNext)
	Label("row")
	s, lanes, chunks := GP64(), f.get(winoMask), f.get(winoChunks)
	MOVQ(src, s)
	d := GP64()
	MOVQ(dst, d)
	Label("chunk")
	loads := func(shift int) []reg.VecVirtual {
		x := make([]reg.VecVirtual, v.out)
		for i := range x {
			x[i] = v.vec()
			m := v.lanesAt(Mem{Base: lanes, Disp: i*v.bytes + shift})
			v.load(Mem{Base: s, Disp: i*v.bytes + shift}, m, x[i])
		}
		return x
	}
	v.fetch(s, next)
	// The last two pixels of a tile are the first two of the next one.
	pixels := v.deinterleave(loads(0), v.out)
	pixels = append(pixels, v.deinterleave(loads(4*v.out), 2)...)
	to := spaced(v.in, d, plane)
	v.inputTransform(pixels, consts, func(i int, x reg.VecVirtual) { VMOVUPS(x, to[i]) })
	ADDQ(U32(uint32(v.out*v.bytes)), s)
	ADDQ(U32(uint32(v.out*v.bytes)), lanes)
	ADDQ(U32(uint32(v.bytes)), d)
	DECQ(chunks)
	JNZ(LabelRef("chunk"))
	ADDQ(f.floats(winoSrcStep), src)
	ADDQ(f.floats(winoDstStep), dst)
	DECQ(rows)
	JNZ(LabelRef("row"))
	VZEROUPPER()
	RET()
}

// inputColumns transforms along y: the rows of an input tile at a time, for each
// number along x. The last two rows of a tile are the first of the tile below.
func (v winograd) inputColumns() {
	f := v.begin("InputColumns", "transforms along y what winoInputRows has made.")
	src, dst := f.get(winoSrc), f.get(winoDst)
	ADDQ(f.floats(winoDstAt), dst)
	row := f.floats(winoSrcRow)
	below := f.floats(winoSrcStep)
	plane := GP64()
	MOVQ(f.floats(winoDstPlane), plane)
	v.times(plane)
	consts := v.inputConstants()
	numbers := GP64()
	MOVQ(U32(uint32(v.in)), numbers)
	Label("number")
	s, d, chunks := GP64(), GP64(), f.get(winoChunks)
	MOVQ(src, s)
	MOVQ(dst, d)
	Label("chunk")
	from := append(spaced(v.out, s, row), spaced(2, plus(s, below), row)...)
	x := make([]reg.VecVirtual, v.in)
	for i := range x {
		x[i] = v.vec()
		VMOVUPS(from[i], x[i])
	}
	to := spaced(v.in, d, plane)
	v.inputTransform(x, consts, func(i int, x reg.VecVirtual) { VMOVUPS(x, to[i]) })
	ADDQ(U32(uint32(v.bytes)), s)
	ADDQ(U32(uint32(v.bytes)), d)
	DECQ(chunks)
	JNZ(LabelRef("chunk"))
	ADDQ(f.floats(winoSrcPlane), src)
	ADDQ(f.floats(winoDstPlane), dst)
	DECQ(numbers)
	JNZ(LabelRef("number"))
	VZEROUPPER()
	RET()
}

// outputColumns transforms the products back along y: for each number along x,
// from the numbers along y to an output tile's rows.
func (v winograd) outputColumns() {
	f := v.begin("OutputColumns", "transforms products back along y.")
	src, dst := f.get(winoSrc), f.get(winoDst)
	ADDQ(f.floats(winoSrcAt), src)
	step := f.floats(winoSrcPlane)
	v.times(step)
	row := f.floats(winoDstStep)
	consts := v.outputConstants()
	numbers := GP64()
	MOVQ(U32(uint32(v.in)), numbers)
	Label("number")
	s, d, chunks := GP64(), GP64(), f.get(winoChunks)
	MOVQ(src, s)
	MOVQ(dst, d)
	Label("chunk")
	from := spaced(v.in, s, step)
	x := make([]reg.VecVirtual, v.in)
	for i := range x {
		x[i] = v.vec()
		VMOVUPS(from[i], x[i])
	}
	to := spaced(v.out, d, row)
	for i, o := range v.outputTransform(x, consts) {
		VMOVUPS(o, to[i])
	}
	ADDQ(U32(uint32(v.bytes)), s)
	ADDQ(U32(uint32(v.bytes)), d)
	DECQ(chunks)
	JNZ(LabelRef("chunk"))
	ADDQ(f.floats(winoSrcPlane), src)
	ADDQ(f.floats(winoDstPlane), dst)
	DECQ(numbers)
	JNZ(LabelRef("number"))
	VZEROUPPER()
	RET()
}

// outputRows transforms back along x and writes rows of the result.
func (v winograd) outputRows() {
	f := v.begin("OutputRows", "transforms back along x and writes rows of the result.")
	src, dst, add := f.get(winoSrc), f.get(winoDst), f.get(winoAdd)
	ADDQ(f.floats(winoSrcAt), src)
	{
		at := f.floats(winoDstAt)
		ADDQ(at, dst)
		TESTQ(add, add)
		JZ(LabelRef("nothing"))
		ADDQ(at, add)
		Label("nothing")
	}
	plane := f.floats(winoSrcPlane)
	rows := f.get(winoRows)
	next := f.floats(winoNext)
	Label("row")
	s, d, a, lanes, chunks := GP64(), GP64(), GP64(), f.get(winoMask), f.get(winoChunks)
	MOVQ(src, s)
	MOVQ(dst, d)
	MOVQ(add, a)
	Label("chunk")
	from := spaced(v.in, s, plane)
	x := make([]reg.VecVirtual, v.in)
	for i := range x {
		x[i] = v.vec()
		VMOVUPS(from[i], x[i])
	}
	v.fetch(d, next)
	y := v.interleave(v.outputTransform(x, v.outputConstants()))
	bias := f.broadcast(v.isa, winoBias)
	for i := range y {
		VADDPS(bias, y[i], y[i])
	}
	TESTQ(a, a)
	JZ(LabelRef("noAdd"))
	v.fetch(a, next)
	for i := range y {
		r := v.vec()
		m := v.lanesAt(Mem{Base: lanes, Disp: i * v.bytes})
		v.load(Mem{Base: a, Disp: i * v.bytes}, m, r)
		VADDPS(r, y[i], y[i])
	}
	ADDQ(U32(uint32(v.out*v.bytes)), a)
	Label("noAdd")
	lo, hi := f.broadcast(v.isa, winoLo), f.broadcast(v.isa, winoHi)
	for i := range y {
		VMAXPS(y[i], lo, y[i])
		VMINPS(y[i], hi, y[i])
		m := v.lanesAt(Mem{Base: lanes, Disp: i * v.bytes})
		at := Mem{Base: d, Disp: i * v.bytes}
		if v.masks {
			v.store(y[i], m, at)
			continue
		}
		// A masked store takes many times longer than a plain one, and is
		// needed at the end of a row only.
		partial, done := "partial"+string(rune('0'+i)), "done"+string(rune('0'+i))
		bits, all := GP32(), v.vec()
		VMOVUPS(m.at, all)
		VMOVMSKPS(all, bits)
		CMPL(bits, U32(255))
		JNE(LabelRef(partial))
		VMOVUPS(y[i], at)
		JMP(LabelRef(done))
		Label(partial)
		v.store(y[i], m, at)
		Label(done)
	}
	ADDQ(U32(uint32(v.bytes)), s)
	ADDQ(U32(uint32(v.out*v.bytes)), d)
	ADDQ(U32(uint32(v.out*v.bytes)), lanes)
	DECQ(chunks)
	JNZ(LabelRef("chunk"))
	ADDQ(f.floats(winoSrcStep), src)
	step := f.floats(winoDstStep)
	ADDQ(step, dst)
	TESTQ(add, add)
	JZ(LabelRef("noStep"))
	ADDQ(step, add)
	Label("noStep")
	DECQ(rows)
	JNZ(LabelRef("row"))
	VZEROUPPER()
	RET()
}
