package op

import (
	"fmt"
	"math"
	"slices"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// LayerNorm normalises the channels at every pixel to mean 0 and variance 1,
// (x - μ) / √(σ² + Epsilon), and multiplies each by a weight and adds a bias
// (Ba, Kiros and Hinton, Layer Normalization, arXiv:1607.06450).
type LayerNorm struct {
	signature
	Epsilon float64
}

// NewLayerNorm makes a LayerNorm. Inputs: x, weight, bias.
func NewLayerNorm(epsilon float64) LayerNorm {
	return LayerNorm{signature{fmt.Sprintf("LayerNorm epsilon=%v", epsilon), []int{4, 1, 1}, 4}, epsilon}
}

// InferShape is x's shape.
func (o LayerNorm) InferShape(sizers ...gorgonia.DimSizer) (tensor.Shape, error) {
	s, err := shapes(o, sizers, 3)
	if err != nil {
		return nil, err
	}
	if s[1][0] != s[0][1] || s[2][0] != s[0][1] {
		return nil, fmt.Errorf("%v: weight %v and bias %v do not fit %v", o, s[1], s[2], s[0])
	}
	return s[0].Clone(), nil
}

// Do computes it.
func (o LayerNorm) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	return result(o, values, func(dst []float32, out tensor.Shape, in []*tensor.Dense) {
		x, weight, bias := floats(in[0]), floats(in[1]), floats(in[2])
		normal := make([]float64, out[1])
		eachPixel(out, func(first, step int) {
			normalise(normal, x[first:], step, o.Epsilon)
			for c, v := range normal {
				dst[first+c*step] = float32(v*float64(weight[c]) + float64(bias[c]))
			}
		})
	})
}

// SymDiff is a LayerNormGrad.
func (o LayerNorm) SymDiff(inputs gorgonia.Nodes, output, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	back, err := gorgonia.ApplyOp(NewLayerNormGrad(o.Epsilon), inputs[0], inputs[1], grad)
	return only(back, err, 3)
}

// eachPixel calls f with the index of every pixel's first channel and the
// distance between its channels.
func eachPixel(s tensor.Shape, f func(first, step int)) {
	size := s[2] * s[3]
	for n := range s[0] {
		for i := range size {
			f(n*s[1]*size+i, size)
		}
	}
}

// normalise sets normal to a pixel's numbers at mean 0 and variance 1, and
// returns what their distances from the mean were multiplied by.
func normalise(normal []float64, x []float32, step int, epsilon float64) (scale float64) {
	var mean, variance float64
	count := float64(len(normal))
	for c := range normal {
		mean += float64(x[c*step]) / count
	}
	for c := range normal {
		normal[c] = float64(x[c*step]) - mean
		variance += normal[c] * normal[c] / count
	}
	scale = 1 / math.Sqrt(variance+epsilon)
	for c := range normal {
		normal[c] *= scale
	}
	return scale
}

// LayerNormGrad is the derivative of LayerNorm by x: with the normalised x̂ and
// the gradient's product g with the weight, (g - mean g - x̂ mean(g x̂)) / √(σ² +
// Epsilon). Inputs: x, weight, gradient.
type LayerNormGrad struct {
	signature
	Epsilon float64
}

// NewLayerNormGrad makes the derivative of a LayerNorm.
func NewLayerNormGrad(epsilon float64) LayerNormGrad {
	return LayerNormGrad{signature{fmt.Sprintf("LayerNormGrad epsilon=%v", epsilon), []int{4, 1, 4}, 4}, epsilon}
}

// InferShape is x's shape.
func (o LayerNormGrad) InferShape(sizers ...gorgonia.DimSizer) (tensor.Shape, error) {
	s, err := shapes(o, sizers, 3)
	if err != nil {
		return nil, err
	}
	if s[1][0] != s[0][1] || !s[2].Eq(s[0]) {
		return nil, fmt.Errorf("%v: weight %v and gradient %v do not fit %v", o, s[1], s[2], s[0])
	}
	return s[0].Clone(), nil
}

