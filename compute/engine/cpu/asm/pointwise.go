package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// tail is where the logistic function and the normal distribution have long
// been 0 and 1 in float32. Arguments are cut off there before they are
// multiplied by such a zero, which infinity would turn into NaN.
const tail = 88

// pointwise writes the functions of one number that networks apply to every
// element, and their slopes times a gradient: x is a in the first, b in the
// second, whose a is the gradient.
func pointwise(v isa) {
	v.leaky()
	v.value("hardSwish", "sets dst to a*min(max(a/6 + 1/2, 0), 1).", func(x reg.VecVirtual) reg.VecVirtual {
		t := v.constant(1. / 6)
		v.multiplyAdd(t, x, 0.5)
		t = v.clamp(t, 0, 1)
		VMULPS(v.atLeast(x, -3), t, t)
		return t
	})
	v.slope("hardSwishSlope", "sets dst to a times 0, b/3 + 1/2 or 1, for b up to -3, below 3 and above.", func(x reg.VecVirtual) reg.VecVirtual {
		t := v.constant(1. / 3)
		v.multiplyAdd(t, x, 0.5)
		t = v.choose(v.less(x, v.constant(3)), t, v.constant(1))
		v.keep(v.less(v.constant(-3), x), t)
		return t
	})
	v.value("sigmoid", "sets dst to 1/(1 + exp(-a)).", func(x reg.VecVirtual) reg.VecVirtual {
		s, _ := v.logistic(x)
		return s
	})
	v.slope("sigmoidSlope", "sets dst to a*s*(1-s), s = 1/(1 + exp(-b)).", func(x reg.VecVirtual) reg.VecVirtual {
		s, rest := v.logistic(x)
		VMULPS(rest, s, s)
		return s
	})
	v.value("silu", "sets dst to a/(1 + exp(-a)).", func(x reg.VecVirtual) reg.VecVirtual {
		s, _ := v.logistic(x)
		VMULPS(v.atLeast(x, -tail), s, s)
		return s
	})
	v.slope("siluSlope", "sets dst to a*s*(1 + b*(1-s)), s = 1/(1 + exp(-b)).", func(x reg.VecVirtual) reg.VecVirtual {
		s, rest := v.logistic(x)
		x = v.clamp(x, -tail, tail)
		v.multiplyAdd(x, rest, 1)
		VMULPS(x, s, s)
		return s
	})
	v.value("geluTanh", "sets dst to a/(1 + exp(-w)), w = sqrt(8/pi)*(a + 0.044715*a^3).", func(x reg.VecVirtual) reg.VecVirtual {
		s, _ := v.logistic(v.geluTanhArgument(x))
		VMULPS(v.atLeast(x, -tail), s, s)
		return s
	})
	v.slope("geluTanhSlope", "sets dst to a*s*(1 + b*(1-s)*w'), s = 1/(1 + exp(-w)), w = sqrt(8/pi)*(b + 0.044715*b^3).", func(x reg.VecVirtual) reg.VecVirtual {
		x = v.clamp(x, -tail, tail)
		s, rest := v.logistic(v.geluTanhArgument(x))
		w := v.vec()
		VMULPS(x, x, w)
		v.multiply(w, 3*geluTanhScale*geluTanhCubic)
		v.add(w, geluTanhScale)
		VMULPS(rest, w, w)
		v.multiplyAdd(w, x, 1)
		VMULPS(w, s, s)
		return s
	})
	v.value("gelu", "sets dst to a times the normal distribution up to a.", func(x reg.VecVirtual) reg.VecVirtual {
		p, _ := v.normal(x)
		VMULPS(v.atLeast(x, -tail), p, p)
		return p
	})
	v.slope("geluSlope", "sets dst to a times the normal distribution up to b plus b times its density.", func(x reg.VecVirtual) reg.VecVirtual {
		p, e := v.normal(x)
		v.multiply(e, 1/math.Sqrt(2*math.Pi))
		VFMADD231PS(v.clamp(x, -tail, tail), e, p)
		return p
	})
}

// leaky writes the functions that are linear on either side of zero.
func (v isa) leaky() {
	v.kernel("leaky", "sets dst to a, times scale where a is not above zero.", 1, func(f argument) func([]reg.VecVirtual) reg.VecVirtual {
		scale := f.broadcast(v, vecScale)
		return func(in []reg.VecVirtual) reg.VecVirtual {
			t := v.vec()
			VMULPS(in[0], scale, t)
			return v.choose(v.less(v.constant(0), in[0]), in[0], t)
		}
	})
	v.kernel("leakySlope", "sets dst to a, times scale where b is not above zero.", 2, func(f argument) func([]reg.VecVirtual) reg.VecVirtual {
		scale := f.broadcast(v, vecScale)
		return func(in []reg.VecVirtual) reg.VecVirtual {
			t := v.vec()
			VMULPS(in[0], scale, t)
			return v.choose(v.less(v.constant(0), in[1]), in[0], t)
		}
	})
}

