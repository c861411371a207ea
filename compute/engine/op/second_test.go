package op_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"gaze/compute/engine/op"
)

// secondExamples are the operations of the way back. Each is linear in the
// gradient that it takes back, so its derivative by that is the way ahead.
func secondExamples() []example {
	square := func(k, s, d, p int) op.Window {
		return win([2]int{k, k}, [2]int{s, s}, [2]int{d, d}, [4]int{p, p, p, p})
	}
	window, pair := square(3, 2, 1, 1), square(2, 2, 1, 0)
	return []example{
		{op: op.NewConvGrad(window, 2, sh(1, 4, 5, 6)), in: []tensor.Shape{sh(1, 6, 3, 3), sh(6, 2, 3, 3)}, constant: 1, plain: plainConvGrad(window, 2)},
		{op: op.NewConvGrad(window, 1, sh(2, 2, 5, 4)).WithScale(), in: []tensor.Shape{sh(2, 3, 3, 2), sh(3, 2, 3, 3), sh(3)}, constant: 2, plain: plainConvGrad(window, 1)},
		{op: op.NewLinearGrad(), in: []tensor.Shape{sh(2, 3), sh(3, 5)}, constant: 1, plain: plainLinearGrad},
		{op: op.NewAvgPoolGrad(pair, false, sh(1, 2, 4, 6)), in: []tensor.Shape{sh(1, 2, 2, 3)}, plain: plainSpread(2, 2)},
		{op: op.NewAdaptiveAvgPoolGrad(sh(1, 2, 4, 6)), in: []tensor.Shape{sh(1, 2, 2, 3)}, plain: plainSpread(2, 2)},
		{op: op.NewSpread(3, 4), in: []tensor.Shape{sh(2, 3, 1, 1)}, plain: plainSpread(3, 4)},
		{op: op.NewLayerNormGrad(1e-5), in: []tensor.Shape{sh(1, 5, 2, 3), sh(5), sh(1, 5, 2, 3)}, constant: 1, plain: plainLayerNormGrad(1e-5)},
		{op: op.NewLayerNormGrad(0.1), in: []tensor.Shape{sh(2, 8, 1, 2), sh(8), sh(2, 8, 1, 2)}, constant: 1, plain: plainLayerNormGrad(0.1)},
	}
}

// plainConvGrad adds each gradient to all that it was computed from.
func plainConvGrad(w op.Window, groups int) plainOp {
	return func(in [][]float64, s []tensor.Shape, out tensor.Shape) []float64 {
		g, weight := s[0], s[1]
		x := make([]float64, out.TotalSize())
		for i, grad := range in[0] {
			q, p, k, n := i%g[3], i/g[3]%g[2], i/(g[3]*g[2])%g[1], i/(g[3]*g[2]*g[1])
			if len(in) > 2 {
				grad *= in[2][k]
			}
			first := k / (g[1] / groups) * weight[1]
			for c := range weight[1] {
				for r := range weight[2] {
					for t := range weight[3] {
						row, col := p*w.Stride[0]+r*w.Dilation[0]-w.Pad[0], q*w.Stride[1]+t*w.Dilation[1]-w.Pad[1]
						if row >= 0 && row < out[2] && col >= 0 && col < out[3] {
							x[((n*out[1]+first+c)*out[2]+row)*out[3]+col] += grad * in[1][((k*weight[1]+c)*weight[2]+r)*weight[3]+t]
						}
					}
				}
			}
		}
		return x
	}
}

func plainLinearGrad(in [][]float64, s []tensor.Shape, out tensor.Shape) []float64 {
	x := make([]float64, out.TotalSize())
	for i := range x {
		for k := range s[1][0] {
			x[i] += in[0][i/out[1]*s[1][0]+k] * in[1][k*out[1]+i%out[1]]
		}
	}
	return x
}

// plainSpread parts each value evenly among the pixels of a rectangle.
func plainSpread(height, width int) plainOp {
	return func(in [][]float64, s []tensor.Shape, out tensor.Shape) []float64 {
		x := make([]float64, out.TotalSize())
		for i := range x {
			col, row, plane := i%out[3], i/out[3]%out[2], i/(out[3]*out[2])
			x[i] = in[0][(plane*s[0][2]+row/height)*s[0][3]+col/width] / float64(height*width)
		}
		return x
	}
}

func plainLayerNormGrad(epsilon float64) plainOp {
	return func(in [][]float64, _ []tensor.Shape, out tensor.Shape) []float64 {
		channels, size := out[1], out[2]*out[3]
		dx := make([]float64, len(in[0]))
		for n := range out[0] {
			for p := range size {
				at := func(c int) int { return (n*channels+c)*size + p }
				var mean, square float64
				for c := range channels {
					mean += in[0][at(c)] / float64(channels)
					square += in[0][at(c)] * in[0][at(c)] / float64(channels)
				}
				deviation := math.Sqrt(square - mean*mean + epsilon)
				// Every output depends on every input of its pixel.
				for c := range channels {
					for k := range channels {
						slope := -1/float64(channels) - (in[0][at(c)]-mean)*(in[0][at(k)]-mean)/(deviation*deviation*float64(channels))
						if k == c {
							slope++
						}
						dx[at(c)] += in[2][at(k)] * in[1][k] * slope / deviation
					}
				}
			}
		}
		return dx
	}
}

// TestMaxPoolPick: picked from x itself are its largest values, and to pick is
// what putting gradients there is the transpose of.
func TestMaxPoolPick(t *testing.T) {
	w := win([2]int{3, 2}, [2]int{2, 2}, [2]int{1, 1}, [4]int{1, 0, 1, 0})
	rng := rand.New(rand.NewPCG(5, 6))
	s, small := sh(1, 2, 5, 6), sh(1, 2, 3, 3)
	x, other, grad := dense(distinct(rng, s.TotalSize()), s), dense(distinct(rng, s.TotalSize()), s), dense(distinct(rng, small.TotalSize()), small)
	if got, want := do(t, op.NewMaxPoolPick(w), x, x), do(t, op.NewMaxPool(w), x); !slices.Equal(got, want) {
		t.Errorf("picked are %v, not %v", got, want)
	}
	dot := func(a []float32, b *tensor.Dense) (sum float64) {
		for i, v := range b.Data().([]float32) {
			sum += float64(a[i]) * float64(v)
		}
		return sum
	}
	if ahead, back := dot(do(t, op.NewMaxPoolPick(w), x, other), grad), dot(do(t, op.NewMaxPoolGrad(w), x, grad), other); math.Abs(ahead-back) > 1e-5 {
		t.Errorf("the products are %v ahead and %v back", ahead, back)
	}
	for _, o := range []gorgonia.SDOp{op.NewMaxPoolGrad(w), op.NewMaxPoolPick(w)} {
		if diff := o.DiffWRT(2); diff[0] || !diff[1] {
			t.Errorf("%v: differentiable are %v", o, diff)
		}
	}
	if _, err := op.NewMaxPoolPick(w).InferShape(s, small); err == nil {
		t.Error("picked from a tensor of another shape")
	}
}
