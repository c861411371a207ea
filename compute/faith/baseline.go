package faith

import (
	"math"
	"slices"

	"gaze/compute/cam"
)

// places returns each pixel's place when the pixels are sorted by the map's
// value, the highest first; among equals the first in row-major order comes
// first. The map's sign counts: what speaks against the class comes last. A
// constant map is thus taken row by row.
func places(m cam.Map) []int32 {
	order := make([]int32, len(m.Values))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortStableFunc(order, func(a, b int32) int {
		switch va, vb := m.Values[a], m.Values[b]; {
		case va > vb:
			return -1
		case va < vb:
			return 1
		}
		return 0
	})
	place := make([]int32, len(order))
	for n, pixel := range order {
		place[pixel] = int32(n)
	}
	return place
}

// The size of RISE's blur and the standard deviation of its Gaussian, in pixels.
const (
	blurSize  = 11
	blurSigma = 5.0
)

// blur convolves each channel with RISE's kernel; beyond the border are zeros,
// as in RISE.
func blur(picture []float32, height, width int) []float32 {
	kernel := blurKernel()
	area := height * width
	out, rows := make([]float32, len(picture)), make([]float64, area)
	const reach = blurSize / 2
	for c := 0; c < len(picture); c += area {
		plane := picture[c : c+area]
		for y := range height {
			for x := range width {
				var sum float64
				for d := max(-reach, -x); d <= min(reach, width-1-x); d++ {
					sum += kernel[reach+d] * float64(plane[y*width+x+d])
				}
				rows[y*width+x] = sum
			}
		}
		for y := range height {
			for x := range width {
				var sum float64
				for d := max(-reach, -y); d <= min(reach, height-1-y); d++ {
					sum += kernel[reach+d] * rows[(y+d)*width+x]
				}
				out[c+y*width+x] = float32(sum)
			}
		}
	}
	return out
}

// blurKernel is one side of RISE's separable kernel, which is not a Gaussian cut
// off at 11 pixels: RISE blurs a point in the middle of 11 x 11 pixels with
// SciPy's gaussian_filter, cut off at four standard deviations, and what falls
// over the border is reflected at it. The weights sum to 1 and are nearly even.
func blurKernel() [blurSize]float64 {
	const reach = 4 * int(blurSigma)
	var kernel [blurSize]float64
	var sum float64
	for d := -reach; d <= reach; d++ {
		w := math.Exp(-float64(d*d) / (2 * blurSigma * blurSigma))
		sum += w
		// Reflected at both borders, a line of pixels repeats after twice its
		// length.
		at := ((blurSize/2+d)%(2*blurSize) + 2*blurSize) % (2 * blurSize)
		kernel[min(at, 2*blurSize-1-at)] += w
	}
	for i := range kernel {
		kernel[i] /= sum
	}
	return kernel
}
