package cam_test

import (
	"encoding/binary"
	"math"
	"testing"

	"gaze/compute/cam"
)

// finite fails unless all maps of l are made of ordinary numbers.
func finite(t *testing.T, l cam.Layer) {
	t.Helper()
	for _, m := range cam.OneRun() {
		raw, err := m.Apply(t.Context(), l, nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(raw.Values) != l.Height*l.Width {
			t.Errorf("%s has %d values for %dx%d", m.Title, len(raw.Values), l.Height, l.Width)
		}
		for i, v := range raw.Values {
			if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
				t.Errorf("%s is %g at %d of %dx%dx%d", m.Title, v, i, l.Channels, l.Height, l.Width)
				break
			}
		}
	}
}

func filled(n int, value float32) []float32 {
	out := make([]float32, n)
	for i := range out {
		out[i] = value
	}
	return out
}

func TestMapsAreFiniteForDegenerateLayers(t *testing.T) {
	for _, size := range [][3]int{{1, 1, 1}, {5, 1, 1}, {1, 3, 4}, {2, 1, 2}, {3, 7, 7}} {
		n := size[0] * size[1] * size[2]
		l := randomLayer(size[0], size[1], size[2], 8)
		negative := make([]float32, n)
		for i, a := range l.Activation {
			negative[i] = -a
		}
		for _, activation := range [][]float32{l.Activation, negative, filled(n, 0), filled(n, 0.1), filled(n, -1e-7), filled(n, 1e-30), filled(n, 1e15)} {
			for _, gradient := range [][]float32{l.Gradient, filled(n, 0), filled(n, 0.3), filled(n, -2), filled(n, 1e-30)} {
				l.Activation, l.Gradient = activation, gradient
				finite(t, l)
			}
		}
	}
}

// The denominators of Grad-CAM++ and XGrad-CAM can be zero where activations
// are negative: 2 G^2 + S G^3 at S = -2/G, and S + epsilon.
func TestMapsAreFiniteWhereDenominatorsVanish(t *testing.T) {
	for _, sum := range []float32{-2, -2 - 1e-6, -1e-7, 0} {
		finite(t, cam.Layer{Channels: 1, Height: 1, Width: 2, Activation: []float32{sum, 0}, Gradient: []float32{1, 1}})
		finite(t, cam.Layer{Channels: 1, Height: 1, Width: 2, Activation: []float32{1, sum - 1}, Gradient: []float32{1, -1}})
	}
}

// What is constant over the pixels has no principal component, and rounding
// errors must not become one.
func TestConstantLayersHaveNoComponent(t *testing.T) {
	l := cam.Layer{Channels: 3, Height: 7, Width: 7, Activation: filled(147, 0.1), Gradient: filled(147, 0.7)}
	for _, m := range cam.OneRun() {
		if m.Cost != cam.CostEigenvector {
			continue
		}
		if lo, hi, _ := apply(t, m.Name, l).Range(); lo != 0 || hi != 0 {
			t.Errorf("%s ranges from %g to %g", m.Title, lo, hi)
		}
	}
}

func TestBrokenNetworksShowInTheMap(t *testing.T) {
	for _, broken := range []float32{float32(math.NaN()), float32(math.Inf(1))} {
		l := randomLayer(3, 4, 4, 9)
		l.Activation[5] = broken
		l.Gradient[5] = 1
		for _, m := range cam.OneRun() {
			if m.Name == "fem" {
				// A mean that is not finite is exceeded by nothing: weight 0.
				continue
			}
			v := apply(t, m.Name, l).Values[5]
			if !math.IsNaN(float64(v)) && !math.IsInf(float64(v), 0) {
				t.Errorf("%s is %g where the activation is %g", m.Title, v, broken)
			}
		}
	}
}

// FuzzMaps looks for ordinary numbers that make a map of other ones.
func FuzzMaps(f *testing.F) {
	f.Add(uint8(1), uint8(1), uint8(1), []byte{1, 2, 3, 4, 5, 6, 7, 8})
	f.Add(uint8(2), uint8(1), uint8(2), []byte("sixteen bytes of numbers and then some more of them"))
	f.Add(uint8(3), uint8(2), uint8(3), []byte{0x80, 0x3f, 0, 0, 0, 0x40, 0x80, 0xbf})
	f.Fuzz(func(t *testing.T, channels, height, width uint8, data []byte) {
		l := cam.Layer{Channels: int(channels)%6 + 1, Height: int(height)%5 + 1, Width: int(width)%5 + 1}
		n := l.Channels * l.Height * l.Width
		if len(data) < 2 {
			return
		}
		values := make([]float32, 2*n)
		for i := range values {
			at := i * 2 % (len(data) - 1)
			// 16 bits of a float32: all magnitudes, few digits, many coincidences.
			v := math.Float32frombits(uint32(binary.LittleEndian.Uint16(data[at:])) << 16)
			if a := math.Abs(float64(v)); a < 1e6 {
				values[i] = v
			}
		}
		l.Activation, l.Gradient = values[:n], values[n:]
		finite(t, l)
	})
}
