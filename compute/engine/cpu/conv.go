package cpu

import (
	"errors"
	"fmt"
)

// Geometry is the shape of a two-dimensional convolution over images in NCHW
// order.
type Geometry struct {
	// Batch is the number of images.
	Batch int
	// InC, InH, InW are the channels, height and width of an input image.
	InC, InH, InW int
	// OutC, OutH, OutW are those of an output image.
	OutC, OutH, OutW int
	// Kernel, Stride and Dilation are vertical and horizontal. A stride or
	// dilation of 0 means 1.
	Kernel, Stride, Dilation [2]int
	// Pad is the number of zeros at the top, left, bottom and right.
	Pad [4]int
	// Groups parts the channels: each group of output channels sees only its
	// group of input channels. 0 means 1.
	Groups int
}

// filled is g with its defaults in place.
func (g Geometry) filled() Geometry {
	for i := range 2 {
		g.Stride[i] = max(g.Stride[i], 1)
		g.Dilation[i] = max(g.Dilation[i], 1)
	}
	g.Groups = max(g.Groups, 1)
	return g
}

func (g Geometry) check() error {
	switch {
	case min(g.Batch, g.InC, g.InH, g.InW, g.OutC, g.OutH, g.OutW, g.Kernel[0], g.Kernel[1]) < 1:
		return errors.New("a size is less than 1")
	case min(g.Pad[0], g.Pad[1], g.Pad[2], g.Pad[3]) < 0:
		return errors.New("a padding is negative")
	case g.InC%g.Groups != 0 || g.OutC%g.Groups != 0:
		return fmt.Errorf("%d and %d channels cannot be parted into %d groups", g.InC, g.OutC, g.Groups)
	}
	in, out := [2]int{g.InH, g.InW}, [2]int{g.OutH, g.OutW}
	for i := range 2 {
		want := (in[i]+g.Pad[i]+g.Pad[i+2]-g.Dilation[i]*(g.Kernel[i]-1)-1)/g.Stride[i] + 1
		if span := in[i] + g.Pad[i] + g.Pad[i+2] - g.Dilation[i]*(g.Kernel[i]-1); span < 1 || out[i] != want {
			return fmt.Errorf("an input of %dx%d does not give an output of %dx%d", g.InH, g.InW, g.OutH, g.OutW)
		}
	}
	return nil
}

// inLen and outLen are the lengths of the tensors.
func (g Geometry) inLen() int  { return g.Batch * g.inImage() }
func (g Geometry) outLen() int { return g.Batch * g.outImage() }

// inImage and outImage are the lengths of one image.
func (g Geometry) inImage() int  { return g.InC * g.InH * g.InW }
func (g Geometry) outImage() int { return g.OutC * g.OutH * g.OutW }

// MACs is the number of multiplications of one forward run, by the definition
// of convolution, whatever the algorithm.
func (g Geometry) MACs() int {
	return g.Batch * g.OutC * g.OutH * g.OutW * g.Kernel[0] * g.Kernel[1] * g.InC / max(g.Groups, 1)
}

// Algorithm is a way to compute a convolution.
type Algorithm int

const (
	// Auto takes what was measured to be the fastest.
	Auto Algorithm = iota
	// Careful takes the faster one of those that round little: SmallWinograd or
	// Direct.
	Careful
	// Direct sums up the products of the definition, as an implicit matrix
	// product.
	Direct
	// Winograd is F(4x4,3x3) of Lavin and Gray (2016), for convolutions of 3x3
	// with stride 1, dilation 1 and one group. It needs a quarter of the
	// multiplications and is less exact: see [WinogradError].
	Winograd
	// SmallWinograd is their F(2x2,3x3), for the same convolutions: it needs
	// four ninths of the multiplications and is hardly less exact than Direct:
	// see [SmallWinogradError].
	SmallWinograd
)

// Conv is a convolution with constant weights. It is made once for a shape.
type Conv struct {
	device    *Device
	geometry  Geometry
	filters   filters
	algorithm Algorithm

	// backward is nil until it is used.
	forward, backward runner
	// shared is the convolution whose weights this one has, nil for its own.
	shared *Conv
}

