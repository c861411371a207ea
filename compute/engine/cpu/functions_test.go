package cpu

import (
	"maps"
	"math"
	"slices"
	"testing"

	"gaze/compute/engine/op"
	"gaze/models"
)

// TestEveryFunctionHasAKernel: every instruction set computes every activation
// function and its slope, and the tests know what they should be.
func TestEveryFunctionHasAKernel(t *testing.T) {
	want := op.Functions()
	for _, kind := range want {
		if !slices.ContainsFunc(functions, func(r function) bool { return r.f.Kind == kind }) {
			t.Errorf("no test says what %s should be", kind)
		}
	}
	for name, k := range everyTable() {
		if got := slices.Sorted(maps.Keys(k.curves)); !slices.Equal(got, want) {
			t.Errorf("%s computes %v, not %v", name, got, want)
		}
		for kind, c := range k.curves {
			if c.value == nil || c.slope == nil {
				t.Errorf("%s of %s: a kernel is missing", name, kind)
			}
		}
	}
}

// What the document on adding an activation function quotes.
//
//quote:mish

// In the table curvesGeneric:
var mishRow = scalarOnly(values(mish, mishSlope))

func mish(x float64) float64 { return max(x, -tail) * math.Tanh(math.Log1p(math.Exp(x))) }

func mishSlope(x float64) float64 {
	c := cut(x)
	y := math.Tanh(math.Log1p(math.Exp(c)))
	return y + c*(1-y*y)*sigmoid(c)
}

//quote:end

// TestAnotherFunction adds a row to a copy of the table: every instruction set
// computes the function.
func TestAnotherFunction(t *testing.T) {
	const kind models.Kind = "Mish"
	// tanh(ln p) is (p² - 1)/(p² + 1).
	plain := func(x float64) float64 {
		square := math.Pow(1+math.Exp(x), 2)
		return x * (square - 1) / (square + 1)
	}
	x := []float32{-3, -1, 0, 0.5, 2, 5}
	ones := []float32{1, 1, 1, 1, 1, 1}
	value, slope := make([]float64, len(x)), make([]float64, len(x))
	for i, v := range x {
		const h = 1e-5
		v := float64(v)
		value[i], slope[i] = plain(v), (plain(v+h)-plain(v-h))/(2*h)
	}
	eachLevel(t, func(t *testing.T, d *Device) {
		k := *d.kernels
		k.curves = maps.Clone(k.curves)
		k.curves[kind] = mishRow
		d.kernels = &k
		y, dx := make([]float32, len(x)), make([]float32, len(x))
		d.Apply(y, x, op.Function{Kind: kind})
		d.ApplyBackward(dx, ones, x, op.Function{Kind: kind})
		near(t, "mish", y, value, 1e-6)
		near(t, "mish, back", dx, slope, 1e-6)
	})
}

// TestMissingFunctionIsRefused: it is a programming error.
func TestMissingFunctionIsRefused(t *testing.T) {
	d, err := NewLevel(1, Generic)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	defer func() {
		if got := recover(); got != "cpu: no kernel computes Mish" {
			t.Errorf("it panics with %v", got)
		}
	}()
	d.Apply(make([]float32, 1), make([]float32, 1), op.Function{Kind: "Mish"})
}
