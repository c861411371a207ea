package cam

// weighted is the map Σ_c w_c A_c.
func weighted(l Layer, weights []float64) []float64 {
	pixels := l.pixels()
	total := make([]float64, pixels)
	// Two channels at a time, so that half as often something is added to what is
	// there.
	c := 0
	for ; c+1 < len(weights); c += 2 {
		v, w := weights[c], weights[c+1]
		first, second := l.Activation[c*pixels:][:len(total)], l.Activation[(c+1)*pixels:][:len(total)]
		for i, a := range first {
			total[i] += v*float64(a) + w*float64(second[i])
		}
	}
	for ; c < len(weights); c++ {
		for i, a := range l.Activation[c*pixels:][:len(total)] {
			total[i] += weights[c] * float64(a)
		}
	}
	return total
}

// sum adds up values, four at a time because each addition has to wait for the
// one before it.
func sum(values []float32) float64 {
	var a, b, c, d float64
	for len(values) >= 4 {
		a += float64(values[0])
		b += float64(values[1])
		c += float64(values[2])
		d += float64(values[3])
		values = values[4:]
	}
	for _, v := range values {
		a += float64(v)
	}
	return a + b + c + d
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
