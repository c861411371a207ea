package cam

import "context"

// isSteps is the number of steps from an empty mask to the whole one; it is
// torch-cam's.
const isSteps = 10

// IS-CAM: Score-CAM with the target integrated over the mask's strength: a
// channel's score is the mean target over pictures masked with i/N of the mask,
// i = 1..N. torch-cam adds the fractions up as it goes, so that its masks grow
// past 1; the paper's, followed here, end there.
var isCAM = Method{
	Name: "iscam", Title: "IS-CAM",
	Paper: "Naidu et al., IS-CAM: integrated Score-CAM, 2020, arXiv:2010.03023",
	Cost:  CostChannels,
	askWeight: func(ctx context.Context, l Layer, net Network) ([]float64, error) {
		scores, err := scoreMasked(ctx, l, net, allChannels(l), isSteps, func(i int, mask []float32) {
			share := float32(i+1) / isSteps
			for k := range mask {
				mask[k] *= share
			}
		})
		if err != nil {
			return nil, err
		}
		return softmax(scores), nil
	},
}
