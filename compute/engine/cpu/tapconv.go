package cpu

import "math"

// tap is one position of a convolution kernel: output pixel (y, x) reads the
// input pixel (y*stride + dy, x*stride + dx).
type tap struct {
	dy, dx int
	// weight is the position's index in a kernel.
	weight int
}

// tapSpec describes a convolution by its taps. A strided convolution's
// gradient is several of them, each making every stride-th pixel.
type tapSpec struct {
	groups int
	// inC and outC are the channels of one group.
	inC, outC  int
	inH, inW   int
	outH, outW int
	stride     [2]int
	taps       []tap
	// weights writes those of an output channel of a group: for each input
	// channel those of the taps. Where it is nil, filters has them in this order.
	weights func(group, out int, to []float32)
	filters *filters
	// plane, row, col are the distances between the output's channels, rows and
	// pixels; first is where its first pixel is.
	plane, row, col, first int
}

// tapConv is a convolution as an implicit matrix product: weights, output
// channels by depth, times pixels, depth by output pixels, where a depth is
// an input channel at a tap. A row of the second matrix is the input plane
// shifted by the tap, so it is never written down: the product reads the
// input at an offset for each depth. That needs all rows of the image to
// continue each other. They do where taps do not move sideways; otherwise the
// input is first copied into planes with zeros around the image: one plane for
// each residue of the stride, where the output is computed with a few pixels
// between the rows that nobody needs, or one for each sideways position, where it
// is not.
type tapConv struct {
	device  *Device
	spec    tapSpec
	weights []matrix
	off     []int32

	// copied tells that the input is copied.
	copied bool
	// Of the copy: the residues in use, or sideways positions, the pixels above and
	// left of the image, the rows and the pitch of a plane, and the length of a plane.
	residues    [][2]int
	top, left   int
	rows, pitch int
	plane       int

	// direct tells that the product can write the output in place, and
	// rowwise that it does so row by row.
	direct, rowwise bool
	// cols is the number of columns of the product.
	cols int
	// colParts and rowParts are the numbers of parts of the work; with
	// blockRows output rows in a part if not direct.
	colParts, rowParts, blockRows int
}

func newTapConv(d *Device, s tapSpec) *tapConv {
	c := &tapConv{device: d, spec: s}
	t := d.kernels.tilesFor(s.outC)
	c.layOut(t)
	depth := s.inC * len(s.taps)
	for g := range s.groups {
		if s.weights == nil {
			c.weights = append(c.weights, d.matrixOf(t, s.filters, g*s.outC, s.outC))
			continue
		}
		c.weights = append(c.weights, d.packWeights(t, s.outC, depth, func(row int, to []float32) { s.weights(g, row, to) }))
	}
	c.spec.weights, c.spec.filters = nil, nil
	c.divide(t)
	return c
}

// layOut chooses where the product finds its pixels.
func (c *tapConv) layOut(family *tiles) {
	s := &c.spec
	minY, maxY, minX, maxX := math.MaxInt, math.MinInt, math.MaxInt, math.MinInt
	for _, t := range s.taps {
		minY, maxY = min(minY, t.dy), max(maxY, t.dy)
		minX, maxX = min(minX, t.dx), max(maxX, t.dx)
	}
	inPlace := s.stride == [2]int{1, 1} && minX == 0 && maxX == 0 && s.outW == s.inW &&
		minY >= 0 && maxY+s.outH <= s.inH
	// Where planes are a multiple of 4096 bytes apart, the channels' pixels
	// would push each other out of the cache.
	if inPlace && s.inH*s.inW%1024 == 0 && s.inC > 8 {
		inPlace = false
	}
	if inPlace {
		c.pitch = s.inW
		c.plane = s.inH * s.inW
		for ch := range s.inC {
			for _, t := range s.taps {
				c.off = append(c.off, int32(ch*c.plane+t.dy*c.pitch))
			}
		}
	} else {
		c.copied = true
		c.layOutCopy(family, -minY, -minX)
	}
	c.direct = c.pitch == s.outW && s.row == s.outW && s.col == 1
	c.cols = (s.outH-1)*c.pitch + s.outW
}

