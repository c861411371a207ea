package cpu

import (
	"math"

	"gaze/compute/engine/machine"
)

// WinogradError bounds the error of the Winograd algorithm: for a convolution
// of InC channels, the result differs from the exact one by no more than
//
//	WinogradError * sqrt(InC) * max|weight| * max|src|
//
// This is measured over random data, with a margin of two; the error of a
// typical result is some ten times smaller.
const WinogradError = 2e-5

// SmallWinogradError is the same for [SmallWinograd].
const SmallWinogradError = 5e-6

// winogradPossible tells whether the algorithm fits the convolution.
func (g Geometry) winogradPossible() bool {
	return g.Kernel == [2]int{3, 3} && g.Stride == [2]int{1, 1} && g.Dilation == [2]int{1, 1} && g.Groups == 1 &&
		!g.cropped() && max(g.Pad[0], g.Pad[1], g.Pad[2], g.Pad[3]) <= 2
}

// winogradPays tells whether it was measured to be the fastest: small images
// fill their tiles badly, and their products are so small that reading the
// weights takes longer than multiplying; with few channels the transforms take
// longer than the products.
func (g Geometry) winogradPays(k *kernels) bool {
	return min(g.InC, g.OutC) >= 16 && min(g.OutH, g.OutW) >= k.largeFrom
}

// smallWinogradPays tells whether F(2x2,3x3) was measured to be faster than the
// definition, or as fast with no more memory.
func (g Geometry) smallWinogradPays(k *kernels) bool {
	side := min(g.OutH, g.OutW)
	return min(g.InC, g.OutC) >= 16 && side >= 5 && (side >= 10 || g.InC*g.OutC < k.heavy)
}

// winogradConv is a convolution by one of Winograd's schemes.
type winogradConv struct {
	device   *Device
	geometry Geometry
	scheme   *winoScheme
	kernels  *winoKernels
	// weights has a matrix for each of the numbers that a tile is transformed
	// into.
	weights []matrix
	// inMask and outMask tell which pixels of a padded row are in the image.
	inMask, outMask []int32
	// tilesX and tilesY are the numbers of tiles, blockRows the rows of tiles
	// that are worked on at a time, alone tells that one worker does all of a
	// block.
	tilesX, tilesY int
	blockRows      int
	alone          bool
	off            []int32
	size           winoSizes
}

// winoSizes are the lengths in the memory for a block of tiles.
type winoSizes struct {
	// step is the distance between channels, in and out the distance between
	// the numbers of the transformed input and output.
	step, in, out int
	// row and plane are the distances in the input transform's half way,
	// half the distance between the planes of the output transform's.
	row, plane, half int
}

// newWinogradConv prepares the weights. If mirrored, they are those of the
// convolution of which this is the way back.
func newWinogradConv(d *Device, g Geometry, s *winoScheme, f *filters, mirrored bool) *winogradConv {
	c := &winogradConv{device: d, geometry: g, scheme: s, kernels: &d.kernels.winoLarge}
	if s == &winoSmall {
		c.kernels = &d.kernels.winoSmall
	}
	c.tilesX, c.tilesY = (g.OutW+s.out-1)/s.out, (g.OutH+s.out-1)/s.out
	c.transformWeights(f, mirrored)
	lanes := d.kernels.lanes
	chunks := (c.tilesX + lanes - 1) / lanes
	c.inMask = make([]int32, chunks*lanes*s.out+s.in+16)
	for x := range g.InW {
		if x+g.Pad[1] < len(c.inMask) {
			c.inMask[x+g.Pad[1]] = -1
		}
	}
	c.outMask = make([]int32, chunks*lanes*s.out)
	for x := range g.OutW {
		c.outMask[x] = -1
	}
	c.divide()
	tiles := c.blockRows * c.tilesX
	c.size.step = (tiles + 15) / 16 * 16
	c.size.in = skewed(g.InC * c.size.step)
	c.size.out = skewed(c.weights[0].panels * c.weights[0].tiles.rows * c.size.step)
	c.size.row = (c.blockRows + 1) * c.tilesX
	c.size.plane = skewed(s.out*c.size.row + 16)
	c.size.half = skewed(c.size.step + 16)
	for ch := range g.InC {
		c.off = append(c.off, int32(ch*c.size.step))
	}
	return c
}

