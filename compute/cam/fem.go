package cam

import "math"

// femDeviations is k of the "k sigma rule" that tells which activations are rare.
const femDeviations = 2

// FEM, the feature explanation method: the map is Σ_c w_c A_c, where w_c is the
// share of the pixels with A_c > mean + 2 standard deviations of A_c. Channels
// that answer strongly in a few places count; no gradient and no class is
// involved. By Cantelli's inequality no weight exceeds 1/5.
//
// Two different maps go by this name. The paper and Xplique add up the binary
// masks, weighted by the channels' means; pytorch-grad-cam adds up the
// activations, weighted by the masks' means. We follow pytorch-grad-cam, whose
// map is of the form of all others here. The standard deviation is that of the
// population. A layer of one pixel has no rare activation, and an all-zero map.
var fem = Method{
	Name: "fem", Title: "FEM",
	Paper:         "Fuad et al., Features Understanding in 3D CNNs for Actions Recognition in Video, IPTA 2020, hal-02963298",
	ClassAgnostic: true,
	Cost:          CostSums,
	weights: eachChannel(func(a, _ []float32) float64 {
		n := float64(len(a))
		var mean, variance float64
		for _, v := range a {
			mean += float64(v)
		}
		mean /= n
		for _, v := range a {
			variance += (float64(v) - mean) * (float64(v) - mean)
		}
		threshold := mean + femDeviations*math.Sqrt(variance/n)
		rare := 0
		for _, v := range a {
			if float64(v) > threshold {
				rare++
			}
		}
		return float64(rare) / n
	}),
}
