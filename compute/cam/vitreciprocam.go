package cam

import "context"

// ViT-Recipro-CAM: Recipro-CAM for tokens. Tokens without a place in the picture, as
// the class token, are kept, and around each token its neighbours are: what is left is
// 1/4 of the token, 1/8 of those beside it, above and below, and 1/16 of those at its
// corners.
//
// It is made for the first normalisation of a transformer's last block, the layer
// explained unless another is asked for. The authors' target is the probability, and
// they scale the map to 0..1.
var vitReciproCAM = Method{
	Name: "vitreciprocam", Title: "ViT-Recipro-CAM",
	Paper: "Byun and Lee, ViT-ReciproCAM: Gradient and attention-free visual explanations for vision transformer, 2023, arXiv:2310.02588",
	Cost:  CostPixels,
	ask: func(ctx context.Context, l Layer, net Network) (Map, error) {
		return reciprocal(ctx, l, net, [3]float32{0.25, 0.5, 0.25})
	},
}
