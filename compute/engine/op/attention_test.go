package op_test

import (
	"math"
	"testing"

	"gorgonia.org/tensor"

	"gaze/compute/engine/op"
)

// attentionExamples are attentions of one window of all positions, of some windows
// with places far apart, and with bias.
func attentionExamples() []example {
	quarters, err := op.NewWindows(6, []int32{0, 1, 2, 6, 7, 8, 3, 4, 5, 9, 10, 11, 12, 13, 14, 18, 19, 20, 15, 16, 17, 21, 22, 23}, []int32{0, 1, 1, 0})
	if err != nil {
		panic(err)
	}
	apart, err := op.NewWindows(2, []int32{0, 3, 4, 1, 2, 5}, []int32{0, 0, 0})
	if err != nil {
		panic(err)
	}
	padded, err := op.NewWindows(4, []int32{0, 1, 3, 4, 2, -1, 5, -1}, []int32{0, 1})
	if err != nil {
		panic(err)
	}
	var list []example
	add := func(p op.AttentionParams, in ...tensor.Shape) {
		list = append(list, example{op: op.NewAttention(p), in: in, plain: plainAttention(p), constant: len(in) - 1, scale: 2})
	}
	add(op.AttentionParams{Heads: 1, Scale: 1}, sh(1, 3, 1, 1))
	add(op.AttentionParams{Heads: 1, Scale: 0.5}, sh(2, 12, 3, 2))
	add(op.AttentionParams{Heads: 2, Scale: 0.7, Biased: true}, sh(2, 12, 5, 1), sh(1, 2, 5, 5))
	add(op.AttentionParams{Heads: 3, Scale: 0.35}, sh(1, 72, 17, 1))
	add(op.AttentionParams{Heads: 2, Scale: 1, Windows: apart}, sh(2, 6, 2, 3))
	add(op.AttentionParams{Heads: 2, Scale: 0.5, Windows: quarters, Biased: true}, sh(1, 24, 4, 6), sh(2, 2, 6, 6))
	add(op.AttentionParams{Heads: 1, Scale: 0.5, Windows: padded}, sh(2, 6, 2, 3), sh(6))
	add(op.AttentionParams{Heads: 2, Scale: 0.5, Windows: padded, Biased: true}, sh(1, 12, 2, 3), sh(2, 2, 4, 4), sh(12))
	for _, heads := range []int{1, 2} {
		list = append(list, example{op: op.NewCosine(heads), in: []tensor.Shape{sh(2, 12, 3, 2), sh(heads)}, plain: plainCosine, constant: 1})
	}
	return list
}

func plainCosine(in [][]float64, s []tensor.Shape, out tensor.Shape) []float64 {
	heads, size := s[1][0], out[2]*out[3]
	depth := out[1] / 3 / heads
	y := make([]float64, out.TotalSize())
	for i := range y {
		c, pixel := i/size%out[1], i%size
		part, head := c/(depth*heads), c/depth%heads
		if y[i] = in[0][i]; part == 2 {
			continue
		}
		var square float64
		for k := range depth {
			v := in[0][(i/size/out[1]*out[1]+c/depth*depth+k)*size+pixel]
			square += v * v
		}
		y[i] /= math.Sqrt(square)
		if part == 0 {
			y[i] *= in[1][head]
		}
	}
	return y
}

// plainAttention writes the weights of all pairs down.
func plainAttention(o op.AttentionParams) plainOp {
	return func(in [][]float64, s []tensor.Shape, out tensor.Shape) []float64 {
		channels, size := out[1], out[2]*out[3]
		depth := channels / o.Heads
		y := make([]float64, out.TotalSize())
		windows, each := o.Count(size)
		for n := range out[0] {
			for w := range windows {
				positions, group := o.Window(w, size)
				for c := range channels {
					at := func(part, c, i int) float64 {
						if positions[i] < 0 {
							return in[len(in)-1][part*channels+c]
						}
						return in[0][((3*n+part)*channels+c)*size+int(positions[i])]
					}
					head := c / depth
					for i := range each {
						if positions[i] < 0 {
							continue
						}
						var sum, total float64
						for j := range each {
							var product float64
							for k := head * depth; k < (head+1)*depth; k++ {
								product += at(0, k, i) * at(1, k, j)
							}
							score := product * float64(o.Scale)
							if o.Biased {
								score += in[1][((group*o.Heads+head)*each+i)*each+j]
							}
							total += math.Exp(score)
							sum += math.Exp(score) * at(2, c, j)
						}
						y[(n*channels+c)*size+int(positions[i])] = sum / total
					}
				}
			}
		}
		return y
	}
}

func TestWindowsMustHaveEachPositionOnce(t *testing.T) {
	for name, positions := range map[string][]int32{
		"twice": {0, 1, 1, 3}, "outside": {0, 1, 2, 4}, "before": {0, -2, 2, 3}, "missing": {0, -1, 2, 3}, "too few": {0, 1},
	} {
		if _, err := op.NewWindows(2, positions, []int32{0, 0}); err == nil {
			t.Errorf("%s: %v", name, positions)
		}
	}
}
