package cpu

import "errors"

// Pooling is the shape of a pooling over images in NCHW order. OutH and OutW
// say how many windows there are; they may reach beyond the image, as in
// PyTorch's ceil mode.
type Pooling struct {
	// Batch is the number of images, C that of channels.
	Batch, C int
	// InH, InW, OutH, OutW are heights and widths.
	InH, InW, OutH, OutW int
	// Kernel and Stride are vertical and horizontal.
	Kernel, Stride [2]int
	// Dilation is the distance between the rows and columns of a window, for
	// [Device.MaxPool] only; 0 means 1.
	Dilation [2]int
	// Pad is the number of rows and columns around the image: top, left,
	// bottom, right. They are never the largest, and average as zeros.
	Pad [4]int
	// CountPad makes an average divide by the padding's pixels, too (PyTorch's
	// count_include_pad), but never by what lies beyond it.
	CountPad bool
}

func (p Pooling) filled() Pooling {
	for i := range 2 {
		p.Dilation[i] = max(p.Dilation[i], 1)
	}
	return p
}

// Check tells what is wrong with the shape.
func (p Pooling) Check() error {
	switch p = p.filled(); {
	case min(p.Batch, p.C, p.InH, p.InW, p.OutH, p.OutW) < 1,
		min(p.Kernel[0], p.Kernel[1], p.Stride[0], p.Stride[1]) < 1:
		return errors.New("pooling: a size is less than 1")
	case min(p.Pad[0], p.Pad[1], p.Pad[2], p.Pad[3]) < 0:
		return errors.New("pooling: a padding is negative")
	}
	return nil
}

// shaped checks the shape and the tensors.
func (p Pooling) shaped(in, out []float32) Pooling {
	if err := p.Check(); err != nil {
		panic("cpu: " + err.Error())
	}
	p = p.filled()
	need("the tensor of images", in, p.Batch*p.C*p.InH*p.InW)
	need("the tensor of windows", out, p.Batch*p.C*p.OutH*p.OutW)
	return p
}

// planes are the input's and the output's part of a channel.
func (p *Pooling) planes(in, out []float32, i int) (inPlane, outPlane []float32) {
	return in[i*p.InH*p.InW:][:p.InH*p.InW], out[i*p.OutH*p.OutW:][:p.OutH*p.OutW]
}

// window is the part of a window that lies in the image, for one axis: from,
// from+dilation, ... before to.
func (p *Pooling) window(axis, i, size int) (from, to int) {
	dilation := p.Dilation[axis]
	from = i*p.Stride[axis] - p.Pad[axis]
	to = min(size, from+(p.Kernel[axis]-1)*dilation+1)
	if from < 0 {
		from += (-from + dilation - 1) / dilation * dilation
	}
	return from, to
}

// cost is about the number of operations for a channel.
func (p *Pooling) cost() int { return p.OutH * p.OutW * (p.Kernel[0]*p.Kernel[1]/2 + 3) }

// MaxPool sets each pixel of dst to the largest of its window of src, and to
// -Inf where a window sees nothing of the image. What becomes of NaN is not
// defined.
func (d *Device) MaxPool(dst, src []float32, p Pooling) {
	p = p.shaped(src, dst)
	d.eachRow(maxPool, p.Batch*p.C, p.cost(), p.room(), rowArgs{dst: dst, a: src, pooling: p})
}

// room is the memory that a worker needs: for the columns that a row of windows
// sees, and for that row, where not all of it are windows.
func (p *Pooling) room() int { return p.seen() + p.Stride[1]*p.OutW + slack }

// seen is the number of columns that a row of windows sees or is computed from,
// with those around the image.
func (p *Pooling) seen() int {
	return max(p.Pad[1]+p.InW, p.Stride[1]*p.OutW) + (p.Kernel[1]-1)*p.Dilation[1]
}

// whole tells whether a row of windows sees as many rows of the image as a window
// has.
func (p *Pooling) whole(y int) bool {
	first := y*p.Stride[0] - p.Pad[0]
	return first >= 0 && first+(p.Kernel[0]-1)*p.Dilation[0] < p.InH
}

func maxPool(d *Device, own *workspace, from, to int) {
	p := &d.rows.pooling
	repeat(own.buf[:p.seen()], -infinity)
	for i := from; i < to; i++ {
		src, dst := p.planes(d.rows.a, d.rows.dst, i)
		d.maxPoolPlane(own, dst, src)
	}
}

