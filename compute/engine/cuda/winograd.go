package cuda

import (
	"math"

	"gorgonia.org/tensor"

	"gaze/compute/engine/cuda/driver"
	"gaze/compute/engine/machine"
	"gaze/compute/engine/op"
)

// transformed is a convolution by Winograd's algorithm F(out x out, 3x3) with
// its weights on the GPU. Its products are a sum with a group for each number
// that a tile is transformed to.
type transformed struct {
	out            int
	packed         driver.Pointer
	rows, channels int
	// Sides of what is read and written, and the padding above and to the left.
	inH, inW, outH, outW int
	pad                  [2]int
}

// numbers are those that a tile is transformed to.
func (w *transformed) numbers() int { return (w.out + 2) * (w.out + 2) }

// tiles are those down and across a picture.
func (w *transformed) tiles() [2]int {
	return [2]int{(w.outH + w.out - 1) / w.out, (w.outW + w.out - 1) / w.out}
}

// padded is the number of tiles of some pictures, in fours.
func (w *transformed) padded(pictures int) int {
	t := w.tiles()
	return (pictures*t[0]*t[1] + 3) / 4 * 4
}

// products are the sum for some pictures.
func (w *transformed) products(pictures int) *sum {
	n := w.padded(pictures)
	return &sum{
		packed: w.packed, table: w.packed, // which is not read
		rows: w.rows, padded: (w.rows + 3) / 4 * 4, depth: w.channels, groups: w.numbers(),
		height: 1, width: n, from: w.channels * n, picture: w.numbers() * w.channels * n,
		across: n, plane: n, step: [2]int{1, 1}, outHeight: 1, outWidth: n, outStep: [2]int{1, 1},
		pointwise: true,
	}
}

// winogradScratch bounds the numbers that a chunk of a batch is transformed to,
// so that they may stay in the GPU's cache.
const winogradScratch = 16 << 20

// chunk is how many of so many pictures are computed at once.
func (w *transformed) chunk(pictures int) int {
	each := w.numbers() * (w.rows + w.channels) * w.padded(1)
	return max(1, min(pictures, winogradScratch/each))
}

// transformedOf is a 3x3 convolution, or the derivative of one, by an algorithm,
// its weights still to be packed.
func transformedOf(out int, s shape, back bool) *transformed {
	if back {
		return &transformed{
			out: out, rows: s.inC, channels: s.outC, inH: s.outH, inW: s.outW, outH: s.inH, outW: s.inW,
			pad: [2]int{2 - s.window.Pad[0], 2 - s.window.Pad[1]},
		}
	}
	return &transformed{
		out: out, rows: s.outC, channels: s.inC, inH: s.inH, inW: s.inW, outH: s.outH, outW: s.outW,
		pad: [2]int{s.window.Pad[0], s.window.Pad[1]},
	}
}

// winogradPays tells which algorithm, by its tile's side, takes less time than
// the sum itself, 0 for none. The larger one rounds more: it is taken where the
// CPU takes it.
func (d *Device) winogradPays(s shape, back bool, batch int) int {
	direct := &sum{rows: s.outC, depth: 9 * s.inC, groups: 1, plane: s.outH * s.outW}
	if back {
		direct = &sum{rows: s.inC, depth: 9 * s.outC, groups: 1, plane: s.inH * s.inW}
	}
	_, _, least := d.estimate(direct, batch, 32)
	best := 0
	for _, out := range []int{2, 4} {
		if out == 4 && !machine.AcceptsRounding(s.inC, s.outH, s.outW) {
			continue
		}
		w := transformedOf(out, s, back)
		n := w.chunk(batch)
		_, _, cost := d.estimate(w.products(n), 1, 1)
		traffic := 2*w.numbers()*(w.rows+w.channels)*w.padded(n) + n*(w.rows*w.outH*w.outW+w.channels*w.inH*w.inW)
		cost += 2*startCost + memoryCost*float64(traffic)/float64(d.units)
		if cost *= float64(batch) / float64(n); cost < least {
			best, least = out, cost
		}
	}
	return best
}

