package onnx

import (
	"fmt"
	"math"
	"slices"

	"gaze/models"
)

// generalElementwise has the operators that work on each number, or on each pair of
// numbers of two values that are broadcast to each other.
var generalElementwise = map[string]operator{
	"Add":  chain(models.Add),
	"Sum":  chain(models.Add),
	"Sub":  chain(models.Sub),
	"Mul":  chain(models.Mul),
	"Div":  chain(models.Div),
	"Min":  chain(models.Minimum),
	"Max":  chain(models.Maximum),
	"Mean": (*builder).meanOfAll,
	"Pow":  (*builder).power,
	"Mod":  (*builder).modulo,
	"Clip": (*builder).clipByValues,

	"Neg":             (*builder).negative,
	"Abs":             plain(models.Abs),
	"Exp":             plain(models.Exp),
	"Log":             plain(models.Log),
	"Sqrt":            plain(models.Sqrt),
	"Reciprocal":      plain(models.Reciprocal),
	"Erf":             plain(models.Erf),
	"Sin":             plain(models.Sin),
	"Cos":             plain(models.Cos),
	"Tan":             plain(models.Tan),
	"Sign":            plain(models.Sign),
	"Floor":           plain(models.Floor),
	"Ceil":            plain(models.Ceil),
	"Round":           plain(models.RoundEven),
	"Mish":            plain(models.Mish),
	"Celu":            curved(models.CELU),
	"ThresholdedRelu": curved(models.ThresholdedReLU),
	"Selu":            (*builder).selu,
	"PRelu":           (*builder).pReluByValues,
	"Shrink":          (*builder).shrink,
	"Sinh":            exponentials(models.Sub),
	"Cosh":            exponentials(models.Add),
	"Asinh":           logRoot(1),
	"Acosh":           logRoot(-1),
	"Atanh":           (*builder).atanh,
	"Cast":            (*builder).castInGeneral,
	"CastLike":        (*builder).identity,
}

// generalLogic has comparisons and what is made of their results, which are 1 or 0.
var generalLogic = map[string]operator{
	"Less":           chain(models.Less),
	"LessOrEqual":    chain(models.LessEqual),
	"Greater":        chain(models.Greater),
	"GreaterOrEqual": chain(models.GreaterEqual),
	"Equal":          chain(models.Equal),
	"And":            chain(models.Mul),
	"Or":             chain(models.Maximum),
	"Xor":            (*builder).differ,
	"Not":            (*builder).not,
	"IsNaN":          (*builder).isNaN,
	"Where":          (*builder).where,
}

// all are the node's inputs, so many or, with 0, one or more; none may be left out.
func (n *node) all(wanted int) ([]*value, error) {
	for i, v := range n.in {
		if v == nil {
			return nil, fmt.Errorf("has no input %d", i)
		}
	}
	if len(n.in) == 0 || wanted > 0 && len(n.in) != wanted {
		return nil, fmt.Errorf("has %d inputs, not %d", len(n.in), max(wanted, 1))
	}
	return n.in, nil
}

// chain is an operator that combines its inputs one after the other.
func chain(kind models.Kind) operator {
	return func(b *builder, n *node) error {
		in, err := n.all(0)
		if err != nil {
			return err
		}
		r := b.recipe(n)
		return r.give(r.chain("", kind, in))
	}
}

// chain combines values one after the other.
func (r *recipe) chain(step string, kind models.Kind, in []*value) *value {
	if len(in) == 1 {
		return in[0]
	}
	if i := slices.IndexFunc(in, func(v *value) bool { return v.known == nil }); kind != models.Sub && kind != models.Div && len(in) > 2 && i > 0 {
		// Two constants cannot be combined by a layer.
		in = append([]*value{in[i]}, slices.Delete(slices.Clone(in), i, i+1)...)
	}
	v := in[0]
	for i, next := range in[1:] {
		if i == len(in)-2 {
			return r.pair(step, kind, v, next)
		}
		v = r.pair(fmt.Sprint("of", i+2), kind, v, next)
	}
	return v
}

