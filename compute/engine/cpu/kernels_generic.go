package cpu

import "math"

// Plain Go versions of the kernels: what processors without assembly run, and
// what tests compare the assembly with.

const (
	genericRows  = 4
	genericLanes = 8
)

var genericKernels = kernels{
	tiles: []tiles{{
		rows: genericRows, lanes: genericLanes, depth: 256,
		packed: tileKernels{full: []func(*tile){tileFullGeneric}, masked: []func(*tile){tileGeneric}},
		inRows: tileKernels{full: []func(*tile){tileFullInRowsGeneric}, masked: []func(*tile){tileInRowsGeneric}},
	}},
	lanes: 1,

	winoSmall: winoGeneric(&winoSmall),
	winoLarge: winoGeneric(&winoLarge),
	largeFrom: 10, heavy: math.MaxInt,

	add:      addGeneric,
	affine:   affineGeneric,
	scaleAdd: scaleAddGeneric,
	gate:     gateGeneric,
	mul:      mulGeneric,
	dot:      dotGeneric,
	dots:     dotsGeneric,
	addRows:  addRowsGeneric,
	sum:      sumGeneric,
	div:      ofPairs(func(a, b float32) float32 { return a / b }),
	divBy:    divByGeneric,
	larger:   ofPairs(func(a, b float32) float32 { return max(a, b) }),
	smaller:  ofPairs(func(a, b float32) float32 { return min(a, b) }),

	expColumns: expColumnsGeneric, softmaxSlope: softmaxSlopeGeneric,
	expBelow: expBelowGeneric, most: mostGeneric,

	curves: curvesGeneric,

	copyRows:    copyRowsGeneric,
	everySecond: everySecondGeneric,
	turn:        turnGeneric,
	maxPool:     [2]func(*windows){maxPoolGeneric(1), maxPoolGeneric(2)},
	depthwise:   depthwiseGeneric,
}

func tileFullGeneric(t *tile) {
	t.cols = genericLanes
	tileGeneric(t)
}

func tileFullInRowsGeneric(t *tile) {
	t.cols = genericLanes
	tileInRowsGeneric(t)
}

func tileGeneric(t *tile) { tilePanels(t, 1, genericRows) }

func tileInRowsGeneric(t *tile) { tilePanels(t, t.aRow, 1) }

// tilePanels multiplies with weights whose rows and depths lie so far apart.
func tilePanels(t *tile, row, depth int) {
	for p := range t.panels {
		a := t.a[p*t.aStep:]
		var acc [genericRows][genericLanes]float32
		for k := range t.depth {
			x := t.b[t.off[k]:][:t.cols]
			for i := range acc {
				w := a[i*row+k*depth]
				for j, v := range x {
					acc[i][j] += w * v
				}
			}
		}
		for i := range acc {
			tileRow(t, p*genericRows+i, acc[i][:t.cols])
		}
	}
}

func depthwiseGeneric(t *tile) {
	var bias float32
	if t.bias != nil {
		bias = t.bias[0]
	}
	for y := range t.panels {
		c := t.c[y*t.cStep:][:t.cols]
		repeat(c, bias)
		for k, w := range t.a[:t.depth] {
			for x, v := range t.b[y*t.aStep+int(t.off[k]):][:t.cols] {
				c[x] += w * v
			}
		}
		for x, v := range c {
			c[x] = t.apply(v)
		}
	}
}

// tileRow ends a row of a tile.
func tileRow(t *tile, row int, acc []float32) {
	var bias float32
	if t.bias != nil {
		bias = t.bias[row]
	}
	scale := float32(1)
	if t.scale != nil {
		scale = t.scale[row]
	}
	c := t.c[row*t.cStep:][:len(acc)]
	for j, v := range acc {
		v = float32(v*scale) + bias
		if t.r != nil {
			v += t.r[row*t.rStep+j]
		}
		c[j] = t.apply(v)
	}
}

func addGeneric(v *vec) {
	b, dst := v.b[:v.count], v.dst[:v.count]
	for i, x := range v.a[:v.count] {
		dst[i] = v.apply(x + b[i])
	}
}

func affineGeneric(v *vec) {
	dst := v.dst[:v.count]
	for i, x := range v.a[:v.count] {
		dst[i] = v.apply(float32(x*v.scale) + v.shift)
	}
}

func scaleAddGeneric(v *vec) {
	b, dst := v.b[:v.count], v.dst[:v.count]
	for i, x := range v.a[:v.count] {
		dst[i] = x + v.scale*b[i]
	}
}

func mulGeneric(v *vec) {
	b, dst := v.b[:v.count], v.dst[:v.count]
	for i, x := range v.a[:v.count] {
		dst[i] = x * b[i]
	}
}

