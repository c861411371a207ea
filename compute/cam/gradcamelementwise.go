package cam

// Grad-CAM element-wise: the map is Σ_c max(G_c ⊙ A_c, 0). It is HiResCAM with
// the evidence against the class dropped channel by channel, before the sum,
// and not negative anywhere.
//
// The method has no paper of its own; pytorch-grad-cam introduced it. Where no
// activation is negative, as after a ReLU, it is LayerCAM; elsewhere a negative
// activation with a negative gradient counts here and not there.
var gradCAMElementWise = Method{
	Name: "gradcamelementwise", Title: "Grad-CAM element-wise",
	Paper:         "Gildenblat, pytorch-grad-cam, 2021, https://github.com/jacobgil/pytorch-grad-cam",
	NeedsGradient: true,
	Cost:          CostSums,
	element:       func(a, g float64) float64 { return max(g*a, 0) },
}
