package cam

// HiResCAM: the map is Σ_c G_c ⊙ A_c, with no averaging: a pixel lights up
// exactly as much as it raises the logit. Where only pooling or flattening and
// one linear layer follow, the map sums to the logit minus its bias.
//
// All implementations agree on this map. Smoothing it by its first principal
// component, which pytorch-grad-cam offers, gives up this guarantee.
var hiResCAM = Method{
	Name: "hirescam", Title: "HiResCAM",
	Paper:         "Draelos and Carin, Use HiResCAM instead of Grad-CAM, arXiv:2011.08891",
	NeedsGradient: true,
	AlikeAtHead:   true,
	SumsToLogit:   true,
	Cost:          CostSums,
	element:       func(a, g float64) float64 { return g * a },
}
