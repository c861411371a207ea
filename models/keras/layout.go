package keras

import "slices"

// run is a part of an axis of a Keras tensor: size elements, stride apart in the
// output of a layer of the network, which is taken as one row of numbers.
type run struct{ size, stride int }

// axis is an axis of a Keras tensor, made of runs from the slowest to the fastest;
// none where its length is 1. Example: after Flatten, the only axis of a tensor
// that was H x W x C is a run of H*W elements, 1 apart, and one of C elements, H*W
// apart, because the network has channels before rows and columns.
type axis []run

func (a axis) size() int {
	n := 1
	for _, r := range a {
		n *= r.size
	}
	return n
}

// whole is an axis of equal steps.
func whole(size, stride int) axis {
	if size == 1 {
		return nil
	}
	return axis{{size, stride}}
}

// joined is a with neighbours that make one longer run joined.
func joined(a axis) axis {
	var out axis
	for _, r := range a {
		if n := len(out); n > 0 && out[n-1].stride == r.size*r.stride {
			out[n-1] = run{out[n-1].size * r.size, r.stride}
			continue
		}
		out = append(out, r)
	}
	return out
}

// positions lists where the elements of the axis are, in order.
func (a axis) positions() []int {
	at := []int{0}
	for _, r := range a {
		next := make([]int, 0, len(at)*r.size)
		for _, p := range at {
			for i := range r.size {
				next = append(next, p+i*r.stride)
			}
		}
		at = next
	}
	return at
}

// layout has the axes of a Keras tensor without the batch.
type layout []axis

// shape is the tensor's, without the batch.
func (l layout) shape() []int {
	out := make([]int, len(l))
	for i, a := range l {
		out[i] = a.size()
	}
	return out
}

// size is the number of elements.
func (l layout) size() int {
	n := 1
	for _, a := range l {
		n *= a.size()
	}
	return n
}

func (l layout) equal(o layout) bool {
	return slices.EqualFunc(l, o, func(a, b axis) bool { return slices.Equal(a, b) })
}

// flat is the layout with all axes made one.
func (l layout) flat() layout {
	var all axis
	for _, a := range l {
		all = append(all, a...)
	}
	return layout{joined(all)}
}

// straight is the layout of a tensor with the axes of a layer of that shape.
func straight(shape []int) layout {
	l := make(layout, len(shape))
	stride := 1
	for i := len(shape) - 1; i >= 0; i-- {
		l[i] = whole(shape[i], stride)
		stride *= shape[i]
	}
	return l
}

// planar is the layout of a tensor of rows, columns and channels of a layer of
// shape C x H x W.
func planar(channels, height, width int, channelsFirst bool) layout {
	l := straight([]int{channels, height, width})
	if channelsFirst {
		return l
	}
	return layout{l[1], l[2], l[0]}
}

// reshaped deals the elements out to axes of those lengths; ok is false where an
// axis would end within a run that does not split evenly.
func (l layout) reshaped(shape []int) (out layout, ok bool) {
	rest := slices.Clone(l.flat()[0])
	out = make(layout, len(shape))
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
				a = append(a, run{need, r.stride * inner})
				rest[0].size = inner
				need = 1
			default:
				return nil, false
			}
		}
		out[i] = joined(a)
	}
	return out, len(rest) == 0
}
