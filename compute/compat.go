package compute

import (
	"slices"

	"gaze/compute/cam"
	"gaze/compute/heat"
)

// AsPytorchGradCAM is the map as pytorch-grad-cam returns it for a network's
// input of that size: clipped at zero, its minimum taken away and divided by its
// maximum plus 1e-7, interpolated to the input, and scaled so again. Unlike what
// Gaze draws, a map without a zero loses its floor, and an interpolated maximum
// below 1 is stretched to it; and an empty map is all zeros here as well.
func (e *Explanation) AsPytorchGradCAM(height, width int) *Explanation {
	final := *e
	final.Compat = true
	final.Map = stretched(heat.Resize(stretched(e.Map), height, width))
	return &final
}

// stretched clips a map at zero, takes away its minimum and divides by its
// maximum.
func stretched(m cam.Map) cam.Map {
	out := cam.Map{Height: m.Height, Width: m.Width, Values: slices.Clone(m.Values)}
	for i, v := range out.Values {
		out.Values[i] = max(v, 0)
	}
	lo, hi, _ := out.Range()
	for i, v := range out.Values {
		out.Values[i] = float32((float64(v) - lo) / (1e-7 + hi - lo))
	}
	return out
}