// number is a constant of one number.
func number(x float64) *value { return &value{name: "number", known: single(float32(x))} }

func (b *builder) meanOfAll(n *node) error {
	in, err := n.all(0)
	if err != nil {
		return err
	}
	r := b.recipe(n)
	return r.give(r.line("", r.chain("sum", models.Add, in), 1/float64(len(in)), 0))
}

// power computes small powers by what they stand for.
func (b *builder) power(n *node) error {
	in, err := n.all(2)
	if err != nil {
		return err
	}
	r := b.recipe(n)
	return r.give(r.power("", in[0], in[1]))
}

func (r *recipe) power(step string, x, y *value) *value {
	if y.known != nil && x.known == nil && y.known.size() == 1 && len(y.known.shape) <= len(x.shape()) {
		switch y.known.at(0) {
		case 1:
			return x
		case 2:
			return r.pair(step, models.Mul, x, x)
		case 3:
			return r.pair(step, models.Mul, r.pair("square", models.Mul, x, x), x)
		case 0.5:
			return r.function(step, models.Sqrt, x)
		case -1:
			return r.function(step, models.Reciprocal, x)
		}
	}
	return r.pair(step, models.Pow, x, y)
}

// modulo is x - floor(x/y) y; with fmod, whose result has the sign of x, the quotient
// is cut off instead.
func (b *builder) modulo(n *node) error {
	in, err := n.all(2)
	if err != nil {
		return err
	}
	r := b.recipe(n)
	quotient := r.pair("quotient", models.Div, in...)
	var whole *value
	if n.int("fmod", 0) != 0 {
		whole = r.cutOff("whole", quotient)
	} else {
		whole = r.function("floor", models.Floor, quotient)
	}
	return r.give(r.pair("", models.Sub, in[0], r.pair("multiple", models.Mul, whole, in[1])))
}

// cutOff drops what stands behind the point.
func (r *recipe) cutOff(step string, v *value) *value {
	sign := r.function("sign", models.Sign, v)
	return r.pair(step, models.Mul, sign, r.function("floor", models.Floor, r.function("size", models.Abs, v)))
}

// clipByValues is a Clip whose bounds are computed from the picture.
func (b *builder) clipByValues(n *node) error {
	v, err := n.data(0)
	if err != nil {
		return err
	}
	r := b.recipe(n)
	if low := n.input(1); low != nil {
		v = r.pair("low", models.Maximum, v, low)
	}
	if high := n.input(2); high != nil {
		v = r.pair("", models.Minimum, v, high)
	}
	return r.give(v)
}

// curved is an activation with one number, which is usually 1.
func curved(kind models.Kind) operator {
	return func(b *builder, n *node) error {
		return b.curve(n, kind, models.Attr{Alpha: n.float("alpha", 1)})
	}
}

// The numbers of the kind SELU.
const (
	seluAlpha = 1.6732632423543772
	seluGamma = 1.0507009873554805
)

// selu is gamma times an ELU.
func (b *builder) selu(n *node) error {
	v, err := n.data(0)
	if err != nil {
		return err
	}
	r := b.recipe(n)
	const close = 1e-5
	alpha, gamma := n.float("alpha", seluAlpha), n.float("gamma", seluGamma)
	if math.Abs(alpha-seluAlpha) < close && math.Abs(gamma-seluGamma) < close {
		return r.give(r.function("", models.SELU, v))
	}
	return r.give(r.line("", r.done(b.function(n.out()+"/elu", models.ELU, models.Attr{Alpha: alpha}, v)), gamma, 0))
}

// pReluByValues is max(x, 0) + slope min(x, 0), with any slope.
func (b *builder) pReluByValues(n *node) error {
	in, err := n.all(2)
	if err != nil {
		return err
	}
	slope, shape := in[1], in[0].shape()
	if c := slope.known; c != nil && len(shape) > 2 && len(c.shape) == 1 && c.shape[0] == shape[channels] && c.shape[0] != shape[len(shape)-1] {
		// A list as long as there are channels is meant as one slope a channel.
		wide := slices.Repeat([]int{1}, len(shape)-1)
		wide[0] = c.shape[0]
		slope = &value{name: slope.name, known: c.reshaped(wide)}
	}
	r := b.recipe(n)
	positive := r.pair("positive", models.Maximum, in[0], number(0))
	negative := r.pair("negative", models.Minimum, in[0], number(0))
	return r.give(r.pair("", models.Add, positive, r.pair("scaled", models.Mul, negative, slope)))
}

