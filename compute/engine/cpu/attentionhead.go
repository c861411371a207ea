package cpu

// headWork is one head of one window of one picture in work.
type headWork struct {
	*Attention
	own *workspace
	// positions are the window's; nil where it is all of them in order.
	positions []int32
	// bias is the head's, nil for none.
	bias []float32
	// q, k and v begin with the head's channels, which are step apart; dy does so
	// with those of the gradient.
	q, k, v, dy []float32
	step        int
	// at is where the head's channels begin in dst.
	at int
	// free is what is left of the worker's memory.
	free []float32
}

// room is what a head needs in a worker's memory.
func (a *Attention) room() int {
	const parts, line = 16, 16
	gathered := 0
	if a.params.Windows != nil {
		gathered = 4 * a.depth * a.each
	}
	filled := a.depth + a.tiles.rows
	return gathered + 4*a.rows*filled + 2*a.rows*a.block + 3*a.block*filled + a.block + parts*line
}

// take cuts n floats off the memory, so that each part begins with a cache line.
func (h *headWork) take(n int) []float32 {
	part := h.free[:n]
	h.free = h.free[(n+31)/16*16:]
	return part
}

// headOf finds the head of an item and brings a window's numbers together.
func headOf(a *Attention, j *attentionJob, own *workspace, item int) headWork {
	item /= j.parts
	head, window, n := item%a.params.Heads, item/a.params.Heads%a.windows, item/a.params.Heads/a.windows
	h := headWork{Attention: a, own: own, step: a.size, free: own.buf}
	from := 3*n*a.channels*a.size + head*a.depth*a.size
	h.q, h.k, h.v = j.qkv[from:], j.qkv[from+a.channels*a.size:], j.qkv[from+2*a.channels*a.size:]
	h.at = (n*a.channels + head*a.depth) * a.size
	if j.back {
		h.dy = j.dy[h.at:]
		h.at = from
	}
	group := 0
	if w := a.params.Windows; w != nil {
		h.positions, group = w.Positions[window*a.each:][:a.each], int(w.Groups[window])
		h.step = a.each
		var padding [3][]float32
		for part := range padding {
			if a.padding != nil {
				padding[part] = a.padding[part*a.channels+head*a.depth:]
			}
		}
		h.q, h.k, h.v = h.gathered(h.q, padding[0]), h.gathered(h.k, padding[1]), h.gathered(h.v, padding[2])
		if j.back {
			h.dy = h.gathered(h.dy, nil)
		}
	}
	if a.bias != nil {
		h.bias = a.bias[(group*a.params.Heads+head)*a.rows*a.each:]
	}
	return h
}

// gathered are the numbers at the window's positions, channel by channel, and where a
// position is padding, the channel's in padding, or 0.
func (h *headWork) gathered(from, padding []float32) []float32 {
	to := h.take(h.depth * h.each)
	for c := range h.depth {
		row, channel := to[c*h.each:][:h.each], from[c*h.size:][:h.size]
		if !h.params.Padded() {
			for i, at := range h.positions {
				row[i] = channel[at]
			}
			continue
		}
		var other float32
		if padding != nil {
			other = padding[c]
		}
		for i, at := range h.positions {
			row[i] = other
			if at >= 0 {
				row[i] = channel[at]
			}
		}
	}
	return to
}

// packed are the head's channels of all positions as weights, a row a position,
// times a factor.
func (h *headWork) packed(x []float32, factor float32) matrix {
	t := h.tiles.rows
	w := newMatrix(h.tiles, h.each, h.depth, h.take(h.rows*h.depth))
	for block := range w.blocks() {
		from, to := w.block(block)
		for panel := range w.panels {
			out := w.data[(w.panels*from+panel*(to-from))*t:]
			n := min(t, h.each-panel*t)
			for c := from; c < to; c++ {
				row := out[(c-from)*t:][:t]
				for i, v := range x[c*h.step+panel*t:][:n] {
					row[i] = factor * v
				}
				clear(row[n:])
			}
		}
	}
	return w
}

// inPlace are rows of that many numbers as weights: where they lie if they make whole
// panels.
func (h *headWork) inPlace(x []float32, rows, depth int) matrix {
	m := newMatrix(h.tiles, rows, depth, x)
	m.inRows = true
	return m
}

// multiply computes rows of weights times columns b into c; off are the places of b's
// rows, add is added to the result.
func (h *headWork) multiply(w matrix, b []float32, off []int32, c []float32, cStep, cols int, add []float32, addStep int) {
	h.own.weights = w
	p := product{
		weights: &h.own.weights, to: w.panels, b: b, off: off, c: c, cStep: cStep, r: add, rStep: addStep,
		limits: unlimited, cols: cols, exact: true, column: h.own.column[:], packed: h.own.packed,
	}
	p.run(&h.own.tile)
}

// queries gives the first and the number of the queries of a block.
func (h *headWork) queries(block int) (first, n int, off []int32) {
	first = block * h.block
	if n = min(h.block, h.each-first); n < h.block {
		return first, n, h.last
	}
	return first, n, h.keys
}

