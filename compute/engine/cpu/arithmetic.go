package cpu

import "fmt"

// Arithmetic is an operation of two tensors, element by element.
type Arithmetic int

const (
	// Sum is a + b.
	Sum Arithmetic = iota
	// Difference is a - b.
	Difference
	// Product is a * b.
	Product
	// Quotient is a / b.
	Quotient
	// Lesser is the lesser of a and b, Greater the greater one.
	Lesser
	Greater
)

// Combine sets dst, of the sides to, to the elementwise operation of a and b,
// of the sides ofA and ofB. Axes of length 1 are repeated where others are
// longer, but for a Product, where dst has such an axis, what would not fit is
// summed up. A nil b is 1 everywhere. dst must not overlap a or b.
func (d *Device) Combine(o Arithmetic, dst, a, b []float32, to, ofA, ofB Sides) {
	w := walk{of: [4]Layout{Dense(to), Dense(ofA), Dense(ofB)}}
	for axis := range w.sides {
		w.sides[axis] = max(to[axis], ofA[axis], ofB[axis])
		for _, sides := range []Sides{to, ofA, ofB} {
			if n := sides[axis]; n != 1 && n != w.sides[axis] {
				panic(fmt.Sprintf("cpu: %v and %v do not combine to %v", ofA, ofB, to))
			}
		}
		if o != Product && to[axis] != w.sides[axis] {
			panic(fmt.Sprintf("cpu: %v and %v have no room in %v", ofA, ofB, to))
		}
	}
	w.need("dst", dst, 0)
	w.need("a", a, 1)
	if b != nil {
		w.need("b", b, 2)
	} else if ofB != Axes() {
		panic("cpu: ones in place of an operand have sides of 1")
	}
	w = w.merged()
	kept, summed := w.parted()
	rows, length := kept.count(), w.sides[rowAxis]
	width := length
	if w.of[0].Steps[rowAxis] != 0 {
		width = d.columns(rows, length)
	}
	d.eachRow(combine, rows*((length+width-1)/width), summed.count()*(width/4+16), width, rowArgs{
		dst: dst, a: a, b: b, walk: w, width: width, kind: o,
	})
}

// parted parts the axes before the last one into those that the result has and those
// over which it is a sum, each with 1 for the others.
func (w *walk) parted() (kept, summed outerAxes) {
	for axis := range kept {
		kept[axis], summed[axis] = w.sides[axis], 1
		if w.of[0].Steps[axis] == 0 {
			kept[axis], summed[axis] = 1, w.sides[axis]
		}
	}
	return kept, summed
}

func combine(d *Device, own *workspace, from, to int) {
	j := &d.rows
	w := &j.walk
	kept, summed := w.parted()
	steps := [3]int{w.of[0].Steps[rowAxis], w.of[1].Steps[rowAxis], w.of[2].Steps[rowAxis]}
	parts := (w.sides[rowAxis] + j.width - 1) / j.width
	terms := summed.count()
	for item := from; item < to; item++ {
		at := w.at(item/parts, kept)
		first := item % parts * j.width
		n := min(j.width, w.sides[rowAxis]-first)
		for k := range steps {
			at[k] += first * steps[k]
		}
		for term := range terms {
			more := w.at(term, summed)
			own.vec = vec{dst: j.dst[at[0]:], a: j.a[at[1]+more[1]:], limits: unlimited, count: n}
			if j.b != nil {
				own.vec.b = j.b[at[2]+more[2]:]
			}
			switch {
			case steps[0] == 0 && n > 1:
				d.reduceRow(own, steps[1], steps[2], term > 0)
			case term > 0:
				d.accumulateRow(own, steps[1], steps[2])
			default:
				d.combineRow(own, j.kind, steps[1], steps[2])
			}
		}
	}
}

// scalar is the number that a repeated operand is.
func scalar(x []float32) float32 {
	if x == nil {
		return 1
	}
	return x[0]
}