// The argument of the logistic function in GELU's approximation with tanh:
// scale*(x + cubic*x^3), twice that of the tanh.
const (
	geluTanhScale = 2 * math.Sqrt2 / math.SqrtPi
	geluTanhCubic = 0.044715
)

func (v isa) geluTanhArgument(x reg.VecVirtual) reg.VecVirtual {
	w := v.vec()
	VMULPS(x, x, w)
	v.multiply(w, geluTanhScale*geluTanhCubic)
	v.add(w, geluTanhScale)
	VMULPS(x, w, w)
	return w
}

// logistic returns s = 1/(1 + exp(-x)) and 1 - s. Both come from exp(-|x|), so
// that the smaller one is as exact as the other.
func (v isa) logistic(x reg.VecVirtual) (s, rest reg.VecVirtual) {
	e := v.vec()
	v.negativeAbs(x, e)
	e = v.exp(e)
	large := v.vec()
	VMOVAPS(e, large)
	v.add(large, 1)
	VDIVPS(large, v.constant(1), large)
	VMULPS(large, e, e)
	negative := v.negative(x)
	return v.choose(negative, e, large), v.choose(negative, large, e)
}

// normal returns the standard normal distribution up to x and e = exp(-x²/2).
//
// For x above zero the rest, from x on, is e*t*P(t) with t = 1/(1 + c*x): the
// form of Hastings (Approximations for Digital Computers, 1955), here with
// a polynomial of degree 8 and a relative error below 1e-7.
func (v isa) normal(x reg.VecVirtual) (p, e reg.VecVirtual) {
	const c, last = 0.26, 14
	a := v.vec()
	v.negativeAbs(x, a)
	a = v.atLeast(a, -last)
	// What rounding takes from the square would be as much relative error of
	// its exponential.
	square, lost := v.vec(), v.vec()
	VMULPS(a, a, square)
	VMOVAPS(a, lost)
	VFMSUB213PS(square, a, lost)
	v.multiply(square, -0.5)
	e = v.exp(square)
	v.multiply(lost, -0.5)
	VFMADD213PS(e, e, lost)
	e = lost

	t := v.constant(-c)
	v.multiplyAdd(t, a, 1)
	VDIVPS(t, v.constant(1), t)
	rest := v.constant(0.032189060002565384)
	for _, k := range []float64{
		-0.160858154296875, 0.2677312195301056, -0.16910044848918915, 0.17317669093608856,
		0.045956000685691833, 0.10429178178310394, 0.1028449758887291, 0.10376885533332825,
	} {
		v.multiplyAdd(rest, t, k)
	}
	VMULPS(t, rest, rest)
	VMULPS(e, rest, rest)
	p = v.constant(1)
	VSUBPS(rest, p, p)
	return v.choose(v.negative(x), rest, p), e
}

// exp returns exp(x) for x <= 0, and zero where that is below 2e-38. It
// changes x.
//
// With n = round(x/ln 2) and r = x - n*ln 2 it is 2^n times exp(r) by the
// polynomial of the Cephes library's expf.
func (v isa) exp(x reg.VecVirtual) reg.VecVirtual {
	const (
		least = -86.9
		// Adding it rounds a number to an integer, in the lowest bits.
		rounding = 1.5 * (1 << 23)
		// ln 2 in two parts, the first one short so that its products with n are exact.
		ln2High, ln2Low = 0.693359375, -2.12194440e-4
	)
	reached := v.notLess(x, v.constant(least))
	r := v.atLeast(x, least)
	n, whole := v.constant(math.Log2E), v.vec()
	v.multiplyAdd(n, r, rounding)
	VMOVAPS(n, whole)
	v.add(whole, -rounding)
	v.addMultiple(r, whole, -ln2High)
	v.addMultiple(r, whole, -ln2Low)
	p := v.constant(1.9875691500e-4)
	for _, k := range []float64{1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1} {
		v.multiplyAdd(p, r, k)
	}
	square := v.vec()
	VMULPS(r, r, square)
	VFMADD213PS(r, square, p)
	v.add(p, 1)
	VPSLLD(U8(23), n, n)
	VPADDD(n, p, p)
	v.keep(reached, p)
	return p
}