// maxPoolPlane pools a plane. What of the worker's memory lies around the columns of
// the image must be -Inf.
func (d *Device) maxPoolPlane(own *workspace, dst, src []float32) {
	p := &d.rows.pooling
	every, out := p.Stride[1], p.OutW
	// There is no kernel for larger strides: windows at every column are pooled, row
	// by row, and some of them taken.
	sparse := every > 2
	if sparse {
		every, out = 1, (p.OutW-1)*p.Stride[1]+1
	}
	for y, rows := 0, 1; y < p.OutH; y += rows {
		rows = 1
		to := dst[y*p.OutW:]
		y0, y1 := p.window(0, y, p.InH)
		if y0 >= y1 {
			repeat(to[:p.OutW], -infinity)
			continue
		}
		// Rows of windows alike are pooled at once.
		if !sparse && p.whole(y) {
			for y+rows < p.OutH && p.whole(y+rows) {
				rows++
			}
		}
		all := to
		if sparse {
			all = own.buf[p.seen()+slack/2:]
		}
		own.pool = windows{
			dst: all, src: src[y0*p.InW:], row: own.buf,
			height: (y1 - y0 + p.Dilation[0] - 1) / p.Dilation[0], down: p.Dilation[0] * p.InW,
			width: p.Kernel[1], right: p.Dilation[1], left: p.Pad[1],
			in: p.InW, out: out, rows: rows, step: p.Stride[0] * p.InW, next: p.InH * p.InW,
		}
		d.kernels.maxPool[every-1](&own.pool)
		if sparse {
			for x := range p.OutW {
				to[x] = all[x*p.Stride[1]]
			}
		}
	}
}

// MaxPoolBackward sets dx to the gradient of [Device.MaxPool] by its input
// src: each window's entry of dy goes to its largest pixel, and among equals
// to the first one, row by row.
func (d *Device) MaxPoolBackward(dx, dy, src []float32, p Pooling) {
	p = p.shaped(dx, dy)
	need("src", src, p.Batch*p.C*p.InH*p.InW)
	d.eachRow(maxPoolBackward, p.Batch*p.C, 2*p.cost(), p.room()+p.OutH*p.OutW, rowArgs{dst: dx, a: dy, b: src, pooling: p})
}

// maxPoolBackward finds each window's largest number first, and then, from the
// window's last pixel to its first, where it is.
func maxPoolBackward(d *Device, own *workspace, from, to int) {
	p := &d.rows.pooling
	if len(own.places) < p.OutW {
		own.places = make([]int32, p.OutW)
	}
	places := own.places[:p.OutW]
	repeat(own.buf[:p.seen()], -infinity)
	maxima := own.buf[p.room():][:p.OutH*p.OutW]
	for i := from; i < to; i++ {
		dx, dy := p.planes(d.rows.dst, d.rows.a, i)
		src, _ := p.planes(d.rows.b, d.rows.a, i)
		d.maxPoolPlane(own, maxima, src)
		clear(dx)
		for y := range p.OutH {
			for x := range places {
				places[x] = -1
			}
			for ky := p.Kernel[0] - 1; ky >= 0; ky-- {
				row := y*p.Stride[0] - p.Pad[0] + ky*p.Dilation[0]
				if row < 0 || row >= p.InH {
					continue
				}
				for kx := p.Kernel[1] - 1; kx >= 0; kx-- {
					p.find(places, maxima[y*p.OutW:], src[row*p.InW:][:p.InW], row, kx)
				}
			}
			for x, g := range dy[y*p.OutW:][:p.OutW] {
				if at := places[x]; at >= 0 {
					dx[at] += g
				}
			}
		}
	}
}

// find notes of a row of windows which have their largest number in a row of the
// image, at column kx of the kernel.
func (p *Pooling) find(places []int32, maxima, src []float32, row, kx int) {
	col := kx*p.Dilation[1] - p.Pad[1]
	x0, x1 := inside(len(places), col, p.Stride[1], p.InW)
	step, begin := p.Stride[1], row*p.InW
	maxima = maxima[:len(places)]
	for x, at := x0, col+x0*step; x < x1; x, at = x+1, at+step {
		// Without a jump, which the processor could not foresee.
		place, here := places[x], int32(begin+at)
		if src[at] == maxima[x] {
			place = here
		}
		places[x] = place
	}
}

