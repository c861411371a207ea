package op_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"gaze/compute/engine/op"
	"gaze/compute/race"
)

// plainOp is an operation as a float64 loop.
type plainOp = func(in [][]float64, s []tensor.Shape, out tensor.Shape) []float64

// dataExamples are the operations that combine, normalise and rearrange data.
func dataExamples() []example {
	var list []example
	two := func(o gorgonia.Op, f func(a, b float64) float64, a, b tensor.Shape) {
		list = append(list, example{op: o, in: []tensor.Shape{a, b}, plain: plainCombine(f)})
	}
	mul := func(a, b float64) float64 { return a * b }
	pairs := [][2]tensor.Shape{
		{sh(2, 3, 4, 5), sh(2, 3, 4, 5)},
		{sh(2, 3, 4, 5), sh(2, 3, 1, 1)},
		{sh(2, 3, 1, 1), sh(2, 3, 4, 5)},
		{sh(2, 3, 4, 5), sh(2, 1, 4, 5)},
		{sh(2, 3, 4, 5), sh(1, 3, 4, 5)},
		{sh(2, 3, 4, 5), sh(1, 3, 1, 5)},
		{sh(2, 3, 1, 1), sh(2, 1, 4, 5)},
		{sh(2, 1, 4, 1), sh(2, 3, 1, 5)},
		{sh(3, 5), sh(3, 5)},
		{sh(3, 5), sh(3, 1)},
		{sh(1, 70, 7, 1), sh(1, 1, 7, 1)},
	}
	for _, p := range pairs {
		a, b := p[0], p[1]
		out := a.Clone()
		for axis := range out {
			out[axis] = max(out[axis], b[axis])
		}
		two(op.NewAdd(2, len(a)), func(a, b float64) float64 { return a + b }, a, b)
		two(op.NewSub(len(a)), func(a, b float64) float64 { return a - b }, a, b)
		two(op.NewMul(out), mul, a, b)
	}
	two(op.NewMul(sh(1, 2, 13, 40)), mul, sh(1, 2, 13, 40), sh(1, 2, 1, 1))
	two(op.NewMul(sh(1, 8, 3, 3)), mul, sh(1, 8, 3, 3), sh(1, 1, 1, 1))
	// Quotients of few numbers, so that no divisor is near zero.
	div := func(a, b float64) float64 { return a / b }
	two(op.NewDiv(4), div, sh(1, 2, 1, 2), sh(1, 2, 1, 2))
	two(op.NewDiv(4), div, sh(1, 2, 2, 2), sh(1, 2, 1, 1))
	two(op.NewDiv(4), div, sh(2, 1, 1, 1), sh(2, 1, 2, 2))
	two(op.NewDiv(2), div, sh(2, 3), sh(2, 1))
	for _, to := range []tensor.Shape{sh(2, 3, 1, 1), sh(2, 1, 4, 5), sh(1, 1, 1, 1), sh(1, 3, 1, 5), sh(1, 3, 4, 5)} {
		two(op.NewMul(to), mul, sh(2, 3, 4, 5), sh(2, 3, 4, 5))
		two(op.NewMul(to), mul, sh(2, 3, 4, 5), sh(2, 1, 4, 1))
		two(op.NewMul(to), mul, sh(2, 3, 1, 1), sh(2, 3, 4, 1))
		if to.TotalSize() > 1 { // all the numbers an example is tried on add up to nothing
			list = append(list, example{op: op.NewSumTo(to), in: []tensor.Shape{sh(2, 3, 4, 5)}, plain: plainCombine(first)})
		}
	}
	two(op.NewMul(sh(2, 3, 4, 5)), mul, sh(2, 3, 1, 1), sh(1, 3, 1, 1))
	for _, x := range []tensor.Shape{sh(2, 3, 1, 1), sh(2, 1, 4, 5), sh(1, 3, 1, 5)} {
		list = append(list, example{op: op.NewSumTo(sh(2, 3, 4, 5)), in: []tensor.Shape{x}, plain: plainCombine(first)})
	}
	list = append(list,
		example{op: op.NewAdd(3, 4), in: []tensor.Shape{sh(2, 3, 2, 2), sh(2, 3, 1, 1), sh(2, 1, 2, 2)}, plain: plainCombine(nil)},
		example{op: op.NewMultiple(-0.5, 4), in: []tensor.Shape{sh(2, 3, 4, 5)}, plain: plainPoint(func(v float64) float64 { return -v / 2 })},
		example{op: op.NewScale(), in: []tensor.Shape{sh(2, 3, 2, 2), sh(3)}, constant: 1, plain: func(in [][]float64, s []tensor.Shape, out tensor.Shape) []float64 {
			return plainCombine(mul)(in, []tensor.Shape{s[0], sh(1, 3, 1, 1)}, out)
		}},
		example{op: op.NewLayerNorm(1e-5), in: []tensor.Shape{sh(2, 6, 3, 5), sh(6), sh(6)}, constant: 2, plain: plainLayerNorm(1e-5)},
		example{op: op.NewLayerNorm(1e-6), in: []tensor.Shape{sh(1, 33, 5, 5), sh(33), sh(33)}, constant: 2, plain: plainLayerNorm(1e-6)},
		example{op: op.NewLayerNorm(0.1), in: []tensor.Shape{sh(2, 40, 1, 1), sh(40), sh(40)}, constant: 2, plain: plainLayerNorm(0.1)},
		example{op: op.NewPad([4]int{1, 0, 2, 3}, 0.25), in: []tensor.Shape{sh(2, 3, 4, 5)}, plain: plainPad([4]int{1, 0, 2, 3}, 0.25)},
		example{op: op.NewPad([4]int{0, 1, 0, 0}, 0), in: []tensor.Shape{sh(1, 2, 1, 1)}, plain: plainPad([4]int{0, 1, 0, 0}, 0)},
		example{op: op.NewPad([4]int{}, 0), in: []tensor.Shape{sh(1, 2, 3, 1)}, plain: plainPad([4]int{}, 0)},
	)
	for _, p := range []op.LRNParams{
		{Size: 5, Alpha: 0.5, Beta: 0.75, K: 2},
		{Size: 1, Alpha: 1, Beta: 0.5, K: 1},
		{Size: 2, Alpha: 1, Beta: 0.75, K: 1},
		{Size: 4, Alpha: 2, Beta: 1, K: 1},
		{Size: 9, Alpha: 2, Beta: 0.6, K: 1},
	} {
		list = append(list, example{op: op.NewLRN(p), in: []tensor.Shape{sh(2, 7, 3, 7)}, plain: plainLRN(p)})
	}
	for _, order := range [][]int{{0, 2, 3, 1}, {0, 3, 1, 2}, {0, 2, 1, 3}, {3, 1, 0, 2}, {0, 1, 2, 3}} {
		list = append(list, example{op: op.NewPermute(order...), in: []tensor.Shape{sh(2, 3, 4, 5)}, plain: plainPermute(order)})
	}
	for _, s := range [][4]int{{1, 1, 3, 1}, {1, 0, 5, 2}, {2, 1, 4, 1}, {2, 1, 4, 2}, {3, 2, 6, 3}, {0, 1, 2, 1}, {3, 5, 6, 1}} {
		o := op.NewStrided(s[0], s[1], s[2], s[3])
		list = append(list, example{op: o, in: []tensor.Shape{sh(2, 5, 4, 6)}, plain: plainSlice(o)})
	}
	list = append(list,
		example{op: op.NewEmbed(op.NewStrided(1, 1, 5, 2), 6), in: []tensor.Shape{sh(2, 2, 3, 4)}, plain: plainEmbed(1, 1, 5, 2)},
		example{op: op.NewEmbed(op.NewStrided(3, 2, 6, 1), 6), in: []tensor.Shape{sh(2, 2, 3, 4)}, plain: plainEmbed(3, 2, 6, 1)},
	)
	return list
}

