package onnx

import "math"

// curve is what an operator of one input does to every number of a constant.
func (n *node) curve() (func(float64) float64, error) {
	truth := func(t bool) float64 {
		if t {
			return 1
		}
		return 0
	}
	switch n.OpType {
	case "Neg":
		return func(x float64) float64 { return -x }, nil
	case "Reciprocal":
		return func(x float64) float64 { return 1 / x }, nil
	case "Relu":
		return func(x float64) float64 { return max(x, 0) }, nil
	case "Sigmoid":
		return logistic, nil
	case "Not":
		return func(x float64) float64 { return truth(x == 0) }, nil
	case "IsNaN":
		return func(x float64) float64 { return truth(math.IsNaN(x)) }, nil
	case "IsInf":
		return func(x float64) float64 { return truth(math.IsInf(x, 0)) }, nil
	case "Sign":
		return func(x float64) float64 { return truth(x > 0) - truth(x < 0) }, nil
	case "Softplus":
		return func(x float64) float64 { return max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) }, nil
	case "Clip":
		low, err := n.number("min", 1, math.Inf(-1))
		if err != nil {
			return nil, err
		}
		high, err := n.number("max", 2, math.Inf(1))
		return func(x float64) float64 { return min(max(x, low), high) }, err
	case "LeakyRelu":
		alpha := n.float("alpha", 0.01)
		return func(x float64) float64 { return max(x, 0) + alpha*min(x, 0) }, nil
	case "Elu":
		alpha := n.float("alpha", 1)
		return func(x float64) float64 { return max(x, 0) + alpha*math.Expm1(min(x, 0)) }, nil
	}
	if f := curvesKnown[n.OpType]; f != nil {
		return f, nil
	}
	return nil, errUnsupported
}

// curvesKnown are the operators that Go's library has under one name.
var curvesKnown = map[string]func(float64) float64{
	"Abs": math.Abs, "Sqrt": math.Sqrt, "Floor": math.Floor, "Ceil": math.Ceil, "Round": math.RoundToEven, "Exp": math.Exp, "Log": math.Log,
	"Tanh": math.Tanh, "Erf": math.Erf, "Sin": math.Sin, "Cos": math.Cos, "Tan": math.Tan, "Asin": math.Asin, "Acos": math.Acos, "Atan": math.Atan,
	"Sinh": math.Sinh, "Cosh": math.Cosh, "Asinh": math.Asinh, "Acosh": math.Acosh, "Atanh": math.Atanh,
}
