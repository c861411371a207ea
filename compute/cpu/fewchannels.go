package cpu

import "math"

// fewChannels makes the gradient by a convolution's input from those channels
// of the gradient by its output that are not all zero. Where a network ends in a
// convolution with a channel for each class, as SqueezeNet does, the gradient of
// one class has a single one.
type fewChannels struct {
	channels []int
	conv     tapConv
	weights  [1]packedWeights
	off      []int32
	data     []float32
}

// find looks for channels of an image's gradient that are not zero, and tells
// whether they are so few that the others are worth leaving out.
func (f *fewChannels) find(g *Geometry, dy []float32) bool {
	const worth = 8
	if g.Groups > 1 {
		return false
	}
	f.channels = f.channels[:0]
	size := g.OutH * g.OutW
	for ch := range g.OutC {
		if !zero(dy[ch*size:][:size]) {
			f.channels = append(f.channels, ch)
		}
		if worth*len(f.channels) > g.OutC {
			return false
		}
	}
	return true
}

// zero tells whether all of s is zero, of either sign.
func zero(s []float32) bool {
	bits := math.Float32bits
	for ; len(s) >= 8; s = s[8:] {
		if (bits(s[0])|bits(s[1])|bits(s[2])|bits(s[3])|bits(s[4])|bits(s[5])|bits(s[6])|bits(s[7]))<<1 != 0 {
			return false
		}
	}
	for _, v := range s {
		if v != 0 {
			return false
		}
	}
	return true
}

// of is a part of the gradient with the depths of the found channels alone. It
// is overwritten by the next call.
func (f *fewChannels) of(c *tapConv) *tapConv {
	f.conv = *c
	all := &c.weights[0]
	rows, taps := all.tiles.rows, len(c.spec.taps)
	depth := len(f.channels) * taps
	if n := packedLen(all.tiles, all.rows, depth); len(f.data) < n {
		f.data = NewMemory(n)
	}
	f.off = f.off[:0]
	f.weights[0] = newWeights(all.tiles, all.rows, depth, f.data)
	few := &f.weights[0]
	for i, ch := range f.channels {
		for tap := range taps {
			f.off = append(f.off, c.off[ch*taps+tap])
			for panel := range all.panels {
				from, to := all.index(panel*rows, ch*taps+tap), few.index(panel*rows, i*taps+tap)
				copy(few.data[to:to+rows], all.data[from:from+rows])
			}
		}
	}
	f.conv.weights, f.conv.off = f.weights[:], f.off
	return &f.conv
}