// weights computes exp(s - max s) of all keys by some queries, and their sums.
func (h *headWork) weights(keys matrix, s, sums []float32, first, n int) {
	var bias []float32
	if h.bias != nil {
		bias = h.bias[first:]
	}
	h.multiply(keys, h.q[first:], h.depths, s, n, n, bias, h.each)
	h.own.vec = vec{dst: s, b: sums, rows: h.each, step: n, count: n}
	h.device.kernels.expColumns(&h.own.vec)
	for i, v := range sums[:n] {
		sums[i] = 1 / v
	}
}

// forward computes the output of a part of the head's queries.
func (h *headWork) forward(j *attentionJob, part int) {
	keys, values := h.packed(h.k, h.params.Scale), h.channelRows(h.v)
	s, sums, y := h.take(h.rows*h.block), h.take(h.block), h.take((h.depth+h.tiles.rows)*h.block)
	from, to := split((h.each+h.block-1)/h.block, j.parts, part)
	for block := from; block < to; block++ {
		first, n, off := h.queries(block)
		h.weights(keys, s, sums, first, n)
		h.multiply(values, s, off, y, n, n, nil, 0)
		for c := range h.depth {
			h.device.mulRow(h.own, y[c*n:][:n], y[c*n:], sums)
		}
		h.store(j.dst[h.at:], y, n, first, 1)
	}
}

// backward computes the head's gradients by q, k and v. With the weights p and the
// gradient g of the output, v's are p g; with r = vᵀ g, that of the products is
// p (r - Σ p r), and those of q and k are its products with k and q.
func (h *headWork) backward(j *attentionJob) {
	plane := h.channels * h.size
	keys, values, keyRows := h.packed(h.k, h.params.Scale), h.packed(h.v, 1), h.channelRows(h.k)
	p, r, sums, dq := h.take(h.rows*h.block), h.take(h.rows*h.block), h.take(h.block), h.take((h.depth+h.tiles.rows)*h.block)
	turned := h.take(h.block * h.depth)
	dk, dv := h.take(h.rows*h.depth), h.take(h.rows*h.depth)
	var addK, addV []float32
	for block := range (h.each + h.block - 1) / h.block {
		first, n, off := h.queries(block)
		h.weights(keys, p, sums, first, n)
		for i := range h.each {
			h.device.mulRow(h.own, p[i*n:][:n], p[i*n:], sums)
		}
		weights := h.inPlace(p, h.rows, n)
		h.multiply(weights, h.turn(turned, h.dy, first, n), h.turned[:n], dv, h.depth, h.depth, addV, h.depth)
		h.multiply(values, h.dy[first:], h.depths, r, n, n, nil, 0)
		h.own.vec = vec{dst: r, a: p, rows: h.each, step: n, count: n}
		h.device.kernels.softmaxSlope(&h.own.vec)
		h.multiply(keyRows, r, off, dq, n, n, nil, 0)
		h.store(j.dst[h.at:], dq, n, first, h.params.Scale)
		slopes := h.inPlace(r, h.rows, n)
		h.multiply(slopes, h.turn(turned, h.q, first, n), h.turned[:n], dk, h.depth, h.depth, addK, h.depth)
		addK, addV = dk, dv
	}
	h.storeTurned(j.dst[h.at+plane:], dk, h.params.Scale)
	h.storeTurned(j.dst[h.at+2*plane:], dv, 1)
}

// channelRows are the head's channels as weights, a row a channel.
func (h *headWork) channelRows(x []float32) matrix {
	if h.depth%h.tiles.rows == 0 {
		return h.inPlace(x, h.depth, h.each)
	}
	rows := h.tiles.rows
	w := newMatrix(h.tiles, h.depth, h.each, h.take((h.depth+rows)*h.each))
	clear(w.data)
	for panel := range w.panels {
		n := min(rows, h.depth-panel*rows)
		w.packPanel(panel, n, x[panel*rows*h.step:])
	}
	return w
}

// turn brings the channels of some positions together.
func (h *headWork) turn(to, from []float32, first, n int) []float32 {
	for c := range h.depth {
		for i, v := range from[c*h.step+first:][:n] {
			to[i*h.depth+c] = v
		}
	}
	return to
}

// store writes some positions of all channels, n to a row, times a factor.
func (h *headWork) store(to, from []float32, n, first int, factor float32) {
	for c := range h.depth {
		row, channel := from[c*n:][:n], to[c*h.size:][:h.size]
		if h.positions == nil {
			h.own.vec = vec{dst: channel[first:], a: row, scale: factor, limits: unlimited, count: n}
			h.device.kernels.affine(&h.own.vec)
			continue
		}
		for i, at := range h.positions[first:][:n] {
			if at >= 0 {
				channel[at] = factor * row[i]
			}
		}
	}
}

// storeTurned writes all positions, whose channels lie together, times a factor.
func (h *headWork) storeTurned(to, from []float32, factor float32) {
	for c := range h.depth {
		channel := to[c*h.size:][:h.size]
		for i := range h.each {
			at := i
			if h.positions != nil {
				at = int(h.positions[i])
			}
			if at >= 0 {
				channel[at] = factor * from[i*h.depth+c]
			}
		}
	}
}
