package cam

import (
	"context"
	"slices"
)

// Gradient rollout: attention rollout in which a weight counts as much as it raises
// the target. With Ā_l the mean over the heads of max(A ∂A, 0), A the weights of a
// layer and ∂A the target's derivatives by them, relevance begins as R = I and grows by
// R += Ā_l R from the first layer to the last; the map is the row of R of the token that
// the network's head reads, or the mean of the rows where it reads several. Tokens
// without a place in the picture are left out.
//
// It is the rule for self-attention of the authors' later paper, which has no
// relevance propagation. Their code's map for a ViT has the same values.
var gradientRollout = Method{
	Name: "gradientrollout", Title: "Gradient rollout",
	Paper:       "Chefer et al., Generic attention-model explainability for interpreting bi-modal and encoder-decoder transformers, ICCV 2021, arXiv:2103.15679",
	Cost:        CostPasses,
	AllLayers:   true,
	NeedsTokens: true,
	ask: func(ctx context.Context, _ Layer, net Network) (Map, error) {
		a, err := net.Attention(ctx, TargetSlopes)
		if err != nil {
			return Map{}, err
		}
		// A row of the product (I + Ā_L) ... (I + Ā_1) takes products of rows alone.
		row := a.reading()
		for _, l := range slices.Backward(a.Layers) {
			mean := l.headMean(func(sum []float64, weights, slopes []float32) {
				for i, w := range weights {
					sum[i] += max(float64(w)*float64(slopes[i]), 0)
				}
			})
			row = through(row, mean, 1)
		}
		return a.placed(row), nil
	},
}
