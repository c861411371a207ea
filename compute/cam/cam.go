// Package cam turns a layer's activations and gradients into a class
// activation map: one file a method.
//
// In all formulas A is the layer's output (C x H x W), G the derivative of the
// target, a class's logit, by A, c a channel and (i, j) a pixel of the layer.
// Sums and means without a range go over the pixels of the layer; all are taken
// in float64.
//
// A method fills one of two hooks: weights, one number a channel for the map
// Σ_c w_c A_c, or values, the whole map. A method that has to run the network
// again fills one of the same two that may ask the [Network]. A new method is
// one file and its line in [Methods].
package cam

import (
	"context"
	"errors"
	"fmt"
	"math"
)

// Map is a raw class activation map at its layer's resolution: signed, not
// clipped, not normalised.
type Map struct {
	Height, Width int
	// Values in row-major order, Height*Width of them.
	Values []float32
}

// Range returns the smallest value, the largest and the sum of all.
func (m Map) Range() (lo, hi, sum float64) {
	lo, hi = math.Inf(1), math.Inf(-1)
	for _, v := range m.Values {
		lo, hi, sum = min(lo, float64(v)), max(hi, float64(v)), sum+float64(v)
	}
	return lo, hi, sum
}

// Empty reports whether the map has no positive value: nothing speaks for the
// class, and any colouring of it would be made up.
func (m Map) Empty() bool {
	for _, v := range m.Values {
		if v > 0 {
			return false
		}
	}
	return true
}

// Layer is what a method reads: one layer's output and the target's gradient
// by it, both C x H x W in row-major order.
type Layer struct {
	Channels, Height, Width int
	Activation              []float32
	// Gradient may be nil for a method that does not need it.
	Gradient []float32
}

func (l Layer) pixels() int { return l.Height * l.Width }

// Cost is what a map takes beyond running the network.
type Cost string

const (
	// CostSums is a walk or two over the activations: about a millisecond.
	CostSums Cost = "sums"
	// CostEigenvector is the leading eigenvector of a matrix as wide as the
	// layer has pixels: milliseconds at a network's last layers, up to seconds
	// at its first ones.
	CostEigenvector Cost = "eigenvector"
	// CostPasses is a few more runs of the network, forth or back.
	CostPasses Cost = "passes"
	// CostChannels is about as many runs as the layer has channels.
	CostChannels Cost = "channels"
)

// Runs reports whether the network has to be run again for the map.
func (c Cost) Runs() bool { return c == CostPasses || c == CostChannels }

// Method is a way to make a map from a layer.
type Method struct {
	// Name is the identifier on the command line and in results: "gradcam".
	Name string
	// Title is the name in papers: "Grad-CAM".
	Title string
	// Paper cites the method's source.
	Paper string
	// NeedsGradient reports whether the map depends on the gradient. Without
	// it a forward run of the network is enough.
	NeedsGradient bool
	// NeedsHead reports whether the map is defined only where nothing but global
	// average pooling and at most one linear layer follows the layer; elsewhere
	// Apply returns [ErrNeedsHead].
	NeedsHead bool
	// ClassAgnostic reports whether the map is the same for every class: it
	// shows what stands out at the layer, not what speaks for a class.
	ClassAgnostic bool
	// Sign tells, in one English sentence, which sign the map was given where
	// the method's formula leaves it open; empty where it does not. A value
	// below zero of such a map is no evidence against anything.
	Sign string
	// Cost of the map beyond running the network.
	Cost Cost

	// One of the four is set.
	weights   func(Layer) []float64
	values    func(Layer) []float64
	askWeight func(context.Context, Layer, Network) ([]float64, error)
	ask       func(context.Context, Layer, Network) (Map, error)
}

// ErrNeedsHead is why a layer has no map by a method that is defined only where
// nothing but global average pooling and one linear layer follows.
var ErrNeedsHead = errors.New("only global average pooling and one linear layer may follow the layer")

// Apply makes the raw map of l, a layer of net. Values that are not finite in l
// make the map's values that depend on them not finite. net may be nil for a
// method whose Cost does not run it; else Apply returns soon after ctx is done.
func (m Method) Apply(ctx context.Context, l Layer, net Network) (Map, error) {
	n := l.Channels * l.pixels()
	gradientFits := len(l.Gradient) == n || !m.NeedsGradient && l.Gradient == nil
	if n == 0 || len(l.Activation) != n || !gradientFits {
		return Map{}, fmt.Errorf("%s: %d activations and %d gradients for %dx%dx%d", m.Title, len(l.Activation), len(l.Gradient), l.Channels, l.Height, l.Width)
	}
	var values []float64
	switch {
	case m.weights != nil:
		values = weighted(l, m.weights(l))
	case m.values != nil:
		values = m.values(l)
	case net == nil:
		return Map{}, fmt.Errorf("%s: there is no network to ask", m.Title)
	case m.askWeight != nil:
		weights, err := m.askWeight(ctx, l, net)
		if err != nil {
			return Map{}, fmt.Errorf("%s: %w", m.Title, err)
		}
		values = weighted(l, weights)
	default:
		raw, err := m.ask(ctx, l, net)
		if err != nil {
			return Map{}, fmt.Errorf("%s: %w", m.Title, err)
		}
		return raw, nil
	}
	raw := Map{Height: l.Height, Width: l.Width, Values: make([]float32, len(values))}
	for i, v := range values {
		raw.Values[i] = float32(v)
	}
	return raw, nil
}
