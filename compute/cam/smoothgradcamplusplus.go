package cam

import (
	"context"
	"math/rand/v2"
)

// The number of noisy pictures and the noise's standard deviation in
// preprocessed values; both are torch-cam's.
const (
	smoothSamples   = 4
	smoothDeviation = 0.3
)

// Smooth Grad-CAM++: Grad-CAM++ with the powers of the gradient averaged over
// pictures with noise, E for the mean over them:
//
//	w_c = Σ q max(E[G], 0),  q = E[G²] / (2 E[G²] + S_c E[G³] + ε),  S_c = Σ A_c
//
// A is the layer's output for the picture without noise, as in the paper, which
// draws the map over it. torch-cam, whose numbers of samples and of noise these
// are, takes the last noisy picture's gradient in place of E[G] and sums G³ A in
// place of S_c E[G³]. The noise is the same at every call.
var smoothGradCAMPlusPlus = Method{
	Name: "smoothgradcam++", Title: "Smooth Grad-CAM++",
	Paper: "Omeiza et al., Smooth Grad-CAM++, 2019, arXiv:1908.01224",
	Cost:  CostPasses,
	askWeight: func(ctx context.Context, l Layer, net Network) ([]float64, error) {
		picture, _, _ := net.Input()
		random := rand.New(rand.NewPCG(2, 0))
		var first, second, third []float64
		for from := 0; from < smoothSamples; from += max(1, net.Batch()) {
			var noisy [][]float32
			for range min(max(1, net.Batch()), smoothSamples-from) {
				p := make([]float32, len(picture))
				for i, v := range picture {
					p[i] = v + float32(smoothDeviation*random.NormFloat64())
				}
				noisy = append(noisy, p)
			}
			layers, err := net.Layers(ctx, noisy)
			if err != nil {
				return nil, err
			}
			if first == nil {
				n := len(l.Activation)
				first, second, third = make([]float64, n), make([]float64, n), make([]float64, n)
			}
			for _, of := range layers {
				for i, g := range of.Gradient {
					g := float64(g)
					first[i] += g / smoothSamples
					second[i] += g * g / smoothSamples
					third[i] += g * g * g / smoothSamples
				}
			}
			net.Progress(from+len(noisy), smoothSamples)
		}
		pixels := l.pixels()
		weights := make([]float64, l.Channels)
		for c := range weights {
			var sum float64
			for _, a := range l.Activation[c*pixels : (c+1)*pixels] {
				sum += float64(a)
			}
			for i := c * pixels; i < (c+1)*pixels; i++ {
				if first[i] <= 0 {
					continue
				}
				if d := 2*second[i] + sum*third[i] + plusPlusEpsilon; d != 0 {
					weights[c] += first[i] * second[i] / d
				}
			}
		}
		return weights, nil
	},
}
