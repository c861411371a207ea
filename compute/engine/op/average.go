package op

import (
	"fmt"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// AvgPool is the mean under each position of a window; where CountPad is set
// the padding's zeros count, as far as the padding reaches.
type AvgPool struct {
	signature
	Window
	CountPad bool
}

// NewAvgPool makes an average pooling. The window's dilation must be 1.
func NewAvgPool(w Window, countPad bool) AvgPool {
	return AvgPool{signature{fmt.Sprintf("AvgPool%+v countPad=%t", w, countPad), []int{4}, 4}, w, countPad}
}

// InferShape follows the window.
func (o AvgPool) InferShape(sizers ...gorgonia.DimSizer) (tensor.Shape, error) {
	return o.pooled(o, sizers)
}

// Do computes it.
func (o AvgPool) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	return result(o, values, func(dst []float32, out tensor.Shape, in []*tensor.Dense) {
		x := floats(in[0])
		averages(in[0].Shape(), out, o.span, func(i, j int, share float32) { dst[i] += share * x[j] })
	})
}

// SymDiff spreads each gradient over its window.
func (o AvgPool) SymDiff(inputs gorgonia.Nodes, output, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	back, err := gorgonia.ApplyOp(NewAvgPoolGrad(o.Window, o.CountPad, inputs[0].Shape()), grad)
	return only(back, err, 1)
}

// span is the part of an axis of length n that window i covers, and the length
// its mean divides by.
func (o AvgPool) span(axis, i, n int) (from, to, over int) {
	from = i*o.Stride[axis] - o.Pad[axis]
	to = from + o.Kernel[axis]
	if over = min(to, n) - max(from, 0); o.CountPad {
		over = min(to, n+o.Pad[axis+2]) - from
	}
	return max(from, 0), min(to, n), over
}

// averages calls f with every output, each input that it is a mean of, and
// that input's share of the mean. span says which part of an axis window i
// covers and what length the mean divides by.
func averages(x, y tensor.Shape, span func(axis, i, n int) (from, to, over int), f func(out, in int, share float32)) {
	for plane := range y[0] * y[1] {
		for p := range y[2] {
			top, bottom, height := span(0, p, x[2])
			for q := range y[3] {
				left, right, width := span(1, q, x[3])
				for row := top; row < bottom; row++ {
					for col := left; col < right; col++ {
						f((plane*y[2]+p)*y[3]+q, (plane*x[2]+row)*x[3]+col, 1/float32(height*width))
					}
				}
			}
		}
	}
}

// AvgPoolGrad is the derivative of an average pooling.
type AvgPoolGrad struct {
	signature
	Window
	CountPad bool
	// Input is the shape of the pooling's input.
	Input tensor.Shape
}

// NewAvgPoolGrad makes the derivative of an average pooling of an input of
// that shape.
func NewAvgPoolGrad(w Window, countPad bool, input tensor.Shape) AvgPoolGrad {
	text := fmt.Sprintf("AvgPoolGrad%+v countPad=%t input=%v", w, countPad, input)
	return AvgPoolGrad{signature{text, []int{4}, 4}, w, countPad, input.Clone()}
}

// InferShape is the pooling's input shape.
func (o AvgPoolGrad) InferShape(sizers ...gorgonia.DimSizer) (tensor.Shape, error) {
	s, err := shapes(o, sizers, 1)
	if err != nil {
		return nil, err
	}
	want, err := NewAvgPool(o.Window, o.CountPad).InferShape(o.Input)
	if err != nil {
		return nil, err
	}
	if !s[0].Eq(want) {
		return nil, fmt.Errorf("%v: gradient %v, not %v", o, s[0], want)
	}
	return o.Input.Clone(), nil
}

// Do computes it.
func (o AvgPoolGrad) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	return result(o, values, func(dst []float32, out tensor.Shape, in []*tensor.Dense) {
		grad := floats(in[0])
		averages(out, in[0].Shape(), NewAvgPool(o.Window, o.CountPad).span, func(i, j int, share float32) { dst[j] += share * grad[i] })
	})
}

// SymDiff averages the gradient: the transpose of spreading it.
func (o AvgPoolGrad) SymDiff(inputs gorgonia.Nodes, output, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	ahead, err := gorgonia.ApplyOp(NewAvgPool(o.Window, o.CountPad), grad)
	return only(ahead, err, 1)
}

// AdaptiveAvgPool is the mean under windows that part the input into an output
// of a given size, as PyTorch's: window i of n begins at ⌊i·H/n⌋ and ends
// before ⌈(i+1)·H/n⌉.
type AdaptiveAvgPool struct {
	signature
	Height, Width int
}

// NewAdaptiveAvgPool makes an adaptive pooling to that size.
func NewAdaptiveAvgPool(height, width int) AdaptiveAvgPool {
	return AdaptiveAvgPool{signature{fmt.Sprintf("AdaptiveAvgPool %dx%d", height, width), []int{4}, 4}, height, width}
}

// InferShape is N x C x Height x Width.
func (o AdaptiveAvgPool) InferShape(sizers ...gorgonia.DimSizer) (tensor.Shape, error) {
	s, err := shapes(o, sizers, 1)
	if err != nil {
		return nil, err
	}
	return tensor.Shape{s[0][0], s[0][1], o.Height, o.Width}, nil
}

