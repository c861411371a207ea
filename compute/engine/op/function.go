package op

import (
	"fmt"
	"math"

	"gaze/models"
)

// Function is a function of one number that a network applies to every
// element, with its parameters. Unlike an [Activation] it is an operation of
// its own.
type Function struct {
	// Kind is LeakyReLU, ELU, Sigmoid, Tanh, SiLU, HardSigmoid, HardSwish, GELU
	// or GELUTanh.
	Kind models.Kind
	// Alpha and Beta are as in models.Attr, 0 where the kind has none.
	Alpha, Beta float64
}

// FunctionOf is the function that a layer of one of those kinds applies.
func FunctionOf(layer models.Layer) Function {
	f := Function{Kind: layer.Kind}
	switch layer.Kind {
	case models.LeakyReLU, models.ELU:
		f.Alpha = layer.Attr.Alpha
	case models.HardSigmoid:
		f.Alpha, f.Beta = layer.Attr.Alpha, layer.Attr.Beta
	}
	return f
}

// String names the function with its parameters: "LeakyReLU(0.1)".
func (f Function) String() string {
	switch f.Kind {
	case models.LeakyReLU, models.ELU:
		return fmt.Sprintf("%s(%g)", f.Kind, f.Alpha)
	case models.HardSigmoid:
		return fmt.Sprintf("%s(%g, %g)", f.Kind, f.Alpha, f.Beta)
	}
	return string(f.Kind)
}

// bends reports whether the function has a second derivative other than zero.
func (f Function) bends() bool { return f.Kind != models.LeakyReLU && f.Kind != models.HardSigmoid }

// jet is a function's value and its first two derivatives.
type jet [3]float64

// at evaluates the function. Where it has a kink, the derivatives are
// PyTorch's: those of the left of LeakyReLU and ELU, those of the flat side of
// HardSigmoid, and those of the outer sides of HardSwish (since PyTorch 2.8;
// before, those of the inner side).
func (f Function) at(x float64) (jet, error) {
	switch f.Kind {
	case models.LeakyReLU:
		if x > 0 {
			return jet{x, 1, 0}, nil
		}
		return jet{f.Alpha * x, f.Alpha, 0}, nil
	case models.ELU:
		if x > 0 {
			return jet{x, 1, 0}, nil
		}
		slope := f.Alpha * math.Exp(x)
		return jet{f.Alpha * math.Expm1(x), slope, slope}, nil
	case models.Sigmoid:
		s := sigmoid(x)
		slope := s * sigmoid(-x)
		return jet{s, slope, slope * (1 - 2*s)}, nil
	case models.Tanh:
		y := math.Tanh(x)
		slope := 1 - y*y
		return jet{y, slope, -2 * y * slope}, nil
	case models.SiLU:
		return gated(x, logistic{ratio: 1, slope: 1}), nil
	case models.HardSigmoid:
		y := f.Alpha*x + f.Beta
		if lo, hi := f.ramp(); lo < float32(x) && float32(x) < hi {
			return jet{y, f.Alpha, 0}, nil
		}
		return jet{min(max(y, 0), 1), 0, 0}, nil
	case models.HardSwish:
		switch {
		case x <= -3:
			return jet{}, nil
		case x < 3:
			return jet{x * (x + 3) / 6, x/3 + 0.5, 1. / 3}, nil
		}
		return jet{x, 1, 0}, nil
	case models.GELU:
		c := bounded(x)
		below, density := math.Erfc(-x/math.Sqrt2)/2, math.Exp(-c*c/2)/math.Sqrt(2*math.Pi)
		return jet{max(x, -tail) * below, below + c*density, density * (2 - c*c)}, nil
	case models.GELUTanh:
		// (1 + tanh u)/2 is the logistic function of 2u.
		const k, cubic = 2 * math.Sqrt2 / math.SqrtPi, 0.044715
		c := bounded(x)
		return gated(x, logistic{ratio: k * (1 + cubic*c*c), slope: k * (1 + 3*cubic*c*c), bend: 6 * cubic * k * c}), nil
	}
	return jet{}, fmt.Errorf("%s is not a function of one number", f.Kind)
}

// ramp is the open interval in which a HardSigmoid has a slope. Its ends are
// of float32, so that an Alpha of 1/6, which cannot be written exactly, has
// them at -3 and 3.
func (f Function) ramp() (lo, hi float32) {
	if f.Alpha == 0 {
		return 0, 0
	}
	a, b := float32(-f.Beta/f.Alpha), float32((1-f.Beta)/f.Alpha)
	return min(a, b), max(a, b)
}

// tail is so far out that the logistic function and the normal distribution
// are 0 and 1 there. Numbers beyond it are taken for it where they would
// otherwise be infinite and multiplied by zero.
const tail = 1e3

func bounded(x float64) float64 { return min(max(x, -tail), tail) }

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// logistic is the argument v of a logistic function: v/x, v' and v".
type logistic struct{ ratio, slope, bend float64 }

// gated is x σ(v).
func gated(x float64, v logistic) jet {
	c := bounded(x)
	s, rest := sigmoid(c*v.ratio), sigmoid(-c*v.ratio)
	slope := s * rest * v.slope
	bend := s * rest * (v.bend + (rest-s)*v.slope*v.slope)
	return jet{max(x, -tail) * s, s + c*slope, 2*slope + c*bend}
}
