package cam

// EigenGrad-CAM: Eigen-CAM of G ⊙ A in place of A. The gradient makes it depend
// on the class; being centred, the map does not tell evidence for the class
// from evidence against it.
//
// The method has no paper of its own; pytorch-grad-cam introduced it, with the
// sign its linear algebra library returns. Ours is Eigen-CAM's.
var eigenGradCAM = Method{
	Name: "eigengradcam", Title: "EigenGrad-CAM",
	Paper:         "Gildenblat, pytorch-grad-cam, 2021, https://github.com/jacobgil/pytorch-grad-cam",
	NeedsGradient: true,
	Unsigned:      true,
	Sign:          orientation,
	Cost:          CostEigenvector,
	values: func(l Layer) []float64 {
		return centre(l, func(a, g float64) float64 { return g * a }).principal()
	},
}
