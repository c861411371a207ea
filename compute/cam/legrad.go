package cam

import "context"

// LeGrad: how the target would change with each token's weight in the attention. With
// ∂A_l the derivative by a layer's weights of the target that the network had if its
// head read the output of that layer's block, the map is
//
//	Σ_l mean over heads and rows of max(∂A_l, 0)
//
// of which the columns are the tokens. Those without a place in the picture are left
// out. Where the head reads a class token, one row of ∂A_l alone is not zero. The
// authors scale the map to 0..1.
//
// The derivative of a target that is not linear in the logits, as a probability, is
// taken at the whole network's logits.
var leGrad = Method{
	Name: "legrad", Title: "LeGrad",
	Paper:       "Bousselham et al., LeGrad: An explainability method for vision transformers via feature formation sensitivity, ICCV 2025, arXiv:2404.03214",
	Cost:        CostPasses,
	AllLayers:   true,
	NeedsTokens: true,
	ask: func(ctx context.Context, _ Layer, net Network) (raw Map, err error) {
		err = net.Attention(ctx, BlockSlopes, func(a Attentions) error {
			tokens := a.Layers[0].Tokens
			every, sum := make([]float64, tokens), make([]float64, tokens)
			for i := range every {
				every[i] = 1 / float64(tokens)
			}
			for _, l := range a.Layers {
				l.through(sum, every, func(out []float64, v float64, _, slopes []float32) {
					for j, s := range slopes[:len(out)] {
						out[j] += v * max(float64(s), 0)
					}
				})
			}
			raw = a.placed(sum)
			return nil
		})
		return raw, err
	},
}