// layOutCopy plans the padded copy with that many pixels above and left. One plane
// for each residue of the stride has a few pixels between the rows that nobody
// needs, so that the product has to be copied. Of a small image these are many:
// then there is a plane for each sideways position of the kernel, whose rows are as
// long as the output's, if that makes less work for the family's tiles, and also
// where these planes are few beside the output's. Without a family there is not.
func (c *tapConv) layOutCopy(family *tiles, top, left int) {
	s := &c.spec
	c.top, c.left = top, left
	shared, width := 0, s.outW
	for _, t := range s.taps {
		width = max(width, s.outW+(t.dx+left)/s.stride[1])
	}
	if s.stride[1] == 1 {
		// The zeros right of one row can be those left of the next.
		shared = max(0, min(left, width-left-s.inW))
	}
	c.pitch = width - shared
	sideways := family != nil && s.row == s.outW && s.col == 1 && c.pitch != s.outW &&
		(3*s.inC*sidewaysPlanes(s) <= s.outC || float64(family.cost(s.outH*s.outW)) < 0.9*float64(family.cost((s.outH-1)*c.pitch+s.outW)))
	if sideways {
		c.pitch, shared = s.outW, 0
	}
	// The plane that a tap reads, and where the first of its pixels is there.
	find := func(t tap) (residue [2]int, row, col int) {
		y, x := t.dy+top, t.dx+left
		if sideways {
			return [2]int{y % s.stride[0], x}, y / s.stride[0], 0
		}
		return [2]int{y % s.stride[0], x % s.stride[1]}, y / s.stride[0], x / s.stride[1]
	}
	index := map[[2]int]int{}
	for _, t := range s.taps {
		r, row, _ := find(t)
		if _, ok := index[r]; !ok {
			index[r] = len(c.residues)
			c.residues = append(c.residues, r)
		}
		c.rows = max(c.rows, s.outH+row)
	}
	// Rows are filled up to whole vectors, the last one, too.
	c.plane = skewed(c.rows*c.pitch + shared + c.device.kernels.lanes - 1)
	for ch := range s.inC {
		for _, t := range s.taps {
			r, row, col := find(t)
			c.off = append(c.off, int32((ch*len(c.residues)+index[r])*c.plane+row*c.pitch+col))
		}
	}
}

// sidewaysPlanes is the number of planes of a channel with one for each sideways
// position of the kernel.
func sidewaysPlanes(s *tapSpec) int {
	planes := map[[2]int]bool{}
	for _, t := range s.taps {
		planes[[2]int{(t.dy%s.stride[0] + s.stride[0]) % s.stride[0], t.dx}] = true
	}
	return len(planes)
}

// mostCols bounds the columns of a part, if a row is not longer.
const mostCols = 512

// divide parts the work: over columns, and where those are few also over rows,
// into several parts for each worker.
func (c *tapConv) divide(t *tiles) {
	s := &c.spec
	parts := 4 * c.device.threads
	if c.device.threads == 1 {
		parts = 1
	}
	if c.direct {
		n := c.wholeTiles(t)
		perPart := max(1, min(mostCols/t.width(), n*s.groups/parts))
		if n == 2 && s.outC >= c.cols {
			// Each weight is read by one part only: there are more of them than pixels.
			perPart = n
		}
		c.colParts = (n + perPart - 1) / perPart
	} else {
		c.blockRows = c.bestRows(t)
		c.colParts = (s.outH + c.blockRows - 1) / c.blockRows
	}
	panels := c.weights[0].panels
	if !c.direct && s.col == 1 {
		// Row by row nothing has to wait in memory; but the last tile of each
		// row may waste some columns.
		c.rowwise = float64(s.outH*t.cost(s.outW)) <= 1.02*float64(c.heldCost(t))
	}
	c.rowParts = min(panels, (parts+c.colParts*s.groups-1)/(c.colParts*s.groups))
	if !c.direct && !c.rowwise {
		// The rows wait in the worker's memory until all is summed up.
		const held = 1 << 16
		c.rowParts = min(panels, max(c.rowParts, (s.outC*c.blockRows*c.pitch+held-1)/held))
	}
}

