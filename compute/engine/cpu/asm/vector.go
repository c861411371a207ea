package main

import (
	"fmt"
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// zero clears a vector register.
func (v isa) zero(x reg.VecVirtual) {
	if v.masks {
		VPXORD(x, x, x)
	} else {
		VXORPS(x, x, x)
	}
}

// mask keeps some lanes of a vector: it is a k register of AVX-512, or lies in
// memory, since AVX2 has no register to spare for it.
type mask struct {
	k  reg.OpmaskVirtual
	at Mem
}

// firstLanes is the mask of the first n lanes, 0 <= n <= lanes. It changes n.
func (v isa) firstLanes(n reg.GPVirtual) mask {
	if v.masks {
		bits, k := GP32(), K()
		MOVL(I32(-1), bits)
		BZHIL(n.As32(), bits, bits)
		KMOVW(bits, k)
		return mask{k: k}
	}
	at := GP64()
	LEAQ(table("lanes", append(ones(8), make([]uint32, 8)...)), at)
	NEGQ(n)
	LEAQ(Mem{Base: at, Index: n, Scale: 4, Disp: 32}, at)
	return mask{at: Mem{Base: at}}
}

// lanesAt is the mask of the lanes whose entry in memory is all ones rather
// than zero.
func (v isa) lanesAt(at Mem) mask {
	if !v.masks {
		return mask{at: at}
	}
	x, k := v.vec(), K()
	VMOVUPS(at, x)
	VPMOVD2M(x, k)
	return mask{k: k}
}

// load reads the lanes of the mask and zero elsewhere.
func (v isa) load(at Mem, m mask, x reg.VecVirtual) {
	if v.masks {
		VMOVUPS_Z(at, m.k, x)
		return
	}
	VMOVUPS(m.at, x)
	VMASKMOVPS(at, x, x)
}

// store writes the lanes of the mask.
func (v isa) store(x reg.VecVirtual, m mask, at Mem) {
	if v.masks {
		VMOVUPS(x, m.k, at)
		return
	}
	lanes := v.vec()
	VMOVUPS(m.at, lanes)
	VMASKMOVPS(x, lanes, at)
}

// constant is a vector of equal values.
func (v isa) constant(value float64) reg.VecVirtual {
	x := v.vec()
	VBROADCASTSS(table(fmt.Sprintf("f%08x", math.Float32bits(float32(value))), []uint32{math.Float32bits(float32(value))}), x)
	return x
}

var tables = map[string]Mem{}

// table is read-only data, written once under its name.
func table(name string, words []uint32) Mem {
	if m, ok := tables[name]; ok {
		return m
	}
	m := GLOBL(name, 8|16) // RODATA and NOPTR
	for i, w := range words {
		DATA(4*i, U32(w))
	}
	tables[name] = m
	return m
}

func ones(n int) []uint32 {
	w := make([]uint32, n)
	for i := range w {
		w[i] = ^uint32(0)
	}
	return w
}

// deinterleave parts numbers by their residue, modulo 2 or 4: x[i] becomes the
// numbers at positions i, i+len(x), i+2*len(x), ... of the vectors x in a row.
// Only the first keep residues are made.
func (v isa) deinterleave(x []reg.VecVirtual, keep int) []reg.VecVirtual {
	if len(x) == 2 {
		return v.deinterleavePair(x)
	}
	if v.masks {
		return deinterleave512(x, keep)
	}
	a, b, c, d := YMM(), YMM(), YMM(), YMM()
	VPERM2F128(U8(0x20), x[2], x[0], a)
	VPERM2F128(U8(0x31), x[2], x[0], b)
	VPERM2F128(U8(0x20), x[3], x[1], c)
	VPERM2F128(U8(0x31), x[3], x[1], d)
	ab, cd := YMM(), YMM()
	VUNPCKLPS(b, a, ab)
	VUNPCKLPS(d, c, cd)
	r0, r1 := YMM(), YMM()
	VSHUFPS(U8(0x44), cd, ab, r0)
	VSHUFPS(U8(0xee), cd, ab, r1)
	if keep == 2 {
		return []reg.VecVirtual{r0, r1}
	}
	VUNPCKHPS(b, a, a)
	VUNPCKHPS(d, c, c)
	r2 := YMM()
	VSHUFPS(U8(0x44), c, a, r2)
	VSHUFPS(U8(0xee), c, a, a)
	return []reg.VecVirtual{r0, r1, r2, a}
}

func (v isa) deinterleavePair(x []reg.VecVirtual) []reg.VecVirtual {
	even, odd := v.vec(), v.vec()
	if v.masks {
		VMOVAPS(x[0], even)
		VMOVAPS(x[0], odd)
		for i, y := range []reg.VecVirtual{even, odd} {
			words := make([]uint32, 16)
			for k := range words {
				words[k] = uint32(2*k + i)
			}
			index := v.vec()
			VMOVUPS(table(fmt.Sprintf("every%d", i), words), index)
			VPERMT2PS(x[1], index, y)
		}
		return []reg.VecVirtual{even, odd}
	}
	VSHUFPS(U8(0x88), x[1], x[0], even)
	VSHUFPS(U8(0xdd), x[1], x[0], odd)
	VPERMPD(U8(0xd8), even, even)
	VPERMPD(U8(0xd8), odd, odd)
	return []reg.VecVirtual{even, odd}
}

func deinterleave512(x []reg.VecVirtual, keep int) []reg.VecVirtual {
	var out []reg.VecVirtual
	for pair := 0; pair < keep; pair += 2 {
		words := make([]uint32, 16)
		for i := range words {
			words[i] = uint32(4*(i%8) + i/8 + pair)
		}
		index, a, b := ZMM(), ZMM(), ZMM()
		VMOVUPS(table(fmt.Sprintf("deinterleave%d", pair), words), index)
		VMOVAPS(x[0], a)
		VMOVAPS(x[2], b)
		VPERMT2PS(x[1], index, a)
		VPERMT2PS(x[3], index, b)
		c := ZMM()
		VSHUFF64X2(U8(0x44), b, a, c)
		VSHUFF64X2(U8(0xee), b, a, a)
		out = append(out, c, a)
	}
	return out
}

// interleave undoes deinterleave.
func (v isa) interleave(x []reg.VecVirtual) []reg.VecVirtual {
	switch {
	case len(x) == 2 && v.masks:
		return []reg.VecVirtual{mixed512(x[0], x[1], 0), mixed512(x[0], x[1], 1)}
	case len(x) == 2:
		lo, hi, y := YMM(), YMM(), YMM()
		VUNPCKLPS(x[1], x[0], lo)
		VUNPCKHPS(x[1], x[0], hi)
		VPERM2F128(U8(0x20), hi, lo, y)
		VPERM2F128(U8(0x31), hi, lo, hi)
		return []reg.VecVirtual{y, hi}
	case v.masks:
		return interleave512(x)
	}
	lo01, lo23 := YMM(), YMM()
	VUNPCKLPS(x[1], x[0], lo01)
	VUNPCKLPS(x[3], x[2], lo23)
	VUNPCKHPS(x[1], x[0], x[0])
	VUNPCKHPS(x[3], x[2], x[2])
	t0, t1, t2, t3 := YMM(), YMM(), x[1], x[3]
	VUNPCKLPD(lo23, lo01, t0)
	VUNPCKHPD(lo23, lo01, t1)
	VUNPCKLPD(x[2], x[0], t2)
	VUNPCKHPD(x[2], x[0], t3)
	y0, y1 := lo01, lo23
	VPERM2F128(U8(0x20), t1, t0, y0)
	VPERM2F128(U8(0x20), t3, t2, y1)
	VPERM2F128(U8(0x31), t1, t0, t0)
	VPERM2F128(U8(0x31), t3, t2, t2)
	return []reg.VecVirtual{y0, y1, t0, t2}
}

// mixed512 is the first or the second half of a[0], b[0], a[1], b[1], ...
func mixed512(a, b reg.VecVirtual, half int) reg.VecVirtual {
	words := make([]uint32, 16)
	for i := range words {
		words[i] = uint32(8*half + i/2 + 16*(i%2))
	}
	index, out := ZMM(), ZMM()
	VMOVUPS(table(fmt.Sprintf("interleave%d", half), words), index)
	VMOVAPS(a, out)
	VPERMT2PS(b, index, out)
	return out
}

func interleave512(x []reg.VecVirtual) []reg.VecVirtual {
	y := make([]reg.VecVirtual, 4)
	for half := range 2 {
		a, b := mixed512(x[0], x[1], half), mixed512(x[2], x[3], half)
		for quarter := range 2 {
			words := make([]uint32, 16)
			for i := range 8 {
				words[2*i] = uint32(4*quarter + i/2 + 8*(i%2))
			}
			index, out := ZMM(), ZMM()
			VMOVUPS(table(fmt.Sprintf("interleavePairs%d", quarter), words), index)
			VMOVAPS(a, out)
			VPERMT2PD(b, index, out)
			y[2*half+quarter] = out
		}
	}
	return y
}
