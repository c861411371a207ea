package cam

import "context"

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
	ask: func(ctx context.Context, _ Layer, net Network) (raw Map, err error) {
		err = net.Attention(ctx, TargetSlopes, func(a Attentions) error {
			// R is the product of all I + Ā.
			raw = a.placed(a.rolled(1, func(out []float64, v float64, weights, slopes []float32) {
				for j, w := range weights[:len(out)] {
					out[j] += v * max(float64(w)*float64(slopes[j]), 0)
				}
			}))
			return nil
		})
		return raw, err
	},
}
