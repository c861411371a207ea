package cam

import (
	"context"
	"math"
	"slices"
)

// scoreEpsilon keeps the mask of a channel without contrast from being 0/0. It
// is pytorch-grad-cam's.
const scoreEpsilon = 1e-8

// Score-CAM: the map is Σ_c w_c A_c, w the softmax over the channels of the
// target for the picture times mask c, which is A_c brought to the picture's
// size and to 0..1. No gradient is involved; each channel costs a run of the
// network.
//
// The masked picture is the preprocessed one, so that what is masked fades to
// the mean colour. As in pytorch-grad-cam, channels are interpolated with their
// corners on the picture's, and then stretched to 0..1; torch-cam stretches them
// first and interpolates without the corners, and tf-keras-vis takes the
// softmax over the classes in place of that over the channels. The paper's
// "increase of confidence", the target minus that of an empty picture, has the
// same softmax.
var scoreCAM = Method{
	Name: "scorecam", Title: "Score-CAM",
	Paper: "Wang et al., Score-CAM, CVPR Workshops 2020, arXiv:1910.01279",
	Cost:  CostChannels,
	askWeight: func(ctx context.Context, l Layer, net Network) ([]float64, error) {
		scores, err := scoreMasked(ctx, l, net, allChannels(l), 1, func(_ int, mask []float32) {})
		if err != nil {
			return nil, err
		}
		return softmax(scores), nil
	},
}

// fasterChannels is how many channels Faster Score-CAM keeps. It is its
// author's.
const fasterChannels = 10

// Faster Score-CAM: Score-CAM with the few channels only that differ most over
// the layer's pixels, by their standard deviation. The softmax is over these;
// the others weigh nothing.
var fasterScoreCAM = Method{
	Name: "fasterscorecam", Title: "Faster Score-CAM",
	Paper: "Tabayashi, https://github.com/tabayashi0117/Score-CAM",
	Cost:  CostPasses,
	askWeight: func(ctx context.Context, l Layer, net Network) ([]float64, error) {
		pixels := l.pixels()
		spread := make([]float64, l.Channels)
		for c := range spread {
			var sum, squares float64
			for _, v := range l.Activation[c*pixels : (c+1)*pixels] {
				sum += float64(v)
				squares += float64(v) * float64(v)
			}
			spread[c] = squares/float64(pixels) - sum*sum/float64(pixels*pixels)
		}
		chosen := allChannels(l)
		slices.SortStableFunc(chosen, func(a, b int) int {
			switch {
			case spread[a] > spread[b]:
				return -1
			case spread[a] < spread[b]:
				return 1
			}
			return 0
		})
		chosen = chosen[:min(fasterChannels, len(chosen))]
		scores, err := scoreMasked(ctx, l, net, chosen, 1, func(_ int, mask []float32) {})
		if err != nil {
			return nil, err
		}
		weights := make([]float64, l.Channels)
		for i, w := range softmax(scores) {
			weights[chosen[i]] = w
		}
		return weights, nil
	},
}

// scoreMasked returns, for each of some channels, the mean target over a number
// of variants of the masked picture; vary changes variant i's mask.
func scoreMasked(ctx context.Context, l Layer, net Network, channels []int, variants int, vary func(i int, mask []float32)) ([]float64, error) {
	picture, height, width := net.Input()
	area, pixels := height*width, l.pixels()
	paint := func(i int, dst []float32) {
		c := channels[i/variants]
		// The last colour's place holds the mask until it gets its own.
		mask := dst[len(dst)-area:]
		upsample(l.Activation[c*pixels:(c+1)*pixels], l.Height, l.Width, mask, height, width, true)
		stretch(mask, scoreEpsilon)
		vary(i%variants, mask)
		for from := 0; from < len(picture); from += area {
			to := dst[from : from+area]
			for k, v := range picture[from : from+area] {
				to[k] = v * mask[k]
			}
		}
	}
	// Channels without contrast have one mask, of zeros, and are asked about once.
	blank, place := -1, make([]int, len(channels))
	var asked []int
	for i, c := range channels {
		plane := l.Activation[c*pixels : (c+1)*pixels]
		flat := slices.Min(plane) == slices.Max(plane)
		if flat && blank >= 0 {
			place[i] = blank
			continue
		}
		if place[i] = len(asked); flat {
			blank = len(asked)
		}
		asked = append(asked, c)
	}
	channels = asked
	all, err := inBatches(ctx, net, len(channels)*variants, len(picture), paint, net.Scores)
	if err != nil {
		return nil, err
	}
	means := make([]float64, len(channels))
	for i, s := range all {
		means[i/variants] += s / float64(variants)
	}
	scores := make([]float64, len(place))
	for i, at := range place {
		scores[i] = means[at]
	}
	return scores, nil
}

func allChannels(l Layer) []int {
	list := make([]int, l.Channels)
	for c := range list {
		list[c] = c
	}
	return list
}

func softmax(scores []float64) []float64 {
	highest := math.Inf(-1)
	for _, s := range scores {
		highest = max(highest, s)
	}
	var sum float64
	weights := make([]float64, len(scores))
	for i, s := range scores {
		weights[i] = math.Exp(s - highest)
		sum += weights[i]
	}
	for i := range weights {
		weights[i] /= sum
	}
	return weights
}
