package cuda

import (
	"math"
	"unsafe"

	"gorgonia.org/tensor"

	"gaze/compute/engine/cuda/driver"
	"gaze/compute/engine/machine"
	"gaze/compute/engine/op"
)

// sumKey tells apart what was packed.
type sumKey struct {
	weight, scale *float32
	shape         shape
	back          bool
}

// shape is a convolution's geometry for one picture.
type shape struct {
	window               op.Window
	groups, inC, outC    int
	inH, inW, outH, outW int
}

// sum is what the kernels of kernels/conv.cuh compute at once: all of a
// convolution, or one lattice of a derivative, with its weights on the GPU.
type sum struct {
	packed, table driver.Pointer
	// rows are the channels made of a group, depth the numbers each is a sum of.
	rows, padded, depth, groups int
	// Of the picture read: its sides, the numbers of a group and of all.
	height, width, from, picture int
	// Of the lattice: the pixels across and in all, and the way to what is read.
	across, plane int
	step, origin  [2]int
	// Of what is written: its sides and the way from the lattice.
	outHeight, outWidth int
	outStep, outOrigin  [2]int
	// side is that of a square of taps, at distances of dilation; 0 for others.
	side     int
	dilation [2]int
	// pointwise says that what is read lies as the lattice does.
	pointwise bool
}

// tap is one place of a kernel: its index there and the distance it reads at.
type tap struct{ at, dy, dx int }

func (s *sum) dense() bool { return s.outStep == [2]int{1, 1} }

// outPlane and all are the pixels of a channel that is written, and the numbers
// of all pictures.
func (s *sum) outPlane() int         { return s.outHeight * s.outWidth }
func (s *sum) all(pictures int) int  { return pictures * s.groups * s.rows * s.outPlane() }
func (s *sum) columns(batch int) int { return batch * s.plane }

// depthRows is the number of rows that packed weights are given: tiles read
// whole ones.
func depthRows(depth int) int { return (depth + 31) / 32 * 32 }

// conv makes the launches of a convolution.
func (d *Device) conv(o op.Conv, out tensor.Shape, operands []machine.Operand) (machine.Launch, error) {
	if operands[1].Value == nil || o.Scaled && operands[3].Value == nil {
		return nil, nil
	}
	x := operands[0].Shape
	p := &preparation{d: d, in: operands}
	if single(o.Window, o.Groups, x, out) && !o.Scaled && !o.Residual {
		p.linear(x[0], x[1]*x[2]*x[3], out[1], o.Activation)
		return p.launch()
	}
	var scale []float32
	if o.Scaled {
		scale = operands[3].Value
	}
	residual := null
	if o.Residual {
		residual = in(len(operands) - 1)
	}
	return p.convolution(operands[1].Value, scale, shapeOf(o.Window, o.Groups, x, out), false, out, in(2), residual, o.Activation)
}

// convGrad makes the launches of the derivative of a convolution.
func (d *Device) convGrad(o op.ConvGrad, out tensor.Shape, operands []machine.Operand) (machine.Launch, error) {
	if operands[1].Value == nil || o.Scaled && operands[2].Value == nil {
		return nil, nil
	}
	y := operands[0].Shape
	p := &preparation{d: d, in: operands}
	if single(o.Window, o.Groups, out, y) && !o.Scaled {
		p.linearBack(out[0], out[1]*out[2]*out[3], y[1])
		return p.launch()
	}
	var scale []float32
	if o.Scaled {
		scale = operands[2].Value
	}
	return p.convolution(operands[1].Value, scale, shapeOf(o.Window, o.Groups, out, y), true, out, null, null, op.NoActivation)
}

// convolution makes the launches of a convolution, or of its derivative, that is
// no linear layer.
func (p *preparation) convolution(weight, scale []float32, s shape, back bool, out tensor.Shape, bias, residual argument, a op.Activation) (machine.Launch, error) {
	if p.d.transformable(s) {
		if side := p.d.scheme(s, back, out[0]); side > 0 {
			w, err := p.d.transform(side, weight, scale, s, back)
			if err != nil {
				return nil, err
			}
			p.winograd(w, out, bias, residual, a)
			return p.launch()
		}
	}
	sums, err := p.d.packed(weight, scale, s, back)
	if err != nil || sums == nil {
		return nil, err
	}
	p.convolve(sums, out, bias, residual, a)
	return p.launch()
}

