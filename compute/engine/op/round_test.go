package op_test

import (
	"math"
	"slices"
	"testing"

	"gorgonia.org/tensor"

	"gaze/compute/engine/op"
)

// TestRound has values by hand, and one that onnxruntime's DynamicQuantizeLinear
// gives: its documentation's example quantises 0, 2, -3, -2.5, 1.34, 0.5 by a
// scale of 0.0196078438 and a zero point of 153.
func TestRound(t *testing.T) {
	quarter := op.Grid{Step: 0.25, Zero: 1, Min: -4, Max: 5}
	documented := []float32{0, 2, -3, -2.5, 1.34, 0.5}
	whole := []float32{153, 255, 0, 26, 221, 179}
	for i := range whole {
		whole[i] = (whole[i] - 153) * (float32(5) / 255)
	}
	for _, r := range []struct {
		name string
		op   op.Round
		x    []float32
		want []float32
		// passes is the derivative.
		passes []float32
	}{
		{
			"a grid", op.NewRound(quarter, 2),
			// Halves go to the even whole number; beyond the ends there is the end.
			[]float32{0, 0.1, 0.125, 0.375, -0.3, 1, 7, -1.25, -1.2, -9},
			[]float32{0, 0, 0, 0.5, -0.25, 1, 1, -1.25, -1.25, -1.25},
			[]float32{1, 1, 1, 1, 1, 0, 0, 0, 1, 0},
		},
		{"a grid of its own", op.NewRoundOwn(2), documented, whole, []float32{1, 1, 1, 1, 1, 1}},
		{"nothing but zeros", op.NewRoundOwn(2), make([]float32, 3), make([]float32, 3), []float32{1, 1, 1}},
	} {
		t.Run(r.name, func(t *testing.T) {
			shape := sh(1, len(r.x))
			ones := slices.Repeat([]float32{1}, len(r.x))
			g := build(t, example{op: r.op, in: []tensor.Shape{shape}}, [][]float32{r.x})
			check := func(name string, value []float32, grads [][]float32) {
				if !alike(value, r.want) || !alike(grads[0], r.passes) {
					t.Errorf("%s: %v with slopes %v, not %v with %v", name, value, grads[0], r.want, r.passes)
				}
			}
			for name, dev := range devices(t) {
				value, grads := runMachine(t, dev, g, [][]float32{r.x}, ones)
				check(name, value, grads)
			}
			value, grads := runTape(t, g, [][]float32{r.x}, ones)
			check("TapeMachine", value, grads)
		})
	}
}

// TestRoundEachPicture has two pictures, each of which is rounded by itself.
func TestRoundEachPicture(t *testing.T) {
	x := []float32{0, 1, 0.31, 0, 100, 31}
	want := []float32{0, 1, 79. / 255, 0, 100, 79 * (100. / 255)}
	g := build(t, example{op: op.NewRoundOwn(2), in: []tensor.Shape{sh(2, 3)}}, [][]float32{x})
	for name, dev := range devices(t) {
		if got, _ := runMachine(t, dev, g, [][]float32{x}, x); !alike(got, want) {
			t.Errorf("%s: %v, not %v", name, got, want)
		}
	}
}

func alike(got, want []float32) bool {
	return slices.EqualFunc(got, want, func(a, b float32) bool { return math.Abs(float64(a-b)) <= 1e-6*max(1, math.Abs(float64(b))) })
}
