package op_test

import (
	"math"
	"slices"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"gaze/compute/engine/op"
)

// generalExamples are the operations on tensors of any number of axes.
func generalExamples() []example {
	table := op.NewTable([]int32{4, -1, 0, 0, 2, 4, -1}, 5)
	list := []example{
		{op: op.NewPermute(2, 0, 1), in: []tensor.Shape{sh(2, 3, 4)}, plain: plainTranspose(2, 0, 1)},
		{op: op.NewPermute(1, 0), in: []tensor.Shape{sh(5, 3)}, plain: plainTranspose(1, 0)},
		{op: op.NewPermute(0, 3, 1, 4, 2), in: []tensor.Shape{sh(2, 3, 4, 2, 5)}, plain: plainTranspose(0, 3, 1, 4, 2)},
		{op: op.NewPermute(5, 1, 0, 3, 4, 2), in: []tensor.Shape{sh(2, 3, 1, 2, 2, 3)}, plain: plainTranspose(5, 1, 0, 3, 4, 2)},
		{op: op.NewTake(table, 0.25), in: []tensor.Shape{sh(3, 5)}, plain: func(in [][]float64, _ []tensor.Shape, _ tensor.Shape) (y []float64) {
			for row := range 3 {
				x := in[0][row*5:]
				y = append(y, x[4], 0.25, x[0], x[0], x[2], x[4], 0.25)
			}
			return y
		}},
		{op: op.NewScatter(table), in: []tensor.Shape{sh(2, 7)}, plain: func(in [][]float64, _ []tensor.Shape, _ tensor.Shape) (y []float64) {
			for row := range 2 {
				g := in[0][row*7:]
				y = append(y, g[2]+g[3], 0, g[4], 0, g[0]+g[5])
			}
			return y
		}},
		{op: op.NewWhere(3), in: []tensor.Shape{sh(2, 3, 1), sh(2, 3, 4), sh(1, 1, 4)}, plain: plainWhere},
		{op: op.NewSoftmaxGrad(4), in: []tensor.Shape{sh(2, 5, 3, 1), sh(2, 5, 3, 1)}, plain: plainSoftmaxGrad},
		{op: op.NewSoftmaxGrad(2), in: []tensor.Shape{sh(3, 7), sh(3, 7)}, plain: plainSoftmaxGrad},
	}
	for _, r := range []op.Reduction{op.Largest, op.Smallest, op.Product} {
		for _, s := range []tensor.Shape{sh(2, 3, 4), sh(1, 7, 1), sh(3, 1, 2), sh(4, 5, 1)} {
			list = append(list, example{op: op.NewReduce(r), in: []tensor.Shape{s}, plain: plainReduce(r)})
		}
	}
	for _, p := range [][2]tensor.Shape{
		{sh(3, 5), sh(5, 4)},
		{sh(2, 3, 5), sh(2, 5, 4)},
		{sh(2, 3, 1, 5), sh(2, 1, 5, 4)},
		{sh(1, 2, 3, 5), sh(3, 1, 5, 2)},
		{sh(2, 17, 33), sh(1, 33, 20)},
	} {
		for _, turned := range [][2]bool{{false, false}, {true, false}, {false, true}, {true, true}} {
			a, b := p[0].Clone(), p[1].Clone()
			for i, s := range []tensor.Shape{a, b} {
				if n := len(s); turned[i] {
					s[n-1], s[n-2] = s[n-2], s[n-1]
				}
			}
			list = append(list, example{op: op.NewMatMul(len(a), turned[0], turned[1]), in: []tensor.Shape{a, b}, plain: plainMatMul(turned[0], turned[1])})
		}
	}
	for f, plain := range map[op.BinaryFunction]func(a, b float64) float64{
		op.Minimum: math.Min, op.Maximum: math.Max,
		op.Less:         func(a, b float64) float64 { return either(a < b, 1, 0) },
		op.LessEqual:    func(a, b float64) float64 { return either(a <= b, 1, 0) },
		op.Greater:      func(a, b float64) float64 { return either(a > b, 1, 0) },
		op.GreaterEqual: func(a, b float64) float64 { return either(a >= b, 1, 0) },
		op.Equal:        func(a, b float64) float64 { return either(a == b, 1, 0) },
		op.Below:        func(a, b float64) float64 { return either(a < b, 1, 0) },
		op.Above:        func(a, b float64) float64 { return either(a > b, 1, 0) },
	} {
		// Of other lengths, so that no two numbers are alike.
		list = append(list,
			example{op: op.NewBinary(f, 3), in: []tensor.Shape{sh(2, 3, 4), sh(1, 3, 1)}, plain: plainCombine(plain)},
			example{op: op.NewBinary(f, 2), in: []tensor.Shape{sh(1, 4), sh(3, 1)}, plain: plainCombine(plain)})
	}
	return list
}

