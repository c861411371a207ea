package cam

// Grad-CAM: the map is Σ_c w_c A_c with w_c = mean over (i, j) of G_c.
//
// Averaging the gradient over the layer means that the map may light up where
// the network did not look, unless the gradient is constant in space.
var gradCAM = Method{
	Name: "gradcam", Title: "Grad-CAM",
	Paper: "Selvaraju et al., Grad-CAM, ICCV 2017, arXiv:1610.02391",
	apply: func(l Layer) Map {
		return weighted(l, func(_, g []float32) float64 {
			var sum float64
			for _, v := range g {
				sum += float64(v)
			}
			return sum / float64(len(g))
		})
	},
}

// weighted is the map Σ_c w_c A_c, where weight makes w_c from the channel's
// activation and gradient. Sums are taken in float64.
func weighted(l Layer, weight func(a, g []float32) float64) Map {
	pixels := l.Height * l.Width
	sum := make([]float64, pixels)
	for c := range l.Channels {
		a := l.Activation[c*pixels : (c+1)*pixels]
		w := weight(a, l.Gradient[c*pixels:(c+1)*pixels])
		for i, v := range a {
			sum[i] += w * float64(v)
		}
	}
	return newMap(l, sum)
}

func newMap(l Layer, values []float64) Map {
	m := Map{Height: l.Height, Width: l.Width, Values: make([]float32, len(values))}
	for i, v := range values {
		m.Values[i] = float32(v)
	}
	return m
}
