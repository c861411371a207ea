package faith

import (
	"math"
	"slices"

	"gaze/compute/cam"
	"gaze/compute/heat"
)

// Similarity is how alike two maps are.
type Similarity struct {
	// Rank is Spearman's rank correlation of the raw maps, -1..1, equal values
	// sharing their mean rank. NaN where one of the maps is constant: it has
	// no order.
	Rank float64
	// SSIM is the structural similarity (Wang et al. 2004) of the maps as they
	// are shown, max(v, 0) / max(map), at most 1: the mean over all places of
	// an 11 x 11 Gaussian window, sigma 1.5, that lies inside the map. Two
	// empty maps look the same: 1. NaN where a map is smaller than the window.
	SSIM float64
}

// Compare compares two maps of the same size. Both figures are NaN where the
// sizes differ or there is nothing to compare.
func Compare(a, b cam.Map) Similarity {
	n := a.Height * a.Width
	if a.Height != b.Height || a.Width != b.Width || n == 0 || len(a.Values) != n || len(b.Values) != n {
		return Similarity{math.NaN(), math.NaN()}
	}
	return Similarity{Rank: correlation(ranks(a.Values), ranks(b.Values)), SSIM: ssim(a, b)}
}

// ranks returns each value's rank, counted from 0; equal values share the mean
// of their ranks.
func ranks(values []float32) []float64 {
	order := make([]int, len(values))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		switch {
		case values[a] < values[b]:
			return -1
		case values[a] > values[b]:
			return 1
		}
		return 0
	})
	out := make([]float64, len(values))
	for from := 0; from < len(order); {
		to := from + 1
		for to < len(order) && values[order[to]] == values[order[from]] {
			to++
		}
		for _, i := range order[from:to] {
			out[i] = float64(from+to-1) / 2
		}
		from = to
	}
	return out
}

// correlation is Pearson's of two lists of ranks, whose mean is known; NaN where
// one of the two is constant.
func correlation(a, b []float64) float64 {
	mean := float64(len(a)-1) / 2
	var aa, bb, ab float64
	for i := range a {
		da, db := a[i]-mean, b[i]-mean
		aa, bb, ab = aa+da*da, bb+db*db, ab+da*db
	}
	return ab / math.Sqrt(aa*bb)
}

const (
	windowSize  = 11
	windowSigma = 1.5
)

// ssim is the mean structural similarity of the maps brought to 0..1.
func ssim(a, b cam.Map) float64 {
	if a.Height < windowSize || a.Width < windowSize {
		return math.NaN()
	}
	// The constants of the paper for a range of 1.
	const c1, c2 = 0.01 * 0.01, 0.03 * 0.03
	na, _ := heat.Normalize(a)
	nb, _ := heat.Normalize(b)
	product := func(x, y []float32) []float64 {
		out := make([]float64, len(x))
		for i := range x {
			out[i] = float64(x[i]) * float64(y[i])
		}
		return out
	}
	ones := slices.Repeat([]float32{1}, len(na.Values))
	mean := func(v []float64) []float64 { return windowed(v, a.Height, a.Width) }
	ma, mb := mean(product(na.Values, ones)), mean(product(nb.Values, ones))
	aa, bb, ab := mean(product(na.Values, na.Values)), mean(product(nb.Values, nb.Values)), mean(product(na.Values, nb.Values))
	var sum float64
	for i := range ma {
		va, vb, cov := aa[i]-ma[i]*ma[i], bb[i]-mb[i]*mb[i], ab[i]-ma[i]*mb[i]
		sum += (2*ma[i]*mb[i] + c1) * (2*cov + c2) / ((ma[i]*ma[i] + mb[i]*mb[i] + c1) * (va + vb + c2))
	}
	return sum / float64(len(ma))
}

// windowed is the Gaussian mean at every place of the window inside v.
func windowed(v []float64, height, width int) []float64 {
	var kernel [windowSize]float64
	var total float64
	for i := range kernel {
		d := float64(i - windowSize/2)
		kernel[i] = math.Exp(-d * d / (2 * windowSigma * windowSigma))
		total += kernel[i]
	}
	inner := width - windowSize + 1
	rows := make([]float64, height*inner)
	for i := range rows {
		at := i/inner*width + i%inner
		for d, w := range kernel {
			rows[i] += w / total * v[at+d]
		}
	}
	out := make([]float64, (height-windowSize+1)*inner)
	for i := range out {
		for d, w := range kernel {
			out[i] += w / total * rows[i+d*inner]
		}
	}
	return out
}
