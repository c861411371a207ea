package cpu

// Kind names a function of one number.
type Kind int

// The functions there are kernels for. All but ELU and Tanh are vectorised with
// AVX2 and AVX-512.
const (
	// LeakyReLU is x, or Alpha x where x is not above zero.
	LeakyReLU Kind = iota
	// HardSigmoid is min(max(Alpha x + Beta, 0), 1).
	HardSigmoid
	// HardSwish is x min(max(x/6 + 1/2, 0), 1).
	HardSwish
	// Sigmoid is 1/(1 + exp(-x)).
	Sigmoid
	// SiLU is x/(1 + exp(-x)).
	SiLU
	// GELU is x Φ(x) with the normal distribution Φ.
	GELU
	// GELUTanh approximates GELU by a hyperbolic tangent.
	GELUTanh
	// ELU is x, or Alpha (exp(x) - 1) where x is not above zero.
	ELU
	// Tanh is the hyperbolic tangent.
	Tanh

	kinds = iota
)

// Function is a function of one number with its parameters.
type Function struct {
	Kind
	// Alpha is the factor of LeakyReLU, ELU and HardSigmoid, Beta the summand
	// of HardSigmoid.
	Alpha, Beta float32
}

// ramp is the open interval in which HardSigmoid has a slope.
func (f Function) ramp() limits {
	if f.Alpha == 0 {
		return limits{}
	}
	alpha, beta := float64(f.Alpha), float64(f.Beta)
	a, b := float32(-beta/alpha), float32((1-beta)/alpha)
	return limits{min(a, b), max(a, b)}
}

// SmoothError bounds the error of [Device.Apply] and [Device.ApplyBackward] with
// functions that bend: that of a value relative to the value, that of a slope
// relative to 1, which the largest slopes hardly exceed. Values of GELUTanh may
// be off by 1e-7 besides, for rounding its argument costs the more the smaller
// they are. What is below 2e-36 may become zero.
const SmoothError = 1e-6

// Apply sets dst to f(src). They may be the same. NaN stays NaN, and at an
// infinity the result is the function's limit.
func (d *Device) Apply(dst, src []float32, f Function) {
	need("src", src, len(dst))
	d.eachRow(apply, blocks(len(dst)), 4*block, 0, rowArgs{
		dst: dst, a: src, kernel: d.kernels.curves[f.Kind].value, scale: f.Alpha, shift: f.Beta, limits: limits{0, 1},
	})
}

// ApplyBackward sets dx to dy times the slope of f at src. dx may be dy.
func (d *Device) ApplyBackward(dx, dy, src []float32, f Function) {
	need("dy", dy, len(dx))
	need("src", src, len(dx))
	d.eachRow(apply, blocks(len(dx)), 4*block, 0, rowArgs{
		dst: dx, a: dy, b: src, kernel: d.kernels.curves[f.Kind].slope, scale: f.Alpha, limits: f.ramp(),
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
	d.leaky(dst, src, nil, weight, batch, channels, size, d.kernels.curves[LeakyReLU].value)
}

// PReLUBackward sets dx to dy, times the channel's weight where src is not
// above zero. dx may be dy.
func (d *Device) PReLUBackward(dx, dy, src, weight []float32, batch, channels, size int) {
	need("dy", dy, batch*channels*size)
	need("src", src, batch*channels*size)
	d.leaky(dx, dy, src, weight, batch, channels, size, d.kernels.curves[LeakyReLU].slope)
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