// single reports whether a convolution sees all of a picture at once: it is a
// linear layer then.
func single(w op.Window, groups int, x, y tensor.Shape) bool {
	return groups == 1 && y[2] == 1 && y[3] == 1 && w.Kernel == [2]int{x[2], x[3]} && w.Pad == [4]int{} &&
		(w.Dilation == [2]int{1, 1} || w.Kernel == [2]int{1, 1})
}

func shapeOf(w op.Window, groups int, x, y tensor.Shape) shape {
	return shape{window: w, groups: groups, inC: x[1], outC: y[1], inH: x[2], inW: x[3], outH: y[2], outW: y[3]}
}

// packed finds or makes the sums of a convolution, or of its derivative. It
// returns nil for one that is too large for the kernels' numbers.
func (d *Device) packed(weight, scale []float32, s shape, back bool) ([]*sum, error) {
	if max(s.window.Kernel[0]*s.window.Dilation[0], s.window.Kernel[1]*s.window.Dilation[1], s.inH, s.inW, s.outH, s.outW) >= math.MaxInt16 {
		return nil, nil
	}
	key := keyOf(weight, scale, s, back)
	if list, ok := d.sums[key]; ok {
		return list, nil
	}
	var list []*sum
	var err error
	if back {
		list, err = d.lattices(weight, scale, s)
	} else {
		list, err = d.whole(weight, scale, s)
	}
	// What was packed before an error is freed with the device.
	d.sums[key] = list
	if err != nil {
		delete(d.sums, key)
		d.release(list)
		return nil, err
	}
	return list, nil
}

func keyOf(weight, scale []float32, s shape, back bool) sumKey {
	key := sumKey{weight: &weight[0], shape: s, back: back}
	if scale != nil {
		key.scale = &scale[0]
	}
	return key
}

// whole is a convolution as one sum.
func (d *Device) whole(weight, scale []float32, s shape) ([]*sum, error) {
	w := s.window
	var taps []tap
	for r := range w.Kernel[0] {
		for c := range w.Kernel[1] {
			taps = append(taps, tap{r*w.Kernel[1] + c, r * w.Dilation[0], c * w.Dilation[1]})
		}
	}
	rows, channels, all := s.outC/s.groups, s.inC/s.groups, w.Kernel[0]*w.Kernel[1]
	u := &sum{
		rows: rows, groups: s.groups,
		height: s.inH, width: s.inW, from: channels * s.inH * s.inW, picture: s.inC * s.inH * s.inW,
		across: s.outW, plane: s.outH * s.outW, step: w.Stride, origin: [2]int{-w.Pad[0], -w.Pad[1]},
		outHeight: s.outH, outWidth: s.outW, outStep: [2]int{1, 1},
		side: square(w), dilation: w.Dilation,
	}
	return []*sum{u}, d.pack(u, taps, channels, weight, scale, packing{
		group: rows * channels * all, row: channels * all, channel: all,
		scaled: [2]int{rows, 1}, every: 1,
	})
}

// lattices are the sums that a derivative is made of: one for each place that
// an input pixel can have between the steps of the stride. Those that no output
// reads are left out.
func (d *Device) lattices(weight, scale []float32, s shape) ([]*sum, error) {
	w := s.window
	rows, channels, all := s.inC/s.groups, s.outC/s.groups, w.Kernel[0]*w.Kernel[1]
	var list []*sum
	for a := range min(w.Stride[0], s.inH) {
		for b := range min(w.Stride[1], s.inW) {
			taps := tapsBack(w, a, b)
			if len(taps) == 0 {
				continue
			}
			height, width := (s.inH-a+w.Stride[0]-1)/w.Stride[0], (s.inW-b+w.Stride[1]-1)/w.Stride[1]
			u := &sum{
				rows: rows, groups: s.groups,
				height: s.outH, width: s.outW, from: channels * s.outH * s.outW, picture: s.outC * s.outH * s.outW,
				across: width, plane: height * width, step: [2]int{1, 1},
				outHeight: s.inH, outWidth: s.inW, outStep: w.Stride, outOrigin: [2]int{a, b},
			}
			if u.dense() {
				// The distances count from the first tap on.
				u.side, u.dilation, u.origin = square(w), w.Dilation, [2]int{taps[0].dy, taps[0].dx}
				for i := range taps {
					taps[i].dy -= u.origin[0]
					taps[i].dx -= u.origin[1]
				}
			}
			list = append(list, u)
			if err := d.pack(u, taps, channels, weight, scale, packing{
				group: rows * channels * all, row: all, channel: rows * all,
				scaled: [2]int{channels, 0}, every: len(taps), ahead: 1,
			}); err != nil {
				return list, err
			}
		}
	}
	return list, nil
}

