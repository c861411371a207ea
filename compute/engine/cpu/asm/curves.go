package main

import (
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/reg"
)

// curves writes the functions of one number that are made of an exponential, but for
// those of pointwise.
func (v isa) curves() {
	v.value("tanh", "sets dst to tanh(a).", v.tanh)
	v.slope("tanhSlope", "sets dst to a*4*t/(1 + t)^2, t = exp(-2*|b|).", func(x reg.VecVirtual) reg.VecVirtual {
		t := v.expOfNegativeAbs(x, 2)
		d := v.plus(t, 1)
		v.multiply(t, 4)
		VDIVPS(d, t, t)
		VDIVPS(d, t, t)
		return t
	})
	v.elu()
	v.value("softplus", "sets dst to ln(1 + exp(a)).", func(x reg.VecVirtual) reg.VecVirtual {
		y := v.logOfMore(v.expOfNegativeAbs(x, 1))
		VADDPS(v.atLeast(x, 0), y, y)
		return y
	})
	v.slope("softplusSlope", "sets dst to a/(1 + exp(-b)).", func(x reg.VecVirtual) reg.VecVirtual {
		s, _ := v.logistic(x)
		return s
	})
	v.value("logSigmoid", "sets dst to -ln(1 + exp(-a)).", func(x reg.VecVirtual) reg.VecVirtual {
		more := v.logOfMore(v.expOfNegativeAbs(x, 1))
		y := v.constant(0)
		VMINPS(x, y, y)
		VSUBPS(more, y, y)
		return y
	})
	v.slope("logSigmoidSlope", "sets dst to a/(1 + exp(b)).", func(x reg.VecVirtual) reg.VecVirtual {
		_, rest := v.logistic(x)
		return rest
	})
	v.value("softsign", "sets dst to a/(1 + |a|).", func(x reg.VecVirtual) reg.VecVirtual {
		// An infinite number would be divided by itself.
		const most = 3e38
		x = v.clamp(x, -most, most)
		y := v.vec()
		VDIVPS(v.onePlusAbs(x), x, y)
		return y
	})
	v.slope("softsignSlope", "sets dst to a/(1 + |b|)^2.", func(x reg.VecVirtual) reg.VecVirtual {
		d, y := v.onePlusAbs(x), v.vec()
		VDIVPS(d, v.constant(1), y)
		VMULPS(y, y, y)
		return y
	})
	v.swish()
	v.value("mish", "sets dst to a*tanh(ln(1 + exp(a))).", func(x reg.VecVirtual) reg.VecVirtual {
		n, d, _ := v.tanhOfSoftplus(x)
		VDIVPS(d, n, n)
		VMULPS(v.atLeast(x, -tail), n, n)
		return n
	})
	v.slope("mishSlope", "sets dst to a*(y + b*(1 - y^2)*s), y = tanh(ln(1 + exp(b))), s = 1/(1 + exp(-b)).", func(x reg.VecVirtual) reg.VecVirtual {
		x = v.clamp(x, -tail, tail)
		n, d, rest := v.tanhOfSoftplus(x)
		s, _ := v.logistic(x)
		sum, y := v.vec(), v.vec()
		VADDPS(n, d, sum)
		VMULPS(sum, rest, rest)
		VDIVPS(d, rest, rest)
		VDIVPS(d, rest, rest)
		VDIVPS(d, n, y)
		VMULPS(x, s, s)
		VFMADD231PS(rest, s, y)
		return y
	})
}

// value writes a kernel that computes a function of every element.
func (v isa) value(name, doc string, f func(x reg.VecVirtual) reg.VecVirtual) {
	v.kernel(name, doc, 1, func(argument) func([]reg.VecVirtual) reg.VecVirtual {
		return func(in []reg.VecVirtual) reg.VecVirtual { return f(in[0]) }
	})
}

// slope writes a kernel that multiplies a by a function of b.
func (v isa) slope(name, doc string, f func(x reg.VecVirtual) reg.VecVirtual) {
	v.kernel(name, doc, 2, func(argument) func([]reg.VecVirtual) reg.VecVirtual {
		return func(in []reg.VecVirtual) reg.VecVirtual {
			s := f(in[1])
			VMULPS(in[0], s, s)
			return s
		}
	})
}

// expOfNegativeAbs is exp(-factor*|x|).
func (v isa) expOfNegativeAbs(x reg.VecVirtual, factor float64) reg.VecVirtual {
	e := v.vec()
	v.negativeAbs(x, e)
	if factor != 1 {
		v.multiply(e, factor)
	}
	return v.exp(e)
}

// plus is x plus a number.
func (v isa) plus(x reg.VecVirtual, value float64) reg.VecVirtual {
	y := v.vec()
	VMOVAPS(x, y)
	v.add(y, value)
	return y
}

// onePlusAbs is 1 + |x|.
func (v isa) onePlusAbs(x reg.VecVirtual) reg.VecVirtual {
	a, y := v.vec(), v.constant(1)
	v.negativeAbs(x, a)
	VSUBPS(a, y, y)
	return y
}

// polynomial is the polynomial of x with those coefficients, the highest one first.
func (v isa) polynomial(x reg.VecVirtual, coefficients ...float64) reg.VecVirtual {
	p := v.constant(coefficients[0])
	for _, k := range coefficients[1:] {
		v.multiplyAdd(p, x, k)
	}
	return p
}

