package cpu

import "math"

// winoScheme is one of the algorithms F(out x out, 3x3) of Lavin and Gray, "Fast
// algorithms for convolutional neural networks" (2016): tiles of the output are
// made from tiles of the input, two wider and higher, by in*in matrix products.
type winoScheme struct {
	// out and in are the sides of a tile of the output and of the input it sees.
	out, in int
	// weights is the matrix G: it takes a kernel's row of three to in numbers.
	weights [][3]float64
	// inputTransform is Bᵀd and outputTransform is Aᵀm.
	inputTransform  func(d winoLine) winoLine
	outputTransform func(m winoLine) winoLine
}

// winoLine is a row or column of the largest tile.
type winoLine [6]float32

// numbers is the number of products that make a tile.
func (s *winoScheme) numbers() int { return s.in * s.in }

// winoSmall is F(2x2,3x3), with the interpolation points 0, ±1 and infinity. It
// hardly multiplies in its transforms and rounds little more than the
// definition.
var winoSmall = winoScheme{
	out: 2, in: 4,
	weights: [][3]float64{{1, 0, 0}, {.5, .5, .5}, {.5, -.5, .5}, {0, 0, 1}},
	inputTransform: func(d winoLine) winoLine {
		return winoLine{d[0] - d[2], d[1] + d[2], d[2] - d[1], d[1] - d[3]}
	},
	outputTransform: func(m winoLine) winoLine {
		return winoLine{m[0] + m[1] + m[2], m[1] - m[2] - m[3]}
	},
}

// winoLarge is F(4x4,3x3). The interpolation points 0, ±1/√2, ±√2 and infinity
// keep the numbers' sizes closer together than the integers of the paper, and
// with them the rounding errors (cf. Barabasz et al., "Error analysis and
// improving the accuracy of Winograd convolution", 2020).
var winoLarge = winoScheme{
	out: 4, in: 6,
	weights: [][3]float64{
		{1, 0, 0},
		{-2. / 3, -math.Sqrt2 / 3, -1. / 3},
		{-2. / 3, math.Sqrt2 / 3, -1. / 3},
		{1. / 6, math.Sqrt2 / 6, 1. / 3},
		{1. / 6, -math.Sqrt2 / 6, 1. / 3},
		{0, 0, 1},
	},
	inputTransform: func(d winoLine) winoLine {
		a, b := d[4]-2*d[2], math.Sqrt2/2*d[3]-math.Sqrt2*d[1]
		c, e := d[4]-.5*d[2], math.Sqrt2*d[3]-math.Sqrt2/2*d[1]
		return winoLine{
			d[0] + d[4] - 2.5*d[2],
			a + b,
			a - b,
			c + e,
			c - e,
			d[1] + d[5] - 2.5*d[3],
		}
	},
	outputTransform: func(m winoLine) winoLine {
		p, q, u, v := m[1]+m[2], m[1]-m[2], m[3]+m[4], m[3]-m[4]
		return winoLine{
			m[0] + p + u,
			math.Sqrt2/2*q + math.Sqrt2*v,
			.5*p + 2*u,
			math.Sqrt2/4*q + 2*math.Sqrt2*v + m[5],
		}
	},
}

// transformKernel sets u to G k Gᵀ.
func (s *winoScheme) transformKernel(u []float64, k *[9]float64) {
	for i, gi := range s.weights {
		var row [3]float64
		for x := range row {
			row[x] = gi[0]*k[x] + gi[1]*k[3+x] + gi[2]*k[6+x]
		}
		for j, gj := range s.weights {
			u[i*s.in+j] = row[0]*gj[0] + row[1]*gj[1] + row[2]*gj[2]
		}
	}
}
