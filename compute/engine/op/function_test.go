package op_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"gaze/compute/engine/machine"
	"gaze/compute/engine/op"
	"gaze/models"
)

// plainFunction is a function of one number and its slope, written plainly.
type plainFunction struct {
	f            op.Function
	value, slope func(x float64) float64
	straight     bool
}

func logistic(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

func either(left bool, yes, no float64) float64 {
	if left {
		return yes
	}
	return no
}

func plainFunctions() []plainFunction {
	const k = 0.79788456080286536 // √(2/π)
	inner := func(x float64) float64 { return k * (x + 0.044715*x*x*x) }
	return []plainFunction{
		{
			op.Function{Kind: models.LeakyReLU, Alpha: 0.2},
			func(x float64) float64 { return max(x, x/5) },
			func(x float64) float64 { return either(x > 0, 1, 0.2) }, true,
		}, {
			op.Function{Kind: models.HardSigmoid, Alpha: 1. / 6, Beta: 0.5},
			func(x float64) float64 { return min(max(x+3, 0), 6) / 6 },
			func(x float64) float64 { return either(math.Abs(x) < 3, 1./6, 0) }, true,
		}, {
			op.Function{Kind: models.HardSigmoid, Alpha: -0.2, Beta: 0.3},
			func(x float64) float64 { return min(max(0.3-x/5, 0), 1) },
			func(x float64) float64 { return either(-3.5 < x && x < 1.5, -0.2, 0) }, true,
		}, {
			op.Function{Kind: models.ELU, Alpha: 1.5},
			func(x float64) float64 { return either(x > 0, x, 1.5*(math.Exp(x)-1)) },
			func(x float64) float64 { return either(x > 0, 1, 1.5*math.Exp(x)) }, false,
		}, {
			op.Function{Kind: models.Sigmoid},
			logistic,
			func(x float64) float64 { return 1 / (2 + math.Exp(x) + math.Exp(-x)) }, false,
		}, {
			op.Function{Kind: models.Tanh},
			math.Tanh,
			func(x float64) float64 { return 1 / (math.Cosh(x) * math.Cosh(x)) }, false,
		}, {
			op.Function{Kind: models.SiLU},
			func(x float64) float64 { return x * logistic(x) },
			func(x float64) float64 { return logistic(x) + x/(2+math.Exp(x)+math.Exp(-x)) }, false,
		}, {
			op.Function{Kind: models.HardSwish},
			func(x float64) float64 { return x * min(max(x+3, 0), 6) / 6 },
			func(x float64) float64 { return either(x > 3, 1, either(x > -3, x/3+0.5, 0)) }, false,
		}, {
			op.Function{Kind: models.GELU},
			func(x float64) float64 { return x * (1 + math.Erf(x/math.Sqrt2)) / 2 },
			func(x float64) float64 { return (1+math.Erf(x/math.Sqrt2))/2 + x*math.Exp(-x*x/2)*k/2 }, false,
		}, {
			op.Function{Kind: models.GELUTanh},
			func(x float64) float64 { return x * (1 + math.Tanh(inner(x))) / 2 },
			func(x float64) float64 {
				c := math.Cosh(inner(x))
				return (1+math.Tanh(inner(x)))/2 + x/(2*c*c)*k*(1+3*0.044715*x*x)
			}, false,
		}, {
			op.Function{Kind: models.Softplus},
			func(x float64) float64 { return math.Log(1 + math.Exp(x)) },
			logistic, false,
		}, {
			op.Function{Kind: models.Softsign},
			func(x float64) float64 { return x / (1 + math.Abs(x)) },
			func(x float64) float64 { return math.Pow(1+math.Abs(x), -2) }, false,
		}, {
			op.Function{Kind: models.SELU},
			func(x float64) float64 { return 1.05070098735548 * either(x > 0, x, 1.67326324235437*(math.Exp(x)-1)) },
			func(x float64) float64 { return 1.05070098735548 * either(x > 0, 1, 1.67326324235437*math.Exp(x)) }, false,
		}, {
			op.Function{Kind: models.CELU, Alpha: 1.5},
			func(x float64) float64 { return either(x > 0, x, 1.5*(math.Exp(x/1.5)-1)) },
			func(x float64) float64 { return either(x > 0, 1, math.Exp(x/1.5)) }, false,
		}, {
			// tanh(ln p) is (p² - 1)/(p² + 1).
			op.Function{Kind: models.Mish},
			func(x float64) float64 { p := math.Pow(1+math.Exp(x), 2); return x * (p - 1) / (p + 1) },
			func(x float64) float64 {
				p := math.Pow(1+math.Exp(x), 2)
				return (p-1)/(p+1) + x*4*(1+math.Exp(x))*math.Exp(x)/math.Pow(p+1, 2)
			}, false,
		}, {
			op.Function{Kind: models.Swish, Beta: 1.702},
			func(x float64) float64 { return x * logistic(1.702*x) },
			func(x float64) float64 { s := logistic(1.702 * x); return s + 1.702*x*s*(1-s) }, false,
		}, {
			op.Function{Kind: models.LogSigmoid},
			func(x float64) float64 { return math.Log(logistic(x)) },
			func(x float64) float64 { return logistic(-x) }, false,
		}, {
			op.Function{Kind: models.ThresholdedReLU, Alpha: 1.3},
			func(x float64) float64 { return either(x > 1.3, x, 0) },
			func(x float64) float64 { return either(x > 1.3, 1, 0) }, true,
		}, {
			op.Function{Kind: models.Exp},
			math.Exp, math.Exp, false,
		}, {
			op.Function{Kind: models.Log},
			math.Log, func(x float64) float64 { return 1 / x }, false,
		}, {
			op.Function{Kind: models.Sqrt},
			math.Sqrt, func(x float64) float64 { return math.Pow(x, -0.5) / 2 }, false,
		}, {
			op.Function{Kind: models.Abs},
			math.Abs, func(x float64) float64 { return either(x > 0, 1, -1) }, true,
		}, {
			op.Function{Kind: models.Reciprocal},
			func(x float64) float64 { return 1 / x }, func(x float64) float64 { return -math.Pow(x, -2) }, false,
		}, {
			op.Function{Kind: models.Erf},
			math.Erf, func(x float64) float64 { return 2 / math.SqrtPi * math.Exp(-x*x) }, false,
		}, {
			op.Function{Kind: models.Sin},
			math.Sin, math.Cos, false,
		}, {
			op.Function{Kind: models.Cos},
			math.Cos, func(x float64) float64 { return -math.Sin(x) }, false,
		}, {
			op.Function{Kind: models.Tan},
			math.Tan, func(x float64) float64 { return math.Pow(math.Cos(x), -2) }, false,
		}, {
			op.Function{Kind: models.Sign},
			func(x float64) float64 { return either(x > 0, 1, -1) }, flat, true,
		}, {
			op.Function{Kind: models.Floor},
			math.Floor, flat, true,
		}, {
			op.Function{Kind: models.Ceil},
			math.Ceil, flat, true,
		}, {
			op.Function{Kind: models.RoundEven},
			math.RoundToEven, flat, true,
		},
	}
}

func flat(float64) float64 { return 0 }

// TestEveryFunctionIsTested: for each there is a plain one.
func TestEveryFunctionIsTested(t *testing.T) {
	for _, kind := range op.Functions() {
		if !slices.ContainsFunc(plainFunctions(), func(p plainFunction) bool { return p.f.Kind == kind }) {
			t.Errorf("nothing says what %s should be", kind)
		}
	}
}

// TestAnotherFunction: one more row of the table is a function with its first two
// derivatives, for a layer of that kind, on every device.
func TestAnotherFunction(t *testing.T) {
	layer := models.Layer{Kind: "Squareplus", Attr: models.Attr{Alpha: 3}}
	if _, ok := op.FunctionOf(layer); ok {
		t.Error("there is a Squareplus already")
	}
	layer.Kind = op.AddSquareplus(t)
	f, ok := op.FunctionOf(layer)
	if want := (op.Function{Kind: "Squareplus"}); !ok || f != want {
		t.Errorf("the function is %+v, %t", f, ok)
	}
	for i, ex := range pointwiseExamples(plainFunction{
		f,
		func(x float64) float64 { return (x + math.Sqrt(x*x+4)) / 2 },
		func(x float64) float64 { return (1 + x/math.Sqrt(x*x+4)) / 2 }, false,
	}) {
		holdsOn(t, i, ex)
	}
}

func functionExamples() []example {
	var list []example
	for _, p := range plainFunctions() {
		list = append(list, pointwiseExamples(p)...)
	}
	return list
}

// pointwiseExamples are a function of pixels and of logits, and its derivative.
func pointwiseExamples(p plainFunction) []example {
	value := func(in [][]float64, _ []tensor.Shape, _ tensor.Shape) []float64 {
		y := make([]float64, len(in[0]))
		for i, x := range in[0] {
			y[i] = p.value(x)
		}
		return y
	}
	slope := func(in [][]float64, _ []tensor.Shape, _ tensor.Shape) []float64 {
		y := make([]float64, len(in[0]))
		for i, x := range in[0] {
			y[i] = p.slope(x) * in[1][i]
		}
		return y
	}
	list := []example{
		{op: op.NewPointwise(p.f, 4), in: []tensor.Shape{sh(2, 3, 5, 4)}, plain: value, scale: 6},
		{op: op.NewPointwise(p.f, 2), in: []tensor.Shape{sh(3, 7)}, plain: value, scale: 6},
	}
	if !p.straight {
		// Its derivative is the second one.
		list = append(list, example{op: op.NewPointwiseGrad(p.f, 1, 4), in: []tensor.Shape{sh(1, 3, 5, 4), sh(1, 3, 5, 4)}, plain: slope, scale: 6})
	}
	for i := range list {
		list[i].positive = slices.Contains([]models.Kind{models.Log, models.Sqrt, models.Reciprocal}, p.f.Kind)
		switch p.f.Kind {
		case models.Tan:
			list[i].scale = 1
		case models.Floor, models.Ceil, models.RoundEven:
			list[i].scale = 5 // no whole numbers and no halves
		}
	}
	return list
}

// TestKinks has the derivatives where a function has none, and what becomes of
// infinity and NaN.
func TestKinks(t *testing.T) {
	inf := math.Inf(1)
	for _, r := range []struct {
		f           op.Function
		x, y, slope []float64
	}{
		{op.Function{Kind: models.LeakyReLU, Alpha: 0.5}, []float64{-inf, 0, inf}, []float64{-inf, 0, inf}, []float64{0.5, 0.5, 1}},
		{op.Function{Kind: models.ELU, Alpha: 2}, []float64{-inf, 0, inf}, []float64{-2, 0, inf}, []float64{0, 2, 1}},
		{op.Function{Kind: models.HardSigmoid, Alpha: 1. / 6, Beta: 0.5}, []float64{-inf, -3, 3, inf}, []float64{0, 0, 1, 1}, []float64{0, 0, 0, 0}},
		{op.Function{Kind: models.HardSwish}, []float64{-inf, -3, 3, inf}, []float64{0, 0, 3, inf}, []float64{0, 0, 1, 1}},
		{op.Function{Kind: models.SiLU}, []float64{-inf, -1e30, 1e30, inf}, []float64{0, 0, 1e30, inf}, []float64{0, 0, 1, 1}},
		{op.Function{Kind: models.GELU}, []float64{-inf, -1e30, 1e30, inf}, []float64{0, 0, 1e30, inf}, []float64{0, 0, 1, 1}},
		{op.Function{Kind: models.GELUTanh}, []float64{-inf, -1e30, 1e30, inf}, []float64{0, 0, 1e30, inf}, []float64{0, 0, 1, 1}},
		{op.Function{Kind: models.Sigmoid}, []float64{-inf, 0, inf}, []float64{0, 0.5, 1}, []float64{0, 0.25, 0}},
		{op.Function{Kind: models.Tanh}, []float64{-inf, 0, inf}, []float64{-1, 0, 1}, []float64{0, 1, 0}},
		{op.Function{Kind: models.Softplus}, []float64{-inf, -1e30, 1e30, inf}, []float64{0, 0, 1e30, inf}, []float64{0, 0, 1, 1}},
		{op.Function{Kind: models.Softsign}, []float64{-inf, 0, inf}, []float64{-1, 0, 1}, []float64{0, 1, 0}},
		{op.Function{Kind: models.SELU}, []float64{0, inf}, []float64{0, inf}, []float64{1.7580993408473766, 1.0507009873554805}},
		{op.Function{Kind: models.CELU, Alpha: 2}, []float64{-inf, 0, inf}, []float64{-2, 0, inf}, []float64{0, 1, 1}},
		{op.Function{Kind: models.Mish}, []float64{-inf, -1e30, 1e30, inf}, []float64{0, 0, 1e30, inf}, []float64{0, 0, 1, 1}},
		{op.Function{Kind: models.Swish, Beta: 2}, []float64{-inf, -1e30, 1e30, inf}, []float64{0, 0, 1e30, inf}, []float64{0, 0, 1, 1}},
		{op.Function{Kind: models.LogSigmoid}, []float64{-inf, -1e30, 1e30, inf}, []float64{-inf, -1e30, 0, 0}, []float64{1, 1, 0, 0}},
		{op.Function{Kind: models.ThresholdedReLU, Alpha: 2}, []float64{-inf, 2, inf}, []float64{0, 0, inf}, []float64{0, 0, 1}},
		{op.Function{Kind: models.Exp}, []float64{-inf, 0, inf}, []float64{0, 1, inf}, []float64{0, 1, inf}},
		{op.Function{Kind: models.Abs}, []float64{-inf, 0, inf}, []float64{inf, 0, inf}, []float64{-1, 0, 1}},
		{op.Function{Kind: models.Erf}, []float64{-inf, inf}, []float64{-1, 1}, []float64{0, 0}},
		{op.Function{Kind: models.Sign}, []float64{-inf, 0, inf}, []float64{-1, 0, 1}, []float64{0, 0, 0}},
		{op.Function{Kind: models.RoundEven}, []float64{0.5, 1.5, -2.5}, []float64{0, 2, -2}, []float64{0, 0, 0}},
	} {
		ones := make([]float32, len(r.x)+1)
		x := []float32{float32(math.NaN())}
		for i := range ones {
			ones[i] = 1
		}
		for _, v := range r.x {
			x = append(x, float32(v))
		}
		s := sh(1, len(x))
		y, slope := do(t, op.NewPointwise(r.f, 2), dense(x, s)), do(t, op.NewPointwiseGrad(r.f, 1, 2), dense(x, s), dense(ones, s))
		if y[0] == y[0] {
			t.Errorf("%v of NaN is %v", r.f, y[0])
		}
		for i := range r.x {
			if y[i+1] != float32(r.y[i]) || slope[i+1] != float32(r.slope[i]) {
				t.Errorf("%v at %v is %v with slope %v, not %v with %v", r.f, r.x[i], y[i+1], slope[i+1], r.y[i], r.slope[i])
			}
		}
	}
}

// TestSoftsignBendsNowhereAtZero: its second derivative jumps from 2 to -2 at 0. There
// it is 0, whatever the sign of that 0, as in PyTorch.
func TestSoftsignBendsNowhereAtZero(t *testing.T) {
	x := dense([]float32{-1, float32(math.Copysign(0, -1)), 0, 1}, sh(1, 4))
	ones := dense([]float32{1, 1, 1, 1}, sh(1, 4))
	got := do(t, op.NewPointwiseGrad(op.Function{Kind: models.Softsign}, 2, 2), x, ones)
	if want := []float32{0.25, 0, 0, -0.25}; !slices.Equal(got, want) {
		t.Errorf("%v, not %v", got, want)
	}
}

func do(t *testing.T, o gorgonia.Op, in ...gorgonia.Value) []float32 {
	t.Helper()
	v, err := o.Do(in...)
	if err != nil {
		t.Fatal(err)
	}
	return v.Data().([]float32)
}

// TestStraightGradientsAreLinear: where a function is made of straight lines,
// the gradient of its gradient is the same operation on another gradient, and
// there is none by what was put into the function.
func TestStraightGradientsAreLinear(t *testing.T) {
	s := sh(1, 2, 3, 4)
	weight := dense([]float32{0.5, -2}, sh(2))
	leaky := op.Function{Kind: models.LeakyReLU, Alpha: 0.1}
	for _, o := range []gorgonia.Op{op.NewActivateGrad(op.ActivationReLU6, 4), op.NewPointwiseGrad(leaky, 1, 4), op.NewPReLUGrad(4)} {
		rng := rand.New(rand.NewPCG(9, 9))
		x, seed := dense(distinct(rng, s.TotalSize()), s), dense(distinct(rng, s.TotalSize()), s)
		g := gorgonia.NewGraph()
		leaf := func(name string, v *tensor.Dense) *gorgonia.Node {
			return gorgonia.NewTensor(g, tensor.Float32, v.Dims(), gorgonia.WithName(name), gorgonia.WithShape(v.Shape()...), gorgonia.WithValue(v))
		}
		nodes, values := gorgonia.Nodes{leaf("x", x)}, []gorgonia.Value{x}
		if o.Arity() == 3 {
			nodes, values = append(nodes, leaf("weight", weight)), append(values, weight)
		}
		grad := gorgonia.NewTensor(g, tensor.Float32, 4, gorgonia.WithName("gradient"), gorgonia.WithShape(s...))
		out := gorgonia.Must(gorgonia.ApplyOp(o, append(nodes, grad)...))
		back, err := gorgonia.Backpropagate(gorgonia.Nodes{out}, gorgonia.Nodes{leaf("seed", seed)}, gorgonia.Nodes{grad})
		if err != nil {
			t.Fatalf("%v: %v", o, err)
		}
		m, err := machine.New(machine.Reference{}, back)
		if err != nil {
			t.Fatal(err)
		}
		if err := m.RunAll(); err != nil {
			t.Fatal(err)
		}
		got, err := m.Value(back[0])
		if want := do(t, o, append(values, seed)...); err != nil || !slices.Equal(got, want) {
			t.Errorf("%v: %v (%v), not %v", o, got, err, want)
		}
	}
}

// TestUnknownDerivatives are refused.
func TestUnknownDerivatives(t *testing.T) {
	for want, o := range map[string]gorgonia.Op{
		"only the first two derivatives":   op.NewPointwiseGrad(op.Function{Kind: models.SiLU}, 2, 2),
		"first two derivatives of a power": op.NewBinary(op.PowerBend, 2),
	} {
		g := gorgonia.NewGraph()
		leaf := func(i int) *gorgonia.Node {
			return gorgonia.NewMatrix(g, tensor.Float32, gorgonia.WithName(fmt.Sprint(i)), gorgonia.WithShape(1, 3))
		}
		x, grad := leaf(0), leaf(1)
		out := gorgonia.Must(gorgonia.ApplyOp(o, x, grad))
		_, err := gorgonia.Backpropagate(gorgonia.Nodes{out}, gorgonia.Nodes{leaf(2)}, gorgonia.Nodes{x})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, not %q", o, err, want)
		}
	}
}

