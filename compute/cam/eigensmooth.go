package cam

import (
	"context"
	"errors"
	"fmt"
)

// ErrNoChannels is the error of [Method.EigenSmooth] for a method whose map is not a
// sum over channels.
var ErrNoChannels = errors.New("its map is no sum over channels, which eigen smoothing is about")

// EigenSmooth makes the raw map of l, a layer of net, but projects what the
// channels add to it (w_c A_c, or the products of activation and gradient) on their
// first principal component instead of summing it, as Eigen-CAM does with A_c. What
// the channels have in common remains; the map's values no longer add up to
// anything. This is pytorch-grad-cam's eigen_smooth, with the sign of Gaze's
// Eigen-CAM. The error is [ErrNoChannels] for methods whose map is no sum.
func (m Method) EigenSmooth(ctx context.Context, l Layer, net Network) (Map, error) {
	if err := m.check(l, net); err != nil {
		return Map{}, fmt.Errorf("%s: %w", m.Title, err)
	}
	parts := make([]float32, len(l.Activation))
	switch {
	case m.element != nil:
		for i, a := range l.Activation {
			parts[i] = float32(m.element(float64(a), float64(l.Gradient[i])))
		}
	case m.weights != nil || m.askWeight != nil:
		weights, err := m.channelWeights(ctx, l, net)
		if err != nil {
			return Map{}, fmt.Errorf("%s: %w", m.Title, err)
		}
		pixels := l.pixels()
		for i, a := range l.Activation {
			parts[i] = float32(weights[i/pixels] * float64(a))
		}
	default:
		return Map{}, fmt.Errorf("%s: %w", m.Title, ErrNoChannels)
	}
	l.Activation, l.Gradient = parts, nil
	return mapOf(l, eigenCAM.values(l)), nil
}
