package cam

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

const (
	// lanczosSteps bounds the size of the Krylov space. A matrix whose two
	// largest eigenvalues are so close that this is not enough has no leading
	// eigenvector to speak of.
	lanczosSteps = 256
	// lanczosCheck is after how many steps convergence is looked at.
	lanczosCheck = 16
	// lanczosResidual is the |M u - λ u| to stop at, relative to λ.
	lanczosResidual = 1e-10
)

// leading returns the largest eigenvalue of a symmetric n x n matrix and its
// unit eigenvector, whose sign is arbitrary but the same at every call. The
// matrix is given by what it does: multiply sets dst to the matrix times src.
// An eigenvalue that is not positive, or not finite, comes without a vector.
//
// This is Lanczos' method with full reorthogonalisation (Golub and Van Loan,
// Matrix Computations, 10.3). Decomposing the whole matrix for one vector is
// slower by two to three orders of magnitude at the sizes of a layer.
func leading(n int, multiply func(dst, src []float64)) (float64, []float64) {
	// A start at random is orthogonal to no eigenvector in particular; ones, for
	// example, are to all of them where the matrix is centred.
	random := rand.New(rand.NewPCG(1, 2))
	next := make([]float64, n)
	for i := range next {
		next[i] = random.NormFloat64()
	}
	floats.Scale(1/floats.Norm(next, 2), next)

	var basis [][]float64
	var diagonal, below []float64
	steps := min(n, lanczosSteps)
	for {
		basis = append(basis, next)
		next = make([]float64, n)
		multiply(next, basis[len(basis)-1])
		diagonal = append(diagonal, floats.Dot(next, basis[len(basis)-1]))
		// Twice: rounding leaves something of the basis after the first time.
		for range 2 {
			for _, b := range basis {
				floats.AddScaled(next, -floats.Dot(next, b), b)
			}
		}
		rest := floats.Norm(next, 2)
		if math.IsNaN(rest) || math.IsInf(rest, 0) {
			return math.NaN(), nil
		}
		k := len(basis)
		done := k == steps || rest <= lanczosResidual*floats.Norm(diagonal, math.Inf(1))
		if done || k%lanczosCheck == 0 {
			value, vector := leadingTridiagonal(diagonal, below)
			if done || rest*math.Abs(vector[k-1]) <= lanczosResidual*value {
				if value <= 0 {
					return value, nil
				}
				u := make([]float64, n)
				for i, b := range basis {
					floats.AddScaled(u, vector[i], b)
				}
				return value, u
			}
		}
		below = append(below, rest)
		floats.Scale(1/rest, next)
	}
}

// leadingTridiagonal is the leading eigenpair of a small tridiagonal matrix.
func leadingTridiagonal(diagonal, below []float64) (float64, []float64) {
	n := len(diagonal)
	t := mat.NewSymDense(n, nil)
	for i, d := range diagonal {
		t.SetSym(i, i, d)
		if i > 0 {
			t.SetSym(i, i-1, below[i-1])
		}
	}
	var eigen mat.EigenSym
	eigen.Factorize(t, true)
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	return eigen.Values(nil)[n-1], mat.Col(nil, n-1, &vectors)
}