// Do computes it.
func (o AdaptiveAvgPool) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	return result(o, values, func(dst []float32, out tensor.Shape, in []*tensor.Dense) {
		x := floats(in[0])
		averages(in[0].Shape(), out, o.span, func(i, j int, share float32) { dst[i] += share * x[j] })
	})
}

// SymDiff spreads each gradient over its window.
func (o AdaptiveAvgPool) SymDiff(inputs gorgonia.Nodes, output, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	back, err := gorgonia.ApplyOp(NewAdaptiveAvgPoolGrad(inputs[0].Shape()), grad)
	return only(back, err, 1)
}

func (o AdaptiveAvgPool) span(axis, i, n int) (from, to, over int) {
	parts := [2]int{o.Height, o.Width}[axis]
	from, to = i*n/parts, ((i+1)*n+parts-1)/parts
	return from, to, to - from
}

// AdaptiveAvgPoolGrad is the derivative of an adaptive pooling.
type AdaptiveAvgPoolGrad struct {
	signature
	// Input is the shape of the pooling's input.
	Input tensor.Shape
}

// NewAdaptiveAvgPoolGrad makes the derivative of an adaptive pooling of an
// input of that shape.
func NewAdaptiveAvgPoolGrad(input tensor.Shape) AdaptiveAvgPoolGrad {
	return AdaptiveAvgPoolGrad{signature{fmt.Sprintf("AdaptiveAvgPoolGrad input=%v", input), []int{4}, 4}, input.Clone()}
}

// InferShape is the pooling's input shape.
func (o AdaptiveAvgPoolGrad) InferShape(sizers ...gorgonia.DimSizer) (tensor.Shape, error) {
	if _, err := shapes(o, sizers, 1); err != nil {
		return nil, err
	}
	return o.Input.Clone(), nil
}

// Do computes it.
func (o AdaptiveAvgPoolGrad) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	return result(o, values, func(dst []float32, out tensor.Shape, in []*tensor.Dense) {
		grad, s := floats(in[0]), in[0].Shape()
		averages(out, s, NewAdaptiveAvgPool(s[2], s[3]).span, func(i, j int, share float32) { dst[j] += share * grad[i] })
	})
}

// SymDiff averages the gradient: the transpose of spreading it.
func (o AdaptiveAvgPoolGrad) SymDiff(inputs gorgonia.Nodes, output, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	s := inputs[0].Shape()
	ahead, err := gorgonia.ApplyOp(NewAdaptiveAvgPool(s[2], s[3]), grad)
	return only(ahead, err, 1)
}

// GlobalAvgPool is the mean over the spatial axes, which stay with length 1.
type GlobalAvgPool struct{ signature }

// NewGlobalAvgPool makes a global average pooling.
func NewGlobalAvgPool() GlobalAvgPool {
	return GlobalAvgPool{signature{"GlobalAvgPool", []int{4}, 4}}
}

// InferShape is N x C x 1 x 1.
func (o GlobalAvgPool) InferShape(sizers ...gorgonia.DimSizer) (tensor.Shape, error) {
	s, err := shapes(o, sizers, 1)
	if err != nil {
		return nil, err
	}
	return tensor.Shape{s[0][0], s[0][1], 1, 1}, nil
}

// Do computes it.
func (o GlobalAvgPool) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	return result(o, values, func(dst []float32, _ tensor.Shape, in []*tensor.Dense) {
		s := in[0].Shape()
		pixels := s[2] * s[3]
		x := floats(in[0])
		for i := range dst {
			var sum float64
			for _, v := range x[i*pixels : (i+1)*pixels] {
				sum += float64(v)
			}
			dst[i] = float32(sum / float64(pixels))
		}
	})
}

// SymDiff spreads the gradient evenly.
func (o GlobalAvgPool) SymDiff(inputs gorgonia.Nodes, output, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	s := inputs[0].Shape()
	back, err := gorgonia.ApplyOp(NewSpread(s[2], s[3]), grad)
	return only(back, err, 1)
}

// Spread is the derivative of GlobalAvgPool: every pixel of a channel gets the
// channel's value divided by the number of pixels.
type Spread struct {
	signature
	Height, Width int
}

// NewSpread makes a Spread over that many pixels.
func NewSpread(height, width int) Spread {
	return Spread{signature{fmt.Sprintf("Spread %dx%d", height, width), []int{4}, 4}, height, width}
}

// InferShape is N x C x Height x Width.
func (o Spread) InferShape(sizers ...gorgonia.DimSizer) (tensor.Shape, error) {
	s, err := shapes(o, sizers, 1)
	if err != nil {
		return nil, err
	}
	if s[0][2] != 1 || s[0][3] != 1 {
		return nil, fmt.Errorf("%v: input %v has an extent in space", o, s[0])
	}
	return tensor.Shape{s[0][0], s[0][1], o.Height, o.Width}, nil
}

// Do computes it.
func (o Spread) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	return result(o, values, func(dst []float32, _ tensor.Shape, in []*tensor.Dense) {
		pixels := o.Height * o.Width
		x := floats(in[0])
		for i := range dst {
			dst[i] = x[i/pixels] / float32(pixels)
		}
	})
}

// SymDiff averages the gradient: the transpose of spreading it.
func (o Spread) SymDiff(inputs gorgonia.Nodes, output, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	ahead, err := gorgonia.ApplyOp(NewGlobalAvgPool(), grad)
	return only(ahead, err, 1)
}
