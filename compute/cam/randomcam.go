package cam

import (
	"encoding/binary"
	"hash/fnv"
	"math"
	"math/rand/v2"
)

// Random-CAM: the map is Σ_c w_c A_c with w_c drawn uniformly from -1 to 1. It
// explains nothing and is the baseline: a method whose figures are no better
// than this one's has not found what the network looks at.
//
// pytorch-grad-cam draws other weights at every call. Here the generator is
// seeded with a hash of the activations: the same picture at the same layer has
// the same map, and different pictures have independent ones, so that an average
// over pictures is over as many draws. Devices that round differently draw
// different weights.
var randomCAM = Method{
	Name: "randomcam", Title: "Random-CAM",
	Paper:         "Baseline without a paper; pytorch-grad-cam, https://github.com/jacobgil/pytorch-grad-cam",
	ClassAgnostic: true,
	Baseline:      true,
	Cost:          CostSums,
	weights: func(l Layer) []float64 {
		hash := fnv.New64a()
		var bits [4]byte
		for _, a := range l.Activation {
			binary.LittleEndian.PutUint32(bits[:], math.Float32bits(a))
			hash.Write(bits[:])
		}
		source := rand.New(rand.NewPCG(hash.Sum64(), 0))
		weights := make([]float64, l.Channels)
		for c := range weights {
			weights[c] = 2*source.Float64() - 1
		}
		return weights
	},
}
