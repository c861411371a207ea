package engine

import (
	"context"

	"gaze/compute/engine/lower"
	"gaze/models"
)

// Evidence is what one layer's biases, or the picture, bring to a target: the
// product of each with the target's derivative.
type Evidence struct {
	Channels, Height, Width int
	// Values are C x H x W in row-major order.
	Values []float32
}

// Evidence returns the shares of the picture and of all biases of convolutions and
// batch normalisations in a picture's target, the picture's first and then in the
// order of the layers. In a network of ReLUs they and the biases of the linear
// layers add up to the target: Srinivas and Fleuret, Full-gradient representation,
// NeurIPS 2019, arXiv:1905.00780.
func (e *Engine) Evidence(ctx context.Context, req Request) (list []Evidence, err error) {
	if err := e.check([]Request{req}); err != nil {
		return nil, e.named(err)
	}
	err = e.hold(ctx, false, func() error {
		layers := []string{models.InputName}
		biases := make(map[string][]float32)
		for _, l := range e.net.Layers {
			if b := bias(l, e.folds); b != nil {
				biases[l.Name] = b
				layers = append(layers, l.Name)
			}
		}
		list = nil
		_, err := e.pass(ctx, layers, []Request{req}, func(_ int, p *Pass) error {
			for _, t := range p.Taps {
				list = append(list, evidence(t, biases[t.Layer]))
			}
			return nil
		})
		return err
	})
	return list, err
}

// evidence is a layer's: of its biases, or where it has none of its values.
func evidence(t Tap, biases []float32) Evidence {
	values := make([]float32, len(t.Gradient))
	pixels := t.Height * t.Width
	for i, g := range t.Gradient {
		if biases != nil {
			values[i] = g * biases[i/pixels]
		} else {
			values[i] = g * t.Activation[i]
		}
	}
	return Evidence{Channels: t.Channels, Height: t.Height, Width: t.Width, Values: values}
}

// bias is what a layer adds to each of its channels, nil where it is no layer
// that does or its output has no spatial extent.
func bias(l models.Layer, f *lower.Folds) []float32 {
	if !l.Spatial() || l.ChannelsLast {
		return nil
	}
	switch l.Kind {
	case models.Conv:
		if b := l.Params["bias"]; b != nil {
			return floats(b)
		}
	case models.BatchNorm:
		_, shift := f.Affine(l, l.Shape[1])
		return floats(shift)
	}
	return nil
}
