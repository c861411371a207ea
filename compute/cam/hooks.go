package cam

// weighted is the map Σ_c w_c A_c.
func weighted(l Layer, weights []float64) []float64 {
	pixels := l.pixels()
	total := make([]float64, pixels)
	// Four channels at a time, so that a quarter as often something is added to
	// what is there, and in float32, as the activations are.
	c := 0
	for ; c+3 < len(weights); c += 4 {
		channel := func(i int) ([]float32, float32) {
			return l.Activation[(c+i)*pixels:][:len(total)], float32(weights[c+i])
		}
		a0, w0 := channel(0)
		a1, w1 := channel(1)
		a2, w2 := channel(2)
		a3, w3 := channel(3)
		for i, a := range a0 {
			total[i] += float64((a*w0 + a1[i]*w1) + (a2[i]*w2 + a3[i]*w3))
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