// runner is a prepared convolution, forward or backward. Its caller has the
// device's turn.
type runner interface {
	run(dst, src, bias, residual []float32, act limits)
	// batched is the same for another number of images, with the same weights.
	batched(images int) runner
	// bytes is the memory for its weights, room that to work in.
	bytes() int
	room() room
}

// filters are a convolution's weights, OutC x InC/Groups x kernel height x
// kernel width, and, unless nil, a factor for each output channel.
type filters struct {
	weight, scale []float32
	// size is the number of weights of an output channel.
	size int
}

// of returns the weights of an output channel and their factor.
func (f *filters) of(out int) (weight []float32, scale float32) {
	scale = 1
	if f.scale != nil {
		scale = f.scale[out]
	}
	return f.weight[out*f.size:][:f.size], scale
}

// writeScaled writes the weights of an output channel, multiplied by their factor.
func (f *filters) writeScaled(to []float32, out int) {
	weight, scale := f.of(out)
	for i, w := range weight {
		to[i] = scale * w
	}
}

// scaled is a copy of the weights, multiplied by their factors.
func (f *filters) scaled() []float32 {
	product := make([]float32, len(f.weight))
	for out := range len(product) / f.size {
		f.writeScaled(product[out*f.size:], out)
	}
	return product
}

// NewConv prepares a convolution: its weights, OutC x InC/Groups x kernel
// height x kernel width, are multiplied by the scale of their output channel,
// unless scale is nil. Few are brought into the order in which they are read, many
// read where they are. The slices are kept and must not be changed. A geometry that
// is not one of a convolution is an error, and so is Winograd where it cannot
// be used.
func (d *Device) NewConv(g Geometry, weight, scale []float32, algorithm Algorithm) (*Conv, error) {
	g = g.filled()
	if err := g.check(); err != nil {
		return nil, fmt.Errorf("convolution: %w", err)
	}
	if want := g.OutC * g.InC / g.Groups * g.Kernel[0] * g.Kernel[1]; len(weight) != want {
		return nil, fmt.Errorf("convolution: %d weights, want %d", len(weight), want)
	}
	if scale != nil && len(scale) != g.OutC {
		return nil, fmt.Errorf("convolution: %d scales for %d channels", len(scale), g.OutC)
	}
	d.begin()
	defer d.end()
	c := &Conv{device: d, geometry: g, filters: filters{weight, scale, len(weight) / g.OutC}, algorithm: algorithm}
	possible := g.winogradPossible()
	switch {
	case algorithm == Auto && possible && g.winogradPays(d.kernels):
		algorithm = Winograd
	case algorithm <= Careful && possible && g.smallWinogradPays(d.kernels):
		algorithm = SmallWinograd
	}
	scheme := algorithm.scheme()
	switch {
	case scheme != nil && !possible:
		return nil, errors.New("convolution: Winograd needs a 3x3 kernel, stride 1, dilation 1, one group and padding of at most 2")
	case scheme != nil:
		c.forward = newWinogradConv(d, g, scheme, &c.filters, false)
	case g.depthwise():
		c.forward = newDepthwiseConv(d, g, c.filters.scaled())
	default:
		c.forward = newForward(d, g, &c.filters)
	}
	d.expected = d.expected.with(c.forward.room())
	return c, nil
}

// Batched is the convolution for another number of images, at least 1. Both
// have the same prepared weights, forward and back.
func (c *Conv) Batched(images int) *Conv {
	other := &Conv{device: c.device, geometry: c.geometry, algorithm: c.algorithm, forward: c.forward.batched(images), shared: c}
	if c.shared != nil {
		other.shared = c.shared
	}
	other.geometry.Batch = images
	return other
}

// Geometry is the convolution's shape, with all defaults filled in.
func (c *Conv) Geometry() Geometry { return c.geometry }

// Algorithm is the way in which Forward computes: Direct, Winograd or
// SmallWinograd.
func (c *Conv) Algorithm() Algorithm {
	w, ok := c.forward.(*winogradConv)
	switch {
	case !ok:
		return Direct
	case w.scheme == &winoSmall:
		return SmallWinograd
	}
	return Winograd
}

