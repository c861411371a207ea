package cpu

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gaze/compute/engine/op"
	"gaze/models"
)

// function is a function of one number with what it should be, written plainly
// in float64, its slope, and the error allowed of the value, relative to it plus
// absolute.
type function struct {
	f                  op.Function
	value, slope       func(x float64) float64
	relative, absolute float64
}

var functions = []function{
	{
		op.Function{Kind: models.LeakyReLU, Alpha: 0.125},
		func(x float64) float64 { return max(x, x/8) },
		func(x float64) float64 { return step(x > 0, 1, 0.125) },
		0, 0,
	},
	{
		op.Function{Kind: models.LeakyReLU, Alpha: -2},
		func(x float64) float64 { return max(x, -2*x) },
		func(x float64) float64 { return step(x > 0, 1, -2) },
		0, 0,
	},
	{
		op.Function{Kind: models.HardSigmoid, Alpha: 1. / 6, Beta: 0.5},
		func(x float64) float64 { return min(max(x+3, 0), 6) / 6 },
		func(x float64) float64 { return step(x > -3 && x < 3, 1./6, 0) },
		0, 1e-7,
	},
	{
		op.Function{Kind: models.HardSwish},
		func(x float64) float64 { return step(x > -3, x*min(x+3, 6)/6, 0) },
		func(x float64) float64 { return step(x > -3, step(x < 3, x/3+0.5, 1), 0) },
		0, 3e-7,
	},
	{
		op.Function{Kind: models.Sigmoid},
		func(x float64) float64 { return 1 / (1 + math.Exp(-x)) },
		func(x float64) float64 { return 1 / (2 + math.Exp(-x) + math.Exp(x)) },
		SmoothError, 0,
	},
	{
		op.Function{Kind: models.SiLU},
		func(x float64) float64 { return x / (1 + math.Exp(-x)) },
		func(x float64) float64 {
			s := 1 / (1 + math.Exp(-x))
			return s + x/(2+math.Exp(-x)+math.Exp(x))
		},
		SmoothError, 0,
	},
	{
		op.Function{Kind: models.GELU},
		func(x float64) float64 { return x * math.Erfc(-x/math.Sqrt2) / 2 },
		func(x float64) float64 {
			return math.Erfc(-x/math.Sqrt2)/2 + x*math.Exp(-x*x/2)/math.Sqrt(2*math.Pi)
		},
		SmoothError, 0,
	},
	{op.Function{Kind: models.GELUTanh}, plainGELUTanh, func(x float64) float64 {
		const h, far = 1e-5, 50
		if math.Abs(x) > far {
			return step(x > 0, 1, 0)
		}
		return (plainGELUTanh(x+h) - plainGELUTanh(x-h)) / (2 * h)
	}, SmoothError, 1e-7},
	{
		op.Function{Kind: models.ELU, Alpha: 1.5},
		func(x float64) float64 { return step(x > 0, x, 1.5*math.Expm1(min(x, 0))) },
		func(x float64) float64 { return step(x > 0, 1, 1.5*math.Exp(min(x, 0))) },
		SmoothError, 0,
	},
	{
		op.Function{Kind: models.Tanh},
		func(x float64) float64 { return math.Tanh(x) },
		func(x float64) float64 { return 1 / (math.Cosh(x) * math.Cosh(x)) },
		SmoothError, 0,
	},
	{
		op.Function{Kind: models.Softplus},
		func(x float64) float64 { return step(x > 40, x, math.Log1p(math.Exp(min(x, 40)))) },
		func(x float64) float64 { return 1 / (1 + math.Exp(-x)) },
		SmoothError, 0,
	},
	{
		op.Function{Kind: models.Softsign},
		func(x float64) float64 { return x / (1 + math.Abs(x)) },
		func(x float64) float64 { return math.Pow(1+math.Abs(x), -2) },
		SmoothError, 0,
	},
	{
		op.Function{Kind: models.SELU},
		func(x float64) float64 {
			return 1.0507009873554805 * step(x > 0, x, 1.6732632423543773*math.Expm1(min(x, 0)))
		},
		func(x float64) float64 {
			return 1.0507009873554805 * step(x > 0, 1, 1.6732632423543773*math.Exp(min(x, 0)))
		},
		SmoothError, 0,
	},
	{
		op.Function{Kind: models.CELU, Alpha: 0.75},
		func(x float64) float64 { return step(x > 0, x, 0.75*math.Expm1(min(x, 0)/0.75)) },
		func(x float64) float64 { return step(x > 0, 1, math.Exp(min(x, 0)/0.75)) },
		SmoothError, 0,
	},
	{
		op.Function{Kind: models.LogSigmoid},
		func(x float64) float64 { return step(x < -40, x, -math.Log1p(math.Exp(-max(x, -40)))) },
		func(x float64) float64 { return 1 / (1 + math.Exp(x)) },
		SmoothError, 0,
	},
	{
		op.Function{Kind: models.Swish, Beta: 1.702},
		func(x float64) float64 { return x / (1 + math.Exp(-1.702*x)) },
		func(x float64) float64 {
			s := 1 / (1 + math.Exp(-1.702*x))
			return s + 1.702*x/(2+math.Exp(-1.702*x)+math.Exp(1.702*x))
		},
		SmoothError, 1e-7,
	},
	{
		op.Function{Kind: models.Mish},
		func(x float64) float64 {
			e := math.Exp(min(x, 100))
			return x * e * (e + 2) / (e*(e+2) + 2)
		},
		func(x float64) float64 {
			e := math.Exp(min(max(x, -100), 100))
			d := e*(e+2) + 2
			return e*(e+2)/d + x*4*e*(1+e)/(d*d)
		},
		SmoothError, 0,
	},
}