func first(a, _ float64) float64 { return a }

// plainCombine is f of two tensors, or the sum of all where f is nil, over the
// box that they and the output fit into, summed up where the output repeats.
func plainCombine(f func(a, b float64) float64) plainOp {
	return func(in [][]float64, s []tensor.Shape, out tensor.Shape) []float64 {
		all := append([]tensor.Shape{out}, s...)
		box := slices.Clone(out)
		for _, o := range all {
			for axis := range box {
				box[axis] = max(box[axis], o[axis])
			}
		}
		y := make([]float64, out.TotalSize())
		at, terms := make([]int, len(box)), make([]float64, max(2, len(in)))
		index := func(s tensor.Shape) (i int) {
			for axis, side := range s {
				i = i*side + min(at[axis], side-1)
			}
			return i
		}
		for {
			sum := 0.0
			for i := range in {
				terms[i] = in[i][index(s[i])]
				sum += terms[i]
			}
			if f != nil {
				sum = f(terms[0], terms[1])
			}
			y[index(out)] += sum
			axis := len(box) - 1
			for ; axis >= 0; axis-- {
				if at[axis]++; at[axis] < box[axis] {
					break
				}
				at[axis] = 0
			}
			if axis < 0 {
				return y
			}
		}
	}
}

func plainPoint(f func(float64) float64) plainOp {
	return func(in [][]float64, _ []tensor.Shape, _ tensor.Shape) []float64 {
		y := make([]float64, len(in[0]))
		for i, v := range in[0] {
			y[i] = f(v)
		}
		return y
	}
}

