package cpu

import (
	"math"

	"gaze/compute/engine/op"
	"gaze/models"
)

// curvesGeneric has a row for each of [op.Functions], in plain Go. Formulas are
// computed in float64.
var curvesGeneric = map[models.Kind]curve{
	models.LeakyReLU:   {value: leakyGeneric, slope: leakySlopeGeneric},
	models.HardSigmoid: {value: affineGeneric, slope: gateGeneric},
	models.HardSwish:   values(hardSwish, hardSwishSlope),
	models.Sigmoid:     values(sigmoid, sigmoidSlope),
	models.SiLU:        values(silu, siluSlope),
	models.GELU:        values(gelu, geluSlope),
	models.GELUTanh:    values(geluTanh, geluTanhSlope),
	models.ELU:         {value: eluGeneric, slope: eluSlopeGeneric},
	models.Tanh:        values(math.Tanh, tanhSlope),
	models.Softplus:    values(softplus, sigmoid),
	models.Softsign:    values(softsign, softsignSlope),

	models.SELU:            defined(models.SELU),
	models.CELU:            defined(models.CELU),
	models.Mish:            defined(models.Mish),
	models.Swish:           defined(models.Swish),
	models.LogSigmoid:      defined(models.LogSigmoid),
	models.ThresholdedReLU: scalarOnly(defined(models.ThresholdedReLU)),
	models.Exp:             scalarOnly(defined(models.Exp)),
	models.Log:             scalarOnly(defined(models.Log)),
	models.Sqrt:            scalarOnly(defined(models.Sqrt)),
	models.Abs:             scalarOnly(defined(models.Abs)),
	models.Reciprocal:      scalarOnly(defined(models.Reciprocal)),
	models.Erf:             scalarOnly(defined(models.Erf)),
	models.Sin:             scalarOnly(defined(models.Sin)),
	models.Cos:             scalarOnly(defined(models.Cos)),
	models.Tan:             scalarOnly(defined(models.Tan)),
	models.Sign:            scalarOnly(defined(models.Sign)),
	models.Floor:           scalarOnly(defined(models.Floor)),
	models.Ceil:            scalarOnly(defined(models.Ceil)),
	models.RoundEven:       scalarOnly(defined(models.RoundEven)),
}

// defined is a function that is computed as package op defines it.
func defined(kind models.Kind) curve {
	at := op.Definition(kind)
	of := func(v *vec) op.Function {
		return op.Function{Kind: kind, Alpha: float64(v.scale), Beta: float64(v.shift)}
	}
	return curve{
		defined: true,
		value: func(v *vec) {
			f, dst := of(v), v.dst[:v.count]
			for i, x := range v.a[:v.count] {
				y, _ := at(f, float64(x))
				dst[i] = float32(y)
			}
		},
		slope: func(v *vec) {
			f, dst, grad := of(v), v.dst[:v.count], v.a[:v.count]
			for i, x := range v.b[:v.count] {
				_, slope := at(f, float64(x))
				dst[i] = float32(float64(grad[i]) * slope)
			}
		},
	}
}

// scalarOnly marks a function that no instruction set has a kernel of its own for:
// every processor computes it in plain Go.
func scalarOnly(c curve) curve {
	c.scalarOnly = true
	return c
}

// values makes a curve of a function without parameters and its slope.
func values(f, slope func(float64) float64) curve {
	return curve{
		value: func(v *vec) {
			dst := v.dst[:v.count]
			for i, x := range v.a[:v.count] {
				dst[i] = float32(f(float64(x)))
			}
		},
		slope: func(v *vec) {
			dst, grad := v.dst[:v.count], v.a[:v.count]
			for i, x := range v.b[:v.count] {
				dst[i] = float32(float64(grad[i]) * slope(float64(x)))
			}
		},
	}
}

func leakyGeneric(v *vec) {
	dst := v.dst[:v.count]
	for i, x := range v.a[:v.count] {
		if !(x > 0) {
			x *= v.scale
		}
		dst[i] = x
	}
}

func leakySlopeGeneric(v *vec) {
	dst, b := v.dst[:v.count], v.b[:v.count]
	for i, x := range v.a[:v.count] {
		if !(b[i] > 0) {
			x *= v.scale
		}
		dst[i] = x
	}
}

func eluGeneric(v *vec) {
	dst := v.dst[:v.count]
	for i, x := range v.a[:v.count] {
		if !(x > 0) {
			x = v.scale * float32(math.Expm1(float64(x)))
		}
		dst[i] = x
	}
}

func eluSlopeGeneric(v *vec) {
	dst, b := v.dst[:v.count], v.b[:v.count]
	for i, x := range v.a[:v.count] {
		if !(b[i] > 0) {
			x *= v.scale * float32(math.Exp(float64(b[i])))
		}
		dst[i] = x
	}
}

func hardSwish(x float64) float64 { return max(x, -3) * min(max(x/6+0.5, 0), 1) }

func hardSwishSlope(x float64) float64 {
	switch {
	case x <= -3:
		return 0
	case x < 3:
		return x/3 + 0.5
	}
	return 1
}

// tail is where the logistic function and the normal distribution have long
// been 0 and 1 in float32: an argument is cut off there before it is
// multiplied by such a zero, since it might be infinite.
const tail = 88

func cut(x float64) float64 { return min(max(x, -tail), tail) }

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

func sigmoidSlope(x float64) float64 { return sigmoid(x) * sigmoid(-x) }

func silu(x float64) float64 { return max(x, -tail) * sigmoid(x) }

func siluSlope(x float64) float64 { return sigmoid(x) * (1 + cut(x)*sigmoid(-x)) }

func gelu(x float64) float64 { return max(x, -tail) * math.Erfc(-x/math.Sqrt2) / 2 }

func geluSlope(x float64) float64 {
	c := cut(x)
	return math.Erfc(-x/math.Sqrt2)/2 + c*math.Exp(-c*c/2)/math.Sqrt(2*math.Pi)
}

// The argument of the logistic function in GELU's approximation with tanh.
const (
	geluTanhScale = 2 * math.Sqrt2 / math.SqrtPi
	geluTanhCubic = 0.044715
)

func geluTanh(x float64) float64 {
	return max(x, -tail) * sigmoid(geluTanhScale*x*(1+geluTanhCubic*x*x))
}

func geluTanhSlope(x float64) float64 {
	c := cut(x)
	w := geluTanhScale * c * (1 + geluTanhCubic*c*c)
	return sigmoid(w) * (1 + c*sigmoid(-w)*geluTanhScale*(1+3*geluTanhCubic*c*c))
}

func tanhSlope(x float64) float64 {
	y := math.Tanh(x)
	return 1 - y*y
}

func softplus(x float64) float64 { return max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) }

// softsign of an infinite x is ±1.
func softsign(x float64) float64 {
	if math.IsInf(x, 0) {
		return math.Copysign(1, x)
	}
	return x / (1 + math.Abs(x))
}

func softsignSlope(x float64) float64 {
	d := 1 + math.Abs(x)
	return 1 / (d * d)
}
