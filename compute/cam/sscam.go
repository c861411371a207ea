package cam

import (
	"context"
	"math/rand/v2"
)

// The number of noisy masks a channel and the noise's standard deviation, which
// are torch-cam's. The paper smooths with 35 samples.
const (
	ssSamples   = 35
	ssDeviation = 2
)

// SS-CAM: Score-CAM whose masks are smoothed: a channel's score is the mean
// target over pictures masked with noise added to the mask. The noise, as large
// as in torch-cam, is larger than the mask itself; it is the same for every
// channel and every call, so that channels are compared by nothing else.
var ssCAM = Method{
	Name: "sscam", Title: "SS-CAM",
	Paper: "Wang et al., SS-CAM: smoothed Score-CAM, 2020, arXiv:2006.14255",
	Cost:  CostChannels,
	askWeight: func(ctx context.Context, l Layer, net Network) ([]float64, error) {
		_, height, width := net.Input()
		noise := make([][]float32, ssSamples)
		random := rand.New(rand.NewPCG(1, 0))
		for i := range noise {
			noise[i] = make([]float32, height*width)
			for k := range noise[i] {
				noise[i][k] = float32(ssDeviation * random.NormFloat64())
			}
		}
		scores, err := scoreMasked(ctx, l, net, allChannels(l), ssSamples, func(i int, mask []float32) {
			for k := range mask {
				mask[k] += noise[i][k]
			}
		})
		if err != nil {
			return nil, err
		}
		return softmax(scores), nil
	},
}
