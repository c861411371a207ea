package cam

import "context"

// refineEpsilon is added to what maps are divided by. It is pytorch-grad-cam's.
const refineEpsilon = 1e-7

// Refine-CAM: the product of the Grad-CAM++ maps of the layer and of the last
// layer of each coarser resolution behind it. Each is clipped at zero and
// stretched to 0..1, resized to the layer and stretched again. A pixel must
// matter at every layer to stay: fine detail of an early layer is kept where the
// later ones, which know the class, agree.
//
// The steps are pytorch-grad-cam's, which however takes any list of layers,
// resizes to the picture, and stretches the product once more. Which layers take
// part is our choice; the last ones of each resolution are those that are
// commonly named. A layer of the coarsest resolution has nothing behind it to be
// refined by, and no map.
var refineCAM = Method{
	Name: "refinecam", Title: "Refine-CAM",
	Paper:         "Domeniconi et al., Refine-CAM, 2026, arXiv:2605.14641",
	NeedsGradient: true,
	Cost:          CostPasses,
	ask: func(ctx context.Context, l Layer, net Network) (Map, error) {
		later, err := net.Later(ctx)
		if err != nil {
			return Map{}, err
		}
		product := Map{Height: l.Height, Width: l.Width, Values: positivePlusPlus(l, l)}
		for _, coarse := range later {
			for i, v := range positivePlusPlus(coarse, l) {
				product.Values[i] *= v
			}
		}
		return product, nil
	},
}

// positivePlusPlus is l's Grad-CAM++ map without what is negative, at the size of
// another layer, on a scale of 0 to 1.
func positivePlusPlus(l, size Layer) []float32 {
	raw := mapOf(l, weighted(l, gradCAMPlusPlus.weights(l))).Values
	for i, v := range raw {
		raw[i] = max(v, 0)
	}
	stretch(raw, refineEpsilon)
	resized := make([]float32, size.pixels())
	upsample(raw, l.Height, l.Width, resized, size.Height, size.Width, false)
	stretch(resized, refineEpsilon)
	return resized
}
