package cpu

import "fmt"

// Matrices is the shape of products of matrices, each of Rows x Depth by Depth x Cols.
type Matrices struct {
	Rows, Depth, Cols int
	// TurnedA tells that the first factor lies Depth x Rows in memory, TurnedB that
	// the second one lies Cols x Depth.
	TurnedA, TurnedB bool
	// A and B have for each product where its factors begin, counted in matrices. The
	// results lie one after the other.
	A, B []int
}

// MatMul computes products of matrices that are all known only when it runs. It uses
// the same kernels as convolutions: rows of the first factor are weights, read where
// they lie, columns of the second one are pixels. What does not lie in this order is
// turned around a part at a time.
type MatMul struct {
	device *Device
	shape  Matrices
	tiles  *tiles
	// byColumns tells that workers share the columns rather than the rows.
	byColumns bool
	// block is how many columns are in work at once; chunk how many rows, or columns,
	// are one part of the work; parts is how many a product has.
	block, chunk, parts int
	// off are the places of the rows of a block of columns.
	off []int32
	job matMulJob
}

// Of products of so few rows, each row of the second factor is read once: as many
// multiplications as a tile has were wasted otherwise.
const fewRows = 2

// mostColumns bounds the columns in work at once, so that what is read of them for one
// panel is still in a cache for the next one.
const mostColumns = 512

// turnedFloats bounds the part of a second factor that is turned around at once.
const turnedFloats = 32 << 10

// NewMatMul prepares products of that shape. To give it factors for no product or
// matrices without elements is a programming error.
func (d *Device) NewMatMul(s Matrices) *MatMul {
	if min(s.Rows, s.Depth, s.Cols, len(s.A)) < 1 || len(s.A) != len(s.B) {
		panic(fmt.Sprintf("cpu: %d and %d factors of %dx%d by %dx%d", len(s.A), len(s.B), s.Rows, s.Depth, s.Depth, s.Cols))
	}
	m := &MatMul{device: d, shape: s, tiles: &d.kernels.tiles[0], byColumns: s.TurnedB || s.Rows <= fewRows}
	width, rows := m.tiles.width(), m.tiles.rows
	m.block = min(s.Cols, mostColumns/width*width)
	step := s.Cols
	if s.TurnedB {
		m.block = min(m.block, max(1, turnedFloats/s.Depth/width)*width)
		step = m.block
	}
	m.off = make([]int32, s.Depth)
	for k := range m.off {
		m.off[k] = int32(k * step)
	}
	// So many parts that each worker has several, and none so small that starting it
	// takes longer than the work.
	unit, units := rows, (s.Rows+rows-1)/rows
	if m.byColumns {
		unit, units = m.block, (s.Cols+m.block-1)/m.block
		if m.few() {
			unit = min(s.Cols, max(linearRows, linearColumns/4))
			units = (s.Cols + unit - 1) / unit
		}
	}
	want := (4*d.threads + len(s.A) - 1) / len(s.A)
	most := max(1, s.Rows*s.Depth*s.Cols>>14)
	m.parts = min(units, max(1, min(want, most)))
	m.chunk = (units + m.parts - 1) / m.parts * unit
	m.parts = 1 + (units*unit-1)/m.chunk
	m.job.init(m)
	return m
}

// few tells that the rows are too few for tiles.
func (m *MatMul) few() bool { return m.shape.Rows <= fewRows && !m.shape.TurnedA }

// Run sets dst to the products of a and b.
func (m *MatMul) Run(dst, a, b []float32) {
	s := &m.shape
	need("dst", dst, len(s.A)*s.Rows*s.Cols)
	for i := range s.A {
		need("a", a, (s.A[i]+1)*s.Rows*s.Depth)
		need("b", b, (s.B[i]+1)*s.Depth*s.Cols)
	}
	d := m.device
	d.begin()
	defer d.end()
	d.reserve(room{own: m.room()})
	j := &m.job
	j.dst, j.a, j.b = dst, a, b
	d.pool.run(&j.job, min(len(s.A)*m.parts, maxParts))
	j.dst, j.a, j.b = nil, nil, nil
}

// room is what a worker needs: a block of turned columns, the panels of a chunk of
// rows, and the last panel's result.
func (m *MatMul) room() int {
	s := &m.shape
	rows := m.tiles.rows
	panels := rows
	if s.TurnedA {
		panels = m.chunk + rows
		if m.byColumns {
			panels = s.Rows + rows
		}
	}
	n := panels*s.Depth + rows*m.block + 3*workLine
	if s.TurnedB {
		n += m.block * s.Depth
	}
	return n
}

// workLine is a cache line's floats, which parts of a worker's memory begin with.
const workLine = 16

// matMulJob is a run of a MatMul.
type matMulJob struct {
	job       job
	products  *MatMul
	dst, a, b []float32
}

func (j *matMulJob) init(m *MatMul) {
	j.products = m
	j.job.do = j.do
}

