package cam

// HiResCAM: the map is Σ_c G_c ⊙ A_c, with no averaging: a pixel lights up
// exactly as far as it raises the logit. Where only pooling or flattening and
// one linear layer follow, the map sums to the logit minus its bias.
var hiResCAM = Method{
	Name: "hirescam", Title: "HiResCAM",
	Paper: "Draelos and Carin, Use HiResCAM instead of Grad-CAM, arXiv:2011.08891",
	apply: func(l Layer) Map {
		pixels := l.Height * l.Width
		sum := make([]float64, pixels)
		for i, a := range l.Activation {
			sum[i%pixels] += float64(a) * float64(l.Gradient[i])
		}
		return newMap(l, sum)
	},
}