func step(condition bool, yes, no float64) float64 {
	if condition {
		return yes
	}
	return no
}

func plainGELUTanh(x float64) float64 {
	return x / (1 + math.Exp(-2*math.Sqrt(2/math.Pi)*(x+0.044715*x*x*x)))
}

// TestFunctions goes densely through where the functions bend, and through
// ever larger numbers.
func TestFunctions(t *testing.T) {
	var src []float32
	for x := -16.; x < 16; x += 1. / 256 {
		src = append(src, float32(x), float32(x*1.0001))
	}
	for x := float32(1e-30); x < 1e30; x *= 1.7 {
		src = append(src, x, -x)
	}
	r := rand.New(rand.NewPCG(21, 22))
	grad := randomSlice(r, len(src))
	eachLevel(t, func(t *testing.T, d *Device) {
		for _, c := range functions {
			dst, dx := make([]float32, len(src)), make([]float32, len(src))
			d.Apply(dst, src, c.f)
			d.ApplyBackward(dx, grad, src, c.f)
			largest, largestSlope := 0., 0.
			for i, x := range src {
				x := float64(x)
				want, slope := c.value(x), c.slope(x)
				off := math.Abs(float64(dst[i]) - want)
				if !(off <= c.relative*math.Abs(want)+c.absolute+2e-36) {
					t.Fatalf("%v at %v is %v, not %v: off by %.2g", c.f, x, dst[i], want, off/math.Abs(want))
				}
				if math.Abs(want) > 1e-30 {
					largest = max(largest, off/math.Abs(want))
				}
				g := float64(grad[i])
				off = math.Abs(float64(dx[i]) - g*slope)
				if !(off <= SmoothError*math.Abs(g)) {
					t.Fatalf("the slope of %v at %v is %v, not %v", c.f, x, float64(dx[i])/g, slope)
				}
				largestSlope = max(largestSlope, off/math.Abs(g))
			}
			t.Logf("%v: relative error %.2g, of the slope %.2g", c.f, largest, largestSlope)
		}
	})
}