func gateGeneric(v *vec) {
	b, dst := v.b[:v.count], v.dst[:v.count]
	for i, x := range v.a[:v.count] {
		if y := b[i]; !(v.lo < y && y < v.hi) {
			x = 0
		}
		dst[i] = x * v.scale
	}
}

func dotsGeneric(v *vec) {
	row := vec{a: v.a, count: v.count}
	for r := range 4 {
		row.b = v.b[r*v.step:]
		dotGeneric(&row)
		v.dst[r] = row.result
	}
}

func addRowsGeneric(v *vec) {
	dst := v.dst[:v.count]
	for r, begin := range v.begins {
		for i, x := range v.b[begin:][:v.count] {
			dst[i] += v.a[r] * v.apply(x)
		}
	}
}

func dotGeneric(v *vec) {
	// Four sums, so that they do not wait for each other.
	var s [4]float32
	a, b := v.a[:v.count], v.b[:v.count]
	i := 0
	for ; i+4 <= len(a); i += 4 {
		x, y := a[i:i+4], b[i:i+4]
		s[0] += x[0] * y[0]
		s[1] += x[1] * y[1]
		s[2] += x[2] * y[2]
		s[3] += x[3] * y[3]
	}
	for ; i < len(a); i++ {
		s[0] += a[i] * b[i]
	}
	v.result = (s[0] + s[2]) + (s[1] + s[3])
}

func sumGeneric(v *vec) {
	var s [4]float32
	a := v.a[:v.count]
	i := 0
	for ; i+4 <= len(a); i += 4 {
		for j, x := range a[i : i+4] {
			s[j] += x
		}
	}
	for ; i < len(a); i++ {
		s[0] += a[i]
	}
	v.result = (s[0] + s[2]) + (s[1] + s[3])
}

func copyRowsGeneric(v *vec) {
	for row := range v.rows {
		copy(v.dst[row*v.to:][:v.count], v.a[row*v.step:])
	}
}

func everySecondGeneric(v *vec) {
	for row := range v.rows {
		a := v.a[row*v.step:]
		for i := range v.dst[row*v.to:][:v.count] {
			v.dst[row*v.to+i] = a[2*i]
		}
	}
}

func maxPoolGeneric(every int) func(*windows) {
	return func(w *windows) {
		for y := range w.rows {
			columns := w.row[w.left:][:w.in]
			copy(columns, w.src[y*w.step:])
			for i := 1; i < w.height; i++ {
				for x, v := range w.src[y*w.step+i*w.down:][:w.in] {
					columns[x] = max(columns[x], v)
				}
			}
			dst := w.dst[y*w.out:][:w.out]
			for x := range dst {
				dst[x] = w.row[every*x]
				for j := 1; j < w.width; j++ {
					dst[x] = max(dst[x], w.row[every*x+j*w.right])
				}
			}
		}
	}
}

func expColumnsGeneric(v *vec) {
	for i := range v.count {
		most, sum := v.dst[i], float32(0)
		for row := 1; row < v.rows; row++ {
			most = max(most, v.dst[row*v.step+i])
		}
		for row := range v.rows {
			e := float32(math.Exp(float64(v.dst[row*v.step+i] - most)))
			v.dst[row*v.step+i] = e
			sum += e
		}
		v.b[i] = sum
	}
}

func softmaxSlopeGeneric(v *vec) {
	for i := range v.count {
		var mean float32
		for row := range v.rows {
			mean += v.a[row*v.step+i] * v.dst[row*v.step+i]
		}
		for row := range v.rows {
			at := row*v.step + i
			v.dst[at] = v.a[at] * (v.dst[at] - mean)
		}
	}
}

func expBelowGeneric(v *vec) {
	dst := v.dst[:v.count]
	for i, x := range v.a[:v.count] {
		dst[i] = float32(math.Exp(float64(x + v.shift)))
	}
}

func mostGeneric(v *vec) {
	v.result = v.a[0]
	for _, x := range v.a[1:v.count] {
		v.result = max(v.result, x)
	}
}

// ofPairs is a kernel that sets dst to a function of a and b.
func ofPairs(f func(a, b float32) float32) func(*vec) {
	return func(v *vec) {
		dst, b := v.dst[:v.count], v.b[:v.count]
		for i, x := range v.a[:v.count] {
			dst[i] = f(x, b[i])
		}
	}
}

func divByGeneric(v *vec) {
	dst := v.dst[:v.count]
	for i, x := range v.a[:v.count] {
		dst[i] = x / v.scale
	}
}

func turnGeneric(v *vec) {
	for square := range v.rows {
		src, dst := v.a[square*v.begins[0]:], v.dst[square*v.begins[1]:]
		for i := range turnSquare {
			for j := range turnSquare {
				dst[j*v.to+i] = src[i*v.step+j]
			}
		}
	}
}