// wholeTiles is the number of tiles of columns; less than half a tile that is left
// over belongs to the last one.
func (c *tapConv) wholeTiles(t *tiles) int {
	return max(1, (c.cols+t.width()/2)/t.width())
}

// heldCost is the number of columns that are computed in parts of blockRows.
func (c *tapConv) heldCost(t *tiles) int {
	s := &c.spec
	cost := 0
	for y := 0; y < s.outH; y += c.blockRows {
		cost += t.cost((min(c.blockRows, s.outH-y)-1)*c.pitch + s.outW)
	}
	return cost
}

// bestRows is the number of output rows of a part that wastes the fewest
// columns of tiles.
func (c *tapConv) bestRows(t *tiles) int {
	best, bestCost := 1, math.MaxFloat64
	for n := 1; n <= c.spec.outH && (n == 1 || n*c.pitch <= mostCols); n++ {
		cost := 0.
		for y := 0; y < c.spec.outH; y += n {
			cols := (min(n, c.spec.outH-y)-1)*c.pitch + c.spec.outW
			cost += float64(t.cost(cols)) + float64(t.lanes)/4
		}
		if cost <= bestCost {
			best, bestCost = n, cost
		}
	}
	return best
}

// cost is the time that the tiles for n columns take, in columns of the widest
// one, for which multiplying is the limit. A narrower one also waits for its
// weights to be loaded, two at a time and pixels that cross cache lines twice,
// and with fewer than eight sums on their way for these.
func (t *tiles) cost(n int) int {
	whole := n / t.width() * t.width()
	if n == whole {
		return whole
	}
	if t.packed.column != nil && n%t.lanes == 1 {
		// A packed weight, a pixel and its offset are loaded for each product.
		return t.cost(n-1) + 6
	}
	vectors := (n - whole + t.lanes - 1) / t.lanes
	return whole + max(vectors*t.rows, t.rows+2*vectors, 8)*t.lanes/t.rows
}

func (c *tapConv) bytes() int {
	n := 0
	for i := range c.weights {
		n += c.weights[i].bytes()
	}
	return n
}

func (c *tapConv) room() room { return room{c.stageLen(), c.ownLen()} }

// stageLen and ownLen are the shared and each worker's memory.
func (c *tapConv) stageLen() int {
	if !c.copied {
		return 0
	}
	return c.spec.groups * c.spec.inC * len(c.residues) * c.plane
}

func (c *tapConv) ownLen() int {
	w := &c.weights[0]
	if c.direct || c.rowwise {
		// A last part has less than half a tile more than the others.
		return w.tiles.rows * ownTileStep(min(c.cols, max(mostCols+w.tiles.width()/2, c.spec.outW)))
	}
	panels := (w.panels + c.rowParts - 1) / c.rowParts
	return panels * w.tiles.rows * c.heldStep()
}

// heldStep is the distance of rows in the worker's memory. The last tile of a
// row may have columns that are not needed.
func (c *tapConv) heldStep() int {
	return skewed(c.blockRows*c.pitch + c.weights[0].tiles.lanes)
}

// skewed rounds a distance up to whole cache lines, and to such a number that
// rows with this distance do not all compete for the same part of the cache.
func skewed(n int) int {
	n = (n + 15) / 16 * 16
	if rest := n % 1024; rest < 64 || rest > 1024-64 {
		n += 128
	}
	return n
}

func ownTileStep(cols int) int { return (cols + 15) / 16 * 16 }

// tapJobs are the jobs of a tapConv and what they work on.
type tapJobs struct {
	copy, multiply job
	device         *Device
	conv           *tapConv
	dst, src       []float32
	residual, bias []float32
	limits
}

