package cam

import "math"

// LayerCAM: the map is Σ_c max(G_c, 0) ⊙ A_c. Every pixel has its own weight,
// and what argues against the class is left out, so that the noisy gradients of
// shallow layers still give a readable map. It shows evidence for the class
// only: unlike HiResCAM's, its sum means nothing.
//
// All implementations agree on this map. The paper scales the maps of shallow
// layers by tanh(2 M / max M) before it fuses several. torch-cam does so, others do
// not, and Gaze does so only before it takes the maximum over layers. The raw map is
// the one before this scaling.
var layerCAM = Method{
	Name: "layercam", Title: "LayerCAM",
	Paper:         "Jiang et al., LayerCAM: Exploring Hierarchical Class Activation Maps for Localization, IEEE TIP 2021, doi:10.1109/TIP.2021.3089943",
	NeedsGradient: true,
	Cost:          CostSums,
	BeforeMax:     func(v float64) float64 { return math.Tanh(2 * v) },
	element:       func(a, g float64) float64 { return max(g, 0) * a },
}
