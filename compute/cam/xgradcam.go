package cam

// xGradEpsilon keeps XGrad-CAM's weights finite at dead channels. It is
// pytorch-grad-cam's.
const xGradEpsilon = 1e-7

// XGrad-CAM: the map is Σ_c w_c A_c with w_c = Σ G_c A_c / (Σ A_c + ε), the mean
// of the gradient weighted by the activation. The weights are those that come
// closest to two axioms: removing a channel should change the logit by what the
// channel contributes to the map, and the map should sum to the logit.
//
// pytorch-grad-cam has ε = 1e-7, which we take, torch-cam 1e-8. Where
// activations can be negative their sum can come near zero, and one channel
// then takes over the map; a sum that meets -ε exactly gives the weight 0.
var xGradCAM = Method{
	Name: "xgradcam", Title: "XGrad-CAM",
	Paper:         "Fu et al., Axiom-based Grad-CAM, BMVC 2020, arXiv:2008.02312",
	NeedsGradient: true,
	AlikeAtHead:   true,
	Cost:          CostSums,
	weights: eachChannel(func(a, g []float32) float64 {
		var sum, product float64
		for i, v := range a {
			sum += float64(v)
			product += float64(v) * float64(g[i])
		}
		if sum+xGradEpsilon == 0 {
			return 0
		}
		return product / (sum + xGradEpsilon)
	}),
}