func (j *tapJobs) init(d *Device) {
	j.device = d
	j.copy.do = j.doCopy
	j.multiply.do = j.doMultiply
}

// image convolves one image. The bias is packed.
func (c *tapConv) image(dst, src, bias, residual []float32, act limits) {
	d := c.device
	d.reserveForConv(c.room())
	j := &d.tapJobs
	j.conv, j.dst, j.src, j.bias, j.residual, j.limits = c, dst, src, bias, residual, act
	s := &c.spec
	if c.copied {
		d.pool.run(&j.copy, c.copyParts())
	}
	d.pool.run(&j.multiply, s.groups*c.colParts*c.rowParts)
}

// parts is the number of parts for n items that cost so many operations each:
// one if waking up the others would take longer than the work.
func (d *Device) parts(n, each int) int {
	const worth = 20000
	return max(1, min(n, 4*d.threads, n*each/worth))
}

// copyParts is the number of parts in which the input is copied.
func (c *tapConv) copyParts() int {
	return c.device.parts(c.spec.groups*c.spec.inC*len(c.residues), c.plane)
}

// doCopy copies some planes of the input.
func (j *tapJobs) doCopy(worker, part int) {
	c := j.conv
	s := &c.spec
	n := len(c.residues)
	from, to := split(s.groups*s.inC*n, c.copyParts(), part)
	for i := from; i < to; i++ {
		plane := j.device.stage[i*c.plane:][:c.plane]
		clear(plane)
		c.fillPlane(&j.device.work[worker], plane, j.src[i/n*s.inH*s.inW:][:s.inH*s.inW], c.residues[i%n])
	}
}

// fillPlane copies those pixels of a channel that have a residue into a plane
// that is zero around them. It may write zeros, up to a whole vector, after each
// row.
func (c *tapConv) fillPlane(own *workspace, plane, src []float32, residue [2]int) {
	s := &c.spec
	y, x := residue[0]-c.top, residue[1]-c.left
	y0, y1 := inside(c.rows, y, s.stride[0], s.inH)
	x0, x1 := inside(c.pitch, x, s.stride[1], s.inW)
	if y0 == y1 || x0 == x1 {
		return
	}
	to, from := plane[y0*c.pitch+x0:], src[(y+y0*s.stride[0])*s.inW+x+x0*s.stride[1]:]
	own.vec = vec{dst: to, a: from, count: x1 - x0, rows: y1 - y0, step: s.stride[0] * s.inW, to: c.pitch}
	switch s.stride[1] {
	case 1:
		c.device.kernels.copyRows(&own.vec)
	case 2:
		c.device.kernels.everySecond(&own.vec)
	default:
		for row := range y1 - y0 {
			for i := range x1 - x0 {
				to[row*c.pitch+i] = from[row*s.stride[0]*s.inW+i*s.stride[1]]
			}
		}
	}
}

// inside is the range of n positions that are in an image of the given size,
// position i at pixel first + i*stride.
func inside(n, first, stride, size int) (from, to int) {
	from = min(n, max(0, (-first+stride-1)/stride))
	return from, max(from, min(n, (size-first+stride-1)/stride))
}

