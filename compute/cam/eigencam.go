package cam

// Eigen-CAM: the map is the projection of the pixels, each a point with the
// coordinates A_1 ... A_C, on their first principal component: the channels'
// mean over the pixels is subtracted, then the pixels x channels matrix is
// multiplied by its first right singular vector. It shows what varies most
// within the layer's output. No gradient and no class is involved.
//
// The paper projects without centring; pytorch-grad-cam centres, and so do we.
// A singular vector has no sign: pytorch-grad-cam takes what its linear algebra
// library returns, so that the same map comes out bright or black depending on
// the machine. Ours has the sign of Seg-Eigen-CAM, see orient. Where the first
// two singular values are close, the map is badly determined.
//
// Neither the C x C factor of the full decomposition (pytorch-grad-cam) nor a
// Gram matrix is computed: see leading.
var eigenCAM = Method{
	Name: "eigencam", Title: "Eigen-CAM",
	Paper:         "Muhammad and Yeasin, Eigen-CAM, IJCNN 2020, arXiv:2008.00299",
	ClassAgnostic: true,
	Sign:          orientation,
	Cost:          CostEigenvector,
	values: func(l Layer) []float64 {
		return centre(l, func(a, _ float64) float64 { return a }).principal()
	},
}
