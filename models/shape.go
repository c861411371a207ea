package models

import (
	"errors"
	"fmt"

	"gorgonia.org/tensor"
)

// OutputSide returns the length of the output of a convolution or pooling along
// one axis. in is the length of the input; lo and hi are the padding before and
// after it. With ceil, the last window may extend beyond the padded end, but it
// must begin inside the input or the padding before it, as in PyTorch. ok is
// false where not even one window fits.
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

// shapeRule computes the output shape of a layer whose inputs have the shapes in,
// and checks the layer's numbers and parameters against them. There are as many
// inputs, with as many axes, as the layer's kind asks for.
type shapeRule func(l Layer, in []tensor.Shape) (tensor.Shape, error)

// infer sets the layer's shape from the shapes of its inputs and from which of
// them have the channels last.
func (l *Layer) infer(in []tensor.Shape, last []bool) (err error) {
	k, ok := kinds[l.Kind]
	if !ok {
		return errors.New("unknown kind of layer")
	}
	if len(in) == 0 && k.inputs != none {
		return errors.New("reads no layer")
	}
	if l.ChannelsLast, err = channelsLast(*l, k, last); err != nil {
		return err
	}
	if err := k.checkInputs(in); err != nil {
		return err
	}
	if l.Shape, err = k.shape(*l, in); err != nil {
		return err
	}
	l.reads = in
	return checkSize(l.Shape)
}

// mostNumbers bounds a layer's output for one picture.
const mostNumbers = 1<<31 - 1

// checkSize reports an output without numbers or with too many.
func checkSize(s tensor.Shape) error {
	room := mostNumbers
	for _, side := range s {
		if side < 1 {
			return fmt.Errorf("makes an output of %v, which is empty", s)
		}
		if room /= side; room == 0 {
			return fmt.Errorf("makes an output of %v, which is too large", s)
		}
	}
	return nil
}

// checkInputs reports a layer that reads too many others or too few, or one of
// the wrong number of axes.
func (k traits) checkInputs(in []tensor.Shape) error {
	words := map[int]string{none: "none", 1: "one", 2: "two", 3: "three", 4: "four"}
	if k.inputs != oneOrMore && len(in) != max(k.inputs, 0) {
		return fmt.Errorf("reads %d layers, not %s", len(in), words[k.inputs])
	}
	if k.axes != 0 && len(in[0]) != k.axes {
		return fmt.Errorf("needs an input of %s axes, not %v", words[k.axes], in[0])
	}
	if n := len(in); n > 0 && k.axes == 0 && !k.general && len(in[0]) != 2 && len(in[0]) != 4 {
		return fmt.Errorf("needs an input of two or four axes, not %v", in[0])
	}
	return nil
}

// channelsLast finds whether l's output has the channels as its last axis,
// given whether its inputs have.
func channelsLast(l Layer, k traits, in []bool) (bool, error) {
	if k.general && !k.pixelwise {
		return false, nil // It looks at the axes as they are.
	}
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
	case !k.pixelwise:
		return false, errors.New("cannot work with the channels as the last axis")
	}
	return true, nil
}

// sameShape is the rule of layers whose output has the shape of their input.
func sameShape(_ Layer, in []tensor.Shape) (tensor.Shape, error) { return in[0].Clone(), nil }

// roundShape is the rule of layers that round to a grid, whose step is above 0.
func roundShape(l Layer, in []tensor.Shape) (tensor.Shape, error) {
	if !(l.Attr.Alpha > 0) || !(l.Attr.Min < l.Attr.Max) {
		return nil, fmt.Errorf("steps of %g from %g to %g are no grid", l.Attr.Alpha, l.Attr.Min, l.Attr.Max)
	}
	return in[0].Clone(), nil
}

func batchNormShape(l Layer, in []tensor.Shape) (tensor.Shape, error) {
	return in[0].Clone(), l.checkParams(in[0][1], "weight", "bias", "running_mean", "running_var")
}

func layerNormShape(l Layer, in []tensor.Shape) (tensor.Shape, error) {
	return in[0].Clone(), l.checkParams(in[0][l.channelAxis(in[0])], "weight", "bias")
}

func lrnShape(l Layer, in []tensor.Shape) (tensor.Shape, error) {
	if l.Attr.Size < 1 {
		return nil, fmt.Errorf("normalises over %d channels", l.Attr.Size)
	}
	return in[0].Clone(), nil
}

// preluShape takes one slope for all channels, or one a channel.
func preluShape(l Layer, in []tensor.Shape) (tensor.Shape, error) {
	if p := l.Params["weight"]; p != nil && p.Shape().TotalSize() == 1 {
		return in[0].Clone(), nil
	}
	return in[0].Clone(), l.checkParams(in[0][1], "weight")
}

func maxPoolShape(l Layer, in []tensor.Shape) (tensor.Shape, error) {
	return windowShape(l.Attr, in[0], in[0][1])
}

func avgPoolShape(l Layer, in []tensor.Shape) (tensor.Shape, error) {
	if l.Attr.Dilation != [2]int{1, 1} {
		return nil, fmt.Errorf("an average over pixels %v apart is not supported", l.Attr.Dilation)
	}
	return windowShape(l.Attr, in[0], in[0][1])
}

