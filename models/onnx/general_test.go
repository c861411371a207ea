package onnx_test

import (
	"math"
	"slices"

	"gaze/models"
)

// runGeneral is [runLayer] for the kinds whose layers may have any number of axes.
func runGeneral(l models.Layer, in []array) (y array, ok bool) {
	a := l.Attr
	truth := func(t bool) float64 {
		if t {
			return 1
		}
		return 0
	}
	pairs := map[models.Kind]func(x, y float64) float64{
		models.Pow: math.Pow, models.Minimum: math.Min, models.Maximum: math.Max,
		models.Less:         func(x, y float64) float64 { return truth(x < y) },
		models.LessEqual:    func(x, y float64) float64 { return truth(x <= y) },
		models.Greater:      func(x, y float64) float64 { return truth(x > y) },
		models.GreaterEqual: func(x, y float64) float64 { return truth(x >= y) },
		models.Equal:        func(x, y float64) float64 { return truth(x == y) },
	}
	if f := pairs[l.Kind]; f != nil {
		return plainPair(in[0], in[1], f), true
	}
	folds := map[models.Kind]struct {
		begin float64
		f     func(have, x float64) float64
	}{
		models.ReduceSum:  {0, func(have, x float64) float64 { return have + x }},
		models.ReduceMean: {0, func(have, x float64) float64 { return have + x }},
		models.ReduceMax:  {math.Inf(-1), math.Max},
		models.ReduceMin:  {math.Inf(1), math.Min},
		models.ReduceProd: {1, func(have, x float64) float64 { return have * x }},
	}
	if f := folds[l.Kind]; f.f != nil {
		y := plainFold(in[0], a.Axes, f.begin, f.f)
		if l.Kind == models.ReduceMean {
			for i := range y.values {
				y.values[i] *= float64(len(y.values)) / float64(len(in[0].values))
			}
		}
		return y, true
	}
	switch l.Kind {
	case models.Attention:
		return plainAttention(in[0], a.Heads, a.Alpha), true
	case models.Constant:
		return *parameter(l, "value"), true
	case models.View:
		return array{a.Shape, in[0].values}, true
	case models.Transpose:
		return plainTranspose(in[0], a.Order), true
	case models.Take:
		y := zeros(a.Shape...)
		for i, at := range a.Index {
			y.values[i] = a.Value
			if at >= 0 {
				y.values[i] = in[0].values[at]
			}
		}
		return y, true
	case models.Concat:
		y := in[0]
		for _, next := range in[1:] {
			y = plainConcat(y, next, max(a.Axis, 1))
		}
		return y, true
	case models.Where:
		return plainWhere(in[0], in[1], in[2]), true
	case models.MatMul:
		return plainBatched(in[0], in[1]), true
	case models.Softmax:
		most := plainFold(in[0], []int{max(a.Axis, 1)}, math.Inf(-1), math.Max)
		parts := plainPair(in[0], most, func(x, m float64) float64 { return math.Exp(x - m) })
		sum := plainFold(parts, []int{max(a.Axis, 1)}, 0, func(have, x float64) float64 { return have + x })
		return plainPair(parts, sum, func(x, s float64) float64 { return x / s }), true
	case models.Standardize:
		n := float64(len(in[0].values))
		add := func(have, x float64) float64 { return have + x }
		mean := plainFold(in[0], a.Axes, 0, add)
		n /= float64(len(mean.values))
		centred := plainPair(in[0], mean, func(x, m float64) float64 { return x - m/n })
		square := plainPair(centred, centred, func(x, y float64) float64 { return x * y })
		return plainPair(centred, plainFold(square, a.Axes, 0, add), func(x, v float64) float64 { return x / math.Sqrt(v/n+a.Epsilon) }), true
	case models.ConvTranspose:
		return plainConvTranspose(l, in[0]), true
	}
	return array{}, false
}

func plainFold(x array, axes []int, begin float64, f func(have, x float64) float64) array {
	shape := slices.Clone(x.shape)
	for _, a := range axes {
		shape[a] = 1
	}
	y := zeros(shape...)
	for i := range y.values {
		y.values[i] = begin
	}
	x.each(func(at []int, i int) {
		to := 0
		for a, side := range shape {
			to = to * side
			if side > 1 {
				to += at[a]
			}
		}
		y.values[to] = f(y.values[to], x.values[i])
	})
	return y
}

