package onnx

import (
	"fmt"
	"slices"
)

// The axes of a layer's output. Where it has two, it has no rows and columns.
const (
	batch = iota
	channels
	rows
	columns
)

// run is a part of a layer's axis: size positions, stride apart. Example: the
// sixth of twelve channels is the second of the third run of two.
type run struct{ axis, size, stride int }

// axis is one axis of an ONNX value, made of runs from the slowest to the
// fastest; none where its length is 1.
type axis []run

// layout describes how the axes of an ONNX value lie in the output of a layer.
// With it, Transpose and most uses of Reshape, Squeeze and Unsqueeze move
// nothing.
type layout []axis

func (a axis) size() int {
	n := 1
	for _, r := range a {
		n *= r.size
	}
	return n
}

// whole makes an axis that is all of a layer's axis of that length.
func whole(of, size int) axis {
	if size == 1 {
		return nil
	}
	return axis{{of, size, 1}}
}

// is reports whether a is all of a layer's axis of that length.
func (a axis) is(of, size int) bool { return slices.Equal(a, whole(of, size)) }

// on reports whether a is all of one of the axes of a layer's shape, and which.
func (a axis) on(shape []int) (int, bool) {
	if len(a) == 1 && a[0].axis < len(shape) && a[0].size == shape[a[0].axis] {
		return a[0].axis, true
	}
	return 0, false
}

// shape is the ONNX value's.
func (l layout) shape() []int {
	out := make([]int, len(l))
	for i, a := range l {
		out[i] = a.size()
	}
	return out
}

// equal reports whether two layouts are the same.
func (l layout) equal(o layout) bool {
	return slices.EqualFunc(l, o, func(a, b axis) bool { return slices.Equal(a, b) })
}

// runs are those of all axes in order, neighbours joined.
func (l layout) runs() axis {
	var all axis
	for _, a := range l {
		all = append(all, a...)
	}
	return joined(all)
}

// joined is a with neighbours that make one longer run joined.
func joined(a axis) axis {
	var out axis
	for _, r := range a {
		if r.size == 1 {
			continue
		}
		if n := len(out); n > 0 && out[n-1].axis == r.axis && out[n-1].stride == r.size*r.stride {
			out[n-1] = run{r.axis, out[n-1].size * r.size, r.stride}
			continue
		}
		out = append(out, r)
	}
	return out
}

// straight is the layout of a value whose axes are a layer's.
func straight(shape []int) layout {
	l := make(layout, len(shape))
	for i, side := range shape {
		l[i] = whole(i, side)
	}
	return l
}

// fold deals the runs out to axes of those lengths, splitting runs where
// needed; ok is false where an axis would end within a run that does not split
// evenly.
func fold(runs axis, shape []int) (l layout, ok bool) {
	rest := slices.Clone(runs)
	l = make(layout, len(shape))
	for i, side := range shape {
		var a axis
		for need := side; need > 1; {
			if len(rest) == 0 {
				return nil, false
			}
			r := rest[0]
			switch {
			case need%r.size == 0:
				a = append(a, r)
				need /= r.size
				rest = rest[1:]
			case r.size%need == 0:
				inner := r.size / need
				a = append(a, run{r.axis, need, r.stride * inner})
				rest[0].size = inner
				need = 1
			default:
				return nil, false
			}
		}
		l[i] = joined(a)
	}
	return l, len(rest) == 0
}

// flattened is the layout after a Flatten of a layer of that shape.
func (l layout) flattened(shape []int) layout {
	step := strides(shape)
	out := make(layout, len(l))
	for i, a := range l {
		var moved axis
		for _, r := range a {
			moved = append(moved, run{channels, r.size, r.stride * step[r.axis]})
		}
		out[i] = joined(moved)
	}
	return out
}

// transposed is the layout with its axes in another order.
func (l layout) transposed(order []int) layout {
	out := make(layout, len(order))
	for i, from := range order {
		out[i] = l[from]
	}
	return out
}

// widened is the layout with axes of length 1 put before its first, until it
// has that many.
func (l layout) widened(n int) layout {
	if len(l) >= n {
		return l
	}
	return append(make(layout, n-len(l)), l...)
}

// position turns the number of an axis, which counts from the end where it is
// negative, into one from 0 to count-1.
func position(at, count int) (int, error) {
	if at < -count || at >= count {
		return 0, fmt.Errorf("axis %d is not one of %d", at, count)
	}
	if at < 0 {
		at += count
	}
	return at, nil
}