func plainLayerNorm(epsilon float64) plainOp {
	return func(in [][]float64, _ []tensor.Shape, out tensor.Shape) []float64 {
		y := make([]float64, len(in[0]))
		channels, size := out[1], out[2]*out[3]
		for i, v := range in[0] {
			n, c, p := i/size/channels, i/size%channels, i%size
			var mean, square float64
			for k := range channels {
				x := in[0][(n*channels+k)*size+p]
				mean += x / float64(channels)
				square += x * x / float64(channels)
			}
			y[i] = (v-mean)/math.Sqrt(square-mean*mean+epsilon)*in[1][c] + in[2][c]
		}
		return y
	}
}

func plainLRN(p op.LRNParams) plainOp {
	return func(in [][]float64, _ []tensor.Shape, out tensor.Shape) []float64 {
		y := make([]float64, len(in[0]))
		channels, size := out[1], out[2]*out[3]
		for i, v := range in[0] {
			c := i / size % channels
			sum := 0.0
			for k := range channels {
				// Of an even number of neighbours one more comes after.
				if d := k - c; -2*d <= p.Size-1 && 2*d <= p.Size {
					x := in[0][i+d*size]
					sum += x * x
				}
			}
			y[i] = v / math.Pow(p.K+p.Alpha/float64(p.Size)*sum, p.Beta)
		}
		return y
	}
}

func plainPad(sides [4]int, value float64) plainOp {
	return func(in [][]float64, s []tensor.Shape, out tensor.Shape) []float64 {
		y := make([]float64, out.TotalSize())
		for i := range y {
			plane, row, col := i/out[2]/out[3], i/out[3]%out[2]-sides[0], i%out[3]-sides[1]
			y[i] = value
			if row >= 0 && row < s[0][2] && col >= 0 && col < s[0][3] {
				y[i] = in[0][(plane*s[0][2]+row)*s[0][3]+col]
			}
		}
		return y
	}
}

// plainMove makes a tensor whose element at y is the input's at from(y), or
// zero where that does not say.
func plainMove(from func(y [4]int) (x [4]int, ok bool)) plainOp {
	return func(in [][]float64, s []tensor.Shape, out tensor.Shape) []float64 {
		var y []float64
		for a := range out[0] {
			for b := range out[1] {
				for c := range out[2] {
					for d := range out[3] {
						v := 0.0
						if x, ok := from([4]int{a, b, c, d}); ok {
							v = in[0][((x[0]*s[0][1]+x[1])*s[0][2]+x[2])*s[0][3]+x[3]]
						}
						y = append(y, v)
					}
				}
			}
		}
		return y
	}
}

func plainPermute(order []int) plainOp {
	return plainMove(func(y [4]int) (x [4]int, ok bool) {
		for axis, was := range order {
			x[was] = y[axis]
		}
		return x, true
	})
}

func plainSlice(o op.Slice) plainOp {
	return plainMove(func(y [4]int) ([4]int, bool) {
		y[o.Axis] = o.From + y[o.Axis]*o.Step
		return y, true
	})
}