// scheme is Winograd's, nil for other algorithms.
func (a Algorithm) scheme() *winoScheme {
	switch a {
	case Winograd:
		return &winoLarge
	case SmallWinograd:
		return &winoSmall
	}
	return nil
}

// Bytes is the memory taken by the prepared weights, those of the way back
// included once it has been used. Weights that are read where they are take none.
func (c *Conv) Bytes() int {
	c.device.begin()
	defer c.device.end()
	n := c.forward.bytes()
	if c.backward != nil {
		n += c.backward.bytes()
	}
	return n
}

// Forward computes dst = act(conv(src) + bias + residual). The bias has OutC
// entries or is nil; the residual has dst's shape without gaps between images,
// or is nil. The residual may be dst itself; otherwise dst must not overlap
// the others. Slices shorter than the geometry demands are a programming
// error and panic.
func (c *Conv) Forward(dst, src, bias, residual []float32, act Activation) {
	g := c.geometry
	need("dst", dst, g.outLen())
	need("src", src, g.inLen())
	if bias != nil {
		need("bias", bias, g.OutC)
	}
	if residual != nil {
		need("residual", residual, g.Batch*g.OutC*g.OutH*g.OutW)
	}
	c.device.begin()
	defer c.device.end()
	c.forward.run(dst, src, bias, residual, act.limits())
}

// Backward computes dx, the gradient by the input, from dy, the gradient by
// the output. The weights for it are prepared at the first call.
func (c *Conv) Backward(dx, dy []float32) {
	need("dx", dx, c.geometry.inLen())
	need("dy", dy, c.geometry.outLen())
	c.device.begin()
	defer c.device.end()
	if c.backward == nil {
		c.prepareBackward()
	}
	c.backward.run(dx, dy, nil, nil, unlimited)
}

func (c *Conv) prepareBackward() {
	if c.shared != nil {
		if c.shared.backward == nil {
			c.shared.prepareBackward()
		}
		c.backward = c.shared.backward.batched(c.geometry.Batch)
		return
	}
	g := c.geometry
	scheme := c.Algorithm().scheme()
	switch back := g.mirrored(); {
	case scheme != nil && back.winogradPossible():
		c.backward = newWinogradConv(c.device, back, scheme, &c.filters, true)
	case g.depthwise() && g.Stride == [2]int{1, 1} && g.InC == g.OutC && !back.cropped():
		c.backward = newDepthwiseConv(c.device, back, flipped(c.filters.scaled(), g.Kernel[0]*g.Kernel[1]))
	default:
		c.backward = newBackward(c.device, g, &c.filters)
	}
	c.device.expected = c.device.expected.with(c.backward.room())
}

// mirrored is the geometry of the convolution that computes the gradient by
// the input of a convolution with stride 1: its padding may be negative.
func (g Geometry) mirrored() Geometry {
	m := g
	m.InC, m.InH, m.InW = g.OutC, g.OutH, g.OutW
	m.OutC, m.OutH, m.OutW = g.InC, g.InH, g.InW
	for i := range 4 {
		m.Pad[i] = g.Dilation[i%2]*(g.Kernel[i%2]-1) - g.Pad[i]
	}
	return m
}

// cropped tells that a padding is negative.
func (g Geometry) cropped() bool { return min(g.Pad[0], g.Pad[1], g.Pad[2], g.Pad[3]) < 0 }

// depthwise tells that each output channel sees one input channel.
func (g Geometry) depthwise() bool { return g.Groups == g.InC && g.Groups > 1 }

// flipped turns each kernel of the given size around.
func flipped(weight []float32, size int) []float32 {
	out := make([]float32, len(weight))
	for i := range weight {
		out[i/size*size+size-1-i%size] = weight[i]
	}
	return out
}

// need panics if a slice is too short: kernels do not check bounds.
func need(name string, s []float32, n int) {
	if len(s) < n {
		panic(fmt.Sprintf("cpu: %s has %d elements, needs %d", name, len(s), n))
	}
}
