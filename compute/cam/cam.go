// Package cam turns a layer's activations and gradients into a class
// activation map: one file a method.
//
// In all formulas A is the layer's output (C x H x W), G the derivative of the
// target, a class's logit, by A, c a channel and (i, j) a pixel of the layer.
// Sums and means without a range go over the pixels of the layer; all are taken
// in float64.
//
// A method fills one of these hooks: weights, one number a channel for the map
// Σ_c w_c A_c; element, what an activation and its gradient add to their pixel;
// or values, the whole map. A method that has to run the network again fills one
// that may ask the [Network], for weights or for the map. A new method is one
// file and its line in [Methods].
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

// Empty reports whether the map has no positive value: then nothing speaks for the
// class, and there is nothing to colour.
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
	// CostSums is one or two loops over the activations: about a millisecond.
	CostSums Cost = "sums"
	// CostEigenvector is the leading eigenvector of a matrix as wide as the
	// layer has pixels: milliseconds at a network's last layers, up to seconds
	// at its first ones.
	CostEigenvector Cost = "eigenvector"
	// CostPasses is a few more forward or backward passes of the network.
	CostPasses Cost = "passes"
	// CostPixels is as many runs of what follows the layer as it has pixels.
	CostPixels Cost = "pixels"
	// CostChannels is about as many runs as the layer has channels.
	CostChannels Cost = "channels"
)

// Runs reports whether the network has to be run again for the map.
func (c Cost) Runs() bool { return c == CostPasses || c == CostPixels || c == CostChannels }

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
	// MeanGradient reports whether the map is Σ_c w_c A_c with w_c the mean of
	// G_c, and depends on nothing else. A device can then make the map during the
	// backward pass.
	MeanGradient bool
	// NeedsHead reports whether the map is defined only where nothing but global
	// average pooling and at most one linear layer follows the layer; elsewhere
	// Apply returns [ErrNeedsHead].
	NeedsHead bool
	// NeedsTokens reports whether the map is made of attention, and so defined only for
	// networks whose tokens attend to each other; for others Apply returns
	// [ErrNoAttention], [ErrWindows] or [ErrTokens].
	NeedsTokens bool
	// Query is what the method looks at, for one that can be asked about a head and a
	// token: see [RawAttention]. It is nil for all others.
	Query *AttentionQuery
	// AllLayers reports whether the map is of the whole network: the same for
	// every layer, and of the picture's resolution or that of the tokens.
	AllLayers bool
	// ClassAgnostic reports whether the map is the same for every class: it
	// shows what stands out at the layer, not what speaks for a class.
	ClassAgnostic bool
	// Unsigned reports whether a target and its negative have the same map: it shows
	// what matters to the target, whether it raises or lowers it.
	Unsigned bool
	// AlikeAtHead reports whether the map is Grad-CAM's wherever the gradient is the
	// same at every pixel, as it is where nothing but global average pooling and at
	// most one linear layer follows.
	AlikeAtHead bool
	// SumsToLogit reports whether the map sums to the target, less the biases, where
	// the rest of the network is linear: a guarantee that smoothing voids.
	SumsToLogit bool
	// Baseline is set for a map that knows nothing of the class. Other maps are
	// measured beside it.
	Baseline bool
	// BeforeMax, if not nil, is applied to the values of maps from 0 to 1 before the
	// maximum over several layers' maps is taken.
	BeforeMax func(v float64) float64
	// Sign says, in one English sentence, how the map's sign was chosen if the
	// method's formula leaves it open; it is empty if the formula does not. A
	// negative value of such a map is no evidence against the class.
	Sign string
	// Cost of the map beyond running the network.
	Cost Cost

	// One of these is set.
	weights   func(Layer) []float64
	element   func(a, g float64) float64
	values    func(Layer) []float64
	askWeight func(context.Context, Layer, Network) ([]float64, error)
	ask       func(context.Context, Layer, Network) (Map, error)
}

// Is reports whether two are the same method.
func (m Method) Is(other Method) bool { return m.Name == other.Name }

// ErrNeedsHead is the error of a method that is defined only where nothing but
// global average pooling and one linear layer follows the layer, for other layers.
var ErrNeedsHead = errors.New("only global average pooling and one linear layer may follow the layer")

// Apply makes the raw map of l, a layer of net. If a value of l is not finite, the
// values of the map that depend on it are not finite either. net may be nil if the
// method neither runs the network again nor has NeedsHead set. A method that runs
// the network returns soon after ctx is done.
func (m Method) Apply(ctx context.Context, l Layer, net Network) (Map, error) {
	if err := m.check(l, net); err != nil {
		return Map{}, fmt.Errorf("%s: %w", m.Title, err)
	}
	switch {
	case m.values != nil:
		return mapOf(l, m.values(l)), nil
	case m.element != nil:
		return mapOf(l, elements(l, m.element)), nil
	case m.ask != nil:
		raw, err := m.ask(ctx, l, net)
		if err != nil {
			return Map{}, fmt.Errorf("%s: %w", m.Title, err)
		}
		return raw, nil
	}
	weights, err := m.channelWeights(ctx, l, net)
	if err != nil {
		return Map{}, fmt.Errorf("%s: %w", m.Title, err)
	}
	return mapOf(l, weighted(l, weights)), nil
}

// check reports what is missing for a map of l.
func (m Method) check(l Layer, net Network) error {
	n := l.Channels * l.pixels()
	gradientFits := len(l.Gradient) == n || !m.NeedsGradient && l.Gradient == nil
	if n == 0 || len(l.Activation) != n || !gradientFits {
		return fmt.Errorf("%d activations and %d gradients for %dx%dx%d", len(l.Activation), len(l.Gradient), l.Channels, l.Height, l.Width)
	}
	if net == nil && (m.ask != nil || m.askWeight != nil) {
		return errors.New("there is no network to ask")
	}
	return nil
}

// channelWeights are those of a method that has them.
func (m Method) channelWeights(ctx context.Context, l Layer, net Network) ([]float64, error) {
	if m.askWeight != nil {
		return m.askWeight(ctx, l, net)
	}
	return m.weights(l), nil
}

// mapOf is a map of l's size.
func mapOf(l Layer, values []float64) Map {
	raw := Map{Height: l.Height, Width: l.Width, Values: make([]float32, len(values))}
	for i, v := range values {
		raw.Values[i] = float32(v)
	}
	return raw
}
