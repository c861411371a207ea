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

// infer sets the layer's shape from those of its inputs and from which of them
// have the channels last.
func (l *Layer) infer(in []tensor.Shape, last []bool) (err error) {
	if len(in) == 0 {
		return errors.New("reads no layer")
	}
	if l.ChannelsLast, err = channelsLast(*l, last); err != nil {
		return err
	}
	l.Shape, err = inferShape(*l, in)
	return err
}

// inferShape computes the output shape of l, whose inputs have the shapes in,
// and checks its parameters against them.
func inferShape(l Layer, in []tensor.Shape) (tensor.Shape, error) {
	if err := checkArity(l.Kind, len(in)); err != nil {
		return nil, err
	}
	x := in[0]
	if fourAxes(l.Kind) && len(x) != 4 {
		return nil, fmt.Errorf("needs an input of four axes, not %v", x)
	}
	switch l.Kind {
	case Conv:
		return convShape(l, x)
	case AvgPool:
		if l.Attr.Dilation != [2]int{1, 1} {
			return nil, fmt.Errorf("an average over pixels %v apart is not supported", l.Attr.Dilation)
		}
		return windowShape(l.Attr, x, x[1])
	case MaxPool:
		return windowShape(l.Attr, x, x[1])
	case BatchNorm:
		return x.Clone(), l.checkParams(x[1], "weight", "bias", "running_mean", "running_var")
	case LayerNorm:
		return x.Clone(), l.checkParams(x[l.channelAxis(x)], "weight", "bias")
	case Scale:
		return x.Clone(), l.checkScale(x)
	case PReLU:
		if p := l.Params["weight"]; p != nil && p.Shape().TotalSize() == 1 {
			return x.Clone(), nil
		}
		return x.Clone(), l.checkParams(x[1], "weight")
	case LRN:
		if l.Attr.Size < 1 {
			return nil, fmt.Errorf("normalises over %d channels", l.Attr.Size)
		}
		return x.Clone(), nil
	case AdaptiveAvgPool:
		if l.Attr.Output[0] < 1 || l.Attr.Output[1] < 1 {
			return nil, fmt.Errorf("output size %v out of range", l.Attr.Output)
		}
		return tensor.Shape{x[0], x[1], l.Attr.Output[0], l.Attr.Output[1]}, nil
	case GlobalAvgPool, GlobalMaxPool:
		return tensor.Shape{x[0], x[1], 1, 1}, nil
	case ChannelMean, ChannelMax:
		return tensor.Shape{x[0], 1, x[2], x[3]}, nil
	case Linear:
		return linearShape(l, x)
	case Flatten:
		return tensor.Shape{x[0], x.TotalSize() / x[0]}, nil
	case Reshape:
		return reshapeShape(l.Attr, x)
	case Permute:
		if l.ChannelsLast {
			return tensor.Shape{x[0], x[2], x[3], x[1]}, nil
		}
		return tensor.Shape{x[0], x[3], x[1], x[2]}, nil
	case Add, Sub, Mul, Div:
		return broadcastShape(in)
	case Concat:
		return concatShape(in)
	case Slice:
		return sliceShape(l.Attr, x)
	case Pad:
		return padShape(l.Attr, x)
	case ChannelShuffle:
		if g := l.Attr.Groups; g < 1 || x[1]%g != 0 {
			return nil, fmt.Errorf("%d channels do not make %d groups", x[1], g)
		}
		return x.Clone(), nil
	case ReLU, ReLU6, Clip, LeakyReLU, ELU, Sigmoid, Tanh, SiLU, HardSigmoid, HardSwish, GELU, GELUTanh, Softmax,
		Dropout, Identity, Sequential:
		return x.Clone(), nil
	}
	return nil, errors.New("unknown kind of layer")
}

// checkArity reports a layer that reads too many others or too few.
func checkArity(k Kind, inputs int) error {
	switch k {
	case Add, Mul, Concat:
		return nil
	case Sub, Div:
		if inputs != 2 {
			return fmt.Errorf("reads %d layers, not two", inputs)
		}
		return nil
	}
	if inputs != 1 {
		return fmt.Errorf("reads %d layers, not one", inputs)
	}
	return nil
}

// fourAxes reports whether an operation needs rows and columns.
func fourAxes(k Kind) bool {
	switch k {
	case Conv, LRN, MaxPool, AvgPool, AdaptiveAvgPool, GlobalAvgPool, GlobalMaxPool, ChannelMean, ChannelMax, Pad, ChannelShuffle, Permute:
		return true
	}
	return false
}

// pointwise reports whether an operation works at every pixel on its own, so
// that it can have the channels as its last axis.
func pointwise(k Kind) bool {
	switch k {
	case Linear, LayerNorm, ReLU, ReLU6, Clip, LeakyReLU, ELU, Sigmoid, Tanh, SiLU, HardSigmoid, HardSwish, GELU, GELUTanh,
		Add, Sub, Mul, Div, Dropout, Identity, Sequential:
		return true
	}
	return false
}