// transformable reports whether a convolution can be computed by Winograd's
// algorithms, on this device.
func (d *Device) transformable(s shape) bool {
	w := s.window
	return !d.tensorCores && !d.exact && s.groups == 1 && w.Kernel == [2]int{3, 3} && w.Stride == [2]int{1, 1} && w.Dilation == [2]int{1, 1}
}

// transformedKey tells apart what was transformed.
type transformedKey struct {
	sumKey
	out int
}

// transform finds a convolution by Winograd's algorithm, or transforms its
// weights.
func (d *Device) transform(out int, weight, scale []float32, s shape, back bool) (*transformed, error) {
	key := transformedKey{keyOf(weight, scale, s, back), out}
	if w, ok := d.transformed[key]; ok {
		return w, nil
	}
	w := transformedOf(out, s, back)
	matrix := []float32{1, 0, 0, .5, .5, .5, .5, -.5, .5, 0, 0, 1}
	if out == 4 {
		third := float32(math.Sqrt2 / 3)
		matrix = []float32{
			1, 0, 0,
			-2. / 3, -third, -1. / 3,
			-2. / 3, third, -1. / 3,
			1. / 6, third / 2, 1. / 3,
			1. / 6, -third / 2, 1. / 3,
			0, 0, 1,
		}
	}
	rowStride, channelStride, scaled, turned := 9*w.channels, 9, ints(1, 0), 0
	if back {
		rowStride, channelStride, scaled, turned = 9, 9*w.rows, ints(0, 1), 1
	}
	padded, depth := (w.rows+3)/4*4, depthRows(w.channels)
	var err error
	if w.packed, err = d.gpu.Alloc(4 * w.numbers() * padded * depth); err != nil {
		return nil, err
	}
	err = d.withCopies([][]float32{weight, scale, matrix}, func(raw []argument) error {
		p := &preparation{d: d}
		p.elements("winograd", "winograd_pack", padded*depth, raw[0], raw[1], raw[2], address(w.packed),
			ints(w.rows, padded), ints(w.channels, depth), ints(rowStride, channelStride), scaled, ints(out+2, turned))
		return p.run()
	})
	if err != nil {
		_ = d.gpu.Free(w.packed) // there is an error already
		return nil, err
	}
	d.transformed[key] = w
	return w, nil
}

// winograd appends the launches of a convolution by Winograd's algorithm.
func (p *preparation) winograd(w *transformed, out tensor.Shape, bias, residual argument, a op.Activation) {
	tiles, n := w.tiles(), w.chunk(out[0])
	if p.err == nil {
		p.err = p.d.reserve(w.numbers() * (w.rows + w.channels) * w.padded(n))
	}
	suffix := "_2"
	if w.out == 4 {
		suffix = "_4"
	}
	for at := 0; at < out[0]; at += n {
		pictures := min(n, out[0]-at)
		u := w.products(pictures)
		all := ints(pictures*tiles[0]*tiles[1], u.plane)
		products := work.from(u.picture)
		p.elements("winograd", "winograd_forth"+suffix, w.channels*pictures*tiles[0]*tiles[1],
			in(0).from(at*w.channels*w.inH*w.inW), work, ints(w.channels, w.inH), ints(w.inW, 0),
			ints(tiles[0], tiles[1]), ints(w.pad[0], w.pad[1]), all)
		t, _, _ := p.d.estimate(u, 1, 1)
		p.sum(u, t, 1, 1, work, products, null, null, op.NoActivation)
		written := at * w.rows * w.outH * w.outW
		p.elements("winograd", "winograd_back"+suffix, w.rows*pictures*tiles[0]*tiles[1],
			products, bias, residual.from(written), dst.from(written), ints(w.rows, w.outH), ints(w.outW, 0),
			ints(tiles[0], tiles[1]), all, limits(a))
	}
}