// divide chooses the blocks. Few tiles, or many weights, make large ones that the
// workers share, so that the weights are read less often; best is a single one,
// whose products waste the fewest columns. Where transforms are many and weights
// few, each worker does blocks of its own, so that nothing goes from one core's
// cache to another's, unless one worker would have much more to do than the others.
func (c *winogradConv) divide() {
	if c.blockRows = c.rowsIn(mostTransformed); c.blockRows < c.tilesY {
		c.blockRows = c.rowsIn(sharedTransformed)
	}
	blocks := (c.tilesY + c.blockRows - 1) / c.blockRows
	c.blockRows = (c.tilesY + blocks - 1) / blocks
	if c.bytes() > c.transformed(c.tilesY)/4 {
		return
	}
	most := ownTransformed
	if c.bytes() <= smallWeights {
		most /= 2
	}
	rows, time := c.quickest(c.rowsIn(most))
	if shared := c.productTime(c.blockRows) * blocks / c.device.threads; float64(time) <= worthOwn*float64(shared) {
		c.blockRows, c.alone = rows, true
	}
}

// What was measured to be best for VGG-16, ResNet-18 and SqueezeNet 1.1, with AVX-512
// and AVX2 on two cores of 2 MB of second cache each.
const (
	// mostTransformed are the bytes of the transforms of a whole image that workers
	// share, sharedTransformed those of a part of a larger one.
	mostTransformed   = 16 << 20
	sharedTransformed = 5 << 20
	// ownTransformed are those of a block that a worker does alone; half as many where
	// the weights are no more than smallWeights, so that both stay in its cache.
	ownTransformed = 4 << 20
	smallWeights   = 1 << 20
	// worthOwn is how many times longer the products may take if nothing has to go
	// from one core's cache to another's.
	worthOwn = 1.15
)

// transformed is the number of bytes that so many rows of tiles are transformed to,
// there and back.
func (c *winogradConv) transformed(rows int) int {
	return 4 * c.scheme.numbers() * (c.geometry.InC + c.geometry.OutC) * c.tilesX * rows
}

// rowsIn is the number of rows of tiles whose transforms take so many bytes.
func (c *winogradConv) rowsIn(bytes int) int {
	return min(c.tilesY, max(1, bytes/c.transformed(1)))
}

// quickest is the number of rows of a block, at most most, with which the workers
// are done first, and the time that takes.
func (c *winogradConv) quickest(most int) (best, bestTime int) {
	bestTime = math.MaxInt
	for rows := 1; rows <= most; rows++ {
		blocks, threads := (c.tilesY+rows-1)/rows, c.device.threads
		time := (blocks - 1) / threads * c.productTime(rows)
		if blocks%threads == 1 || threads == 1 {
			time += c.productTime(c.tilesY - (blocks-1)*rows)
		} else {
			time += c.productTime(rows)
		}
		if time < bestTime {
			best, bestTime = rows, time
		}
	}
	return best, bestTime
}

// productTime is the time that a block's products take, in columns of a panel: those
// of its tiles, and for each tile as many as could be computed while it begins and
// ends, some 80 cycles. A column takes a quarter of a cycle for each depth.
func (c *winogradConv) productTime(rows int) int {
	const beginAndEnd = 80 * 4
	t, cols := c.weights[0].tiles, rows*c.tilesX
	return t.cost(cols) + (cols+t.width()-1)/t.width()*beginAndEnd/c.geometry.InC
}

// transformWeights makes the matrices. The workers share the rows.
func (c *winogradConv) transformWeights(f *filters, mirrored bool) {
	g := &c.geometry
	t := c.device.kernels.tilesFor(g.OutC)
	size := packedLen(t, g.OutC, g.InC)
	numbers := c.scheme.numbers()
	data := machine.NewMemory(numbers * size)
	for i := range numbers {
		c.weights = append(c.weights, newMatrix(t, g.OutC, g.InC, data[i*size:][:size]))
	}
	parts := c.device.parts(g.OutC, 1000*g.InC)
	c.device.pool.run(&job{do: func(_, part int) {
		from, to := split(g.OutC, parts, part)
		product := make([]float64, numbers)
		for out := from; out < to; out++ {
			for in := range g.InC {
				var k [9]float64
				if mirrored {
					weight, scale := f.of(in)
					for i := range k {
						k[i] = float64(scale * weight[out*9+8-i])
					}
				} else {
					weight, scale := f.of(out)
					for i := range k {
						k[i] = float64(scale * weight[in*9+i])
					}
				}
				at := c.weights[0].index(out, in)
				c.scheme.transformKernel(product, &k)
				for i, u := range product {
					data[i*size+at] = float32(u)
				}
			}
		}
	}}, parts)
}

