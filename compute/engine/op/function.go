package op

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"gaze/models"
)

// Function is an activation function: a function of one number that a network
// applies to every element, with its parameters. An [Activation] is none: it only
// limits numbers, which a convolution can do as it stores its sums.
type Function struct {
	// Kind is one of [Functions].
	Kind models.Kind
	// Alpha and Beta are as in models.Attr, 0 where the kind has none.
	Alpha, Beta float64
}

// definition is what a kind of activation function is.
type definition struct {
	// straight says that it is made of straight lines: its second derivative is
	// zero.
	straight bool
	// at is the function's value and derivatives at x. Where it has a kink, the
	// derivatives are PyTorch's.
	at func(f Function, x float64) jet
}

// jet is a function's value and its first two derivatives.
type jet [3]float64

// functions is the table of activation functions. Every device has a kernel for
// each row: tests of the devices fail where one is missing.
var functions = map[models.Kind]definition{
	models.LeakyReLU:   {straight: true, at: leakyReLU},
	models.ELU:         {at: elu},
	models.Sigmoid:     {at: sigmoidJet},
	models.Tanh:        {at: tanh},
	models.SiLU:        {at: silu},
	models.HardSigmoid: {straight: true, at: hardSigmoid},
	models.HardSwish:   {at: hardSwish},
	models.GELU:        {at: gelu},
	models.GELUTanh:    {at: geluTanh},
	models.Softplus:    {at: softplus},
	models.Softsign:    {at: softsign},
	models.SELU:        {at: selu},
	models.CELU:        {at: celu},
	models.Mish:        {at: mish},
	models.Swish:       {at: swish},
	models.LogSigmoid:  {at: logSigmoid},

	models.ThresholdedReLU: {straight: true, at: thresholdedReLU},

	models.Exp:        {at: exp},
	models.Log:        {at: log},
	models.Sqrt:       {at: sqrt},
	models.Abs:        {straight: true, at: abs},
	models.Reciprocal: {at: reciprocal},
	models.Erf:        {at: erf},
	models.Sin:        {at: sin},
	models.Cos:        {at: cos},
	models.Tan:        {at: tan},
	models.Sign:       {straight: true, at: steps(sign)},
	models.Floor:      {straight: true, at: steps(math.Floor)},
	models.Ceil:       {straight: true, at: steps(math.Ceil)},
	models.RoundEven:  {straight: true, at: steps(math.RoundToEven)},
}

// Functions lists the kinds of layers that are activation functions, sorted.
func Functions() []models.Kind { return slices.Sorted(maps.Keys(functions)) }

// FunctionOf is the activation function of a layer; false if the layer is of
// another kind. The table of package models says which attributes it reads.
func FunctionOf(layer models.Layer) (Function, bool) {
	_, ok := functions[layer.Kind]
	f := Function{Kind: layer.Kind}
	for _, name := range layer.Kind.Parameters() {
		switch name {
		case "Alpha":
			f.Alpha = layer.Attr.Alpha
		case "Beta":
			f.Beta = layer.Attr.Beta
		}
	}
	return f, ok
}

// String names the function with its parameters: "LeakyReLU(0.1)".
func (f Function) String() string {
	switch p := f.Kind.Parameters(); {
	case len(p) == 2:
		return fmt.Sprintf("%s(%g, %g)", f.Kind, f.Alpha, f.Beta)
	case len(p) == 1 && p[0] == "Beta":
		return fmt.Sprintf("%s(%g)", f.Kind, f.Beta)
	case len(p) == 1:
		return fmt.Sprintf("%s(%g)", f.Kind, f.Alpha)
	}
	return string(f.Kind)
}

// Definition computes the functions of a kind and their slopes at x. It is for kernels
// that look a function up once; the kind must be one of [Functions].
func Definition(kind models.Kind) func(f Function, x float64) (value, slope float64) {
	at := functions[kind].at
	return func(f Function, x float64) (value, slope float64) {
		y := at(f, x)
		return y[0], y[1]
	}
}

// bends reports whether the function has a second derivative other than zero.
func (f Function) bends() bool { return !functions[f.Kind].straight }

// definition is the function's row of the table.
func (f Function) definition() (definition, error) {
	d, ok := functions[f.Kind]
	if !ok {
		return d, fmt.Errorf("%s is not a function of one number", f.Kind)
	}
	return d, nil
}

func leakyReLU(f Function, x float64) jet {
	if x > 0 {
		return jet{x, 1, 0}
	}
	return jet{f.Alpha * x, f.Alpha, 0}
}

func elu(f Function, x float64) jet {
	if x > 0 {
		return jet{x, 1, 0}
	}
	slope := f.Alpha * math.Exp(x)
	return jet{f.Alpha * math.Expm1(x), slope, slope}
}

func sigmoidJet(_ Function, x float64) jet {
	s := sigmoid(x)
	slope := s * sigmoid(-x)
	return jet{s, slope, slope * (1 - 2*s)}
}

// softsign has a kink in its slope at 0.
func softsign(_ Function, x float64) jet {
	if math.IsInf(x, 0) {
		return jet{math.Copysign(1, x), 0, 0}
	}
	d := 1 + math.Abs(x)
	y := jet{x / d, 1 / (d * d), 0}
	if x != 0 {
		y[2] = -2 * math.Copysign(1, x) / (d * d * d)
	}
	return y
}

// softplus adds a small number to what is above 0, so that exp never overflows.
func softplus(_ Function, x float64) jet {
	s, rest := sigmoid(x), sigmoid(-x)
	return jet{max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))), s, s * rest}
}

func tanh(_ Function, x float64) jet {
	y := math.Tanh(x)
	slope := 1 - y*y
	return jet{y, slope, -2 * y * slope}
}

func silu(_ Function, x float64) jet { return gated(x, logistic{ratio: 1, slope: 1}) }

// hardSigmoid is flat at the ends of its ramp.
func hardSigmoid(f Function, x float64) jet {
	y := f.Alpha*x + f.Beta
	if lo, hi := f.Ramp(); lo < float32(x) && float32(x) < hi {
		return jet{y, f.Alpha, 0}
	}
	return jet{min(max(y, 0), 1), 0, 0}
}

// hardSwish has at its kinks the derivatives of the outer sides, as PyTorch has
// since 2.8; before, PyTorch had those of the inner side.
func hardSwish(_ Function, x float64) jet {
	switch {
	case x <= -3:
		return jet{}
	case x < 3:
		return jet{x * (x + 3) / 6, x/3 + 0.5, 1. / 3}
	}
	return jet{x, 1, 0}
}

func gelu(_ Function, x float64) jet {
	c := bounded(x)
	below, density := math.Erfc(-x/math.Sqrt2)/2, math.Exp(-c*c/2)/math.Sqrt(2*math.Pi)
	return jet{max(x, -tail) * below, below + c*density, density * (2 - c*c)}
}

// geluTanh is gated, for (1 + tanh u)/2 is the logistic function of 2u.
func geluTanh(_ Function, x float64) jet {
	const k, cubic = 2 * math.Sqrt2 / math.SqrtPi, 0.044715
	c := bounded(x)
	return gated(x, logistic{ratio: k * (1 + cubic*c*c), slope: k * (1 + 3*cubic*c*c), bend: 6 * cubic * k * c})
}

// Ramp is the open interval in which a HardSigmoid has a slope, and 0, 0 for any
// other function. Its ends are of float32, so that an Alpha of 1/6, which cannot
// be written exactly, has them at -3 and 3.
func (f Function) Ramp() (lo, hi float32) {
	if f.Kind != models.HardSigmoid || f.Alpha == 0 {
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