// TestFunctionsAtTheirEnds: infinity gives the limit, NaN stays NaN, kinks have
// the derivatives that PyTorch gives them.
func TestFunctionsAtTheirEnds(t *testing.T) {
	inf, nan := infinity, float32(math.NaN())
	negativeZero := float32(math.Copysign(0, -1))
	src := []float32{-inf, -math.MaxFloat32, -3, negativeZero, 0, 3, math.MaxFloat32, inf, nan}
	rows := []struct {
		f            op.Function
		value, slope []float32
	}{
		{op.Function{Kind: models.LeakyReLU, Alpha: 0.5}, []float32{-inf, -math.MaxFloat32 / 2, -1.5, 0, 0, 3, math.MaxFloat32, inf}, []float32{.5, .5, .5, .5, .5, 1, 1, 1}},
		{op.Function{Kind: models.HardSigmoid, Alpha: 1. / 6, Beta: 0.5}, []float32{0, 0, 0, .5, .5, 1, 1, 1}, []float32{0, 0, 0, 1. / 6, 1. / 6, 0, 0, 0}},
		{op.Function{Kind: models.HardSigmoid, Beta: 0.25}, []float32{nan, .25, .25, .25, .25, .25, .25, nan}, make([]float32, 8)},
		{op.Function{Kind: models.HardSwish}, []float32{0, 0, 0, 0, 0, 3, math.MaxFloat32, inf}, []float32{0, 0, 0, .5, .5, 1, 1, 1}},
		{op.Function{Kind: models.Sigmoid}, []float32{0, 0, 0.047425874, .5, .5, 0.95257413, 1, 1}, []float32{0, 0, 0.04517666, .25, .25, 0.04517666, 0, 0}},
		{op.Function{Kind: models.SiLU}, []float32{0, 0, -0.14227762, 0, 0, 2.8577223, math.MaxFloat32, inf}, []float32{0, 0, -0.08810411, .5, .5, 1.0881041, 1, 1}},
		{op.Function{Kind: models.GELU}, []float32{0, 0, -0.004049694, 0, 0, 2.9959503, math.MaxFloat32, inf}, []float32{0, 0, -0.011945649, .5, .5, 1.0119457, 1, 1}},
		{op.Function{Kind: models.GELUTanh}, []float32{0, 0, -0.003637392, 0, 0, 2.9963627, math.MaxFloat32, inf}, []float32{0, 0, -0.011584155, .5, .5, 1.0115842, 1, 1}},
		{op.Function{Kind: models.ELU, Alpha: 2}, []float32{-2, -2, -1.9004259, 0, 0, 3, math.MaxFloat32, inf}, []float32{0, 0, 0.09957414, 2, 2, 1, 1, 1}},
		{op.Function{Kind: models.Tanh}, []float32{-1, -1, -0.9950548, 0, 0, 0.9950548, 1, 1}, []float32{0, 0, 0.009866037, 1, 1, 0.009866037, 0, 0}},
		{op.Function{Kind: models.Softplus}, []float32{0, 0, 0.048587352, 0.6931472, 0.6931472, 3.0485873, math.MaxFloat32, inf}, []float32{0, 0, 0.047425874, .5, .5, 0.95257413, 1, 1}},
		{op.Function{Kind: models.LogSigmoid}, []float32{-inf, -math.MaxFloat32, -3.0485873, -0.6931472, -0.6931472, -0.048587352, 0, 0}, []float32{1, 1, 0.95257413, .5, .5, 0.047425874, 0, 0}},
		{op.Function{Kind: models.Softsign}, []float32{-1, -1, -.75, 0, 0, .75, 1, 1}, []float32{0, 0, .0625, 1, 1, .0625, 0, 0}},
		{op.Function{Kind: models.SELU}, []float32{-1.7580993, -1.7580993, -1.6705687, 0, 0, 3.152103, inf, inf}, []float32{0, 0, 0.087530606, 1.7580993, 1.7580993, 1.050701, 1.050701, 1.050701}},
		{op.Function{Kind: models.CELU, Alpha: 2}, []float32{-2, -2, -1.5537397, 0, 0, 3, math.MaxFloat32, inf}, []float32{0, 0, 0.22313017, 1, 1, 1, 1, 1}},
		{op.Function{Kind: models.Swish, Beta: 1}, []float32{0, 0, -0.14227762, 0, 0, 2.8577223, math.MaxFloat32, inf}, []float32{0, 0, -0.08810411, .5, .5, 1.0881041, 1, 1}},
		{op.Function{Kind: models.Mish}, []float32{0, 0, -0.14564744, 0, 0, 2.9865351, math.MaxFloat32, inf}, []float32{0, 0, -0.09339312, .6, .6, 1.021107, 1, 1}},
	}
	eachLevel(t, func(t *testing.T, d *Device) {
		for _, r := range rows {
			dst, dx, ones := make([]float32, len(src)), make([]float32, len(src)), make([]float32, len(src))
			for i := range ones {
				ones[i] = 1
			}
			d.Apply(dst, src, r.f)
			d.ApplyBackward(dx, ones, src, r.f)
			for i, x := range src {
				want := nan
				if i < len(r.value) {
					want = r.value[i]
					if !(math.Abs(float64(dx[i]-r.slope[i])) <= 1e-6) {
						t.Errorf("the slope of %v at %v is %v, not %v", r.f, x, dx[i], r.slope[i])
					}
				}
				same := dst[i] == want || want != want && dst[i] != dst[i]
				if !same && !(math.Abs(float64(dst[i]-want)) <= 1e-6*math.Abs(float64(want))) {
					t.Errorf("%v of %v is %v, not %v", r.f, x, dst[i], want)
				}
			}
		}
	})
}

