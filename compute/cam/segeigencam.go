package cam

import "math"

// SegEigen-CAM: Eigen-CAM of |G| ⊙ A in place of A. What matters to the class in
// either direction counts. It was made for segmentation, where the target is
// the sum of a class's logits over a region; it serves a single logit as well.
//
// The map is turned over where |min| > |max|, as the paper (equation 13) and
// pytorch-grad-cam do; our other eigenvector methods follow the same rule.
// Earlier versions of pytorch-grad-cam had G ⊙ A without the sign under this
// name.
var segEigenCAM = Method{
	Name: "segeigencam", Title: "SegEigen-CAM",
	Paper:         "Chung and Ying, Seg-Eigen-CAM, Applied Sciences 15(13) 7562, 2025, doi:10.3390/app15137562",
	NeedsGradient: true,
	Unsigned:      true,
	Sign:          orientation,
	Cost:          CostEigenvector,
	values: func(l Layer) []float64 {
		return centre(l, func(a, g float64) float64 { return math.Abs(g) * a }).principal()
	},
}
