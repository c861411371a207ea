package cpu

// packedWeights is a matrix of weights in the order in which the register
// tiles read it: blocks of depths, in each panels of as many rows as a tile
// has, in each depth by depth. Rows that the last panel has too many are zero.
type packedWeights struct {
	tiles       *tiles
	rows, depth int
	panels      int
	data        []float32
}

// newWeights makes a matrix of zeros in memory of packedLen floats.
func newWeights(t *tiles, rows, depth int, data []float32) packedWeights {
	return packedWeights{tiles: t, rows: rows, depth: depth, panels: (rows + t.rows - 1) / t.rows, data: data}
}

// packedLen is the room for a packed matrix.
func packedLen(t *tiles, rows, depth int) int {
	return (rows + t.rows - 1) / t.rows * t.rows * depth
}

// packWeights packs the matrix whose rows the function writes. The workers
// share the panels. The caller has the device's turn.
func (d *Device) packWeights(t *tiles, rows, depth int, row func(row int, to []float32)) packedWeights {
	w := newWeights(t, rows, depth, NewMemory(packedLen(t, rows, depth)))
	parts := d.parts(w.panels, 4*t.rows*depth)
	d.reserve(0, t.rows*depth)
	d.pool.run(&job{do: func(worker, part int) {
		held := d.work[worker].buf
		from, to := split(w.panels, parts, part)
		for panel := from; panel < to; panel++ {
			n := min(t.rows, rows-panel*t.rows)
			for i := range n {
				row(panel*t.rows+i, held[i*depth:][:depth])
			}
			w.packPanel(panel, n, held)
		}
	}}, parts)
	return w
}

// packPanel packs the first n rows of a panel.
func (w *packedWeights) packPanel(panel, n int, rows []float32) {
	t := w.tiles.rows
	for block := range w.blocks() {
		from, to := w.block(block)
		out := w.data[(w.panels*from+panel*(to-from))*t:]
		for k := from; k < to; k++ {
			for i := range n {
				out[i] = rows[i*w.depth+k]
			}
			out = out[t:]
		}
	}
}

// blocks is the number of blocks of depths.
func (w *packedWeights) blocks() int { return max(1, (w.depth+w.tiles.depth-1)/w.tiles.depth) }

// block gives the depths of a block.
func (w *packedWeights) block(i int) (from, to int) { return split(w.depth, w.blocks(), i) }

// index is where an element of the matrix is in data.
func (w *packedWeights) index(row, k int) int {
	from, to := w.block(((k+1)*w.blocks() - 1) / w.depth)
	t := w.tiles.rows
	return (w.panels*from+row/t*(to-from)+k-from)*t + row%t
}

// tilesFor is the family of register tiles for a matrix of that many rows.
func (k *kernels) tilesFor(rows int) *tiles {
	for i := range k.tiles[1:] {
		// Fewer rows in a tile pay where the last panel would be half empty.
		if rest := rows % k.tiles[i].rows; rest > 0 && rest <= k.tiles[i+1].rows && rows <= 3*k.tiles[i].rows {
			return &k.tiles[i+1]
		}
	}
	return &k.tiles[0]
}

// product is a product of some panels of packed weights with some columns.
type product struct {
	weights *packedWeights
	// from and to are the panels.
	from, to int
	b        []float32
	off      []int32
	c        []float32
	cStep    int
	// r is added to the result, nil for nothing; bias likewise. The bias has
	// an entry for each row of each panel.
	r     []float32
	rStep int
	bias  []float32
	limits
	cols int
	// exact forbids touching columns after the last one.
	exact bool
	// packed is the worker's memory for a tile's pixels where those of
	// different depths lie far apart; nil where they share cache lines.
	packed *float32
}

// panelBlock bounds the weights, in floats, that are read for one tile of
// columns after the other: half of a small second cache. More would come from
// the memory again for each tile.
const panelBlock = 32 << 10

// run computes the product with the worker's tile arguments. The result has
// all rows of the panels. One block of depths after the other is added to it,
// so that a tile's pixels stay in the first cache for all panels of a block,
// and those panels' weights in the second for all columns.
func (p *product) run(t *tile) {
	w := p.weights
	rows := w.tiles.rows
	t.cStep, t.packed = p.cStep, p.packed
	blocks := w.blocks()
	for block := range blocks {
		k0, k1 := w.block(block)
		t.off, t.depth, t.aStep = p.off[k0:k1], k1-k0, rows*(k1-k0)
		t.rStep, t.limits = p.rStep, unlimited
		add, bias := p.r, p.bias
		if block > 0 {
			add, t.rStep = p.c, p.cStep
			bias = nil
		}
		if block == blocks-1 {
			t.limits = p.limits
		}
		step := max(1, panelBlock/max(1, t.aStep))
		for from := p.from; from < p.to; from += step {
			t.a = w.data[w.panels*rows*k0+from*t.aStep:]
			row := (from - p.from) * rows
			t.bias = nil
			if bias != nil {
				t.bias = bias[row:]
			}
			for col := 0; col < p.cols; {
				kernel, cols := w.tiles.pick(p.cols-col, p.exact)
				t.panels = min(step, p.to-from)
				t.b, t.c, t.r, t.cols = p.b[col:], p.c[row*p.cStep+col:], nil, cols
				if add != nil {
					t.r = add[row*t.rStep+col:]
				}
				kernel(t)
				col += cols
			}
		}
	}
}

// pick chooses the tile for the next of n columns.
func (t *tiles) pick(n int, exact bool) (kernel func(*tile), cols int) {
	if n >= t.width() {
		return t.full[len(t.full)-1], t.width()
	}
	vectors := (n + t.lanes - 1) / t.lanes
	switch {
	case t.column != nil && n == 1:
		return t.column, 1
	case t.column != nil && n%t.lanes == 1:
		return t.full[vectors-2], n - 1
	case t.half != nil && n <= t.lanes/2:
		return t.half, n
	case t.masked != nil && n%t.lanes != 0 && (exact || t.half != nil):
		if t.half != nil && n > t.lanes && n%t.lanes <= t.lanes/2 {
			return t.full[vectors-2], (vectors - 1) * t.lanes
		}
		return t.masked[vectors-1], n
	}
	return t.full[vectors-1], min(n, vectors*t.lanes)
}