func (j *matMulJob) do(worker, part int) {
	m := j.products
	s := &m.shape
	items := len(s.A) * m.parts
	from, to := split(items, min(items, maxParts), part)
	own := &m.device.work[worker]
	for item := from; item < to; item++ {
		i, chunk := item/m.parts, item%m.parts
		w := matMulWork{
			MatMul: m, own: own, free: own.buf,
			dst: j.dst[i*s.Rows*s.Cols:][:s.Rows*s.Cols],
			a:   j.a[s.A[i]*s.Rows*s.Depth:][:s.Rows*s.Depth],
			b:   j.b[s.B[i]*s.Depth*s.Cols:][:s.Depth*s.Cols],
		}
		switch first := chunk * m.chunk; {
		case m.few():
			w.thin(first, min(first+m.chunk, s.Cols))
		case m.byColumns:
			w.columns(0, s.Rows, first, min(first+m.chunk, s.Cols))
		default:
			w.columns(first, min(first+m.chunk, s.Rows), 0, s.Cols)
		}
	}
}

// matMulWork is a part of a product in work.
type matMulWork struct {
	*MatMul
	own       *workspace
	dst, a, b []float32
	// free is what is left of the worker's memory.
	free []float32
}

// take cuts n floats off the memory.
func (w *matMulWork) take(n int) []float32 {
	part := w.free[:n]
	w.free = w.free[(n+workLine-1)/workLine*workLine:]
	return part
}

// thin computes some columns of few rows.
func (w *matMulWork) thin(from, to int) {
	s, d := &w.shape, w.device
	for row := range s.Rows {
		dst, a := w.dst[row*s.Cols:][from:to], w.a[row*s.Depth:][:s.Depth]
		if !s.TurnedB {
			d.addRows(w.own, dst, a, w.b[from:], s.Cols, unlimited)
			continue
		}
		for first := 0; first < len(dst); first += linearRows {
			part := dst[first:min(first+linearRows, len(dst))]
			v := &w.own.vec
			*v = vec{dst: part, a: a, b: w.b[(from+first)*s.Depth:], step: s.Depth, count: s.Depth}
			if len(part) == linearRows {
				d.kernels.dots(v)
				continue
			}
			for i := range part {
				v.b = w.b[(from+first+i)*s.Depth:]
				d.kernels.dot(v)
				part[i] = v.result
			}
		}
	}
}

// columns computes some rows, from a multiple of a tile's on, of some columns.
func (w *matMulWork) columns(top, bottom, from, to int) {
	s := &w.shape
	rows := w.tiles.rows
	// The rows that make whole panels, and the last ones, which do not.
	whole := (bottom - top) / rows * rows
	var weights, last matrix
	if s.TurnedA {
		weights = w.packed(top, bottom)
	} else {
		weights = newMatrix(w.tiles, whole, s.Depth, w.a[top*s.Depth:])
		weights.inRows = true
		if top+whole < bottom {
			last = newMatrix(w.tiles, rows, s.Depth, w.take(rows*s.Depth))
			clear(last.data)
			last.packPanel(0, bottom-top-whole, w.a[(top+whole)*s.Depth:])
		}
	}
	rest := w.take(rows * w.block)
	var turned []float32
	if s.TurnedB {
		turned = w.take(w.block * s.Depth)
	}
	for first := from; first < to; first += w.block {
		n := min(w.block, to-first)
		b := w.b[first:]
		if turned != nil {
			w.device.turnAround(w.own, turned, w.block, w.b[first*s.Depth:], s.Depth, n, s.Depth)
			b = turned
		}
		if whole > 0 {
			w.multiply(weights, 0, whole/rows, b, w.dst[top*s.Cols+first:], s.Cols, n)
		}
		if top+whole == bottom {
			continue
		}
		if s.TurnedA {
			w.multiply(weights, whole/rows, weights.panels, b, rest, w.block, n)
		} else {
			w.multiply(last, 0, 1, b, rest, w.block, n)
		}
		for row := top + whole; row < bottom; row++ {
			copy(w.dst[row*s.Cols+first:][:n], rest[(row-top-whole)*w.block:])
		}
	}
}

// multiply computes some panels of weights times n columns b into c.
func (w *matMulWork) multiply(weights matrix, from, to int, b, c []float32, cStep, n int) {
	w.own.weights = weights
	p := product{
		weights: &w.own.weights, from: from, to: to, b: b, off: w.off, c: c, cStep: cStep,
		limits: unlimited, cols: n, exact: true, column: w.own.column[:], packed: w.own.packed,
	}
	p.run(&w.own.tile)
}

// packed are some rows of a factor that lies turned, as panels.
func (w *matMulWork) packed(top, bottom int) matrix {
	s, t := &w.shape, w.tiles.rows
	n := bottom - top
	m := newMatrix(w.tiles, n, s.Depth, w.take((n+t-1)/t*t*s.Depth))
	for block := range m.blocks() {
		from, to := m.block(block)
		for panel := range m.panels {
			out := m.data[(m.panels*from+panel*(to-from))*t:]
			width := min(t, n-panel*t)
			for k := from; k < to; k++ {
				row := out[(k-from)*t:][:t]
				copy(row, w.a[k*s.Rows+top+panel*t:][:width])
				clear(row[width:])
			}
		}
	}
	return m
}
