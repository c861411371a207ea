// Package cam turns a layer's activations and gradients into a class
// activation map: one file a method.
//
// In all formulas A is the layer's output (C x H x W), G the derivative of the
// target, a class's logit, by A, c a channel and (i, j) a pixel of the layer.
package cam

import (
	"fmt"
	"math"
	"strings"
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
	Activation, Gradient    []float32
}

// Method is a way to make a map from a layer.
type Method struct {
	// Name is the identifier on the command line and in results: "gradcam".
	Name string
	// Title is the name in papers: "Grad-CAM".
	Title string
	// Paper cites the method's source.
	Paper string

	apply func(Layer) Map
}

// Apply makes the raw map of l.
func (m Method) Apply(l Layer) (Map, error) {
	if n := l.Channels * l.Height * l.Width; n == 0 || len(l.Activation) != n || len(l.Gradient) != n {
		return Map{}, fmt.Errorf("%s: %d activations and %d gradients for %dx%dx%d", m.Title, len(l.Activation), len(l.Gradient), l.Channels, l.Height, l.Width)
	}
	return m.apply(l), nil
}

// Methods lists all methods, the usual first choice first.
func Methods() []Method { return []Method{gradCAM, hiResCAM} }

// ByName finds a method by its Name or Title, ignoring case and hyphens.
func ByName(name string) (Method, error) {
	fold := func(s string) string { return strings.ToLower(strings.ReplaceAll(s, "-", "")) }
	var known []string
	for _, m := range Methods() {
		if fold(name) == fold(m.Name) || fold(name) == fold(m.Title) {
			return m, nil
		}
		known = append(known, m.Name)
	}
	return Method{}, fmt.Errorf("no method is called %q; known are %s", name, strings.Join(known, ", "))
}
