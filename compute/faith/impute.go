package faith

import (
	"errors"
	"math/rand/v2"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// ROAD's noisy linear imputation: each removed pixel becomes the weighted mean
// of its neighbours, removed ones included, which is a sparse linear system.
// The four direct neighbours weigh 1/6 each, the four diagonal ones 1/12;
// weights of neighbours outside the picture are left out of the mean.
const (
	direct   = 1.0 / 6
	diagonal = 1.0 / 12
)

// noiseLevel is the standard deviation, in preprocessed values, of the noise
// on imputed pixels. Without it a network could tell them by their smoothness.
const noiseLevel = 0.01

// residual is where the conjugate gradients stop: the Euclidean norm of what
// is left, relative to that of the right-hand side. Of pictures of 224 x 224
// pixels it leaves the solution less than 5e-4 off, a twentieth of the noise.
const residual = 1e-5

// noise is the generator for the i-th picture with pixels removed.
func noise(seed, i uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, i)) }

// impute replaces the removed pixels of a channels x height x width picture. Where all
// are removed there is nothing to impute them from, and they become 0, the
// mean colour, before the noise.
func impute(picture []float32, removed []bool, height, width int, random *rand.Rand) error {
	g := newGrid(removed, height, width)
	area := height * width
	for c := 0; c < len(picture); c += area {
		plane := picture[c : c+area]
		values := make([]float64, g.stride*(height+2))
		for i, v := range plane {
			if !removed[i] {
				values[g.at(i)] = float64(v)
			}
		}
		if err := g.solve(values, residual); err != nil {
			return err
		}
		for i := range plane {
			if removed[i] {
				plane[i] = float32(values[g.at(i)] + noiseLevel*random.NormFloat64())
			}
		}
	}
	return nil
}

// grid is the linear system of one set of removed pixels. All vectors have a
// border of one zero around the picture, so that every pixel has eight
// neighbours.
type grid struct {
	width, stride int
	// unknown are the places of the removed pixels; diagonal is for each of
	// them the sum of its neighbours' weights.
	unknown  []int
	diagonal []float64
	// solvable is false where no pixel is known.
	solvable bool
	// block is for each unknown the square of the picture that it lies in, and
	// coarse the system of one unknown a square.
	block  []int
	coarse mat.Cholesky
}

// blockSide is the side of the squares in pixels. Larger ones leave more to the
// conjugate gradients, smaller ones make the coarse system large, which is dense.
const blockSide = 14

func newGrid(removed []bool, height, width int) *grid {
	g := &grid{width: width, stride: width + 2}
	inside := make([]float64, g.stride*(height+2))
	for i, r := range removed {
		inside[g.at(i)] = 1
		if r {
			g.unknown = append(g.unknown, g.at(i))
		}
	}
	g.solvable = len(g.unknown) < len(removed)
	g.diagonal = make([]float64, len(g.unknown))
	for k, i := range g.unknown {
		g.diagonal[k] = g.around(inside, i)
	}
	if g.solvable && len(g.unknown) > 0 {
		g.coarsen(len(inside))
	}
	return g
}

// coarsen makes the coarse system: the fine one for values that are the same all
// over a square.
func (g *grid) coarsen(places int) {
	block := make([]int, places) // of each unknown's place, from 1 on
	squares := make(map[[2]int]int)
	for _, i := range g.unknown {
		at := [2]int{i / g.stride / blockSide, i % g.stride / blockSide}
		if squares[at] == 0 {
			squares[at] = len(squares) + 1
		}
		block[i] = squares[at]
		g.block = append(g.block, squares[at]-1)
	}
	a := mat.NewSymDense(len(squares), nil)
	neighbours := [8]struct {
		by     int
		weight float64
	}{
		{-g.stride, direct},
		{-1, direct},
		{1, direct},
		{g.stride, direct},
		{-g.stride - 1, diagonal},
		{-g.stride + 1, diagonal},
		{g.stride - 1, diagonal},
		{g.stride + 1, diagonal},
	}
	for k, i := range g.unknown {
		b := g.block[k]
		a.SetSym(b, b, a.At(b, b)+g.diagonal[k])
		for _, n := range neighbours {
			// The matrix is symmetric: of two squares, one sets what is between them.
			if other := block[i+n.by] - 1; other >= b {
				a.SetSym(b, other, a.At(b, other)-n.weight)
			}
		}
	}
	// Without it, solve does with the diagonal alone.
	if !g.coarse.Factorize(a) {
		g.block = nil
	}
}

// precondition is an approximate solution of the system for r: by the diagonal,
// which knows the near neighbours, plus by the coarse system, which knows the
// far ones. z is overwritten.
func (g *grid) precondition(z, r []float64) {
	for k := range z {
		z[k] = r[k] / g.diagonal[k]
	}
	if g.block == nil {
		return
	}
	sums := mat.NewVecDense(g.coarse.SymmetricDim(), nil)
	for k, b := range g.block {
		sums.SetVec(b, sums.AtVec(b)+r[k])
	}
	// The factors are those of a positive definite matrix; that they are badly
	// conditioned is no error for an approximation.
	_ = g.coarse.SolveVecTo(sums, sums)
	for k, b := range g.block {
		z[k] += sums.AtVec(b)
	}
}

// at is the place of the picture's pixel i.
func (g *grid) at(i int) int { return (i/g.width+1)*g.stride + i%g.width + 1 }

// around is the weighted sum of the neighbours of place i.
func (g *grid) around(v []float64, i int) float64 {
	up, row, down := v[i-g.stride-1:][:3], v[i-1:][:3], v[i+g.stride-1:][:3]
	return direct*(up[1]+row[0]+row[2]+down[1]) + diagonal*(up[0]+up[2]+down[0]+down[2])
}

// solve fills the unknown places of v, whose other places hold what is known,
// by the method of conjugate gradients (Hestenes and Stiefel 1952), with two
// levels as preconditioner. The matrix, diagonal minus weights between
// unknown pixels, is symmetric, and positive definite as soon as one pixel is
// known; it is never stored.
//
// It stops at a residual of limit times the right-hand side's. All unknown
// places of v must be 0.
func (g *grid) solve(v []float64, limit float64) error {
	if len(g.unknown) == 0 || !g.solvable {
		return nil
	}
	n := len(g.unknown)
	x, r, q, z := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	// The direction p has the grid's layout, so that neighbours are found in it.
	p := make([]float64, len(v))
	var rr float64
	for k, i := range g.unknown {
		r[k] = g.around(v, i)
		rr += r[k] * r[k]
	}
	g.precondition(z, r)
	rz := floats.Dot(r, z)
	for k, i := range g.unknown {
		p[i] = z[k]
	}
	goal := limit * limit * rr
	for step := 0; rr > goal; step++ {
		// In exact arithmetic n steps are enough; rounding may take a few more.
		if step > 2*n+100 {
			return errors.New("the conjugate gradients do not converge")
		}
		var pq float64
		for k, i := range g.unknown {
			q[k] = g.diagonal[k]*p[i] - g.around(p, i)
			pq += p[i] * q[k]
		}
		alpha, before := rz/pq, rz
		rr = 0
		for k, i := range g.unknown {
			x[k] += alpha * p[i]
			r[k] -= alpha * q[k]
			rr += r[k] * r[k]
		}
		g.precondition(z, r)
		rz = floats.Dot(r, z)
		for k, i := range g.unknown {
			p[i] = z[k] + rz/before*p[i]
		}
	}
	for k, i := range g.unknown {
		v[i] = x[k]
	}
	return nil
}