// TestPowers: of positive numbers, with the derivatives by base and by exponent, and
// their derivatives.
func TestPowers(t *testing.T) {
	for f, plain := range map[op.BinaryFunction]func(a, b float64) float64{
		op.Power:      math.Pow,
		op.PowerSlope: func(a, b float64) float64 { return b * math.Pow(a, b) / a },
		op.PowerLog:   func(a, b float64) float64 { return math.Pow(a, b) * math.Log(a) },
		op.PowerBend:  func(a, b float64) float64 { return b * (b - 1) * math.Pow(a, b) / (a * a) },
		op.PowerCross: func(a, b float64) float64 { return math.Pow(a, b) / a * (1 + b*math.Log(a)) },
		op.PowerLogs:  func(a, b float64) float64 { return math.Pow(a, b) * math.Log(a) * math.Log(a) },
	} {
		for a := 0.25; a < 3; a += 0.5 {
			for b := -2.; b < 4; b += 0.5 {
				const h = 1e-5
				check := func(what op.BinaryFunction, got, want float64) {
					t.Helper()
					if math.Abs(got-want) > 1e-5*max(1, math.Abs(want)) {
						t.Errorf("%s of %v and %v is %v, not %v", what, a, b, got, want)
					}
				}
				check(f, float64(f.Of(float32(a), float32(b))), plain(a, b))
				derivative := map[op.BinaryFunction][2]op.BinaryFunction{
					op.Power: {op.PowerSlope, op.PowerLog}, op.PowerSlope: {op.PowerBend, op.PowerCross}, op.PowerLog: {op.PowerCross, op.PowerLogs},
				}[f]
				if derivative[0] != "" {
					check(derivative[0], float64(derivative[0].Of(float32(a), float32(b))), (plain(a+h, b)-plain(a-h, b))/(2*h))
					check(derivative[1], float64(derivative[1].Of(float32(a), float32(b))), (plain(a, b+h)-plain(a, b-h))/(2*h))
				}
			}
		}
	}
	for _, c := range []struct {
		f          op.BinaryFunction
		a, b, want float32
	}{
		{op.Power, -2, 3, -8},
		{op.Power, 0, 0, 1},
		{op.PowerSlope, 0, 0, 0},
		{op.PowerSlope, -2, 2, -4},
		{op.PowerSlope, 0, 2, 0},
		{op.PowerLog, 0, 2, 0},
		{op.PowerBend, 0, 1, 0},
		{op.Below, 2, 2, 0.5},
		{op.Above, 2, 2, 0.5},
		{op.Equal, 2, 2, 1},
	} {
		if got := c.f.Of(c.a, c.b); got != c.want {
			t.Errorf("%s of %v and %v is %v, not %v", c.f, c.a, c.b, got, c.want)
		}
	}
}

// TestEqualNumbersShareTheGradient of their maximum, and a product with a zero has
// the derivative by that zero.
func TestEqualNumbersShareTheGradient(t *testing.T) {
	s := sh(1, 4, 1)
	for _, c := range []struct {
		r              op.Reduction
		x              []float32
		y              float32
		gradient, want []float32
	}{
		{op.Largest, []float32{1, 3, 3, 2}, 3, []float32{5}, []float32{0, 2.5, 2.5, 0}},
		{op.Smallest, []float32{1, 3, 3, 2}, 1, []float32{5}, []float32{5, 0, 0, 0}},
		{op.Product, []float32{2, 0, 3, 4}, 0, []float32{0.5}, []float32{0, 12, 0, 0}},
		{op.Product, []float32{0, 0, 3, 4}, 0, []float32{0.5}, []float32{0, 0, 0, 0}},
	} {
		one := sh(1, 1, 1)
		if got := do(t, op.NewReduce(c.r), dense(c.x, s)); got[0] != c.y {
			t.Errorf("%s of %v is %v", c.r, c.x, got)
		}
		if got := do(t, op.NewReduceGrad(c.r), dense(c.x, s), dense([]float32{c.y}, one), dense(c.gradient, one)); !slices.Equal(got, c.want) {
			t.Errorf("%s of %v has the derivative %v, not %v", c.r, c.x, got, c.want)
		}
	}
}

func TestGeneralRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		op gorgonia.Op
		in []tensor.Shape
	}{
		"a table beyond the row":      {op.NewTake(op.NewTable([]int32{5}, 5), 0), []tensor.Shape{sh(1, 5)}},
		"rows of another length":      {op.NewTake(op.NewTable([]int32{3}, 5), 0), []tensor.Shape{sh(1, 4)}},
		"gradients of other length":   {op.NewScatter(op.NewTable([]int32{3}, 5)), []tensor.Shape{sh(1, 5)}},
		"matrices that do not fit":    {op.NewMatMul(2, false, false), []tensor.Shape{sh(2, 3), sh(2, 3)}},
		"as many numbers, other axes": {op.NewMatMul(2, true, false), []tensor.Shape{sh(2, 3), sh(3, 2)}},
		"other batches":               {op.NewMatMul(3, false, false), []tensor.Shape{sh(2, 2, 2), sh(3, 2, 2)}},
		"no function":                 {op.NewBinary("Nonsense", 2), []tensor.Shape{sh(2, 2), sh(2, 2)}},
		"an order of other axes":      {op.NewPermute(1, 0), []tensor.Shape{sh(2, 2, 2)}},
	} {
		sizers := make([]gorgonia.DimSizer, len(c.in))
		for i, s := range c.in {
			sizers[i] = s
		}
		if out, err := c.op.InferShape(sizers...); err == nil {
			t.Errorf("%s: %v", name, out)
		}
	}
}

// plainTranspose is written for any number of axes by counting.
func plainTranspose(order ...int) plainOp {
	return func(in [][]float64, s []tensor.Shape, out tensor.Shape) []float64 {
		y := make([]float64, len(in[0]))
		at := make([]int, len(order))
		for i := range y {
			from := make([]int, len(order))
			for axis, was := range order {
				from[was] = at[axis]
			}
			j := 0
			for axis, side := range s[0] {
				j = j*side + from[axis]
			}
			y[i] = in[0][j]
			for axis := len(at) - 1; axis >= 0; axis-- {
				if at[axis]++; at[axis] < out[axis] {
					break
				}
				at[axis] = 0
			}
		}
		return y
	}
}

func plainWhere(in [][]float64, s []tensor.Shape, out tensor.Shape) []float64 {
	y := make([]float64, out.TotalSize())
	for i := range y {
		a, b, c := i/12, i/4%3, i%4
		y[i] = in[2][c]
		if in[0][a*3+b] != 0 {
			y[i] = in[1][i]
		}
	}
	return y
}

func plainSoftmaxGrad(in [][]float64, s []tensor.Shape, _ tensor.Shape) []float64 {
	channels := s[0][1]
	pixels := len(in[0]) / (s[0][0] * channels)
	dx := make([]float64, len(in[0]))
	for i, y := range in[0] {
		sum := 0.0
		for c := range channels {
			at := (i/(pixels*channels)*channels+c)*pixels + i%pixels
			sum += in[0][at] * in[1][at]
		}
		dx[i] = y * (in[1][i] - sum)
	}
	return dx
}

func plainReduce(r op.Reduction) plainOp {
	return func(in [][]float64, s []tensor.Shape, _ tensor.Shape) (y []float64) {
		for a := range s[0][0] {
			for c := range s[0][2] {
				of := make([]float64, s[0][1])
				product := 1.0
				for b := range of {
					of[b] = in[0][(a*s[0][1]+b)*s[0][2]+c]
					product *= of[b]
				}
				y = append(y, map[op.Reduction]float64{op.Largest: slices.Max(of), op.Smallest: slices.Min(of), op.Product: product}[r])
			}
		}
		return y
	}
}

// plainMatMul is written for up to two axes before the matrices.
func plainMatMul(transA, transB bool) plainOp {
	return func(in [][]float64, s []tensor.Shape, out tensor.Shape) []float64 {
		whole := func(s tensor.Shape) [4]int {
			w := [4]int{1, 1, 1, 1}
			copy(w[4-len(s):], s)
			return w
		}
		a, b, y := whole(s[0]), whole(s[1]), whole(out)
		element := func(x []float64, s [4]int, p, q, r, c int, turned bool) float64 {
			if turned {
				r, c = c, r
			}
			return x[((p%s[0]*s[1]+q%s[1])*s[2]+r)*s[3]+c]
		}
		terms := a[3]
		if transA {
			terms = a[2]
		}
		var product []float64
		for p := range y[0] {
			for q := range y[1] {
				for r := range y[2] {
					for c := range y[3] {
						sum := 0.0
						for i := range terms {
							sum += element(in[0], a, p, q, r, i, transA) * element(in[1], b, p, q, i, c, transB)
						}
						product = append(product, sum)
					}
				}
			}
		}
		return product
	}
}