// TestFunctionsOfAnyLength: the last elements are as the first ones, nothing
// is written beyond, and results may go where an argument is.
func TestFunctionsOfAnyLength(t *testing.T) {
	r := rand.New(rand.NewPCG(23, 24))
	eachLevel(t, func(t *testing.T, d *Device) {
		for _, n := range []int{0, 1, 7, 8, 9, 15, 16, 17, 33, block - 1, block, block + 1, 3*block + 5} {
			a, b := randomSlice(r, n), guardedCopy(randomSlice(r, n))
			for _, c := range functions {
				name := fmt.Sprintf("%v of %d", c.f, n)
				value, slope := make([]float64, n), make([]float64, n)
				for i, x := range b.slice() {
					value[i], slope[i] = c.value(float64(x)), float64(a[i])*c.slope(float64(x))
				}
				dst := newGuarded(n)
				d.Apply(dst.slice(), b.slice(), c.f)
				dst.check(t, name)
				near(t, name, dst.slice(), value, 1e-6)
				dx := guardedCopy(a)
				d.ApplyBackward(dx.slice(), dx.slice(), b.slice(), c.f)
				dx.check(t, name+", back")
				near(t, name+", back", dx.slice(), slope, 1e-6)
			}
		}
	})
}

func TestPReLU(t *testing.T) {
	eachLevel(t, func(t *testing.T, d *Device) {
		x := []float32{1, -1, 0, -2, 3, -4, 5, -6}
		dy := []float32{1, 2, 3, 4, 5, 6, 7, 8}
		y, dx := make([]float32, 8), make([]float32, 8)
		for _, r := range []struct{ weight, y, dx []float32 }{
			{[]float32{0.5, -1}, []float32{1, -.5, 0, 2, 3, -2, 5, 6}, []float32{1, 1, -3, -4, 5, 3, 7, -8}},
			{[]float32{0.5}, []float32{1, -.5, 0, -1, 3, -2, 5, -3}, []float32{1, 1, 1.5, 2, 5, 3, 7, 4}},
		} {
			d.PReLU(y, x, r.weight, 2, 2, 2)
			d.PReLUBackward(dx, dy, x, r.weight, 2, 2, 2)
			for i := range y {
				if y[i] != r.y[i] || dx[i] != r.dx[i] {
					t.Errorf("weight %v at %v: %v and back %v, not %v and %v", r.weight, x[i], y[i], dx[i], r.y[i], r.dx[i])
				}
			}
		}
	})
}

func TestSoftmax(t *testing.T) {
	eachLevel(t, func(t *testing.T, d *Device) {
		y, dx := make([]float32, 8), make([]float32, 8)
		ln3 := float32(math.Log(3))
		// Two images of two channels and two pixels.
		d.Softmax(y, []float32{0, 1000, 0, 1000, ln3, 0, 0, -200}, 2, 2, 2)
		near(t, "softmax", y, []float64{.5, .5, .5, .5, .75, 1, .25, 0}, 1e-7)
		d.SoftmaxBackward(dx, []float32{1, 0, 0, 0, 2, 1, 0, 5}, y, 2, 2, 2)
		near(t, "softmax, back", dx, []float64{.25, 0, -.25, 0, .375, 0, -.375, 0}, 1e-7)
		r := rand.New(rand.NewPCG(25, 26))
		for n := range 40 {
			batch, channels, size := 1+r.IntN(5), 1+r.IntN(70), 1+r.IntN(50)
			if n%2 == 0 {
				size = 1
			}
			testSoftmax(t, d, r, batch, channels, size)
		}
	})
}

func testSoftmax(t *testing.T, d *Device, r *rand.Rand, batch, channels, size int) {
	t.Helper()
	x, dy := randomSlice(r, batch*channels*size), randomSlice(r, batch*channels*size)
	want, back := make([]float64, len(x)), make([]float64, len(x))
	for i := range x {
		x[i] *= 20
	}
	for p := range batch * size {
		at := func(c int) int { return (p/size*channels+c)*size + p%size }
		var sum, along float64
		for c := range channels {
			sum += math.Exp(float64(x[at(c)]))
		}
		for c := range channels {
			want[at(c)] = math.Exp(float64(x[at(c)])) / sum
			along += want[at(c)] * float64(dy[at(c)])
		}
		for c := range channels {
			back[at(c)] = want[at(c)] * (float64(dy[at(c)]) - along)
		}
	}
	name := fmt.Sprintf("softmax of %dx%dx%d", batch, channels, size)
	y, dx := newGuarded(len(x)), newGuarded(len(x))
	d.Softmax(y.slice(), x, batch, channels, size)
	d.SoftmaxBackward(dx.slice(), dy, y.slice(), batch, channels, size)
	y.check(t, name)
	dx.check(t, name)
	near(t, name, y.slice(), want, 1e-6)
	near(t, name+", back", dx.slice(), back, 2e-6)
}