// combineRow does an operation on a row; a and b have a number for each
// element, step 1, or one for all, step 0.
func (d *Device) combineRow(own *workspace, o Arithmetic, aStep, bStep int) {
	v := &own.vec
	switch {
	case aStep == 0 && bStep == 0:
		repeat(v.dst[:v.count], o.of(v.a[0], scalar(v.b)))
	case o == Quotient && aStep == 0:
		for i, b := range v.b[:v.count] {
			v.dst[i] = v.a[0] / b
		}
	case o == Quotient && bStep == 0:
		v.scale = v.b[0]
		d.kernels.divBy(v)
	case aStep == 1 && bStep == 1:
		switch o {
		case Sum:
			d.kernels.add(v)
		case Product:
			d.kernels.mul(v)
		case Quotient:
			d.kernels.div(v)
		case Lesser:
			d.kernels.smaller(v)
		case Greater:
			d.kernels.larger(v)
		default:
			v.scale = -1
			d.kernels.scaleAdd(v)
		}
	default:
		v.scale = 1
		other := scalar(v.b)
		if aStep == 0 {
			v.a, other = v.b, v.a[0]
		}
		switch o {
		case Sum:
			v.shift = other
		case Product:
			v.scale = other
		case Lesser:
			v.hi = other
		case Greater:
			v.lo = other
		default:
			if v.shift = -other; aStep == 0 {
				v.scale, v.shift = -1, other
			}
		}
		d.kernels.affine(v)
	}
}

// of is the operation on two numbers.
func (o Arithmetic) of(a, b float32) float32 {
	switch o {
	case Sum:
		return a + b
	case Difference:
		return a - b
	case Product:
		return a * b
	case Lesser:
		return min(a, b)
	case Greater:
		return max(a, b)
	}
	return a / b
}

// accumulateRow adds a product to a row.
func (d *Device) accumulateRow(own *workspace, aStep, bStep int) {
	v := &own.vec
	switch {
	case aStep == 1 && bStep == 1:
		dst := v.dst
		v.dst = own.buf
		d.kernels.mul(v)
		*v = vec{dst: dst, a: dst, b: own.buf, limits: unlimited, count: v.count}
		d.kernels.add(v)
	case aStep == 0 && bStep == 0:
		product := v.a[0] * scalar(v.b)
		for i := range v.dst[:v.count] {
			v.dst[i] += product
		}
	default:
		v.scale = scalar(v.b)
		if aStep == 1 {
			v.b = v.a
		} else {
			v.scale = v.a[0]
		}
		v.a = v.dst
		d.kernels.scaleAdd(v)
	}
}

// reduceRow sums a product up to one number, adding it to what is there.
func (d *Device) reduceRow(own *workspace, aStep, bStep int, add bool) {
	v := &own.vec
	var sum float32
	switch {
	case aStep == 1 && bStep == 1:
		d.kernels.dot(v)
		sum = v.result
	case aStep == 0 && bStep == 0:
		sum = float32(v.count) * v.a[0] * scalar(v.b)
	default:
		factor := scalar(v.b)
		if aStep == 0 {
			v.a, factor = v.b, v.a[0]
		}
		d.kernels.sum(v)
		sum = v.result * factor
	}
	if add {
		sum += v.dst[0]
	}
	v.dst[0] = sum
}

// Multiply sets dst to factor * src. It may be src.
func (d *Device) Multiply(dst, src []float32, factor float32) {
	need("src", src, len(dst))
	d.eachRow(multiply, blocks(len(dst)), block/4, 0, rowArgs{dst: dst, a: src, scale: factor})
}

func multiply(d *Device, own *workspace, from, to int) {
	j := &d.rows
	i, end := j.elements(from, to)
	own.vec = vec{dst: j.dst[i:], a: j.a[i:], scale: j.scale, limits: unlimited, count: end - i}
	d.kernels.affine(&own.vec)
}
