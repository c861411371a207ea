package cam

import (
	"context"
	"errors"
)

// Ablation-CAM: the map is Σ_c w_c A_c with w_c = (y - y_c) / y, y the target
// and y_c the target with channel c of the layer set to 0: the share of the
// target that is lost with the channel. Only what follows the layer runs again.
//
// pytorch-grad-cam sets a channel to 10 million below the layer's smallest
// activation where that is not 0, which no layer above can have met in
// training; here it is 0 always, as in the paper. Dividing by y turns the map's
// sign where the target is negative; the sign is kept here by dividing by |y|,
// and a target of 0, of which there are no shares, is an error.
var ablationCAM = Method{
	Name: "ablationcam", Title: "Ablation-CAM",
	Paper: "Desai and Ramaswamy, Ablation-CAM, WACV 2020",
	Cost:  CostChannels,
	askWeight: func(ctx context.Context, l Layer, net Network) ([]float64, error) {
		whole, err := net.ScoresWith(ctx, [][]float32{append([]float32(nil), l.Activation...)})
		if err != nil {
			return nil, err
		}
		y := whole[0]
		if y == 0 {
			return nil, errors.New("the target is 0, and shares of it are not defined")
		}
		pixels := l.pixels()
		scores, err := inBatches(ctx, net, l.Channels, len(l.Activation), func(c int, dst []float32) {
			copy(dst, l.Activation)
			clear(dst[c*pixels : (c+1)*pixels])
		}, net.ScoresWith)
		if err != nil {
			return nil, err
		}
		weights := make([]float64, l.Channels)
		for c, s := range scores {
			weights[c] = (y - s) / max(y, -y)
		}
		return weights, nil
	},
}
