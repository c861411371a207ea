package cam

import "context"

// fullGradEpsilon is pytorch-grad-cam's.
const fullGradEpsilon = 1e-7

// FullGrad: the target of a network of ReLUs is the sum of the picture times its
// gradient and of all biases times theirs; the map adds up their magnitudes. It
// has the picture's resolution and is of the whole network, so it is the same for
// every layer.
//
//	Σ_c ψ(|x_c G_c|) + Σ_l Σ_c ψ(|b_lc G_lc|)
//
// over the colours c of the picture x and the channels c of each convolution
// with a bias and each batch normalisation l, whose bias is β - μ γ / √(σ² + ε);
// ψ brings one channel to 0..1 and to the picture's size. Every channel counts
// alike in it, however little it weighs. Biases of layer normalisations and of
// linear layers have no place in the picture and are left out, as in
// pytorch-grad-cam.
var fullGrad = Method{
	Name: "fullgrad", Title: "FullGrad",
	Paper:     "Srinivas and Fleuret, Full-gradient representation for neural network visualization, NeurIPS 2019, arXiv:1905.00780",
	Cost:      CostPasses,
	AllLayers: true,
	Unsigned:  true,
	ask: func(ctx context.Context, _ Layer, net Network) (Map, error) {
		evidence, err := net.Evidence(ctx)
		if err != nil {
			return Map{}, err
		}
		_, height, width := net.Input()
		sum := make([]float64, height*width)
		large := make([]float32, height*width)
		for _, e := range evidence {
			pixels := e.Height * e.Width
			for c := range e.Channels {
				plane := e.Values[c*pixels : (c+1)*pixels]
				for i, v := range plane {
					plane[i] = max(v, -v)
				}
				lowest := plane[0]
				for _, v := range plane {
					lowest = min(lowest, v)
				}
				var highest float32
				for i := range plane {
					plane[i] -= lowest
					highest = max(highest, plane[i])
				}
				for i := range plane {
					plane[i] /= fullGradEpsilon + highest
				}
				upsample(plane, e.Height, e.Width, large, height, width, false)
				for i, v := range large {
					sum[i] += float64(v)
				}
			}
		}
		raw := Map{Height: height, Width: width, Values: make([]float32, len(sum))}
		for i, v := range sum {
			raw.Values[i] = float32(v)
		}
		return raw, nil
	},
}
