package cam

import (
	"context"
	"slices"
)

// ShapleyCAM: the map is Σ_c w_c A_c with w_c = mean of G_c - ½ (H A)_c, where G
// and H are the first and second derivatives of the ReST target y + log p, the
// class's logit plus the logarithm of its probability, by A: the Shapley values
// of the channels where the target is quadratic in them.
//
// As in the paper and pytorch-grad-cam, except that the target is always ReST:
// with a bare logit a network of ReLUs is piecewise linear, H is zero and the
// map is Grad-CAM's. H A is exact and needs no second differentiation of the
// probability: with J the logits' derivative by A, s the target's by the logits,
// which is 2 e - p where a softmax makes the probability p, and S that of s, then
// -diag p + p pᵀ,
//
//	H A = Jᵀ S J A + Σ_k s_k H_k A
//
// where the second term is that of functions after the layer that bend. Where the
// network gives a number and no probability, the target is the number.
var shapleyCAM = Method{
	Name: "shapleycam", Title: "ShapleyCAM",
	Paper:         "Cai, CAMs as Shapley value-based explainers, 2025, arXiv:2501.06261",
	NeedsGradient: true,
	Cost:          CostPasses,
	askWeight: func(ctx context.Context, l Layer, net Network) ([]float64, error) {
		seed := make([]float32, len(net.Logits()))
		for k, v := range net.LogProbability(net.Class()) {
			seed[k] = float32(v)
		}
		seed[net.Class()]++
		along, bend, err := net.Curvature(ctx, seed, l.Activation)
		if err != nil {
			return nil, err
		}
		// G - ½ Jᵀ S J A is the gradient of one seed.
		for k, v := range net.LogCurvature(net.Class(), along) {
			seed[k] -= float32(v / 2)
		}
		gradient, err := net.Gradient(ctx, func([]float32) []float32 { return slices.Clone(seed) })
		if err != nil {
			return nil, err
		}
		pixels := l.pixels()
		weights := make([]float64, l.Channels)
		for i, g := range gradient {
			weights[i/pixels] += (float64(g) - float64(bend[i])/2) / float64(pixels)
		}
		return weights, nil
	},
}
