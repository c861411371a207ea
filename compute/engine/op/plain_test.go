package op_test

import (
	"math"
	"slices"

	"gorgonia.org/tensor"

	"gaze/compute/engine/op"
)

// The operations once more, as plain float64 loops.

func plainConv(w op.Window, groups int, act op.Activation, residual bool) func([][]float64, []tensor.Shape, tensor.Shape) []float64 {
	return func(in [][]float64, s []tensor.Shape, out tensor.Shape) []float64 {
		x, weight := s[0], s[1]
		y := make([]float64, out.TotalSize())
		for i := range y {
			q, p, k, n := i%out[3], i/out[3]%out[2], i/(out[3]*out[2])%out[1], i/(out[3]*out[2]*out[1])
			sum := in[2][k]
			first := k / (out[1] / groups) * weight[1]
			for c := range weight[1] {
				for r := range weight[2] {
					for t := range weight[3] {
						row, col := p*w.Stride[0]+r*w.Dilation[0]-w.Pad[0], q*w.Stride[1]+t*w.Dilation[1]-w.Pad[1]
						if row >= 0 && row < x[2] && col >= 0 && col < x[3] {
							sum += in[0][((n*x[1]+first+c)*x[2]+row)*x[3]+col] * in[1][((k*weight[1]+c)*weight[2]+r)*weight[3]+t]
						}
					}
				}
			}
			if residual {
				sum += in[3][i]
			}
			y[i] = limit(act, sum)
		}
		return y
	}
}

// plainScaledConv is a convolution with its weight multiplied by the scale,
// the fourth input.
func plainScaledConv(w op.Window, groups int, act op.Activation, residual bool) func([][]float64, []tensor.Shape, tensor.Shape) []float64 {
	return func(in [][]float64, s []tensor.Shape, out tensor.Shape) []float64 {
		weight := slices.Clone(in[1])
		for i := range weight {
			weight[i] *= in[3][i/(len(weight)/s[3][0])]
		}
		in, s = slices.Delete(slices.Clone(in), 3, 4), slices.Delete(slices.Clone(s), 3, 4)
		in[1] = weight
		return plainConv(w, groups, act, residual)(in, s, out)
	}
}

func plainMaxPool(w op.Window) func([][]float64, []tensor.Shape, tensor.Shape) []float64 {
	return func(in [][]float64, s []tensor.Shape, out tensor.Shape) []float64 {
		x := s[0]
		y := make([]float64, out.TotalSize())
		for i := range y {
			q, p, plane := i%out[3], i/out[3]%out[2], i/(out[3]*out[2])
			y[i] = math.Inf(-1)
			for r := range w.Kernel[0] {
				for t := range w.Kernel[1] {
					row, col := p*w.Stride[0]+r*w.Dilation[0]-w.Pad[0], q*w.Stride[1]+t*w.Dilation[1]-w.Pad[1]
					if row >= 0 && row < x[2] && col >= 0 && col < x[3] {
						y[i] = max(y[i], in[0][(plane*x[2]+row)*x[3]+col])
					}
				}
			}
		}
		return y
	}
}

func limit(act op.Activation, v float64) float64 {
	lo, hi := act.Limits()
	return min(max(v, float64(lo)), float64(hi))
}

func plainActivate(act op.Activation) func([][]float64, []tensor.Shape, tensor.Shape) []float64 {
	return func(in [][]float64, _ []tensor.Shape, _ tensor.Shape) []float64 {
		y := make([]float64, len(in[0]))
		for i, v := range in[0] {
			y[i] = limit(act, v)
		}
		return y
	}
}

func plainAvgPool(w op.Window, countPad bool) func([][]float64, []tensor.Shape, tensor.Shape) []float64 {
	return func(in [][]float64, s []tensor.Shape, out tensor.Shape) []float64 {
		x := s[0]
		y := make([]float64, out.TotalSize())
		for i := range y {
			q, p, plane := i%out[3], i/out[3]%out[2], i/(out[3]*out[2])
			sum, n := 0.0, 0
			for r := range w.Kernel[0] {
				for t := range w.Kernel[1] {
					row, col := p*w.Stride[0]+r-w.Pad[0], q*w.Stride[1]+t-w.Pad[1]
					inside := row >= 0 && row < x[2] && col >= 0 && col < x[3]
					if inside {
						sum += in[0][(plane*x[2]+row)*x[3]+col]
					}
					if inside || countPad && row < x[2]+w.Pad[2] && col < x[3]+w.Pad[3] {
						n++
					}
				}
			}
			y[i] = sum / float64(n)
		}
		return y
	}
}

func plainAdaptive(in [][]float64, s []tensor.Shape, out tensor.Shape) []float64 {
	x := s[0]
	y := make([]float64, out.TotalSize())
	for i := range y {
		q, p, plane := i%out[3], i/out[3]%out[2], i/(out[3]*out[2])
		sum, n := 0.0, 0
		for row := range x[2] {
			for col := range x[3] {
				// A pixel belongs to every window that its own part of the
				// axis, seen at the output's scale, overlaps.
				if row*out[2] < (p+1)*x[2] && (row+1)*out[2] > p*x[2] && col*out[3] < (q+1)*x[3] && (col+1)*out[3] > q*x[3] {
					sum += in[0][(plane*x[2]+row)*x[3]+col]
					n++
				}
			}
		}
		y[i] = sum / float64(n)
	}
	return y
}

func plainMean(in [][]float64, s []tensor.Shape, out tensor.Shape) []float64 {
	pixels := s[0][2] * s[0][3]
	y := make([]float64, out.TotalSize())
	for i, v := range in[0] {
		y[i/pixels] += v / float64(pixels)
	}
	return y
}

func plainLinear(in [][]float64, s []tensor.Shape, out tensor.Shape) []float64 {
	y := make([]float64, out.TotalSize())
	for i := range y {
		n, k := i/out[1], i%out[1]
		y[i] = in[2][k]
		for c := range s[0][1] {
			y[i] += in[0][n*s[0][1]+c] * in[1][k*s[0][1]+c]
		}
	}
	return y
}

func plainAffine(act op.Activation) func([][]float64, []tensor.Shape, tensor.Shape) []float64 {
	return func(in [][]float64, s []tensor.Shape, out tensor.Shape) []float64 {
		y := make([]float64, out.TotalSize())
		for i, v := range in[0] {
			c := i / (out[2] * out[3]) % out[1]
			y[i] = limit(act, v*in[1][c]+in[2][c])
		}
		return y
	}
}

func plainAdd(in [][]float64, _ []tensor.Shape, _ tensor.Shape) []float64 {
	y := make([]float64, len(in[0]))
	for _, term := range in {
		for i, v := range term {
			y[i] += v
		}
	}
	return y
}

func plainConcat(in [][]float64, s []tensor.Shape, out tensor.Shape) []float64 {
	var y []float64
	for n := range out[0] {
		for i, part := range in {
			size := s[i].TotalSize() / out[0]
			y = append(y, part[n*size:(n+1)*size]...)
		}
	}
	return y
}

func plainCopy(in [][]float64, _ []tensor.Shape, _ tensor.Shape) []float64 { return in[0] }
