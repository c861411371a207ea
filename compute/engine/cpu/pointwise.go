package cpu

import (
	"fmt"
	"maps"

	"gaze/compute/engine/op"
	"gaze/models"
)

// curve is how a function of one number is computed: value sets dst to f(a),
// slope to a*f'(b), with the function's Alpha in scale, its Beta in shift and, for
// slope, its ramp in limits.
type curve struct {
	value, slope func(*vec)
	// scalarOnly says, in the table of plain Go, that no instruction set has a
	// kernel of its own for the function.
	scalarOnly bool
	// defined says that it is computed by its definition in package op.
	defined bool
}

// withScalars adds to an instruction set's own kernels those in plain Go for the
// functions that have no other.
func withScalars(own map[models.Kind]curve) map[models.Kind]curve {
	all := maps.Clone(own)
	for kind, c := range curvesGeneric {
		if c.scalarOnly {
			all[kind] = c
		}
	}
	return all
}

// curve is how the device computes a kind of function. To ask for one that it has
// no kernel for is a programming error.
func (d *Device) curve(kind models.Kind) curve {
	c, ok := d.kernels.curves[kind]
	if !ok {
		panic(fmt.Sprintf("cpu: no kernel computes %s", kind))
	}
	return c
}

// computes tells whether the device has a kernel for a kind of function.
func (d *Device) computes(kind models.Kind) bool {
	_, ok := d.kernels.curves[kind]
	return ok
}

// SmoothError bounds the error of [Device.Apply] and [Device.ApplyBackward] with
// functions that bend: that of a value relative to the value, that of a slope
// relative to 1, which the largest slopes hardly exceed. Values of GELUTanh may
// be off by 1e-7 besides, for rounding its argument costs the more the smaller
// they are. What is below 2e-36 may become zero.
const SmoothError = 1e-6

// Apply sets dst to f(src). They may be the same. NaN stays NaN, and at an
// infinity the result is the function's limit.
func (d *Device) Apply(dst, src []float32, f op.Function) {
	need("src", src, len(dst))
	d.eachRow(apply, blocks(len(dst)), 4*block, 0, rowArgs{
		dst: dst, a: src, kernel: d.curve(f.Kind).value, scale: float32(f.Alpha), shift: float32(f.Beta), limits: limits{0, 1},
	})
}

// ApplyBackward sets dx to dy times the slope of f at src. dx may be dy.
func (d *Device) ApplyBackward(dx, dy, src []float32, f op.Function) {
	need("dy", dy, len(dx))
	need("src", src, len(dx))
	lo, hi := f.Ramp()
	d.eachRow(apply, blocks(len(dx)), 4*block, 0, rowArgs{
		dst: dx, a: dy, b: src, kernel: d.curve(f.Kind).slope, scale: float32(f.Alpha), shift: float32(f.Beta), limits: limits{lo, hi},
	})
}

func apply(d *Device, own *workspace, from, to int) {
	j := &d.rows
	i, end := j.elements(from, to)
	own.vec = vec{dst: j.dst[i:], a: j.a[i:], scale: j.scale, shift: j.shift, limits: j.limits, count: end - i}
	if j.b != nil {
		own.vec.b = j.b[i:]
	}
	j.kernel(&own.vec)
}

// PReLU sets dst to src, times its channel's weight where it is not above
// zero, for planes of the given size, batch by channel. The weight may have a
// single entry for all of them. dst may be src.
func (d *Device) PReLU(dst, src, weight []float32, batch, channels, size int) {
	need("src", src, batch*channels*size)
	d.leaky(dst, src, nil, weight, batch, channels, size, d.curve(models.LeakyReLU).value)
}

// PReLUBackward sets dx to dy, times the channel's weight where src is not
// above zero. dx may be dy.
func (d *Device) PReLUBackward(dx, dy, src, weight []float32, batch, channels, size int) {
	need("dy", dy, batch*channels*size)
	need("src", src, batch*channels*size)
	d.leaky(dx, dy, src, weight, batch, channels, size, d.curve(models.LeakyReLU).slope)
}

func (d *Device) leaky(dst, a, b, weight []float32, batch, channels, size int, kernel func(*vec)) {
	need("dst", dst, batch*channels*size)
	if len(weight) != 1 {
		need("weight", weight, channels)
	}
	d.eachRow(leakyPlanes, batch*channels, size/2+16, 0, rowArgs{dst: dst, a: a, b: b, c: weight, channels: channels, in: size, kernel: kernel})
}

func leakyPlanes(d *Device, own *workspace, from, to int) {
	j := &d.rows
	for plane := from; plane < to; plane++ {
		at := plane * j.in
		own.vec = vec{dst: j.dst[at:], a: j.a[at:], scale: j.c[plane%j.channels%len(j.c)], count: j.in}
		if j.b != nil {
			own.vec.b = j.b[at:]
		}
		j.kernel(&own.vec)
	}
}
