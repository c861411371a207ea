package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// softmax writes the kernels that work down the columns of a matrix, a vector of
// columns at a time, so that nothing is summed up across a vector.
func softmax(v isa) {
	v.columns("expColumns", "sets dst, rows step apart, to exp(dst - m), m the largest of its column, and b to the columns' sums.", func(c columns) {
		most := v.read(Mem{Base: c.dst}, c.last)
		c.down("most", func(at Mem) {
			if c.last != nil {
				VMAXPS(v.read(at, c.last), most, most)
				return
			}
			VMAXPS(at, most, most)
		}, c.dst)
		sum := v.vec()
		v.zero(sum)
		c.down("exp", func(at Mem) {
			x := v.read(at, c.last)
			VSUBPS(most, x, x)
			x = v.exp(x)
			VADDPS(x, sum, sum)
			v.write(x, at, c.last)
		}, c.dst)
		v.write(sum, Mem{Base: c.b}, c.last)
	})
	v.columns("softmaxSlope", "sets dst, rows step apart, to a*(dst - m), m the sum of a*dst in its column.", func(c columns) {
		sum := v.vec()
		v.zero(sum)
		c.downBoth("mean", func(d, a Mem) {
			VFMADD231PS(v.read(a, c.last), v.read(d, c.last), sum)
		})
		c.downBoth("slope", func(d, a Mem) {
			x := v.read(d, c.last)
			VSUBPS(sum, x, x)
			VMULPS(v.read(a, c.last), x, x)
			v.write(x, d, c.last)
		})
	})
}

// columns is a vector of columns in work.
type columns struct {
	v         isa
	dst, a, b reg.GPVirtual
	rows      reg.GPVirtual
	step      reg.GPVirtual
	last      *mask
}

// name tells loops of the masked columns from those of whole vectors.
func (c columns) name(name string) string {
	if c.last != nil {
		return name + "Rest"
	}
	return name
}

// down calls pass for each row of a matrix.
func (c columns) down(name string, pass func(at Mem), of reg.GPVirtual) {
	at, n := GP64(), GP64()
	MOVQ(of, at)
	MOVQ(c.rows, n)
	Label(c.name(name))
	pass(Mem{Base: at})
	ADDQ(c.step, at)
	DECQ(n)
	JNZ(LabelRef(c.name(name)))
}

// downBoth calls pass for each row of dst and a.
func (c columns) downBoth(name string, pass func(d, a Mem)) {
	d, a, n := GP64(), GP64(), GP64()
	MOVQ(c.dst, d)
	MOVQ(c.a, a)
	MOVQ(c.rows, n)
	Label(c.name(name))
	pass(Mem{Base: d}, Mem{Base: a})
	ADDQ(c.step, d)
	ADDQ(c.step, a)
	DECQ(n)
	JNZ(LabelRef(c.name(name)))
}

// columns writes a kernel that does something for each vector of columns.
func (v isa) columns(name, doc string, pass func(c columns)) {
	f := argument{text(name+v.name, "vec", doc)}
	c := columns{v: v, dst: f.get(vecDst), a: f.get(vecA), b: f.get(vecB), rows: f.get(vecRows), step: f.floats(vecStep)}
	n := f.get(vecCount)
	v.eachVector("columns", n, func(last *mask) {
		c.last = last
		pass(c)
	}, func() {
		for _, at := range []reg.GPVirtual{c.dst, c.a, c.b} {
			ADDQ(U32(uint32(v.bytes)), at)
		}
	})
	VZEROUPPER()
	RET()
}
