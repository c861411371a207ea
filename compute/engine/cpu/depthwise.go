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
	c.layout.layOutCopy(nil, -top, -left)
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
	d.reserveForConv(c.room())
	j := &d.depthwise
	j.conv, j.dst, j.src, j.bias, j.residual, j.limits = c, dst, src, bias, residual, act
	d.pool.run(&j.job, c.parts())
}

func (c *depthwiseConv) room() room {
	return room{own: c.planes() + c.geometry.OutH*c.geometry.OutW}
}

func (c *depthwiseConv) parts() int {
	g := &c.geometry
	return c.device.parts(g.Batch*g.InC, g.OutH*g.OutW*(c.each*g.Kernel[0]*g.Kernel[1]/8+2))
}

// planes is the room for one padded channel.
func (c *depthwiseConv) planes() int { return len(c.layout.residues)*c.layout.plane + slack }

func (j *depthwiseJob) do(worker, part int) {
	c := j.conv
	g := &c.geometry
	own := &j.device.work[worker]
	from, to := split(g.Batch*g.InC, c.parts(), part)
	planes := own.buf[:c.planes()]
	clear(planes)
	for i := from; i < to; i++ {
		batch, in := i/g.InC, i%g.InC
		src := j.src[i*g.InH*g.InW:][:g.InH*g.InW]
		for r, residue := range c.layout.residues {
			c.layout.fillPlane(own, planes[r*c.layout.plane:][:c.layout.plane], src, residue)
		}
		for out := in * c.each; out < (in+1)*c.each; out++ {
			j.channel(own, batch, out)
		}
	}
}

// channel makes one channel of the result from the planes in the worker's
// memory. Rows are written in whole vectors: what is too much is written over
// by the next row, and the last rows take the way through the worker's memory,
// as all do that something is added to.
func (j *depthwiseJob) channel(own *workspace, batch, out int) {
	c, k := j.conv, j.device.kernels
	g := &c.geometry
	size := g.OutH * g.OutW
	dst := j.dst[batch*g.outImage()+out*size:][:size]
	held := own.buf[c.planes():]
	more := (g.OutW+k.lanes-1)/k.lanes*k.lanes - g.OutW
	last := min(g.OutH, (more+g.OutW-1)/g.OutW)
	act := j.limits
	if j.residual != nil {
		last, act = g.OutH, unlimited
	}
	whole := g.OutH - last
	j.rows(own, dst, out, 0, whole, act)
	j.rows(own, held, out, whole, g.OutH, act)
	if j.residual != nil {
		own.vec = vec{dst: dst, a: held, b: j.residual[(batch*g.OutC+out)*size:], count: size, limits: j.limits}
		k.add(&own.vec)
		return
	}
	copy(dst[whole*g.OutW:], held)
}

// rows makes some rows of a channel.
func (j *depthwiseJob) rows(own *workspace, dst []float32, out, from, to int, act limits) {
	if from == to {
		return
	}
	c := j.conv
	g := &c.geometry
	taps := g.Kernel[0] * g.Kernel[1]
	own.tile = tile{
		a: c.weight[out*taps:], b: own.buf[from*c.layout.pitch:], c: dst, off: c.layout.off, depth: taps,
		panels: to - from, aStep: c.layout.pitch, cStep: g.OutW, cols: g.OutW, limits: act,
	}
	if j.bias != nil {
		own.tile.bias = j.bias[out:]
	}
	j.device.kernels.depthwise(&own.tile)
}
