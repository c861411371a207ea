package heat_test

import (
	"math"
	"slices"
	"testing"

	"gaze/compute/cam"
	"gaze/compute/heat"
)

var (
	nan = float32(math.NaN())
	inf = float32(math.Inf(1))
)

func row(values ...float32) cam.Map { return cam.Map{Height: 1, Width: len(values), Values: values} }

func TestNormalize(t *testing.T) {
	for _, c := range []struct {
		name    string
		in      cam.Map
		want    []float32
		invalid int
	}{
		{"negative values become zero, the largest one", row(-1, 0, 1, 4), []float32{0, 0, 0.25, 1}, 0},
		{"the smallest value is not made zero", row(1, 2), []float32{0.5, 1}, 0},
		{"nothing positive stays zero", row(-3, -1, 0), []float32{0, 0, 0}, 0},
		{"what is no number counts as zero", row(nan, inf, -inf, 2, 1), []float32{0, 0, 0, 1, 0.5}, 3},
		{"the smallest floats do not overflow", row(math.SmallestNonzeroFloat32), []float32{1}, 0},
		{"the largest floats do not overflow", row(math.MaxFloat32, -math.MaxFloat32), []float32{1, 0}, 0},
		{"values that do not fill the map", cam.Map{Height: 2, Width: 2, Values: []float32{1}}, nil, 0},
		{"no map", cam.Map{}, nil, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := slices.Clone(c.in.Values)
			got, invalid := heat.Normalize(c.in)
			if !slices.Equal(got.Values, c.want) || invalid != c.invalid {
				t.Errorf("got %v with %d invalid, want %v with %d", got.Values, invalid, c.want, c.invalid)
			}
			if c.invalid == 0 && !slices.Equal(c.in.Values, before) {
				t.Errorf("the raw map became %v", c.in.Values)
			}
		})
	}
}

// The expected values follow from u = (x+0.5)*from/to - 0.5, clamped.
func TestResizeInterpolatesBetweenPixelCentres(t *testing.T) {
	square := cam.Map{Height: 2, Width: 2, Values: []float32{0, 1, 2, 3}}
	for _, c := range []struct {
		name          string
		in            cam.Map
		height, width int
		want          []float32
	}{
		{"twice as wide", row(0, 1), 1, 4, []float32{0, 0.25, 0.75, 1}},
		{"four times as wide", row(0, 8), 1, 8, []float32{0, 0, 1, 3, 5, 7, 8, 8}},
		{"to the same size", square, 2, 2, []float32{0, 1, 2, 3}},
		{"both ways", square, 4, 4, []float32{
			0, 0.25, 0.75, 1,
			0.5, 0.75, 1.25, 1.5,
			1.5, 1.75, 2.25, 2.5,
			2, 2.25, 2.75, 3,
		}},
		{"half as wide", row(0, 1, 2, 3), 1, 2, []float32{0.5, 2.5}},
		{"a third as wide takes the middle", row(0, 1, 5), 1, 1, []float32{1}},
		{"from one value", row(7), 2, 2, []float32{7, 7, 7, 7}},
		{"to nothing", square, 0, 4, nil},
		{"from nothing", cam.Map{}, 4, 4, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := heat.Resize(c.in, c.height, c.width); !slices.Equal(got.Values, c.want) {
				t.Errorf("got %v, want %v", got.Values, c.want)
			}
		})
	}
}
