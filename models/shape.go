package models

import (
	"errors"
	"fmt"

	"gorgonia.org/tensor"
)

// OutputSide returns the length of a convolution's or pooling's output along
// one axis of length in, padded by lo and hi, and whether there is any. With
// ceil the last window may hang over the padded end, but must begin inside the
// input or its leading padding, as in PyTorch.
func OutputSide(in, kernel, stride, dilation, lo, hi int, ceil bool) (int, bool) {
	span := dilation*(kernel-1) + 1
	room := in + lo + hi - span
	if room < 0 {
		return 0, false
	}
	out := room/stride + 1
	if ceil && room%stride != 0 && out*stride < in+lo {
		out++
	}
	return out, true
}

// inferShape computes the output shape of l, whose inputs have the shapes in,
// and checks its parameters against them.
func inferShape(l Layer, in []tensor.Shape) (tensor.Shape, error) {
	if len(in) == 0 {
		return nil, errors.New("reads no layer")
	}
	if l.Kind != Add && l.Kind != Concat && len(in) != 1 {
		return nil, fmt.Errorf("reads %d layers, not one", len(in))
	}
	x := in[0]
	if spatialKind(l.Kind) && len(x) != 4 {
		return nil, fmt.Errorf("needs an input of four axes, not %v", x)
	}
	switch l.Kind {
	case Conv:
		return convShape(l, x)
	case MaxPool, AvgPool:
		return windowShape(l.Attr, x, x[1])
	case BatchNorm:
		for _, p := range []string{"weight", "bias", "running_mean", "running_var"} {
			if err := l.checkParam(p, x[1]); err != nil {
				return nil, err
			}
		}
		return x.Clone(), nil
	case AdaptiveAvgPool:
		if l.Attr.Output[0] < 1 || l.Attr.Output[1] < 1 {
			return nil, fmt.Errorf("output size %v out of range", l.Attr.Output)
		}
		return tensor.Shape{x[0], x[1], l.Attr.Output[0], l.Attr.Output[1]}, nil
	case GlobalAvgPool:
		return tensor.Shape{x[0], x[1], 1, 1}, nil
	case Linear:
		return linearShape(l, x)
	case Flatten:
		return tensor.Shape{x[0], x.TotalSize() / x[0]}, nil
	case Add:
		for _, s := range in[1:] {
			if !s.Eq(x) {
				return nil, fmt.Errorf("cannot add %v and %v", x, s)
			}
		}
		return x.Clone(), nil
	case Concat:
		return concatShape(in)
	case ReLU, ReLU6, Dropout, Sequential:
		return x.Clone(), nil
	}
	return nil, errors.New("unknown kind of layer")
}

func spatialKind(k Kind) bool {
	switch k {
	case Conv, BatchNorm, MaxPool, AvgPool, AdaptiveAvgPool, GlobalAvgPool, Concat:
		return true
	}
	return false
}

func convShape(l Layer, x tensor.Shape) (tensor.Shape, error) {
	w, ok := l.Params["weight"]
	if !ok {
		return nil, errors.New("has no weight")
	}
	s := w.Shape()
	if g := l.Attr.Groups; g < 1 || x[1]%g != 0 || len(s) != 4 || s[0]%g != 0 || s[1] != x[1]/g ||
		s[2] != l.Attr.Kernel[0] || s[3] != l.Attr.Kernel[1] {
		return nil, fmt.Errorf("weight %v does not fit an input of %d channels in %d groups and a kernel of %v", s, x[1], g, l.Attr.Kernel)
	}
	if _, biased := l.Params["bias"]; biased {
		if err := l.checkParam("bias", s[0]); err != nil {
			return nil, err
		}
	}
	return windowShape(l.Attr, x, s[0])
}

// windowShape is the output shape of a window sliding over x.
func windowShape(a Attr, x tensor.Shape, channels int) (tensor.Shape, error) {
	out := tensor.Shape{x[0], channels, 0, 0}
	for axis := range 2 {
		if a.Kernel[axis] < 1 || a.Stride[axis] < 1 || a.Dilation[axis] < 1 || a.Pad[axis] < 0 || a.Pad[axis+2] < 0 {
			return nil, fmt.Errorf("kernel %v, stride %v, dilation %v or padding %v out of range", a.Kernel, a.Stride, a.Dilation, a.Pad)
		}
		side, ok := OutputSide(x[2+axis], a.Kernel[axis], a.Stride[axis], a.Dilation[axis], a.Pad[axis], a.Pad[axis+2], a.Ceil)
		if !ok {
			return nil, fmt.Errorf("window of %v does not fit an input of %dx%d", a.Kernel, x[2], x[3])
		}
		out[2+axis] = side
	}
	return out, nil
}

func linearShape(l Layer, x tensor.Shape) (tensor.Shape, error) {
	if len(x) != 2 {
		return nil, fmt.Errorf("needs an input of two axes, not %v", x)
	}
	w, ok := l.Params["weight"]
	if !ok {
		return nil, errors.New("has no weight")
	}
	s := w.Shape()
	if len(s) != 2 || s[1] != x[1] {
		return nil, fmt.Errorf("weight %v does not fit an input of %d numbers", s, x[1])
	}
	if _, biased := l.Params["bias"]; biased {
		if err := l.checkParam("bias", s[0]); err != nil {
			return nil, err
		}
	}
	return tensor.Shape{x[0], s[0]}, nil
}

func concatShape(in []tensor.Shape) (tensor.Shape, error) {
	out := in[0].Clone()
	for _, s := range in[1:] {
		if len(s) != 4 || s[0] != out[0] || s[2] != out[2] || s[3] != out[3] {
			return nil, fmt.Errorf("cannot join %v and %v along the channels", in[0], s)
		}
		out[1] += s[1]
	}
	return out, nil
}

// checkParam reports a missing or misshapen vector of parameters.
func (l Layer) checkParam(name string, length int) error {
	p, ok := l.Params[name]
	if !ok {
		return fmt.Errorf("has no %s", name)
	}
	if s := p.Shape(); len(s) != 1 || s[0] != length {
		return fmt.Errorf("%s has shape %v, not (%d)", name, s, length)
	}
	return nil
}
