package op

import "math"

// The elementary functions of mathematics, and activation functions that few
// networks have.

// The constants of a SELU (Klambauer et al., Self-Normalizing Neural Networks,
// arXiv:1706.02515): the scale of an ELU with that Alpha.
const (
	SELUScale = 1.0507009873554804934193349852946
	SELUAlpha = 1.6732632423543772848170429916717
)

func selu(_ Function, x float64) jet {
	y := elu(Function{Alpha: SELUAlpha}, x)
	return jet{SELUScale * y[0], SELUScale * y[1], SELUScale * y[2]}
}

// celu is that of Barron, Continuously Differentiable Exponential Linear Units,
// arXiv:1704.07483.
func celu(f Function, x float64) jet {
	if x > 0 {
		return jet{x, 1, 0}
	}
	slope := math.Exp(x / f.Alpha)
	return jet{f.Alpha * math.Expm1(x/f.Alpha), slope, slope / f.Alpha}
}

// mish is x tanh(ln(1 + exp(x))) (Misra, arXiv:1908.08681).
func mish(_ Function, x float64) jet {
	c := bounded(x)
	s := sigmoid(c)                            // the slope of ln(1 + exp(x))
	y := math.Tanh(softplus(Function{}, c)[0]) // tanh of it
	first := (1 - y*y) * s                     // y'
	second := first * (1 - s - 2*y*s)          // y"
	return jet{max(x, -tail) * y, y + c*first, 2*first + c*second}
}

func swish(f Function, x float64) jet { return gated(x, logistic{ratio: f.Beta, slope: f.Beta}) }

func logSigmoid(_ Function, x float64) jet {
	y := softplus(Function{}, -x)
	return jet{-y[0], y[1], -y[2]}
}

// thresholdedReLU has no slope at its threshold.
func thresholdedReLU(f Function, x float64) jet {
	switch {
	case x > f.Alpha:
		return jet{x, 1, 0}
	case x != x:
		return jet{x, 0, 0}
	}
	return jet{}
}

func exp(_ Function, x float64) jet {
	y := math.Exp(x)
	return jet{y, y, y}
}

func log(_ Function, x float64) jet { return jet{math.Log(x), 1 / x, -1 / (x * x)} }

func sqrt(_ Function, x float64) jet {
	y := math.Sqrt(x)
	return jet{y, 1 / (2 * y), -1 / (4 * y * x)}
}

// abs has no slope at 0.
func abs(_ Function, x float64) jet { return jet{math.Abs(x), sign(x), 0} }

func reciprocal(_ Function, x float64) jet { return jet{1 / x, -1 / (x * x), 2 / (x * x * x)} }

func erf(_ Function, x float64) jet {
	c := bounded(x)
	slope := 2 / math.SqrtPi * math.Exp(-c*c)
	return jet{math.Erf(x), slope, -2 * c * slope}
}

func sin(_ Function, x float64) jet {
	s, c := math.Sincos(x)
	return jet{s, c, -s}
}

func cos(_ Function, x float64) jet {
	s, c := math.Sincos(x)
	return jet{c, -s, -c}
}

func tan(_ Function, x float64) jet {
	y := math.Tan(x)
	return jet{y, 1 + y*y, 2 * y * (1 + y*y)}
}

// steps is a function without slope.
func steps(f func(float64) float64) func(Function, float64) jet {
	return func(_ Function, x float64) jet { return jet{f(x), 0, 0} }
}

func sign(x float64) float64 {
	switch {
	case x > 0:
		return 1
	case x < 0:
		return -1
	}
	return x // 0 or NaN
}
