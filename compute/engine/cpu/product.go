package cpu

import "gaze/compute/engine/machine"

// matrix is a matrix of weights.
type matrix struct {
	tiles       *tiles
	rows, depth int
	panels      int
	// data are the weights, packed in the order in which the register tiles read
	// them: blocks of depths, in each panels of as many rows as a tile has, in each
	// depth by depth. Rows that the last panel has too many are zero.
	data []float32
	// inRows tells that they are not packed but row by row, where the caller has
	// them; scale has then a factor for each row, nil for one.
	inRows bool
	scale  []float32
}

// newMatrix makes a packed matrix of what is in data, packedLen floats.
func newMatrix(t *tiles, rows, depth int, data []float32) matrix {
	return matrix{tiles: t, rows: rows, depth: depth, panels: (rows + t.rows - 1) / t.rows, data: data}
}

// packedLen is the room for a packed matrix.
func packedLen(t *tiles, rows, depth int) int {
	return (rows + t.rows - 1) / t.rows * t.rows * depth
}

// largeMatrix is the number of weights from which a second copy of them, in the
// order in which they are read, is not worth the memory: reading them row by row
// takes no longer (ResNet-50: one or two hundredths).
const largeMatrix = 1 << 16

// matrixOf is the matrix of some output channels' weights: where these lie if they
// are many and make whole panels, otherwise packed. The caller has the device's turn.
func (d *Device) matrixOf(t *tiles, f *filters, first, rows int) matrix {
	if rows*f.size < d.large || rows%t.rows != 0 || t.inRows.full == nil {
		return d.packWeights(t, rows, f.size, func(row int, to []float32) { f.writeScaled(to, first+row) })
	}
	m := newMatrix(t, rows, f.size, f.weight[first*f.size:][:rows*f.size])
	m.inRows = true
	if f.scale != nil {
		m.scale = f.scale[first:][:rows]
	}
	return m
}

// packWeights packs the matrix whose rows the function writes. The workers
// share the panels. The caller has the device's turn.
func (d *Device) packWeights(t *tiles, rows, depth int, row func(row int, to []float32)) matrix {
	w := newMatrix(t, rows, depth, machine.NewMemory(packedLen(t, rows, depth)))
	parts := d.parts(w.panels, 4*t.rows*depth)
	d.reserve(room{own: t.rows * depth})
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
func (w *matrix) packPanel(panel, n int, rows []float32) {
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
func (w *matrix) blocks() int { return max(1, (w.depth+w.tiles.depth-1)/w.tiles.depth) }

// block gives the depths of a block.
func (w *matrix) block(i int) (from, to int) { return split(w.depth, w.blocks(), i) }

// bytes is the memory that the matrix takes beside what the caller has.
func (w *matrix) bytes() int {
	if w.inRows {
		return 0
	}
	return 4 * len(w.data)
}

// index is where an element of a packed matrix is in data.
func (w *matrix) index(row, k int) int {
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

// product is a product of some panels of weights with some columns.
type product struct {
	weights *matrix
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
	// column is the worker's memory for the pixels of a single column.
	column []float32
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
		t.off, t.depth = p.off[k0:k1], k1-k0
		t.rStep, t.limits = p.rStep, unlimited
		add, bias := p.r, p.bias
		if block > 0 {
			add, t.rStep = p.c, p.cStep
			bias = nil
		}
		if block == blocks-1 {
			t.limits = p.limits
		}
		step := max(1, panelBlock/max(1, rows*t.depth))
		for from := p.from; from < p.to; from += step {
			w.read(t, k0, from)
			row := (from - p.from) * rows
			t.bias = nil
			if bias != nil {
				t.bias = bias[row:]
			}
			for col := 0; col < p.cols; {
				kernel, cols := w.pick(p.cols-col, p.exact)
				t.panels = min(step, p.to-from)
				t.b, t.c, t.r, t.cols = p.b[col:], p.c[row*p.cStep+col:], nil, cols
				if add != nil {
					t.r = add[row*t.rStep+col:]
				}
				if w.inRows && cols == 1 && w.tiles.inRows.column != nil {
					p.bringTogether(t)
				}
				kernel(t)
				col += cols
			}
		}
	}
}

// read has the tile read the weights of its depths, a block that begins with k0, from
// a panel on.
func (w *matrix) read(t *tile, k0, panel int) {
	rows := w.tiles.rows
	if !w.inRows {
		t.aStep, t.scale = rows*t.depth, nil
		t.a = w.data[w.panels*rows*k0+panel*t.aStep:]
		return
	}
	t.aStep, t.aRow, t.scale = rows*w.depth, w.depth, nil
	t.a = w.data[panel*t.aStep+k0:]
	if w.scale != nil {
		t.scale = w.scale[panel*rows:]
	}
}

// bringTogether copies the pixels of a column, so that those of weights row by row
// can be multiplied with several at a time.
func (p *product) bringTogether(t *tile) {
	for k, at := range t.off {
		p.column[k] = t.b[at]
	}
	t.b = p.column
}

// pick chooses the tile for the next of n columns.
func (w *matrix) pick(n int, exact bool) (kernel func(*tile), cols int) {
	if w.inRows {
		return w.tiles.pick(&w.tiles.inRows, n, exact)
	}
	return w.tiles.pick(&w.tiles.packed, n, exact)
}

func (t *tiles) pick(of *tileKernels, n int, exact bool) (kernel func(*tile), cols int) {
	if n >= t.width() {
		return of.full[len(of.full)-1], t.width()
	}
	vectors := (n + t.lanes - 1) / t.lanes
	switch {
	case of.column != nil && n == 1:
		return of.column, 1
	case of.column != nil && n%t.lanes == 1:
		return of.full[vectors-2], n - 1
	case of.half != nil && n <= t.lanes/2:
		return of.half, n
	case of.masked != nil && n%t.lanes != 0 && (exact || of.half != nil):
		if of.half != nil && n > t.lanes && n%t.lanes <= t.lanes/2 {
			return of.full[vectors-2], (vectors - 1) * t.lanes
		}
		return of.masked[vectors-1], n
	}
	return of.full[vectors-1], min(n, vectors*t.lanes)
}