func plainPReLU(in [][]float64, s []tensor.Shape, _ tensor.Shape) []float64 {
	pixels := len(in[0]) / (s[0][0] * s[0][1])
	y := make([]float64, len(in[0]))
	for i, x := range in[0] {
		w := in[1][0]
		if len(in[1]) > 1 {
			w = in[1][i/pixels%s[0][1]]
		}
		y[i] = either(x > 0, x, w*x)
	}
	return y
}

func plainSoftmax(in [][]float64, s []tensor.Shape, _ tensor.Shape) []float64 {
	channels := s[0][1]
	pixels := len(in[0]) / (s[0][0] * channels)
	y := make([]float64, len(in[0]))
	for i, x := range in[0] {
		picture, pixel := i/(pixels*channels), i%pixels
		sum := 0.0
		for c := range channels {
			sum += math.Exp(in[0][(picture*channels+c)*pixels+pixel])
		}
		y[i] = math.Exp(x) / sum
	}
	return y
}

// Every activation function that a network may have is a [op.Function], but for
// those that a convolution does as it stores its sums.
func TestActivationFunctionsAreThoseOfNetworks(t *testing.T) {
	var want []models.Kind
	for _, k := range models.Kinds() {
		if k.Activation() && !slices.Contains([]models.Kind{models.ReLU, models.ReLU6, models.Clip}, k) {
			want = append(want, k)
		}
	}
	if got := op.Functions(); !slices.Equal(got, want) {
		t.Errorf("there are the functions %v, networks have %v", got, want)
	}
}
