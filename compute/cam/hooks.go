package cam

// weighted is the map Σ_c w_c A_c.
func weighted(l Layer, weights []float64) []float64 {
	pixels := l.pixels()
	sum := make([]float64, pixels)
	for c, w := range weights {
		for i, a := range l.Activation[c*pixels : (c+1)*pixels] {
			sum[i] += w * float64(a)
		}
	}
	return sum
}

// eachChannel is the hook that makes w_c from A_c and G_c.
func eachChannel(weight func(a, g []float32) float64) func(Layer) []float64 {
	return func(l Layer) []float64 {
		pixels := l.pixels()
		weights := make([]float64, l.Channels)
		for c := range weights {
			a, g := l.Activation[c*pixels:(c+1)*pixels], l.Gradient
			if g != nil {
				g = g[c*pixels : (c+1)*pixels]
			}
			weights[c] = weight(a, g)
		}
		return weights
	}
}

// elements is the map that adds up over the channels what value makes of an
// activation and its gradient, with no look at other pixels.
func elements(l Layer, value func(a, g float64) float64) []float64 {
	pixels := l.pixels()
	sum := make([]float64, pixels)
	for i, a := range l.Activation {
		sum[i%pixels] += value(float64(a), float64(l.Gradient[i]))
	}
	return sum
}
