package cam

import "context"

// CAM, the class activation map: Σ_k W_k A_k, where W are the weights of the
// linear layer that makes the class's logit of the channels' means. It is what
// all others generalise. It is defined only where nothing but global average
// pooling and that linear layer follows the layer. There it is Grad-CAM's map
// times the number of pixels.
//
// Implementations agree.
var classCAM = Method{
	Name: "cam", Title: "CAM",
	Paper:     "Zhou et al., Learning deep features for discriminative localization, CVPR 2016, arXiv:1512.04150",
	NeedsHead: true,
	Cost:      CostSums,
	askWeight: func(_ context.Context, _ Layer, net Network) ([]float64, error) {
		head := net.Head()
		if head == nil {
			return nil, ErrNeedsHead
		}
		weights := make([]float64, len(head))
		for k, w := range head {
			weights[k] = float64(w)
		}
		return weights, nil
	},
}
