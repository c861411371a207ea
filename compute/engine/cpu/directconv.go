package cpu

// forwardConv is a convolution by its definition.
type forwardConv struct {
	geometry Geometry
	taps     *tapConv
}

func newForward(d *Device, g Geometry, f *filters) *forwardConv {
	inC := g.InC / g.Groups
	outC := g.OutC / g.Groups
	var taps []tap
	for ky := range g.Kernel[0] {
		for kx := range g.Kernel[1] {
			taps = append(taps, tap{ky*g.Dilation[0] - g.Pad[0], kx*g.Dilation[1] - g.Pad[1], ky*g.Kernel[1] + kx})
		}
	}
	return &forwardConv{g, newTapConv(d, tapSpec{
		groups: g.Groups, inC: inC, outC: outC,
		inH: g.InH, inW: g.InW, outH: g.OutH, outW: g.OutW,
		stride: g.Stride, taps: taps, filters: f,
		plane: g.OutH * g.OutW, row: g.OutW, col: 1,
	})}
}

func (f *forwardConv) run(dst, src, bias, residual []float32, act limits) {
	g := &f.geometry
	bias = f.taps.device.packBias(bias, g.Groups, &f.taps.weights[0])
	for b := range g.Batch {
		var add []float32
		if residual != nil {
			add = residual[b*g.OutC*g.OutH*g.OutW:]
		}
		f.taps.image(dst[b*g.outImage():], src[b*g.inImage():], bias, add, act)
	}
}

func (f *forwardConv) batched(images int) runner {
	other := *f
	other.geometry.Batch = images
	return &other
}

func (f *forwardConv) bytes() int { return f.taps.bytes() }

func (f *forwardConv) room() room { return f.taps.room() }

// backwardConv is the gradient of a convolution by its input. The pixels of
// the input that are a stride apart see the same positions of the kernel, so
// each residue of the stride is a convolution with stride 1 of its own.
type backwardConv struct {
	device   *Device
	geometry Geometry
	parts    []*tapConv
	// holes tells that some pixels see no position of the kernel.
	holes bool
	// few is what is left of a part where most channels of the gradient are
	// zero.
	few fewChannels
}

func newBackward(d *Device, g Geometry, f *filters) *backwardConv {
	b := &backwardConv{device: d, geometry: g}
	inC := g.InC / g.Groups
	outC := g.OutC / g.Groups
	size := g.Kernel[0] * g.Kernel[1]
	// Input row iy = y0 + y*stride is read by output row oy at position ky where
	// iy + pad = oy*stride + ky*dilation.
	for y0 := range min(g.Stride[0], g.InH) {
		for x0 := range min(g.Stride[1], g.InW) {
			var taps []tap
			for ky := range g.Kernel[0] {
				for kx := range g.Kernel[1] {
					dy, dx := y0+g.Pad[0]-ky*g.Dilation[0], x0+g.Pad[1]-kx*g.Dilation[1]
					if dy%g.Stride[0] == 0 && dx%g.Stride[1] == 0 {
						taps = append(taps, tap{dy / g.Stride[0], dx / g.Stride[1], ky*g.Kernel[1] + kx})
					}
				}
			}
			if len(taps) == 0 {
				b.holes = true
				continue
			}
			b.parts = append(b.parts, newTapConv(d, tapSpec{
				groups: g.Groups, inC: outC, outC: inC,
				inH: g.OutH, inW: g.OutW,
				outH: (g.InH - y0 + g.Stride[0] - 1) / g.Stride[0], outW: (g.InW - x0 + g.Stride[1] - 1) / g.Stride[1],
				stride: [2]int{1, 1}, taps: taps,
				weights: func(group, out int, to []float32) {
					for in := range outC {
						weight, scale := f.of(group*outC + in)
						for i, t := range taps {
							to[in*len(taps)+i] = scale * weight[out*size+t.weight]
						}
					}
				},
				plane: g.InH * g.InW, row: g.InW * g.Stride[0], col: g.Stride[1],
				first: y0*g.InW + x0,
			}))
		}
	}
	return b
}

func (b *backwardConv) run(dx, dy, _, _ []float32, _ limits) {
	g := &b.geometry
	for i := range g.Batch {
		to, from := dx[i*g.inImage():][:g.inImage()], dy[i*g.outImage():]
		if b.holes {
			clear(to)
		}
		few := b.few.find(b.device, g, from)
		for _, p := range b.parts {
			if few {
				p = b.few.of(p)
			}
			p.image(to, from, nil, nil, unlimited)
		}
	}
}

func (b *backwardConv) batched(images int) runner {
	other := *b
	other.geometry.Batch = images
	return &other
}

func (b *backwardConv) room() room {
	var n room
	for _, p := range b.parts {
		n = n.with(p.room())
	}
	return n
}

func (b *backwardConv) bytes() int {
	n := 0
	for _, p := range b.parts {
		n += p.bytes()
	}
	return n
}