func (j *tapJobs) doMultiply(worker, part int) {
	c := j.conv
	s := &c.spec
	colPart := part % c.colParts
	rowPart := part / c.colParts % c.rowParts
	group := part / c.colParts / c.rowParts
	w := &c.weights[group]
	from, to := split(w.panels, c.rowParts, rowPart)
	own := &j.device.work[worker]
	p := product{weights: w, from: from, to: to, off: c.off, column: own.column[:], limits: j.limits}
	if len(s.taps) == 1 {
		p.packed = own.packed
	}
	if j.bias != nil {
		p.bias = j.bias[(group*w.panels+from)*w.tiles.rows:]
	}
	src := j.src[group*s.inC*s.inH*s.inW:]
	if c.copied {
		src = j.device.stage[group*s.inC*len(c.residues)*c.plane:]
	}
	channel := group*s.outC + from*w.tiles.rows
	if c.direct {
		first, end := split(c.wholeTiles(w.tiles), c.colParts, colPart)
		first *= w.tiles.width()
		if end *= w.tiles.width(); colPart == c.colParts-1 {
			end = c.cols
		}
		p.cols = end - first
		p.b = src[first:]
		p.exact = true
		c.storeInPlace(&p, own, j, channel, first)
		return
	}
	y0 := colPart * c.blockRows
	y1 := min(y0+c.blockRows, s.outH)
	if c.rowwise {
		p.cols, p.exact = s.outW, true
		for y := y0; y < y1; y++ {
			row := p
			row.b = src[y*c.pitch:]
			c.storeInPlace(&row, own, j, channel, y*s.row)
		}
		return
	}
	p.b = src[y0*c.pitch:]
	p.cols = (y1-y0-1)*c.pitch + s.outW
	p.exact = !c.copied
	p.c, p.cStep = own.buf, c.heldStep()
	if j.residual != nil {
		p.limits = unlimited
	}
	p.run(&own.tile)
	rows := min(s.outC-from*w.tiles.rows, (to-from)*w.tiles.rows)
	for row := range rows {
		held := own.buf[row*p.cStep:]
		at := s.first + (channel+row)*s.plane
		for y := y0; y < y1; y++ {
			c.storeRow(own, j, at+y*s.row, held[(y-y0)*c.pitch:][:s.outW])
		}
	}
}

// storeRow writes a finished row of the image at an index of dst.
func (c *tapConv) storeRow(own *workspace, j *tapJobs, at int, held []float32) {
	switch {
	case c.spec.col > 1:
		for x, v := range held {
			j.dst[at+x*c.spec.col] = v
		}
	case j.residual != nil:
		own.vec = vec{
			dst: j.dst[at:], a: held, b: j.residual[at:], count: len(held), limits: j.limits,
		}
		j.device.kernels.add(&own.vec)
	default:
		copy(j.dst[at:], held)
	}
}

// storeInPlace runs a product that writes into the output image. A last panel
// that has more rows than the image has channels goes through the worker's
// memory.
func (c *tapConv) storeInPlace(p *product, own *workspace, j *tapJobs, channel, first int) {
	s := &c.spec
	rows := p.weights.tiles.rows
	at := s.first + channel*s.plane + first
	p.c, p.cStep = j.dst[at:], s.plane
	if j.residual != nil {
		p.r, p.rStep = j.residual[at:], s.plane
	}
	whole := min(p.to, s.outC/rows)
	if whole == p.to {
		p.run(&own.tile)
		return
	}
	last := *p
	if whole > p.from {
		p.to = whole
		p.run(&own.tile)
	}
	skip := (whole - last.from) * rows
	rest := s.outC - whole*rows
	last.from = whole
	if last.bias != nil {
		last.bias = last.bias[skip:]
	}
	step := ownTileStep(p.cols)
	last.c, last.cStep = own.buf, step
	at += skip * s.plane
	for row := range rest {
		if j.residual != nil {
			copy(own.buf[row*step:][:p.cols], j.residual[at+row*s.plane:])
		}
	}
	if j.residual != nil {
		last.r, last.rStep = own.buf, step
	}
	last.run(&own.tile)
	for row := range rest {
		copy(j.dst[at+row*s.plane:][:p.cols], own.buf[row*step:])
	}
}

// packBias brings a bias into the order of the panels' rows.
func (d *Device) packBias(bias []float32, groups int, w *matrix) []float32 {
	if bias == nil {
		return nil
	}
	step := w.panels * w.tiles.rows
	d.bias = grown(d.bias, groups*step)
	for g := range groups {
		to := d.bias[g*step:][:step]
		clear(to[copy(to, bias[g*w.rows:][:w.rows]):])
	}
	return d.bias
}