// tanh is (1 - t)/(1 + t) with t = exp(-2|x|) and x's sign, and near zero, where that
// would round, the polynomial of the Cephes library's tanhf.
func (v isa) tanh(x reg.VecVirtual) reg.VecVirtual {
	const near = 0.625
	t := v.expOfNegativeAbs(x, 2)
	d := v.plus(t, 1)
	below := v.plus(t, -1)
	above := v.constant(1)
	VSUBPS(t, above, above)
	far := v.choose(v.negative(x), below, above)
	VDIVPS(d, far, far)

	square := v.vec()
	VMULPS(x, x, square)
	p := v.polynomial(square, -5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1, -3.33332819422e-1)
	VMULPS(square, p, p)
	VFMADD213PS(x, x, p)
	a := v.vec()
	v.negativeAbs(x, a)
	return v.choose(v.less(v.constant(-near), a), p, far)
}

// logOfMore is ln(1 + u) for u from 0 to 1: with s = u/(2 + u) it is twice s + s³/3 +
// s⁵/5 + ...
func (v isa) logOfMore(u reg.VecVirtual) reg.VecVirtual {
	s, square := v.vec(), v.vec()
	VDIVPS(v.plus(u, 2), u, s)
	VMULPS(s, s, square)
	p := v.polynomial(square, 2./15, 2./13, 2./11, 2./9, 2./7, 2./5, 2./3, 2)
	VMULPS(s, p, p)
	return p
}

// elu writes the exponential linear units: scale of what is below zero, shift of what
// is multiplied by before, hi of what is above.
func (v isa) elu() {
	v.kernel("elu", "sets dst to a*hi above zero, else to scale*(exp(a*shift) - 1).", 1, func(f argument) func([]reg.VecVirtual) reg.VecVirtual {
		scale, shift, hi := f.broadcast(v, vecScale), f.broadcast(v, vecShift), f.broadcast(v, vecHi)
		return func(in []reg.VecVirtual) reg.VecVirtual {
			x, w, above := in[0], v.vec(), v.vec()
			VMULPS(shift, x, w)
			VMULPS(hi, x, above)
			y := v.expLessOne(w)
			VMULPS(scale, y, y)
			return v.choose(v.less(v.constant(0), x), above, y)
		}
	})
	v.kernel("eluSlope", "sets dst to a*hi where b is above zero, else to a*scale*exp(b*shift).", 2, func(f argument) func([]reg.VecVirtual) reg.VecVirtual {
		scale, shift, hi := f.broadcast(v, vecScale), f.broadcast(v, vecShift), f.broadcast(v, vecHi)
		return func(in []reg.VecVirtual) reg.VecVirtual {
			w := v.vec()
			VMULPS(shift, in[1], w)
			e := v.exp(w)
			VMULPS(scale, e, e)
			s := v.choose(v.less(v.constant(0), in[1]), hi, e)
			VMULPS(in[0], s, s)
			return s
		}
	})
}

// expLessOne is exp(w) - 1 for w <= 0, and near zero, where that would round, the
// polynomial of the Cephes library's expf without its 1.
func (v isa) expLessOne(w reg.VecVirtual) reg.VecVirtual {
	const near = 0.34
	p, square, x := v.polynomial(w, 1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1), v.vec(), v.vec()
	VMULPS(w, w, square)
	VFMADD213PS(w, square, p)
	VMOVAPS(w, x)
	far := v.exp(x)
	v.add(far, -1)
	return v.choose(v.less(v.constant(-near), w), p, far)
}

// swish writes x times the logistic function of shift*x.
func (v isa) swish() {
	v.kernel("swish", "sets dst to a/(1 + exp(-a*shift)).", 1, func(f argument) func([]reg.VecVirtual) reg.VecVirtual {
		shift := f.broadcast(v, vecShift)
		return func(in []reg.VecVirtual) reg.VecVirtual {
			w := v.vec()
			VMULPS(shift, in[0], w)
			s, _ := v.logistic(w)
			// An infinite number would be multiplied by zero.
			VMULPS(v.atLeast(in[0], -3e38), s, s)
			return s
		}
	})
	v.kernel("swishSlope", "sets dst to a*s*(1 + w*(1-s)), s = 1/(1 + exp(-w)), w = b*shift.", 2, func(f argument) func([]reg.VecVirtual) reg.VecVirtual {
		shift := f.broadcast(v, vecShift)
		return func(in []reg.VecVirtual) reg.VecVirtual {
			w := v.vec()
			VMULPS(shift, in[1], w)
			s, rest := v.logistic(w)
			w = v.clamp(w, -tail, tail)
			v.multiplyAdd(w, rest, 1)
			VMULPS(w, s, s)
			VMULPS(in[0], s, s)
			return s
		}
	})
}

// tanhOfSoftplus is n/d = tanh(ln(1 + exp(x))), and d - n, from u = exp(-|x|).
func (v isa) tanhOfSoftplus(x reg.VecVirtual) (n, d, rest reg.VecVirtual) {
	u := v.expOfNegativeAbs(x, 1)
	negative := v.negative(x)
	square, twice := v.vec(), v.vec()
	VMULPS(u, u, square)
	VADDPS(u, u, twice)
	below, above := v.vec(), v.plus(twice, 1)
	VADDPS(square, twice, below)
	n = v.choose(negative, below, above)
	VADDPS(square, square, square)
	rest = v.choose(negative, v.constant(2), square)
	d = v.vec()
	VADDPS(rest, n, d)
	return n, d, rest
}
