package op

import (
	"fmt"
	"math"

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

// SymDiff fails: second derivatives of a layer normalisation are not provided.
func (o LayerNormGrad) SymDiff(gorgonia.Nodes, *gorgonia.Node, *gorgonia.Node) (gorgonia.Nodes, error) {
	return nil, fmt.Errorf("%v: a layer normalisation is not differentiated twice", o)
}
