package cpu

import (
	"math"

	"gaze/compute/engine/machine"
)

// fewChannels makes the gradient by a convolution's input from those channels
// of the gradient by its output that are not all zero. Where a network ends in a
// convolution with a channel for each class, as SqueezeNet does, the gradient of
// one class has a single one.
type fewChannels struct {
	// nonzero has a 1 for each channel that is not zero, channels their numbers.
	nonzero  []float32
	channels []int
	conv     tapConv
	weights  [1]matrix
	off      []int32
	data     []float32
}

// find looks for channels of an image's gradient that are not zero, and tells
// whether they are so few that the others are worth leaving out. The caller has
// the device's turn.
func (f *fewChannels) find(d *Device, g *Geometry, dy []float32) bool {
	const worth = 8
	if g.Groups > 1 {
		return false
	}
	if len(f.nonzero) < g.OutC {
		f.nonzero = make([]float32, g.OutC)
	}
	size := g.OutH * g.OutW
	j := &d.rows
	j.op, j.items, j.parts = findNonzero, g.OutC, d.parts(g.OutC, size/4)
	j.rowArgs = rowArgs{dst: f.nonzero, a: dy, in: size}
	d.pool.run(&j.job, j.parts)
	j.rowArgs = rowArgs{}
	f.channels = f.channels[:0]
	for ch, n := range f.nonzero[:g.OutC] {
		if n != 0 {
			f.channels = append(f.channels, ch)
		}
	}
	return worth*len(f.channels) <= g.OutC
}

func findNonzero(d *Device, _ *workspace, from, to int) {
	j := &d.rows
	for ch := from; ch < to; ch++ {
		j.dst[ch] = 1
		if zero(j.a[ch*j.in:][:j.in]) {
			j.dst[ch] = 0
		}
	}
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
		f.data = machine.NewMemory(n)
	}
	f.off = f.off[:0]
	f.weights[0] = newMatrix(all.tiles, all.rows, depth, f.data)
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
