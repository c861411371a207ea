package cam

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// TestLeadingAgainstDecomposition compares with all eigenvalues and vectors of
// the same matrix.
func TestLeadingAgainstDecomposition(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	for _, n := range []int{1, 2, 3, 16, 17, 100} {
		symmetric := mat.NewSymDense(n, nil)
		for i := range n {
			for j := range i + 1 {
				symmetric.SetSym(i, j, random.NormFloat64())
			}
			// Positive on the whole, so that the largest eigenvalue is.
			symmetric.SetSym(i, i, 1+symmetric.At(i, i)*symmetric.At(i, i))
		}
		var eigen mat.EigenSym
		if !eigen.Factorize(symmetric, true) {
			t.Fatal("no decomposition")
		}
		var vectors mat.Dense
		eigen.VectorsTo(&vectors)
		want := eigen.Values(nil)[n-1]

		value, u := leading(n, func(dst, src []float64) {
			mat.NewVecDense(n, dst).MulVec(symmetric, mat.NewVecDense(n, src))
		})
		if math.Abs(value-want) > 1e-9*want {
			t.Errorf("%d: the eigenvalue is %g, not %g", n, value, want)
		}
		if along := math.Abs(floats.Dot(u, mat.Col(nil, n-1, &vectors))); math.Abs(along-1) > 1e-9 {
			t.Errorf("%d: the cosine between the vectors is %g", n, along)
		}
	}
}

func TestLeadingOfMatricesWithoutOne(t *testing.T) {
	for what, scale := range map[string]float64{"zero": 0, "negative": -1, "not a number": math.NaN()} {
		value, u := leading(40, func(dst, src []float64) {
			for i := range dst {
				dst[i] = scale * src[i]
			}
		})
		if value > 0 || u != nil {
			t.Errorf("%s: %g, %v", what, value, u)
		}
	}
}

// TestLeadingOfClosePair: the gap is 1e-6 of the eigenvalue.
func TestLeadingOfClosePair(t *testing.T) {
	const n = 600
	value, u := leading(n, func(dst, src []float64) {
		for i := range dst {
			dst[i] = src[i] * float64(i) / n
		}
		dst[7] = src[7] * (1 + 1e-6)
		dst[8] = src[8]
	})
	if math.Abs(value-1-1e-6) > 1e-9 || math.Abs(math.Abs(u[7])-1) > 1e-3 {
		t.Errorf("the eigenvalue is 1%+.3g with the component %g", value-1, u[7])
	}
}

// TestThinnedKernelComponent: where the layer repeats each pixel four times, the
// fitted quarter has the same component as the whole and leaves out nothing.
func TestThinnedKernelComponent(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 3))
	const half = 6
	l := Layer{Channels: 4, Height: 2 * half, Width: 2 * half, Activation: make([]float32, 4*4*half*half)}
	for c := range l.Channels {
		var small [half][half]float32
		for y := range small {
			for x := range small[y] {
				small[y][x] = float32(random.NormFloat64())
			}
		}
		for y := range l.Height {
			for x := range l.Width {
				l.Activation[(c*l.Height+y)*l.Width+x] = small[y/2][x/2]
			}
		}
	}
	whole, thinned := kernelPrincipal(l, l.pixels()), kernelPrincipal(l, half*half)
	for i, v := range whole {
		if math.Abs(v-thinned[i]) > 1e-8 {
			t.Fatalf("at %d it is %g, with all pixels %g", i, thinned[i], v)
		}
	}
}
