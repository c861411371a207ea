package cam

import (
	"cmp"
	"context"
	"math"
	"slices"
)

// The number of classes that Finer-CAM sets the class apart from, and how much
// of their logits it takes away: pytorch-grad-cam's and the paper's.
const (
	finerClasses = 3
	finerShare   = 1
)

// finerEpsilon keeps the mean over classes without probability from being 0/0.
const finerEpsilon = 1e-9

// Finer-CAM: Grad-CAM of what tells the class from those most like it, the
// logits nearest to its own:
//
//	Σ_d p_d (y_c - α y_d) / (Σ_d p_d + ε)
//
// over the three classes d whose logits are nearest to y_c, p their
// probabilities, or 1 where the network gives numbers. What all of them show, such as
// any bird's head, goes out; what tells this bird remains. As in pytorch-grad-cam, the
// probabilities are differentiated too; torch-cam takes y_c minus 0.6 of the mean of
// the three.
var finerCAM = Method{
	Name: "finercam", Title: "Finer-CAM",
	Paper: "Zhang et al., Finer-CAM: spotting the difference, CVPR 2025, arXiv:2501.11309",
	Cost:  CostPasses,
	askWeight: func(ctx context.Context, l Layer, net Network) ([]float64, error) {
		seed := finerSeed(net)
		gradient, err := net.Gradient(ctx, func([]float32) []float32 { return seed })
		if err != nil {
			return nil, err
		}
		l.Gradient = gradient
		return gradCAM.weights(l), nil
	},
}

// finerSeed is the derivative of Finer-CAM's target by the logits.
func finerSeed(net Network) []float32 {
	logits, class := net.Logits(), net.Class()
	y := float64(logits[class])
	others := make([]int, 0, len(logits)-1)
	for d := range logits {
		if d != class {
			others = append(others, d)
		}
	}
	slices.SortStableFunc(others, func(a, b int) int {
		return cmp.Compare(math.Abs(float64(logits[a])-y), math.Abs(float64(logits[b])-y))
	})
	others = others[:min(finerClasses, len(others))]

	// The target is n/m with n = Σ p_d (y - α y_d), m = Σ p_d + ε; dn and dm are
	// their derivatives by the logits.
	var n, near float64
	dn, dm := make([]float64, len(logits)), make([]float64, len(logits))
	for _, d := range others {
		p := net.Probability(d)
		if math.IsNaN(p) {
			p = 1
		}
		apart := y - finerShare*float64(logits[d])
		n += p * apart
		near += p
		for j, v := range net.LogProbability(d) {
			dn[j] += p * v * apart
			dm[j] += p * v
		}
		dn[class] += p
		dn[d] -= p * finerShare
	}
	m := near + finerEpsilon
	seed := make([]float32, len(logits))
	for j := range seed {
		seed[j] = float32((dn[j] - n/m*dm[j]) / m)
	}
	return seed
}
