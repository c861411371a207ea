package cam

import "context"

// Attention rollout: how much of each token arrives at those that the network's head
// reads, if attention alone moved it. With A_l the mean over the heads of a layer's
// weights, the map is the row (or the mean of the rows) of the tokens read of
//
//	Π_l (A_l + I) / 2, the last layer first
//
// where I stands for the path past the attention. The rows add up to 1; tokens
// without a place in the picture have their part, and are left out of the map. Values
// of tokens, their MLPs and the class play no part.
//
// Implementations that take the largest weight of the heads, or drop the small ones,
// depart from the paper.
var rollout = Method{
	Name: "rollout", Title: "Attention rollout",
	Paper:         "Abnar and Zuidema, Quantifying attention flow in transformers, ACL 2020, arXiv:2005.00928",
	Cost:          CostPasses,
	AllLayers:     true,
	ClassAgnostic: true,
	NeedsTokens:   true,
	ask: func(ctx context.Context, _ Layer, net Network) (raw Map, err error) {
		err = net.Attention(ctx, NoSlopes, func(a Attentions) error {
			raw = a.placed(a.rolled(0.5, func(out []float64, v float64, weights, _ []float32) {
				for j, w := range weights[:len(out)] {
					out[j] += v / 2 * float64(w)
				}
			}))
			return nil
		})
		return raw, err
	},
}
