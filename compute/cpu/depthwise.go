package cpu

// depthwiseConv is a convolution in which each output channel sees one input
// channel. There is nothing to reuse between channels, so each is padded,
// convolved and stored by one worker while it is in the cache.
type depthwiseConv struct {
	device   *Device
	geometry Geometry
	layout   tapConv
	// each is the number of output channels of an input channel.
	each   int
	weight []float32
}

func newDepthwiseConv(d *Device, g Geometry, weight []float32) *depthwiseConv {
	c := &depthwiseConv{device: d, geometry: g, each: g.OutC / g.InC, weight: weight}
	var taps []tap
	top, left := 0, 0
	for ky := range g.Kernel[0] {
		for kx := range g.Kernel[1] {
			t := tap{ky*g.Dilation[0] - g.Pad[0], kx*g.Dilation[1] - g.Pad[1], ky*g.Kernel[1] + kx}
			top, left = min(top, t.dy), min(left, t.dx)
			taps = append(taps, t)
		}
	}
	c.layout = tapConv{device: d, copied: true, spec: tapSpec{
		groups: 1, inC: 1, outC: c.each, inH: g.InH, inW: g.InW, outH: g.OutH, outW: g.OutW,
		stride: g.Stride, taps: taps, plane: g.OutH * g.OutW, row: g.OutW, col: 1,
	}}
	c.layout.layOutCopy(-top, -left)
	c.layout.cols = (g.OutH-1)*c.layout.pitch + g.OutW
	return c
}

func (c *depthwiseConv) batched(images int) runner {
	other := *c
	other.geometry.Batch = images
	return &other
}

func (c *depthwiseConv) bytes() int { return 4 * len(c.weight) }

// depthwiseJob is the job of a depthwiseConv and what it works on.
type depthwiseJob struct {
	job      job
	device   *Device
	conv     *depthwiseConv
	dst, src []float32
	bias     []float32
	residual []float32
	limits
}

func (j *depthwiseJob) init(d *Device) {
	j.device = d
	j.job.do = j.do
}

func (c *depthwiseConv) run(dst, src, bias, residual []float32, act limits) {
	d := c.device
	d.reserve(0, c.planes()+c.each*c.step())
	j := &d.depthwise
	j.conv, j.dst, j.src, j.bias, j.residual, j.limits = c, dst, src, bias, residual, act
	d.pool.run(&j.job, c.parts())
}

func (c *depthwiseConv) parts() int {
	g := &c.geometry
	return c.device.parts(g.Batch*g.InC, g.OutH*g.OutW*(c.each*g.Kernel[0]*g.Kernel[1]/8+2))
}

// planes is the room for one padded channel, step that for a row of results.
func (c *depthwiseConv) planes() int { return len(c.layout.residues)*c.layout.plane + slack }
func (c *depthwiseConv) step() int   { return skewed(c.layout.cols + c.device.kernels.single.lanes) }

func (j *depthwiseJob) do(worker, part int) {
	c := j.conv
	g := &c.geometry
	own := &j.device.work[worker]
	size := g.Kernel[0] * g.Kernel[1]
	images := g.Batch * g.InC
	from, to := split(images, c.parts(), part)
	held := own.buf[c.planes():]
	for i := from; i < to; i++ {
		batch, ch := i/g.InC, i%g.InC
		c.layout.copyPlanes(own, own.buf, j.src[batch*g.InStride+ch*g.InH*g.InW:][:g.InH*g.InW])
		w := newWeights(&j.device.kernels.single, c.each, size, c.weight[ch*c.each*size:][:c.each*size])
		p := product{
			weights: &w, to: c.each, b: own.buf, off: c.layout.off,
			c: held, cStep: c.step(), limits: j.limits, cols: c.layout.cols,
		}
		if j.bias != nil {
			p.bias = j.bias[ch*c.each:]
		}
		if j.residual != nil {
			p.limits = unlimited
		}
		p.run(&own.tile)
		for o := range c.each {
			at := (ch*c.each + o) * g.OutH * g.OutW
			dst := j.dst[batch*g.OutStride+at:]
			for y := range g.OutH {
				row := held[o*p.cStep+y*c.layout.pitch:][:g.OutW]
				if j.residual == nil {
					copy(dst[y*g.OutW:], row)
					continue
				}
				own.vec = vec{
					dst: dst[y*g.OutW:], a: row, b: j.residual[batch*g.OutC*g.OutH*g.OutW+at+y*g.OutW:],
					count: g.OutW, limits: j.limits,
				}
				j.device.kernels.add(&own.vec)
			}
		}
	}
}
