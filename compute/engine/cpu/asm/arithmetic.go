package main

import (
	"fmt"
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// repeated is a constant in memory as an operand of an instruction on vectors,
// which only AVX-512 can broadcast from a single word.
func (v isa) repeated(word uint32) Mem {
	if v.masks {
		return table(fmt.Sprintf("f%08x", word), []uint32{word})
	}
	words := make([]uint32, v.lanes)
	for i := range words {
		words[i] = word
	}
	return table(fmt.Sprintf("f%08xx%d", word, v.lanes), words)
}

func (v isa) number(value float64) Mem { return v.repeated(math.Float32bits(float32(value))) }

// add adds a number to x.
func (v isa) add(x reg.VecVirtual, value float64) {
	if v.masks {
		VADDPS_BCST(v.number(value), x, x)
	} else {
		VADDPS(v.number(value), x, x)
	}
}

// multiply multiplies x by a number.
func (v isa) multiply(x reg.VecVirtual, value float64) {
	if v.masks {
		VMULPS_BCST(v.number(value), x, x)
	} else {
		VMULPS(v.number(value), x, x)
	}
}

// multiplyAdd sets x to x*y plus a number.
func (v isa) multiplyAdd(x, y reg.VecVirtual, value float64) {
	if v.masks {
		VFMADD213PS_BCST(v.number(value), y, x)
	} else {
		VFMADD213PS(v.number(value), y, x)
	}
}

// addMultiple adds y times a number to x.
func (v isa) addMultiple(x, y reg.VecVirtual, value float64) {
	if v.masks {
		VFMADD231PS_BCST(v.number(value), y, x)
	} else {
		VFMADD231PS(v.number(value), y, x)
	}
}

// negativeAbs sets y to -|x|.
func (v isa) negativeAbs(x, y reg.VecVirtual) {
	const sign = 1 << 31
	if v.masks {
		VORPS_BCST(v.repeated(sign), x, y)
	} else {
		VORPS(v.repeated(sign), x, y)
	}
}

// atLeast is the larger of x and a number, and NaN for NaN.
func (v isa) atLeast(x reg.VecVirtual, value float64) reg.VecVirtual {
	y := v.constant(value)
	VMAXPS(x, y, y)
	return y
}

// clamp is x within lo and hi, and NaN for NaN.
func (v isa) clamp(x reg.VecVirtual, lo, hi float64) reg.VecVirtual {
	x = v.atLeast(x, lo)
	y := v.constant(hi)
	VMINPS(x, y, y)
	return y
}

// condition tells of each lane whether something holds: by a k register, or by
// the sign of a vector's lane.
type condition struct {
	k reg.OpmaskVirtual
	x reg.VecVirtual
}

// less tells where a < b, which is nowhere for NaN.
func (v isa) less(a, b reg.VecVirtual) condition { return v.compare(1, a, b) }

// notLess tells where a >= b or one of them is NaN.
func (v isa) notLess(a, b reg.VecVirtual) condition { return v.compare(5, a, b) }

func (v isa) compare(predicate uint8, a, b reg.VecVirtual) condition {
	if v.masks {
		k := K()
		VCMPPS(U8(predicate), b, a, k)
		return condition{k: k}
	}
	x := v.vec()
	VCMPPS(U8(predicate), b, a, x)
	return condition{x: x}
}

// negative tells where the sign of x is set.
func (v isa) negative(x reg.VecVirtual) condition {
	if v.masks {
		k := K()
		VPMOVD2M(x, k)
		return condition{k: k}
	}
	return condition{x: x}
}

// choose takes each lane from yes where the condition holds, else from no.
func (v isa) choose(c condition, yes, no reg.VecVirtual) reg.VecVirtual {
	x := v.vec()
	if v.masks {
		VBLENDMPS(yes, no, c.k, x)
	} else {
		VBLENDVPS(c.x, yes, no, x)
	}
	return x
}

// keep clears the lanes of x where a comparison does not hold.
func (v isa) keep(c condition, x reg.VecVirtual) {
	if v.masks {
		VMOVAPS_Z(x, c.k, x)
	} else {
		VANDPS(c.x, x, x)
	}
}