func (c *winogradConv) batched(images int) runner {
	other := *c
	other.geometry.Batch = images
	return &other
}

func (c *winogradConv) bytes() int { return 4 * len(c.weights) * len(c.weights[0].data) }

// winogradJobs are the jobs of a winogradConv and what they work on.
type winogradJobs struct {
	input, multiply, output, all job
	device                       *Device
	conv                         *winogradConv
	dst, src, bias, residual     []float32
	limits
	// first is the first row of tiles of the block that all work on.
	first int
}

func (j *winogradJobs) init(d *Device) {
	j.device = d
	j.input.do = j.doInput
	j.multiply.do = j.doMultiply
	j.output.do = j.doOutput
	j.all.do = j.doAll
}

// halves is the length of what the passes leave to each other.
func (c *winogradConv) halves() int {
	return c.size.plane*c.scheme.in + c.size.half*c.scheme.in*c.scheme.out + slack
}

func (c *winogradConv) room() room {
	transforms := len(c.weights) * (c.size.in + c.size.out)
	if c.alone {
		return room{own: c.halves() + transforms}
	}
	return room{transforms, c.halves()}
}

func (c *winogradConv) run(dst, src, bias, residual []float32, act limits) {
	d, g := c.device, &c.geometry
	d.reserveForConv(c.room())
	j := &d.winogradJobs
	for b := range g.Batch {
		j.conv, j.dst, j.src, j.bias, j.limits = c, dst[b*g.outImage():], src[b*g.inImage():], bias, act
		j.residual = nil
		if residual != nil {
			j.residual = residual[b*g.OutC*g.OutH*g.OutW:]
		}
		if c.alone {
			d.pool.run(&j.all, (c.tilesY+c.blockRows-1)/c.blockRows)
			continue
		}
		for j.first = 0; j.first < c.tilesY; j.first += c.blockRows {
			d.pool.run(&j.input, j.inputParts())
			d.pool.run(&j.multiply, len(c.weights)*j.rowParts())
			d.pool.run(&j.output, j.outputParts())
		}
	}
}

func (j *winogradJobs) inputParts() int {
	return min(j.conv.geometry.InC, 4*j.device.threads)
}

func (j *winogradJobs) outputParts() int {
	return min(j.conv.geometry.OutC, 4*j.device.threads)
}

// rowParts parts the rows of the products where one part each is too few.
func (j *winogradJobs) rowParts() int {
	n := len(j.conv.weights)
	return min(j.conv.weights[0].panels, (4*j.device.threads+n-1)/n)
}

// block is a range of rows of tiles with the memory for it.
type winoBlock struct {
	from, to int
	in, out  []float32
}

func (j *winogradJobs) block(first int, mem []float32) winoBlock {
	c := j.conv
	return winoBlock{first, min(first+c.blockRows, c.tilesY), mem, mem[len(c.weights)*c.size.in:]}
}

func (j *winogradJobs) doInput(worker, part int) {
	from, to := split(j.conv.geometry.InC, j.inputParts(), part)
	j.transformInput(&j.device.work[worker], j.block(j.first, j.device.stage), from, to)
}

func (j *winogradJobs) doMultiply(worker, part int) {
	parts := j.rowParts()
	from, to := split(j.conv.weights[0].panels, parts, part%parts)
	j.product(&j.device.work[worker], j.block(j.first, j.device.stage), part/parts, from, to)
}

func (j *winogradJobs) doOutput(worker, part int) {
	from, to := split(j.conv.geometry.OutC, j.outputParts(), part)
	j.transformOutput(&j.device.work[worker], j.block(j.first, j.device.stage), from, to)
}

// doAll does one block alone.
func (j *winogradJobs) doAll(worker, part int) {
	c := j.conv
	own := &j.device.work[worker]
	b := j.block(part*c.blockRows, own.buf[c.halves():])
	j.transformInput(own, b, 0, c.geometry.InC)
	for i := range c.weights {
		j.product(own, b, i, 0, c.weights[i].panels)
	}
	j.transformOutput(own, b, 0, c.geometry.OutC)
}