// plainAttention is softmax(alpha q kᵀ) v for each head, of q, k and v as channels.
func plainAttention(qkv array, heads int, alpha float64) array {
	width, tokens := qkv.shape[1]/3, qkv.shape[2]*qkv.shape[3]
	each := width / heads
	y := zeros(1, width, qkv.shape[2], qkv.shape[3])
	at := func(part, channel, token int) float64 { return qkv.values[(part*width+channel)*tokens+token] }
	for h := range heads {
		for i := range tokens {
			weights, sum := make([]float64, tokens), 0.0
			for j := range weights {
				for c := h * each; c < (h+1)*each; c++ {
					weights[j] += alpha * at(0, c, i) * at(1, c, j)
				}
				weights[j] = math.Exp(weights[j])
				sum += weights[j]
			}
			for c := h * each; c < (h+1)*each; c++ {
				for j, w := range weights {
					y.values[c*tokens+i] += w / sum * at(2, c, j)
				}
			}
		}
	}
	return y
}

func plainWhere(condition, yes, no array) array {
	y := plainPair(plainPair(condition, yes, func(float64, float64) float64 { return 0 }), no, func(_, x float64) float64 { return x })
	y.each(func(at []int, i int) {
		if condition.at(at...) != 0 {
			y.values[i] = yes.at(at...)
		}
	})
	return y
}

// plainBatched is a product of the last two axes.
func plainBatched(x, w array) array {
	n := len(x.shape)
	shape := slices.Clone(x.shape)
	for i := range n - 2 {
		shape[i] = max(shape[i], w.shape[i])
	}
	shape[n-1] = w.shape[n-1]
	y := zeros(shape...)
	y.each(func(at []int, i int) {
		left, right := slices.Clone(at), slices.Clone(at)
		for k := range x.shape[n-1] {
			left[n-1], right[n-2] = k, k
			y.values[i] += x.at(left...) * w.at(right...)
		}
	})
	return y
}

func plainConvTranspose(l models.Layer, x array) array {
	a, w := l.Attr, *parameter(l, "weight")
	y := zeros(l.Shape...)
	if bias := parameter(l, "bias"); bias != nil {
		y.each(func(at []int, i int) { y.values[i] = bias.values[at[1]] })
	}
	ins := w.shape[0] / a.Groups
	x.each(func(at []int, i int) {
		for o := range w.shape[1] {
			for ky := range w.shape[2] {
				for kx := range w.shape[3] {
					row, column := at[2]*a.Stride[0]+ky*a.Dilation[0]-a.Pad[0], at[3]*a.Stride[1]+kx*a.Dilation[1]-a.Pad[1]
					if row >= 0 && column >= 0 && row < y.shape[2] && column < y.shape[3] {
						y.values[((at[1]/ins*w.shape[1]+o)*y.shape[2]+row)*y.shape[3]+column] += x.values[i] * w.at(at[1], o, ky, kx)
					}
				}
			}
		}
	})
	return y
}

// generalCurve is what a function of one number does, of the kinds that files other
// than those of convolutional networks have.
func generalCurve(l models.Layer) func(float64) float64 {
	a := l.Attr
	return map[models.Kind]func(float64) float64{
		models.Exp: math.Exp, models.Log: math.Log, models.Sqrt: math.Sqrt, models.Abs: math.Abs, models.Erf: math.Erf,
		models.Sin: math.Sin, models.Cos: math.Cos, models.Tan: math.Tan, models.Floor: math.Floor, models.Ceil: math.Ceil, models.RoundEven: math.RoundToEven,
		models.Reciprocal: func(x float64) float64 { return 1 / x },
		models.Sign: func(x float64) float64 {
			if x == 0 {
				return 0
			}
			return math.Copysign(1, x)
		},
		models.SELU: func(x float64) float64 {
			return 1.0507009873554805 * (max(x, 0) + 1.6732632423543772*math.Expm1(min(x, 0)))
		},
		models.CELU:  func(x float64) float64 { return max(x, 0) + a.Alpha*math.Expm1(min(x, 0)/a.Alpha) },
		models.Mish:  func(x float64) float64 { return x * math.Tanh(math.Log1p(math.Exp(x))) },
		models.Swish: func(x float64) float64 { return x / (1 + math.Exp(-a.Beta*x)) },
		models.ThresholdedReLU: func(x float64) float64 {
			if x > a.Alpha {
				return x
			}
			return 0
		},
	}[l.Kind]
}
