//go:build gpu && cgo && linux

package cuda

import (
	"fmt"
	"math"
	"testing"

	"gorgonia.org/tensor"

	"gaze/compute/engine/op"
)

// windows parts size positions into windows of each, in an order of their own, the
// last of them padded, with two parts of the bias in turn.
func (r source) windows(t *testing.T, size, each int) *op.Windows {
	t.Helper()
	count := (size + each - 1) / each
	positions, groups := make([]int32, count*each), make([]int32, count)
	for i, at := range r.Perm(len(positions)) {
		positions[i] = int32(at)
		if at >= size {
			positions[i] = -1
		}
	}
	for i := range groups {
		groups[i] = int32(i % 2)
	}
	w, err := op.NewWindows(each, positions, groups)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// TestAttention meets heads of less and of more channels than a block makes, and
// windows of less and of more places than a tile has.
func TestAttention(t *testing.T) {
	d := open(t, Options{})
	for i, c := range []struct {
		pictures, heads, depth, size, each int
		biased                             bool
	}{
		{1, 2, 8, 5, 0, false},
		{2, 1, 32, 64, 0, true},
		{1, 2, 64, 70, 0, false},
		{1, 1, 40, 130, 0, true},
		{1, 1, 100, 67, 0, false},
		{2, 3, 7, 36, 9, true},
		{1, 2, 33, 30, 8, true},
		{1, 1, 5, 140, 70, false},
	} {
		t.Run(fmt.Sprintf("%+v", c), func(t *testing.T) {
			r := newSource(uint64(i))
			a := op.AttentionParams{Heads: c.heads, Scale: 0.3, Biased: c.biased}
			groups, each := 1, c.size
			if c.each > 0 {
				a.Windows, groups, each = r.windows(t, c.size, c.each), 2, c.each
			}
			x := tensor.Shape{c.pictures, 3 * c.heads * c.depth, c.size, 1}
			shapes, constant, values := []tensor.Shape{x}, []bool{false}, [][]float32{nil}
			if c.biased {
				bias := tensor.Shape{groups, c.heads, each, each}
				numbers := r.numbers(bias.TotalSize())
				for i := range numbers {
					if i%5 == 3 {
						numbers[i] = -100 // a mask
					}
				}
				shapes, constant, values = append(shapes, bias), append(constant, true), append(values, numbers)
			}
			if a.Padded() {
				shapes, constant, values = append(shapes, tensor.Shape{x[1]}), append(constant, true), append(values, nil)
			}
			check(t, d, r, trial{op: op.NewAttention(a), shapes: shapes, constant: constant, values: values}, 1e-5)
			y := tensor.Shape{x[0], x[1] / 3, x[2], 1}
			check(t, d, r, trial{op: op.NewAttentionGrad(a), shapes: append(shapes, y), constant: append(constant, false), values: append(values, nil)}, 1e-5)
		})
	}
}

// TestAttentionMasked: a tile that a query may not read at all comes before those
// that it may.
func TestAttentionMasked(t *testing.T) {
	d := open(t, Options{})
	r := newSource(1)
	const size = 80
	bias := make([]float32, size*size)
	for i := range bias {
		if i%size < 70 {
			bias[i] = float32(math.Inf(-1))
		}
	}
	a := op.AttentionParams{Heads: 1, Scale: 0.5, Biased: true}
	shapes := []tensor.Shape{{1, 12, 8, 10}, {1, 1, size, size}, {1, 4, 8, 10}}
	check(t, d, r, trial{op: op.NewAttention(a), shapes: shapes[:2], constant: constants(2, 1), values: [][]float32{nil, bias}}, 1e-5)
	check(t, d, r, trial{op: op.NewAttentionGrad(a), shapes: shapes, constant: constants(3, 1), values: [][]float32{nil, bias, nil}}, 1e-5)
}

func TestCosine(t *testing.T) {
	d := open(t, Options{})
	r := newSource(2)
	for _, heads := range []int{1, 3} {
		x, scales := tensor.Shape{2, 3 * heads * 5, 4, 3}, tensor.Shape{heads}
		// A vector of length 0 is left as it is.
		values := r.numbers(x.TotalSize())
		for c := range 5 {
			values[c*12] = 0
		}
		check(t, d, r, trial{op: op.NewCosine(heads), shapes: []tensor.Shape{x, scales}, constant: constants(2, 1), values: [][]float32{values, nil}}, 1e-5)
		check(t, d, r, trial{op: op.NewCosineGrad(heads), shapes: []tensor.Shape{x, scales, x}, constant: constants(3, 1)}, 1e-5)
	}
}