// product computes some rows of one of the products.
func (j *winogradJobs) product(own *workspace, b winoBlock, number, from, to int) {
	c := j.conv
	w := &c.weights[number]
	p := product{
		weights: w, from: from, to: to,
		b: b.in[number*c.size.in:], off: c.off,
		c: b.out[number*c.size.out+from*w.tiles.rows*c.size.step:], cStep: c.size.step,
		limits: unlimited, cols: (b.to - b.from) * c.tilesX,
	}
	p.run(&own.tile)
}

// transformInput transforms some channels of the input.
func (j *winogradJobs) transformInput(own *workspace, b winoBlock, from, to int) {
	c, lanes := j.conv, j.device.kernels.lanes
	g, s := &c.geometry, c.scheme
	w := &own.wino
	half := own.buf
	rows := b.to - b.from
	chunksX := (c.tilesX + lanes - 1) / lanes
	chunks := (rows*c.tilesX + lanes - 1) / lanes
	for ch := from; ch < to; ch++ {
		*w = wino{
			src: j.src[ch*g.InH*g.InW:][:g.InH*g.InW], dst: half, mask: c.inMask,
			srcStep: s.out * g.InW, dstStep: c.tilesX, dstPlane: c.size.plane, chunks: chunksX,
			next: g.InH * g.InW,
		}
		for r := range s.out {
			// Pixel row s.out*q + r of the block, for q from 0 to n-1; those
			// from q0 to q1-1 are in the image.
			n := rows
			if r < s.in-s.out {
				n++
			}
			y := s.out*b.from + r - g.Pad[0]
			q0 := min(n, max(0, (-y+s.out-1)/s.out))
			q1 := max(q0, min(n, (g.InH-y+s.out-1)/s.out))
			c.clearHalf(half, r, 0, q0)
			if q1 > q0 {
				w.srcAt = (y+s.out*q0)*g.InW - g.Pad[1]
				w.dstAt = r*c.size.row + q0*c.tilesX
				w.rows = q1 - q0
				c.kernels.inputRows(w)
			}
			c.clearHalf(half, r, q1, n)
		}
		*w = wino{
			src: half, srcRow: c.size.row, srcStep: c.tilesX, srcPlane: c.size.plane,
			dst: b.in, dstAt: ch * c.size.step, dstPlane: c.size.in, chunks: chunks,
		}
		c.kernels.inputColumns(w)
	}
}

// clearHalf clears rows of tiles of the half-way transform.
func (c *winogradConv) clearHalf(half []float32, r, from, to int) {
	if from >= to {
		return
	}
	for number := range c.scheme.in {
		clear(half[number*c.size.plane+r*c.size.row+from*c.tilesX:][:(to-from)*c.tilesX])
	}
}

// transformOutput makes some channels of the output.
func (j *winogradJobs) transformOutput(own *workspace, b winoBlock, from, to int) {
	c, lanes := j.conv, j.device.kernels.lanes
	g, s := &c.geometry, c.scheme
	w := &own.wino
	half := own.buf[s.in*c.size.plane:]
	rows := b.to - b.from
	chunksX := (c.tilesX + lanes - 1) / lanes
	chunks := (rows*c.tilesX + lanes - 1) / lanes
	for ch := from; ch < to; ch++ {
		*w = wino{
			src: b.out, srcAt: ch * c.size.step, srcPlane: c.size.out,
			dst: half, dstPlane: c.size.half, dstStep: s.in * c.size.half, chunks: chunks,
		}
		c.kernels.outputColumns(w)
		*w = wino{
			src: half, srcPlane: c.size.half, srcStep: c.tilesX,
			dst: j.dst, add: j.residual, dstStep: s.out * g.OutW, mask: c.outMask,
			chunks: chunksX, limits: j.limits, next: g.OutH * g.OutW,
		}
		if j.bias != nil {
			w.bias = j.bias[ch]
		}
		for r := range s.out {
			y := s.out*b.from + r
			w.rows = min(rows, (g.OutH-y+s.out-1)/s.out)
			if w.rows <= 0 {
				break
			}
			w.srcAt = r * s.in * c.size.half
			w.dstAt = (ch*g.OutH + y) * g.OutW
			c.kernels.outputRows(w)
		}
	}
}
