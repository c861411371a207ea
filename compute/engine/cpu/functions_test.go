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
		if !curvesGeneric[kind].defined && !slices.ContainsFunc(functions, func(r function) bool { return r.f.Kind == kind }) {
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
//quote:squareplus

// In the table curvesGeneric:
var squareplusRow = scalarOnly(values(squareplus, squareplusSlope))

func squareplus(x float64) float64 { return (x + math.Hypot(x, 2)) / 2 }

func squareplusSlope(x float64) float64 { return (1 + x/math.Hypot(x, 2)) / 2 }

//quote:end

// TestAnotherFunction adds a row to a copy of the table: every instruction set
// computes the function.
func TestAnotherFunction(t *testing.T) {
	const kind models.Kind = "Squareplus"
	plain := func(x float64) float64 { return (x + math.Sqrt(x*x+4)) / 2 }
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
		k.curves[kind] = squareplusRow
		d.kernels = &k
		y, dx := make([]float32, len(x)), make([]float32, len(x))
		d.Apply(y, x, op.Function{Kind: kind})
		d.ApplyBackward(dx, ones, x, op.Function{Kind: kind})
		near(t, "squareplus", y, value, 1e-6)
		near(t, "squareplus, back", dx, slope, 1e-6)
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
		if got := recover(); got != "cpu: no kernel computes Nonsense" {
			t.Errorf("it panics with %v", got)
		}
	}()
	d.Apply(make([]float32, 1), make([]float32, 1), op.Function{Kind: "Nonsense"})
}

// TestDefinedFunctions are computed as package op defines them, with their
// parameters.
func TestDefinedFunctions(t *testing.T) {
	x := []float32{0.3, 1, 2.5, 7}
	grad := []float32{1, -2, 0.5, 3}
	eachLevel(t, func(t *testing.T, d *Device) {
		for kind, c := range d.kernels.curves {
			if !c.defined {
				continue
			}
			f := op.Function{Kind: kind, Alpha: 1.25, Beta: 0.75}
			y, dx := make([]float32, len(x)), make([]float32, len(x))
			d.Apply(y, x, f)
			d.ApplyBackward(dx, grad, x, f)
			for i, v := range x {
				value, slope := op.Definition(kind)(f, float64(v))
				if y[i] != float32(value) || dx[i] != float32(slope*float64(grad[i])) {
					t.Errorf("%v at %v: %v and back %v, not %v and %v", f, v, y[i], dx[i], value, slope*float64(grad[i]))
				}
			}
		}
	})
}
