package cam

import (
	"context"
	"slices"
)

// Recipro-CAM: a pixel's value is the target where the layer has nothing but that
// pixel: its channels are kept there and zero elsewhere. From all values the smallest is
// taken. No gradient is involved; what follows the layer runs once for each pixel.
//
// The authors' target is the probability, and they scale the map to 0..1.
var reciproCAM = Method{
	Name: "reciprocam", Title: "Recipro-CAM",
	Paper: "Byun and Lee, Recipro-CAM: Fast gradient-free visual explanations for convolutional neural networks, 2022, arXiv:2209.14074",
	Cost:  CostPixels,
	ask: func(ctx context.Context, l Layer, net Network) (Map, error) {
		return reciprocal(ctx, l, net, [3]float32{0, 1, 0})
	},
}

// reciprocal makes the map of what is left of the layer around each pixel. side has the
// shares of three rows, and of three columns, around it.
func reciprocal(ctx context.Context, l Layer, net Network, side [3]float32) (Map, error) {
	pixels := l.pixels()
	scores, err := inBatches(ctx, net, pixels, len(l.Activation), func(i int, dst []float32) {
		clear(dst)
		row, column := i/l.Width, i%l.Width
		for y := max(row-1, 0); y <= min(row+1, l.Height-1); y++ {
			for x := max(column-1, 0); x <= min(column+1, l.Width-1); x++ {
				share := side[y-row+1] * side[x-column+1]
				if share == 0 {
					continue
				}
				for at := y*l.Width + x; at < len(dst); at += pixels {
					dst[at] = share * l.Activation[at]
				}
			}
		}
	}, net.ScoresWith)
	if err != nil {
		return Map{}, err
	}
	lowest := slices.Min(scores)
	for i := range scores {
		scores[i] -= lowest
	}
	return mapOf(l, scores), nil
}
