package picture

import (
	"image"
	"math"
	"runtime"
	"sync"
)

// weightBits is the precision of the fixed-point weights: 8 bits of pixel, 22
// of weight and 2 to spare in 32, as in PIL.
const weightBits = 32 - 8 - 2

// taps are the weights that make one output sample of an axis: of the input
// samples first, first+1, ...
type taps struct {
	first   int
	weights []int32
}

// filter is a window function for resizing: wide enough to reach support samples
// to either side. Without a function, the nearest sample is taken.
type filter struct {
	support float64
	at      func(x float64) float64
}

// PIL's filters: bilinearFilter and bicubicFilter (Resample.c), the latter with
// Keys' parameter of -1/2.
var (
	bilinear = filter{1, func(x float64) float64 { return max(0, 1-math.Abs(x)) }}
	bicubic  = filter{2, func(x float64) float64 {
		const a = -0.5
		x = math.Abs(x)
		// The conversions keep products from being fused into sums, as below.
		switch {
		case x < 1:
			return float64(float64(float64((a+2)*x)-(a+3))*x*x) + 1
		case x < 2:
			return (float64((float64((x-5)*x)+8)*x) - 4) * a
		}
		return 0
	}}
	nearest = filter{}
)

// taps computes the taps of outputs lo..hi-1 of an axis resized from in to out
// samples. Where the axis shrinks, the filter is as many times wider.
//
// It is PIL step by step (Resample.c: precompute_coeffs and
// normalize_coeffs_8bpc), so that results are equal and not just alike.
func (f filter) taps(in, out, lo, hi int) []taps {
	if f.at == nil {
		return nearestTaps(in, out, lo, hi)
	}
	scale := float64(in) / float64(out)
	wider := max(scale, 1)
	support := f.support * wider
	all := make([]taps, 0, hi-lo)
	for o := lo; o < hi; o++ {
		// The conversion keeps the product from being fused into the sums
		// below, which would round differently on some processors.
		center := float64((float64(o) + 0.5) * scale)
		first := max(int(center-support+0.5), 0)
		end := min(int(center+support+0.5), in)
		weights := make([]float64, end-first)
		var sum float64
		for i := range weights {
			weights[i] = f.at((float64(i+first) - center + 0.5) * (1 / wider))
			sum += weights[i]
		}
		t := taps{first: first, weights: make([]int32, len(weights))}
		for i, w := range weights {
			t.weights[i] = int32(math.Copysign(0.5, w) + float64(w/sum*(1<<weightBits)))
		}
		all = append(all, t)
	}
	return all
}

// nearestTaps takes for each output the sample that its centre lies in. As in PIL
// (Geometry.c: ImagingScaleAffine), the centres are sums of steps, which round
// otherwise than products.
func nearestTaps(in, out, lo, hi int) []taps {
	step := float64(in) / float64(out)
	center := float64(step * 0.5)
	all := make([]taps, 0, hi-lo)
	for o := range hi {
		if o >= lo {
			all = append(all, taps{first: min(int(center), in-1), weights: []int32{1 << weightBits}})
		}
		center += step
	}
	return all
}

// resample returns the part of the picture src, resized to w x h pixels with a filter, that
// lies in crop, as RGB bytes in row-major order. Rows are resized first, then columns,
// each rounded to 8 bits. Nothing outside of crop is computed.
func resample(src pixelRows, f filter, w, h int, crop image.Rectangle) []uint8 {
	across := f.taps(src.size.X, w, crop.Min.X, crop.Max.X)
	down := f.taps(src.size.Y, h, crop.Min.Y, crop.Max.Y)
	last := down[len(down)-1]
	top, bottom := down[0].first, last.first+len(last.weights)

	row := 3 * crop.Dx()
	narrow := make([]uint8, row*(bottom-top))
	src.each(top, bottom, func(first int, strip *image.NRGBA) {
		shrinkRows(narrow[(first-top)*row:], strip, across)
	})

	out := make([]uint8, row*crop.Dy())
	parallel(crop.Dy(), func(y int) {
		t := down[y]
		sums := make([]int32, row)
		for i := range sums {
			sums[i] = 1 << (weightBits - 1)
		}
		for i, k := range t.weights {
			for x, v := range narrow[(t.first-top+i)*row:][:row] {
				sums[x] += k * int32(v)
			}
		}
		for x, s := range sums {
			out[y*row+x] = clip(s >> weightBits)
		}
	})
	return out
}

// shrinkRows resizes each row of src to as many pixels as there are taps, of three bytes
// each.
func shrinkRows(to []uint8, src *image.NRGBA, across []taps) {
	row := 3 * len(across)
	parallel(src.Rect.Dy(), func(y int) {
		pix := src.Pix[y*src.Stride:]
		dst := to[y*row:][:row]
		for x, t := range across {
			r, g, b := int32(1<<(weightBits-1)), int32(1<<(weightBits-1)), int32(1<<(weightBits-1))
			p := pix[4*t.first:][:4*len(t.weights)]
			for i, k := range t.weights {
				r += k * int32(p[4*i])
				g += k * int32(p[4*i+1])
				b += k * int32(p[4*i+2])
			}
			dst[3*x], dst[3*x+1], dst[3*x+2] = clip(r>>weightBits), clip(g>>weightBits), clip(b>>weightBits)
		}
	})
}

// parallel calls do(0) ... do(n-1) on all cores and waits.
func parallel(n int, do func(int)) {
	workers := min(runtime.GOMAXPROCS(0), n)
	var wg sync.WaitGroup
	for k := range workers {
		wg.Go(func() {
			for i := k * n / workers; i < (k+1)*n/workers; i++ {
				do(i)
			}
		})
	}
	wg.Wait()
}