func plainEmbed(axis, from, to, step int) plainOp {
	return plainMove(func(y [4]int) ([4]int, bool) {
		at := y[axis] - from
		y[axis] = at / step
		return y, at >= 0 && at < to-from && at%step == 0
	})
}

// TestDataRefuses: shapes that do not fit are errors of InferShape.
func TestDataRefuses(t *testing.T) {
	rows := []struct {
		name string
		op   gorgonia.Op
		in   []tensor.Shape
	}{
		{"sum to a side that is neither 1 nor the input's", op.NewSumTo(sh(1, 3, 2, 2)), []tensor.Shape{sh(1, 3, 4, 4)}},
		{"product without room", op.NewMul(sh(1, 3, 2, 2)), []tensor.Shape{sh(1, 3, 4, 4), sh(1, 3, 4, 4)}},
		{"difference of other sides", op.NewSub(4), []tensor.Shape{sh(1, 3, 4, 4), sh(1, 2, 4, 4)}},
		{"quotient of other sides", op.NewDiv(2), []tensor.Shape{sh(1, 3), sh(1, 2)}},
		{"layer normalisation by another weight", op.NewLayerNorm(0), []tensor.Shape{sh(1, 3, 4, 4), sh(4), sh(3)}},
		{"its gradient of another shape", op.NewLayerNormGrad(0), []tensor.Shape{sh(1, 3, 4, 4), sh(3), sh(1, 3, 4, 5)}},
		{"response normalisation over nothing", op.NewLRN(op.LRNParams{}), []tensor.Shape{sh(1, 3, 4, 4)}},
		{"order that has an axis twice", op.NewPermute(0, 1, 1, 2), []tensor.Shape{sh(1, 3, 4, 4)}},
		{"slice with no step", op.NewStrided(1, 0, 2, 0), []tensor.Shape{sh(1, 3, 4, 4)}},
		{"slice past the end", op.NewStrided(2, 1, 5, 1), []tensor.Shape{sh(1, 3, 4, 4)}},
		{"embedding of another length", op.NewEmbed(op.NewStrided(1, 0, 4, 2), 5), []tensor.Shape{sh(1, 3, 4, 4)}},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			if s, err := r.op.InferShape(gorgonia.ShapesToDimSizers(r.in)...); err == nil {
				t.Errorf("accepted, as %v", s)
			}
		})
	}
}

// TestSecondDerivativesThatAreNotThere: what cannot be differentiated twice
// says so, rather than leaving a part of the derivative out.
func TestSecondDerivativesThatAreNotThere(t *testing.T) {
	for _, o := range []gorgonia.SDOp{op.NewLRNGrad(op.LRNParams{Size: 5})} {
		diff := o.DiffWRT(o.Arity())
		if _, err := o.SymDiff(nil, nil, nil); err == nil || !diff[0] || !diff[len(diff)-1] {
			t.Errorf("%v: no error, or not asked for one: %v", o, diff)
		}
	}
}

// TestRandomProducts holds products of random shapes against the plain loop.
func TestRandomProducts(t *testing.T) {
	race.SkipNumbers(t)
	dev := devices(t)["cpu"]
	rng := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		box := sh(1+rng.IntN(3), 1+rng.IntN(5), 1+rng.IntN(6), 1+rng.IntN(40))
		some := func() tensor.Shape {
			s := box.Clone()
			for axis := range s {
				if rng.IntN(3) == 0 {
					s[axis] = 1
				}
			}
			return s
		}
		ex := example{op: op.NewMul(some()), in: []tensor.Shape{some(), some()}, plain: plainCombine(func(a, b float64) float64 { return a * b })}
		in := make([][]float32, 2)
		for i, s := range ex.in {
			in[i] = make([]float32, s.TotalSize())
			for k := range in[i] {
				in[i][k] = 0.5 + rng.Float32()
			}
		}
		g := build(t, ex, in)
		seed := make([]float32, g.out.Shape().TotalSize())
		value, _ := runMachine(t, dev, g, in, seed)
		want, _ := expect(example{plain: ex.plain, in: ex.in, constant: 1}, in, seed, g.out.Shape())
		near(t, g.out.Op().String(), value, want)
	}
}