// Do computes it.
func (o LayerNormGrad) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	return result(o, values, func(dst []float32, out tensor.Shape, in []*tensor.Dense) {
		x, weight, grad := floats(in[0]), floats(in[1]), floats(in[2])
		normal, count := make([]float64, out[1]), float64(out[1])
		eachPixel(out, func(first, step int) {
			scale := normalise(normal, x[first:], step, o.Epsilon)
			var mean, along float64
			for c, v := range normal {
				g := float64(grad[first+c*step]) * float64(weight[c]) / count
				mean += g
				along += g * v
			}
			for c, v := range normal {
				g := float64(grad[first+c*step]) * float64(weight[c])
				dst[first+c*step] = float32(scale * (g - mean - v*along))
			}
		})
	})
}

// DiffWRT says that x and the gradient have a derivative.
func (o LayerNormGrad) DiffWRT(int) []bool { return []bool{true, false, true} }

// SymDiff differentiates once more by x, and by the gradient, which is the
// weight times the same operation without one: it is its own transpose.
func (o LayerNormGrad) SymDiff(inputs gorgonia.Nodes, output, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	x, weight, first := inputs[0], inputs[1], inputs[2]
	byX, err := gorgonia.ApplyOp(NewLayerNormBend(o.Epsilon), x, weight, first, grad)
	if err != nil {
		return nil, err
	}
	value := tensor.New(tensor.WithShape(weight.Shape()...), tensor.WithBacking(slices.Repeat([]float32{1}, weight.Shape()[0])))
	ones := gorgonia.NewVector(x.Graph(), tensor.Float32, gorgonia.WithName(fmt.Sprintf("%d ones", weight.Shape()[0])), gorgonia.WithShape(weight.Shape()...), gorgonia.WithValue(value))
	byGrad, err := gorgonia.ApplyOp(o, x, ones, grad)
	if err != nil {
		return nil, err
	}
	byGrad, err = gorgonia.ApplyOp(NewScale(), byGrad, weight)
	return gorgonia.Nodes{byX, nil, byGrad}, err
}

// LayerNormBend is the derivative by x of the sum of a LayerNormGrad times a
// tensor h. With s = √(σ² + Epsilon), the normalised x̂, the gradient's product
// g with the weight, a = mean(h x̂) and b = mean(g x̂) it is
//
//	-(x̂ (mean(g h) - mean g mean h - 3 a b) + b (h - mean h) + a (g - mean g)) / s²
//
// Inputs: x, weight, gradient, h.
type LayerNormBend struct {
	signature
	Epsilon float64
}

// NewLayerNormBend makes a LayerNormBend.
func NewLayerNormBend(epsilon float64) LayerNormBend {
	return LayerNormBend{signature{fmt.Sprintf("LayerNormBend epsilon=%v", epsilon), []int{4, 1, 4, 4}, 4}, epsilon}
}

// InferShape is x's shape.
func (o LayerNormBend) InferShape(sizers ...gorgonia.DimSizer) (tensor.Shape, error) {
	s, err := shapes(o, sizers, 4)
	if err != nil {
		return nil, err
	}
	if s[1][0] != s[0][1] || !s[2].Eq(s[0]) || !s[3].Eq(s[0]) {
		return nil, fmt.Errorf("%v: weight %v, gradient %v and %v do not fit %v", o, s[1], s[2], s[3], s[0])
	}
	return s[0].Clone(), nil
}

// Do computes it.
func (o LayerNormBend) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	return result(o, values, func(dst []float32, out tensor.Shape, in []*tensor.Dense) {
		x, weight, grad, other := floats(in[0]), floats(in[1]), floats(in[2]), floats(in[3])
		normal, count := make([]float64, out[1]), float64(out[1])
		eachPixel(out, func(first, step int) {
			scale := normalise(normal, x[first:], step, o.Epsilon)
			at := func(c int) (g, h float64) {
				return float64(grad[first+c*step]) * float64(weight[c]), float64(other[first+c*step])
			}
			var meanG, meanH, both, a, b float64
			for c, v := range normal {
				g, h := at(c)
				meanG, meanH, both = meanG+g/count, meanH+h/count, both+g*h/count
				a, b = a+h*v/count, b+g*v/count
			}
			for c, v := range normal {
				g, h := at(c)
				dst[first+c*step] = float32(-scale * scale * (v*(both-meanG*meanH-3*a*b) + b*(h-meanH) + a*(g-meanG)))
			}
		})
	})
}
