package cam

import (
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"
)

const (
	// kpcaPixels is how many pixels the kernel matrix has at most. Its memory
	// grows with their square: 32 MB here, 1.2 GB for all of a 112 x 112 layer.
	kpcaPixels = 2048
	// kpcaNoise is the eigenvalue, relative to the matrix's size, up to which it
	// is of rounding errors in a matrix whose values are about 1.
	kpcaNoise = 1e-12
)

// KPCA-CAM: Eigen-CAM with a kernel principal component analysis. With x_i the C
// activations of pixel i, less the channels' means, and the kernel
//
//	K_ij = tanh(x_i · x_j / C + 1)
//
// centred in rows and columns, the map is sqrt(λ) u for its largest eigenvalue λ
// and unit eigenvector u. No gradient and no class is involved.
//
// Kernel and factors are those of pytorch-grad-cam, which leaves them to
// scikit-learn's defaults. The hyperbolic tangent makes the map depend on the
// activations' scale: large ones saturate it, and the map is nearly of two
// values; tiny ones give Eigen-CAM's. scikit-learn fixes the sign of u as orient
// does.
//
// For a layer of more than kpcaPixels pixels the component is found from every
// second (third, ...) row and column, and all pixels are projected on it, as
// scikit-learn's transform does with points it was not fitted to. That is ours
// alone, and an approximation.
var kpcaCAM = Method{
	Name: "kpcacam", Title: "KPCA-CAM",
	Paper:         "Karmani et al., KPCA-CAM, 2024, arXiv:2410.00267",
	ClassAgnostic: true,
	Sign:          orientation,
	Cost:          CostEigenvector,
	values: func(l Layer) []float64 {
		return kernelPrincipal(l, kpcaPixels)
	},
}

// kernelPrincipal makes KPCA-CAM's map with a matrix of at most limit pixels.
func kernelPrincipal(l Layer, limit int) []float64 {
	x := centre(l, func(a, _ float64) float64 { return a })
	fitted := x.thinned(l, limit)
	n := fitted.Cols
	kernel := blas64.Symmetric{Uplo: blas.Upper, N: n, Stride: n, Data: make([]float64, n*n)}
	blas64.Syrk(blas.Trans, 1/float64(x.Rows), fitted, 0, kernel)
	for i := range n {
		kernelise(kernel.Data[i*n+i : (i+1)*n])
	}
	shifted := make([]float64, n)
	value, u := leading(n, func(dst, src []float64) {
		// Centring the vector before and after centres the matrix.
		copy(shifted, src)
		floats.AddConst(-stat.Mean(src, nil), shifted)
		blas64.Symv(1, kernel, vector(shifted), 0, vector(dst))
		floats.AddConst(-stat.Mean(dst, nil), dst)
	})
	noise := kpcaNoise * float64(n)
	if n < x.Cols && value > noise {
		return x.orient(x.project(fitted, value, u))
	}
	return x.orient(component(x.Cols, value, u, noise))
}

// thinned returns the columns of x that belong to every k-th row and column of
// the layer, for the smallest k that leaves at most limit pixels.
func (x centred) thinned(l Layer, limit int) blas64.General {
	k := 1
	for ((l.Height+k-1)/k)*((l.Width+k-1)/k) > limit {
		k++
	}
	if k == 1 {
		return x.General
	}
	var data []float64
	for c := range x.Rows {
		for y := 0; y < l.Height; y += k {
			for i := 0; i < l.Width; i += k {
				data = append(data, x.Data[c*x.Stride+y*l.Width+i])
			}
		}
	}
	n := len(data) / x.Rows
	return blas64.General{Rows: x.Rows, Cols: n, Stride: n, Data: data}
}

// project puts all pixels on the component u that was found from the fitted
// ones: Σ_j (k(i, j) - mean of k(·, j)) u_j / sqrt(λ). The other terms of the
// centring vanish, as u sums to zero.
func (x centred) project(fitted blas64.General, value float64, u []float64) []float64 {
	out := kernelTimes(x.General, fitted, u)
	floats.AddConst(-stat.Mean(kernelTimes(fitted, fitted, u), nil), out)
	floats.Scale(1/math.Sqrt(value), out)
	return out
}

// kernelTimes returns Σ_j k(points_i, fitted_j) u_j for each point.
func kernelTimes(points, fitted blas64.General, u []float64) []float64 {
	out := make([]float64, points.Cols)
	kernel := make([]float64, fitted.Cols)
	for i := range out {
		point := blas64.Vector{N: points.Rows, Inc: points.Stride, Data: points.Data[i:]}
		blas64.Gemv(blas.Trans, 1/float64(points.Rows), fitted, point, 0, vector(kernel))
		kernelise(kernel)
		out[i] = floats.Dot(kernel, u)
	}
	return out
}

// kernelise turns scalar products by C into values of the kernel.
func kernelise(products []float64) {
	for i, p := range products {
		products[i] = math.Tanh(p + 1)
	}
}