// tapsBack are the places of the kernel that the input pixels (a, b) between the
// strides' steps are read at, by distances that grow.
func tapsBack(w op.Window, a, b int) []tap {
	var taps []tap
	for r := w.Kernel[0] - 1; r >= 0; r-- {
		dy := a + w.Pad[0] - r*w.Dilation[0]
		if dy%w.Stride[0] != 0 {
			continue
		}
		for c := w.Kernel[1] - 1; c >= 0; c-- {
			if dx := b + w.Pad[1] - c*w.Dilation[1]; dx%w.Stride[1] == 0 {
				taps = append(taps, tap{r*w.Kernel[1] + c, dy / w.Stride[0], dx / w.Stride[1]})
			}
		}
	}
	return taps
}

// square is the side of a kernel that there is a depthwise kernel for.
func square(w op.Window) int {
	if k := w.Kernel[0]; k == w.Kernel[1] && (k == 3 || k == 5 || k == 7) {
		return k
	}
	return 0
}

// packing tells where in the weight the number of a group, row, channel and tap
// lies, and which scale it has: that of group*scaled[0] + row*scaled[1] +
// depth/every*ahead.
type packing struct {
	group, row, channel int
	scaled              [2]int
	every, ahead        int
}

// pack uploads a sum's table and arranges its weights.
func (d *Device) pack(u *sum, taps []tap, channels int, weight, scale []float32, from packing) error {
	u.depth, u.padded = channels*len(taps), (u.rows+3)/4*4
	u.pointwise = len(taps) == 1 && taps[0].dy == 0 && taps[0].dx == 0 && u.step == [2]int{1, 1} && u.origin == [2]int{} &&
		u.dense() && u.height*u.width == u.plane && u.width == u.across
	depth := depthRows(u.depth)
	// Behind the last tap nothing is inside the picture.
	table, offsets := make([]int32, 2*depth), make([]int32, depth)
	for k := range depth {
		table[2*k+1] = math.MaxInt16
		if k < u.depth {
			c, t := k/len(taps), taps[k%len(taps)]
			table[2*k] = int32((c*u.height+t.dy)*u.width + t.dx)
			table[2*k+1] = int32(t.dx)<<16 | int32(uint16(int16(t.dy)))
			offsets[k] = int32(c*from.channel + t.at)
		}
	}
	var err error
	if u.table, err = d.uploaded(numbers(table)); err != nil {
		return err
	}
	n := u.groups * depth * u.padded
	if u.packed, err = d.gpu.Alloc(4 * n); err != nil {
		return err
	}
	return d.withCopies([][]float32{weight, scale, numbers(offsets)}, func(raw []argument) error {
		rounded := 0
		if d.tensorCores {
			rounded = 1
		}
		p := &preparation{d: d}
		p.elements("conv", "conv_pack", n, raw[0], raw[1], raw[2], address(u.packed),
			ints(u.rows, u.padded), ints(u.depth, u.groups), ints(from.group, from.row), ints(from.scaled[0], from.scaled[1]),
			ints(from.every, from.ahead), ints(rounded, 0))
		return p.run()
	})
}

// release frees what was packed.
func (d *Device) release(list []*sum) {
	for _, u := range list {
		for _, p := range []driver.Pointer{u.packed, u.table} {
			if p != 0 {
				_ = d.gpu.Free(p) // there is an error already
			}
		}
	}
}

// numbers are integers' bits.
func numbers(of []int32) []float32 { return unsafe.Slice((*float32)(unsafe.Pointer(&of[0])), len(of)) }

