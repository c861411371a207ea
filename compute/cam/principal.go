package cam

import (
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/floats"
)

// rounding is the share of a layer's sum of squares below which what centring
// leaves of it is rounding errors: such a layer is constant over its pixels.
const rounding = 1e-24

// centred holds a value per channel and pixel, each channel with mean zero.
type centred struct {
	blas64.General // channels x pixels
	// squares is the sum of squares before centring.
	squares float64
}

// centre takes value of each activation and its gradient, which is 0 where l
// has none, and subtracts each channel's mean.
func centre(l Layer, value func(a, g float64) float64) centred {
	pixels := l.pixels()
	x := centred{General: blas64.General{Rows: l.Channels, Cols: pixels, Stride: pixels, Data: make([]float64, len(l.Activation))}}
	for i, a := range l.Activation {
		var g float64
		if l.Gradient != nil {
			g = float64(l.Gradient[i])
		}
		x.Data[i] = value(float64(a), g)
	}
	x.squares = floats.Dot(x.Data, x.Data)
	for c := range l.Channels {
		channel := x.Data[c*pixels : (c+1)*pixels]
		floats.AddConst(-floats.Sum(channel)/float64(pixels), channel)
	}
	return x
}

// principal is the projection of the pixels, points in as many dimensions as
// there are channels, on their first principal component, oriented. It is all
// zero for pixels that are all alike, and all NaN where a value of x is not
// finite.
//
// With X the pixels x channels matrix it is σ u for the leading eigenpair σ², u
// of the Gram matrix X Xᵀ, which is never formed.
func (x centred) principal() []float64 {
	loadings := vector(make([]float64, x.Rows))
	value, u := leading(x.Cols, func(dst, src []float64) {
		blas64.Gemv(blas.NoTrans, 1, x.General, vector(src), 0, loadings)
		blas64.Gemv(blas.Trans, 1, x.General, loadings, 0, vector(dst))
	})
	return x.orient(component(x.Cols, value, u, rounding*x.squares))
}

// component is sqrt(value) u; zeros if value is no more than noise.
func component(n int, value float64, u []float64, noise float64) []float64 {
	out := make([]float64, n)
	switch {
	case math.IsNaN(value):
		for i := range out {
			out[i] = value
		}
	case value > noise:
		floats.AddScaled(out, math.Sqrt(value), u)
	}
	return out
}

// orientation is what [Method.Sign] says of maps that went through orient.
const orientation = "The sign is a convention: the value furthest from zero is positive."

// orientationTie is how close |max| and |min| are, relatively, when the choice
// between them would be one of rounding.
const orientationTie = 1e-9

// orient gives a component the sign in which its value furthest from zero is
// positive. What stands out is mostly a small part of the picture, and so a
// long way from the mean in one direction, while the many pixels around it are
// a short way from it in the other. On photographs this sign agrees with
// LayerCAM's map more often than the sign in which the component grows with the
// sum of x over the channels, most of all for products with the gradient; that
// one decides where both ends are as far from zero, and the first pixel where
// it does not either.
func (x centred) orient(p []float64) []float64 {
	lo, hi := floats.Min(p), floats.Max(p)
	decide := hi + lo
	if furthest := max(hi, -lo); math.Abs(decide) <= orientationTie*furthest {
		decide = 0
		var size float64
		for c := range x.Rows {
			along := floats.Dot(x.Data[c*x.Stride:c*x.Stride+x.Cols], p)
			decide += along
			size += math.Abs(along)
		}
		if math.Abs(decide) <= orientationTie*size {
			decide = p[0]
		}
	}
	if decide < 0 {
		floats.Scale(-1, p)
	}
	return p
}

func vector(data []float64) blas64.Vector {
	return blas64.Vector{N: len(data), Inc: 1, Data: data}
}
