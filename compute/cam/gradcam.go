package cam

// Grad-CAM: the map is Σ_c w_c A_c with w_c = mean of G_c.
//
// Averaging the gradient over the layer means that the map may light up where
// the network did not look, unless the gradient is the same at every pixel.
//
// All implementations agree on this map. They differ in what they do with it:
// clipping at zero, normalising before or after resizing, and the resizing.
var gradCAM = Method{
	Name: "gradcam", Title: "Grad-CAM",
	Paper:         "Selvaraju et al., Grad-CAM, ICCV 2017, arXiv:1610.02391",
	NeedsGradient: true,
	AlikeAtHead:   true,
	MeanGradient:  true,
	Cost:          CostSums,
	weights:       eachChannel(func(_, g []float32) float64 { return sum(g) / float64(len(g)) }),
}