// shrink is x + bias below -lambd, x - bias above lambd, and 0 between.
func (b *builder) shrink(n *node) error {
	v, err := n.data(0)
	if err != nil {
		return err
	}
	r := b.recipe(n)
	lambda, bias := n.float("lambd", 0.5), n.float("bias", 0)
	above := r.pair("above", models.Greater, v, number(lambda))
	below := r.pair("below", models.Less, v, number(-lambda))
	above = r.pair("high", models.Mul, above, r.line("less", v, 1, -bias))
	below = r.pair("low", models.Mul, below, r.line("more", v, 1, bias))
	return r.give(r.pair("", models.Add, above, below))
}

// exponentials is half of exp(x) and exp(-x), added or subtracted.
func exponentials(kind models.Kind) operator {
	return func(b *builder, n *node) error {
		v, err := n.data(0)
		if err != nil {
			return err
		}
		r := b.recipe(n)
		up := r.function("up", models.Exp, v)
		return r.give(r.line("", r.pair("both", kind, up, r.function("down", models.Reciprocal, up)), 0.5, 0))
	}
}

// logRoot is ln(x + √(x² + c)).
func logRoot(c float64) operator {
	return func(b *builder, n *node) error {
		v, err := n.data(0)
		if err != nil {
			return err
		}
		r := b.recipe(n)
		root := r.function("root", models.Sqrt, r.line("sum", r.pair("square", models.Mul, v, v), 1, c))
		return r.give(r.function("", models.Log, r.pair("inner", models.Add, v, root)))
	}
}

// atanh is ln((1 + x) / (1 - x)) / 2.
func (b *builder) atanh(n *node) error {
	v, err := n.data(0)
	if err != nil {
		return err
	}
	r := b.recipe(n)
	ratio := r.pair("ratio", models.Div, r.line("above", v, 1, 1), r.line("below", v, -1, 1))
	return r.give(r.line("", r.function("log", models.Log, ratio), 0.5, 0))
}

// castInGeneral cuts off to whole numbers, and makes truths 1 or 0.
func (b *builder) castInGeneral(n *node) error {
	to := n.int("to", 0)
	v, err := n.data(0)
	if err != nil {
		return err
	}
	r := b.recipe(n)
	kind, ok := elementOf(int32(to))
	switch {
	case !ok:
		return fmt.Errorf("to %s is not supported", typeName(int32(to)))
	case kind.float != nil:
		return r.give(v)
	case typeName(int32(to)) == "BOOL":
		return r.give(r.line("", r.pair("zero", models.Equal, v, number(0)), -1, 1))
	}
	return r.give(r.cutOff("", v))
}

// differ is an exclusive or.
func (b *builder) differ(n *node) error {
	in, err := n.all(2)
	if err != nil {
		return err
	}
	r := b.recipe(n)
	return r.give(r.line("", r.pair("same", models.Equal, in...), -1, 1))
}

func (b *builder) not(n *node) error {
	v, err := n.data(0)
	if err != nil {
		return err
	}
	r := b.recipe(n)
	return r.give(r.line("", v, -1, 1))
}

// isNaN is 1 where a number does not equal itself.
func (b *builder) isNaN(n *node) error {
	v, err := n.data(0)
	if err != nil {
		return err
	}
	r := b.recipe(n)
	return r.give(r.line("", r.pair("same", models.Equal, v, v), -1, 1))
}

func (b *builder) where(n *node) error {
	in, err := n.all(3)
	if err != nil {
		return err
	}
	r := b.recipe(n)
	return r.give(r.pair("", models.Where, in...))
}