// AvgPool sets each pixel of dst to the mean of its window of src, and to zero
// where a window sees nothing.
func (d *Device) AvgPool(dst, src []float32, p Pooling) {
	p = p.shaped(src, dst)
	p.Dilation = [2]int{1, 1}
	d.eachRow(avgPool, p.Batch*p.C, p.cost(), 0, rowArgs{dst: dst, a: src, pooling: p})
}

func avgPool(d *Device, _ *workspace, from, to int) {
	p := &d.rows.pooling
	for i := from; i < to; i++ {
		src, dst := p.planes(d.rows.a, d.rows.dst, i)
		for y := range p.OutH {
			y0, y1 := p.window(0, y, p.InH)
			for x := range p.OutW {
				x0, x1 := p.window(1, x, p.InW)
				var sum float32
				if x0 < x1 {
					for row := y0; row < y1; row++ {
						for _, v := range src[row*p.InW+x0 : row*p.InW+x1] {
							sum += v
						}
					}
				}
				dst[y*p.OutW+x] = sum * p.share(y, x)
			}
		}
	}
}

// share is what a pixel of a window weighs in its mean.
func (p *Pooling) share(y, x int) float32 {
	n := 1
	for axis, i := range [2]int{y, x} {
		size := [2]int{p.InH, p.InW}[axis]
		if p.CountPad {
			from := i*p.Stride[axis] - p.Pad[axis]
			n *= min(from+p.Kernel[axis], size+p.Pad[axis+2]) - from
		} else {
			from, to := p.window(axis, i, size)
			n *= max(0, to-from)
		}
	}
	if n <= 0 {
		return 0
	}
	return 1 / float32(n)
}

// AvgPoolBackward sets dx to the gradient of [Device.AvgPool] by its input.
func (d *Device) AvgPoolBackward(dx, dy []float32, p Pooling) {
	p = p.shaped(dx, dy)
	p.Dilation = [2]int{1, 1}
	d.eachRow(avgPoolBackward, p.Batch*p.C, p.cost(), 0, rowArgs{dst: dx, a: dy, pooling: p})
}

func avgPoolBackward(d *Device, _ *workspace, from, to int) {
	p := &d.rows.pooling
	for i := from; i < to; i++ {
		dx, dy := p.planes(d.rows.dst, d.rows.a, i)
		clear(dx)
		for y := range p.OutH {
			y0, y1 := p.window(0, y, p.InH)
			for x := range p.OutW {
				x0, x1 := p.window(1, x, p.InW)
				if x0 >= x1 {
					continue
				}
				g := dy[y*p.OutW+x] * p.share(y, x)
				for row := y0; row < y1; row++ {
					for col := range dx[row*p.InW+x0 : row*p.InW+x1] {
						dx[row*p.InW+x0+col] += g
					}
				}
			}
		}
	}
}

// GlobalAvgPool sets each of the planes entries of dst to the mean of a plane
// of src of the given size.
func (d *Device) GlobalAvgPool(dst, src []float32, planes, size int) {
	need("dst", dst, planes)
	need("src", src, planes*size)
	d.eachRow(globalAvgPool, planes, size/4+16, 0, rowArgs{dst: dst, a: src, in: size})
}

func globalAvgPool(d *Device, own *workspace, from, to int) {
	j := &d.rows
	for i := from; i < to; i++ {
		own.vec = vec{a: j.a[i*j.in:], count: j.in}
		d.kernels.sum(&own.vec)
		j.dst[i] = own.vec.result / float32(j.in)
	}
}

// GlobalAvgPoolBackward sets each plane of dx to its entry of dy divided by the
// plane's size.
func (d *Device) GlobalAvgPoolBackward(dx, dy []float32, planes, size int) {
	need("dx", dx, planes*size)
	need("dy", dy, planes)
	d.eachRow(globalAvgPoolBackward, planes, size/4+16, 0, rowArgs{dst: dx, a: dy, in: size})
}

func globalAvgPoolBackward(d *Device, _ *workspace, from, to int) {
	j := &d.rows
	for i := from; i < to; i++ {
		g := j.a[i] / float32(j.in)
		plane := j.dst[i*j.in:][:j.in]
		if g == 0 {
			clear(plane) // much faster, and all but one are in the gradient of a class
			continue
		}
		repeat(plane, g)
	}
}