// convolve appends the launches that compute sums into an output.
func (p *preparation) convolve(sums []*sum, out tensor.Shape, bias, residual argument, a op.Activation) {
	batch := out[0]
	tiles := make([]tile, len(sums))
	splits := 1
	for i, u := range sums {
		var n int
		tiles[i], n = p.d.choose(u, batch)
		splits = max(splits, n)
	}
	to := dst
	if splits > 1 {
		to = work
		if p.err == nil {
			p.err = p.d.reserve(splits * out.TotalSize())
		}
	}
	lattices := 1
	if len(sums) > 0 {
		lattices = sums[0].outStep[0] * sums[0].outStep[1]
	}
	if len(sums) < lattices || len(sums) == 0 {
		// What no lattice reaches.
		c := &call{args: make([]uint64, 1), places: []argument{to}, zero: 4 * splits * out.TotalSize()}
		c.places[0].value = 0
		p.calls = append(p.calls, c)
	}
	for i, u := range sums {
		if splits > 1 {
			p.sum(u, tiles[i], batch, splits, in(0), to, null, null, op.NoActivation)
		} else {
			p.sum(u, tiles[i], batch, 1, in(0), to, bias, residual, a)
		}
	}
	if splits > 1 {
		p.join(splits, out, bias, residual, a)
	}
}

// The places of addresses among a sum's arguments, and that of fours.
const (
	sumX = iota
	sumW
	sumTable
	sumBias
	sumResidual
	sumY
	sumFours = 18
)

// sum appends the launch of one sum by tiles.
func (p *preparation) sum(u *sum, t tile, batch, splits int, from, to, bias, residual argument, a op.Activation) {
	dense := 0
	if u.dense() {
		dense = 1
	}
	columns := u.columns(batch)
	args := []argument{
		sumX: from, sumW: address(u.packed), sumTable: address(u.table), sumBias: bias, sumResidual: residual, sumY: to,
		6: ints(u.rows, u.padded), ints(u.depth, splits), ints(u.groups, u.from), ints(u.height, u.width),
		ints(u.picture, columns), ints(u.plane, u.across), ints(u.step[0], u.step[1]), ints(u.origin[0], u.origin[1]),
		ints(u.outPlane(), u.outWidth), ints(u.all(batch), dense), ints(u.outStep[0], u.outStep[1]), ints(u.outOrigin[0], u.outOrigin[1]),
		sumFours: null, limits(a),
	}
	switch {
	case t.direct && u.rows == 1 && u.from == u.height*u.width:
		name := map[int]string{0: "depthwise_any", 3: "depthwise_3", 5: "depthwise_5", 7: "depthwise_7"}[u.side]
		p.elements("conv", name, columns*u.groups, append(args, ints(u.dilation[0], u.dilation[1]))...)
		return
	case t.direct:
		name, rows := "conv_groups_8", 8
		if u.rows <= 4 {
			name, rows = "conv_groups_4", 4
		}
		p.add("conv", name, [3]int{(columns + 127) / 128, (u.rows + rows - 1) / rows, u.groups}, [3]int{128, 1, 1}, 0, args...)
		return
	}
	program, names := "conv", []string{"conv_", "pointwise_"}
	if t.tensor {
		program, names = "tensor", []string{"tensor_", "tensor_pointwise_"}
	}
	shared := t.bytes(false)
	grid := [3]int{(columns + t.columns - 1) / t.columns, (u.rows + t.rows - 1) / t.rows, u.groups * splits}
	c := p.add(program, names[0]+t.name, grid, [3]int{t.threads, 1, 1}, shared, args...)
	if c == nil {
		return
	}
	// Reading by fours needs whole fours in every channel, and an address that
	// is a multiple of them: parts of a concatenation may begin anywhere.
	fours := u.plane%4 == 0
	plain, pointwise, bytes := c.function, c.function, shared
	if fours && u.pointwise {
		if pointwise, p.err = p.d.function(program, names[1]+t.name, t.bytes(true)); p.err != nil {
			return
		}
		bytes = t.bytes(true)
	}
	c.adjust = func() {
		c.function, c.shared = plain, shared
		if fours && u.pointwise && aligned(c.args[sumX]) == 1 {
			c.function, c.shared = pointwise, bytes
		}
		c.args[sumFours] = 0
		if fours && dense == 1 && u.outWidth == u.across {
			c.args[sumFours] = uint64(aligned(c.args[sumY] | c.args[sumResidual]))
		}
	}
}
