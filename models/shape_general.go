package models

import (
	"errors"
	"fmt"
	"slices"

	"gorgonia.org/tensor"
)

func softmaxShape(l Layer, in []tensor.Shape) (tensor.Shape, error) {
	if axis := max(l.Attr.Axis, 1); axis >= len(in[0]) || l.Attr.Axis < 0 {
		return nil, fmt.Errorf("%v has no axis %d", in[0], l.Attr.Axis)
	}
	return in[0].Clone(), nil
}

func constantShape(l Layer, _ []tensor.Shape) (tensor.Shape, error) {
	value, ok := l.Params["value"]
	if !ok {
		return nil, errors.New("has no value")
	}
	return value.Shape().Clone(), nil
}

func viewShape(l Layer, in []tensor.Shape) (tensor.Shape, error) {
	out := tensor.Shape(l.Attr.Shape).Clone()
	if checkSize(out) != nil || out.TotalSize() != in[0].TotalSize() {
		return nil, fmt.Errorf("%v cannot become %v", in[0], out)
	}
	return out, nil
}

func transposeShape(l Layer, in []tensor.Shape) (tensor.Shape, error) {
	x, order := in[0], l.Attr.Order
	if sorted := slices.Sorted(slices.Values(order)); len(order) != len(x) || !slices.Equal(sorted, first(len(x))) {
		return nil, fmt.Errorf("%v is not an order of the axes of %v", order, x)
	}
	out := make(tensor.Shape, len(x))
	for i, from := range order {
		out[i] = x[from]
	}
	return out, nil
}

// first are the numbers from 0 to n - 1.
func first(n int) []int {
	numbers := make([]int, n)
	for i := range numbers {
		numbers[i] = i
	}
	return numbers
}

func takeShape(l Layer, in []tensor.Shape) (tensor.Shape, error) {
	out, size := tensor.Shape(l.Attr.Shape).Clone(), in[0].TotalSize()
	if err := checkSize(out); err != nil {
		return nil, err
	}
	if out.TotalSize() != len(l.Attr.Index) {
		return nil, fmt.Errorf("takes %d elements for an output of %v", len(l.Attr.Index), out)
	}
	for _, i := range l.Attr.Index {
		if i < -1 || int(i) >= size {
			return nil, fmt.Errorf("takes element %d of %v", i, in[0])
		}
	}
	return out, nil
}

func matMulShape(_ Layer, in []tensor.Shape) (tensor.Shape, error) {
	a, b := in[0], in[1]
	n := len(a)
	if n < 2 || len(b) != n || a[n-1] != b[n-2] {
		return nil, fmt.Errorf("cannot multiply %v by %v", a, b)
	}
	out, err := broadcastShape(Layer{}, []tensor.Shape{a[:n-2], b[:n-2]})
	if err != nil {
		return nil, fmt.Errorf("cannot multiply %v by %v", a, b)
	}
	return append(out, a[n-2], b[n-1]), nil
}

func reduceShape(l Layer, in []tensor.Shape) (tensor.Shape, error) {
	if err := l.checkAxes(in[0]); err != nil {
		return nil, err
	}
	out := in[0].Clone()
	for _, axis := range l.Attr.Axes {
		out[axis] = 1
	}
	return out, nil
}

func standardizeShape(l Layer, in []tensor.Shape) (tensor.Shape, error) {
	return in[0].Clone(), l.checkAxes(in[0])
}

// checkAxes reports axes to work over that x does not have, or that are not in
// ascending order.
func (l Layer) checkAxes(x tensor.Shape) error {
	axes := l.Attr.Axes
	for i, axis := range axes {
		if axis < 0 || axis >= len(x) || i > 0 && axis <= axes[i-1] {
			return fmt.Errorf("%v are no axes of %v in order", axes, x)
		}
	}
	if len(axes) == 0 {
		return errors.New("has no axes to work over")
	}
	return nil
}

func convTransposeShape(l Layer, in []tensor.Shape) (tensor.Shape, error) {
	x, a := in[0], l.Attr
	w, ok := l.Params["weight"]
	if !ok {
		return nil, errors.New("has no weight")
	}
	s := w.Shape()
	if g := a.Groups; g < 1 || len(s) != 4 || s[0] != x[1] || s[0]%g != 0 || s[2] != a.Kernel[0] || s[3] != a.Kernel[1] {
		return nil, fmt.Errorf("weight %v does not fit an input of %d channels in %d groups and a kernel of %v", s, x[1], g, a.Kernel)
	}
	out := tensor.Shape{x[0], s[1] * a.Groups, 0, 0}
	if _, biased := l.Params["bias"]; biased {
		if err := l.checkParam("bias", out[1]); err != nil {
			return nil, err
		}
	}
	for _, n := range slices.Concat(a.Kernel[:], a.Stride[:], a.Dilation[:], a.Pad[:], a.Extra[:]) {
		if n > maxInputSide {
			return nil, fmt.Errorf("kernel, stride, dilation or padding of %d out of range", n)
		}
	}
	for axis := range 2 {
		if a.Kernel[axis] < 1 || a.Stride[axis] < 1 || a.Dilation[axis] < 1 || a.Pad[axis] < 0 || a.Pad[axis+2] < 0 || a.Extra[axis] < 0 {
			return nil, fmt.Errorf("kernel %v, stride %v, dilation %v, padding %v or extra rows and columns %v out of range", a.Kernel, a.Stride, a.Dilation, a.Pad, a.Extra)
		}
		out[2+axis] = (x[2+axis]-1)*a.Stride[axis] + a.Dilation[axis]*(a.Kernel[axis]-1) + 1 + a.Extra[axis] - a.Pad[axis] - a.Pad[axis+2]
	}
	return out, nil
}