// channelsLast finds whether l's output has the channels as its last axis,
// given whether its inputs have.
func channelsLast(l Layer, in []bool) (bool, error) {
	for _, last := range in[1:] {
		if last != in[0] {
			return false, errors.New("reads layers with channels first and with channels last")
		}
	}
	switch {
	case l.Kind == Permute:
		return !in[0], nil
	case l.Kind == Flatten, !in[0]:
		return false, nil
	case !pointwise(l.Kind):
		return false, errors.New("cannot work with the channels as the last axis")
	}
	return true, nil
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

// channelAxis is the axis of x, the input of l, that has the channels.
func (l Layer) channelAxis(x tensor.Shape) int {
	if l.ChannelsLast {
		return len(x) - 1
	}
	return 1
}

func linearShape(l Layer, x tensor.Shape) (tensor.Shape, error) {
	if len(x) != 2 && !(len(x) == 4 && l.ChannelsLast) {
		return nil, fmt.Errorf("needs an input of two axes or with the channels last, not %v", x)
	}
	w, ok := l.Params["weight"]
	if !ok {
		return nil, errors.New("has no weight")
	}
	s := w.Shape()
	if from := x[len(x)-1]; len(s) != 2 || s[1] != from {
		return nil, fmt.Errorf("weight %v does not fit an input of %d numbers", s, from)
	}
	if _, biased := l.Params["bias"]; biased {
		if err := l.checkParam("bias", s[0]); err != nil {
			return nil, err
		}
	}
	out := x.Clone()
	out[len(out)-1] = s[0]
	return out, nil
}

// broadcastShape is the shape of an elementwise operation in which axes of
// length 1 are repeated.
func broadcastShape(in []tensor.Shape) (tensor.Shape, error) {
	out := in[0].Clone()
	for _, s := range in[1:] {
		if len(s) != len(out) {
			return nil, fmt.Errorf("cannot combine %v and %v", in[0], s)
		}
		for axis, side := range s {
			if side != out[axis] && side != 1 && out[axis] != 1 {
				return nil, fmt.Errorf("cannot combine %v and %v", in[0], s)
			}
			out[axis] = max(out[axis], side)
		}
	}
	return out, nil
}

func concatShape(in []tensor.Shape) (tensor.Shape, error) {
	out := in[0].Clone()
	for _, s := range in[1:] {
		fits := len(s) == len(out) && len(s) > 1
		for axis := 0; fits && axis < len(s); axis++ {
			fits = axis == 1 || s[axis] == out[axis]
		}
		if !fits {
			return nil, fmt.Errorf("cannot join %v and %v along the channels", in[0], s)
		}
		out[1] += s[1]
	}
	return out, nil
}

func sliceShape(a Attr, x tensor.Shape) (tensor.Shape, error) {
	if a.Axis < 1 || a.Axis >= len(x) || a.Step < 1 || a.From < 0 || a.To > x[a.Axis] || a.From >= a.To {
		return nil, fmt.Errorf("%d to %d in steps of %d along axis %d is not a part of %v", a.From, a.To, a.Step, a.Axis, x)
	}
	out := x.Clone()
	out[a.Axis] = (a.To-a.From-1)/a.Step + 1
	return out, nil
}

func padShape(a Attr, x tensor.Shape) (tensor.Shape, error) {
	for _, side := range a.Pad {
		if side < 0 || side > maxInputSide {
			return nil, fmt.Errorf("padding %v out of range", a.Pad)
		}
	}
	return tensor.Shape{x[0], x[1], x[2] + a.Pad[0] + a.Pad[2], x[3] + a.Pad[1] + a.Pad[3]}, nil
}

func reshapeShape(a Attr, x tensor.Shape) (tensor.Shape, error) {
	out := append(tensor.Shape{x[0]}, a.Shape...)
	fits := len(a.Shape) == 1 || len(a.Shape) == 3
	// Side by side, so that no product overflows.
	rest := x.TotalSize() / x[0]
	for _, side := range a.Shape {
		if side < 1 || rest%side != 0 {
			fits = false
			break
		}
		rest /= side
	}
	if !fits || rest != 1 {
		return nil, fmt.Errorf("%v cannot become %v", x, out)
	}
	return out, nil
}

// checkScale reports parameters of a Scale that do not fit its input x.
func (l Layer) checkScale(x tensor.Shape) error {
	if len(l.Params) == 0 {
		return errors.New("has neither weight nor bias")
	}
	for _, name := range []string{"weight", "bias"} {
		p, ok := l.Params[name]
		if !ok {
			continue
		}
		if s := p.Shape(); !s.Eq(x[1:]) && (len(s) != 1 || s[0] != 1 && s[0] != x[1]) {
			return fmt.Errorf("%s has shape %v, which fits neither the %d channels nor %v", name, s, x[1], x[1:])
		}
	}
	return nil
}

// checkParams reports missing or misshapen vectors of parameters.
func (l Layer) checkParams(length int, names ...string) error {
	for _, name := range names {
		if err := l.checkParam(name, length); err != nil {
			return err
		}
	}
	return nil
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
