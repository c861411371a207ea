package cam

// plusPlusEpsilon keeps Grad-CAM++'s q from being 0/0. It is pytorch-grad-cam's.
// As q is not invariant to the gradient's scale, gradients much below its root
// weigh less than the formula without it would have them.
const plusPlusEpsilon = 1e-6

// Grad-CAM++: the map is Σ_c w_c A_c with
//
//	w_c = Σ q max(G, 0),  q = G² / (2 G² + S_c G³ + ε),  S_c = Σ A_c
//
// The powers of G stand in for second and third derivatives, which is exact for
// the exponential of a logit that is piecewise linear in A. All that has a small
// positive gradient gets a similar weight, so that several objects of the class
// light up together.
//
// The published implementations give four different maps: pytorch-grad-cam has
// the formula above with ε = 1e-6; torch-cam takes Σ G³ A instead of S_c G³ and
// ε = 1e-8; tf-keras-vis multiplies G by the exponential of the logit and makes
// the q of a channel sum to 1; Xplique takes means in place of both sums. We
// follow pytorch-grad-cam, whose formula is the paper's.
//
// The paper assumes A >= 0. Where S_c is negative the denominator goes through
// zero near G = -2/S_c, and a few pixels decide the map; a pixel that hits zero
// exactly is left out.
var gradCAMPlusPlus = Method{
	Name: "gradcam++", Title: "Grad-CAM++",
	Paper:         "Chattopadhay et al., Grad-CAM++, WACV 2018, arXiv:1710.11063",
	NeedsGradient: true,
	Cost:          CostSums,
	weights: eachChannel(func(a, g []float32) float64 {
		var sum float64
		for _, v := range a {
			sum += float64(v)
		}
		var w float64
		for _, v := range g {
			g := float64(v)
			if g <= 0 {
				continue
			}
			if d := 2*g*g + sum*g*g*g + plusPlusEpsilon; d != 0 {
				w += g * g * g / d
			}
		}
		return w
	}),
}
