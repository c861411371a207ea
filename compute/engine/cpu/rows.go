package cpu

import "fmt"

// rowFunction is an operation element by element on a row: dst is as long as the row,
// of each operand there is a number for each element, step 1, or one for all, step 0.
type rowFunction func(dst []float32, in [3][]float32, steps [3]int)

// EachRow sets dst, of the sides to, to a function of up to three tensors of their own
// sides, nil for none. Axes of length 1 are repeated where dst is longer. cost is about
// how many additions an element takes.
func (d *Device) EachRow(f rowFunction, cost int, dst []float32, to Sides, in [3][]float32, of [3]Sides) {
	w := walk{sides: to}
	w.of[0] = Dense(to)
	for i, operand := range in {
		if operand == nil {
			continue
		}
		for axis, side := range of[i] {
			if side != 1 && side != to[axis] {
				panic(fmt.Sprintf("cpu: %v has no room in %v", of[i], to))
			}
		}
		w.of[i+1] = Dense(of[i])
		w.need("an operand", operand, i+1)
	}
	w.need("dst", dst, 0)
	w = w.merged()
	rows, length := w.outer().count(), w.sides[rowAxis]
	width := d.columns(rows, length)
	d.eachRow(mapRows, rows*((length+width-1)/width), 16+cost*width, 0, rowArgs{
		dst: dst, a: in[0], b: in[1], c: in[2], walk: w, width: width, function: f,
	})
}

func mapRows(d *Device, _ *workspace, from, to int) {
	j := &d.rows
	w := &j.walk
	sides := w.outer()
	var steps [3]int
	for i := range steps {
		steps[i] = w.of[i+1].Steps[rowAxis]
	}
	parts := (w.sides[rowAxis] + j.width - 1) / j.width
	for item := from; item < to; item++ {
		at := w.at(item/parts, sides)
		first := item % parts * j.width
		n := min(j.width, w.sides[rowAxis]-first)
		var in [3][]float32
		for i, operand := range [...][]float32{j.a, j.b, j.c} {
			if operand != nil {
				in[i] = operand[at[i+1]+first*steps[i]:]
			}
		}
		j.function(j.dst[at[0]+first:][:n], in, steps)
	}
}

// pairs makes a rowFunction of a function of two numbers.
func pairs(f func(a, b float32) float32) rowFunction {
	return func(dst []float32, in [3][]float32, steps [3]int) {
		a, b := in[0], in[1]
		for i := range dst {
			dst[i] = f(a[i*steps[0]], b[i*steps[1]])
		}
	}
}

// where takes from the second where the first is not 0, else from the third.
func where(dst []float32, in [3][]float32, steps [3]int) {
	for i := range dst {
		from := 2
		if in[0][i*steps[0]] != 0 {
			from = 1
		}
		dst[i] = in[from][i*steps[from]]
	}
}