func adaptiveShape(l Layer, in []tensor.Shape) (tensor.Shape, error) {
	if l.Attr.Output[0] < 1 || l.Attr.Output[1] < 1 {
		return nil, fmt.Errorf("output size %v out of range", l.Attr.Output)
	}
	return tensor.Shape{in[0][0], in[0][1], l.Attr.Output[0], l.Attr.Output[1]}, nil
}

// globalShape is the rule of one number a channel.
func globalShape(_ Layer, in []tensor.Shape) (tensor.Shape, error) {
	return tensor.Shape{in[0][0], in[0][1], 1, 1}, nil
}

// channelShape is the rule of one number a pixel.
func channelShape(_ Layer, in []tensor.Shape) (tensor.Shape, error) {
	return tensor.Shape{in[0][0], 1, in[0][2], in[0][3]}, nil
}

func flattenShape(_ Layer, in []tensor.Shape) (tensor.Shape, error) {
	return tensor.Shape{in[0][0], in[0].TotalSize() / in[0][0]}, nil
}

func permuteShape(l Layer, in []tensor.Shape) (tensor.Shape, error) {
	x := in[0]
	if l.ChannelsLast {
		return tensor.Shape{x[0], x[2], x[3], x[1]}, nil
	}
	return tensor.Shape{x[0], x[3], x[1], x[2]}, nil
}

func shuffleShape(l Layer, in []tensor.Shape) (tensor.Shape, error) {
	if g := l.Attr.Groups; g < 1 || in[0][1]%g != 0 {
		return nil, fmt.Errorf("%d channels do not make %d groups", in[0][1], g)
	}
	return in[0].Clone(), nil
}

func convShape(l Layer, in []tensor.Shape) (tensor.Shape, error) {
	x := in[0]
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

func linearShape(l Layer, in []tensor.Shape) (tensor.Shape, error) {
	x := in[0]
	if len(x) != 2 && len(x) != 4 {
		return nil, fmt.Errorf("needs an input of two or four axes, not %v", x)
	}
	w, ok := l.Params["weight"]
	if !ok {
		return nil, errors.New("has no weight")
	}
	s := w.Shape()
	axis := l.channelAxis(x)
	if from := x[axis]; len(s) != 2 || s[1] != from {
		return nil, fmt.Errorf("weight %v does not fit an input of %d numbers", s, from)
	}
	if _, biased := l.Params["bias"]; biased {
		if err := l.checkParam("bias", s[0]); err != nil {
			return nil, err
		}
	}
	out := x.Clone()
	out[axis] = s[0]
	return out, nil
}

// broadcastShape is the shape of an elementwise operation in which axes of
// length 1 are repeated.
func broadcastShape(_ Layer, in []tensor.Shape) (tensor.Shape, error) {
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

func concatShape(l Layer, in []tensor.Shape) (tensor.Shape, error) {
	out, along := in[0].Clone(), max(l.Attr.Axis, 1)
	if along >= len(out) || l.Attr.Axis < 0 {
		return nil, fmt.Errorf("%v has no axis %d to join along", in[0], l.Attr.Axis)
	}
	for _, s := range in[1:] {
		fits := len(s) == len(out)
		for axis := 0; fits && axis < len(s); axis++ {
			fits = axis == along || s[axis] == out[axis]
		}
		if !fits {
			return nil, fmt.Errorf("cannot join %v and %v along axis %d", in[0], s, along)
		}
		out[along] += s[along]
	}
	return out, nil
}

func sliceShape(l Layer, in []tensor.Shape) (tensor.Shape, error) {
	a, x := l.Attr, in[0]
	if a.Axis < 1 || a.Axis >= len(x) || a.Step < 1 || a.From < 0 || a.To > x[a.Axis] || a.From >= a.To {
		return nil, fmt.Errorf("%d to %d in steps of %d along axis %d is not a part of %v", a.From, a.To, a.Step, a.Axis, x)
	}
	out := x.Clone()
	out[a.Axis] = (a.To-a.From-1)/a.Step + 1
	return out, nil
}

func padShape(l Layer, in []tensor.Shape) (tensor.Shape, error) {
	a, x := l.Attr, in[0]
	for _, side := range a.Pad {
		if side < 0 || side > maxInputSide {
			return nil, fmt.Errorf("padding %v out of range", a.Pad)
		}
	}
	return tensor.Shape{x[0], x[1], x[2] + a.Pad[0] + a.Pad[2], x[3] + a.Pad[1] + a.Pad[3]}, nil
}

func reshapeShape(l Layer, in []tensor.Shape) (tensor.Shape, error) {
	a, x := l.Attr, in[0]
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

// scaleShape takes a weight, a bias or both, each of one number, one a channel,
// or one an element.
func scaleShape(l Layer, in []tensor.Shape) (tensor.Shape, error) {
	x := in[0]
	if len(l.Params) == 0 {
		return nil, errors.New("has neither weight nor bias")
	}
	for _, name := range []string{"weight", "bias"} {
		p, ok := l.Params[name]
		if !ok {
			continue
		}
		if s := p.Shape(); !s.Eq(x[1:]) && (len(s) != 1 || s[0] != 1 && s[0] != x[1]) {
			return nil, fmt.Errorf("%s has shape %v, which fits neither the %d channels nor %v", name, s, x[1], x[1:])
		}
	}
	return x.Clone(), nil
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
