package cam

// weighted is the map Σ_c w_c A_c.
func weighted(l Layer, weights []float64) []float64 {
	pixels := l.pixels()
	total := make([]float64, pixels)
	// Four channels at a time, so that a quarter as often something is added to
	// what is there, and in float32, as the activations are.
	c := 0
	for ; c+3 < len(weights); c += 4 {
		w0, w1, w2, w3 := float32(weights[c]), float32(weights[c+1]), float32(weights[c+2]), float32(weights[c+3])
		// Of one length for all, so that none need be checked for each pixel.
		a := l.Activation[c*pixels:][:4*pixels]
		a0, a1, a2, a3 := a[:len(total)], a[pixels:][:len(total)], a[2*pixels:][:len(total)], a[3*pixels:][:len(total)]
		for i := range total {
			total[i] += float64((a0[i]*w0 + a1[i]*w1) + (a2[i]*w2 + a3[i]*w3))
		}
	}
	for ; c < len(weights); c++ {
		for i, a := range l.Activation[c*pixels:][:len(total)] {
			total[i] += weights[c] * float64(a)
		}
	}
	return total
}

// sum adds up values: eight at a time, in pairs of pairs of float32, because each
// addition to the total has to wait for the one before it.
func sum(values []float32) float64 {
	var a, b float64
	for len(values) >= 8 {
		v := values[:8]
		a += float64((v[0] + v[1]) + (v[2] + v[3]))
		b += float64((v[4] + v[5]) + (v[6] + v[7]))
		values = values[8:]
	}
	for _, v := range values {
		a += float64(v)
	}
	return a + b
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
