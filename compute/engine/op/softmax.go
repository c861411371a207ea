package op

import (
	"fmt"
	"math"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Softmax is exp(x) over the channels' sum of exp(x), at every pixel.
type Softmax struct{ signature }

// NewSoftmax makes a softmax of a tensor of that many axes, 2 or 4.
func NewSoftmax(axes int) Softmax {
	return Softmax{signature{fmt.Sprintf("Softmax axes=%d", axes), []int{axes}, axes}}
}

// InferShape is x's shape.
func (o Softmax) InferShape(sizers ...gorgonia.DimSizer) (tensor.Shape, error) {
	s, err := shapes(o, sizers, 1)
	if err != nil {
		return nil, err
	}
	return s[0].Clone(), nil
}

// Do computes it, relative to the largest channel so that nothing overflows.
func (o Softmax) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	return result(o, values, func(dst []float32, out tensor.Shape, in []*tensor.Dense) {
		x := floats(in[0])
		eachPixelsChannels(out, func(channels []int) {
			largest := math.Inf(-1)
			for _, i := range channels {
				largest = max(largest, float64(x[i]))
			}
			var sum float64
			for _, i := range channels {
				sum += math.Exp(float64(x[i]) - largest)
			}
			for _, i := range channels {
				dst[i] = float32(math.Exp(float64(x[i])-largest) / sum)
			}
		})
	})
}

// SymDiff is SoftmaxGrad of the output.
func (o Softmax) SymDiff(inputs gorgonia.Nodes, output, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	back, err := gorgonia.ApplyOp(NewSoftmaxGrad(o.out), output, grad)
	return only(back, err, 1)
}

// SoftmaxGrad is y (g - Σ g y), the sum over the channels: the derivative of
// Softmax, whose output is y. Inputs: output and gradient.
type SoftmaxGrad struct{ signature }

// NewSoftmaxGrad makes the derivative of a softmax of that many axes.
func NewSoftmaxGrad(axes int) SoftmaxGrad {
	return SoftmaxGrad{signature{fmt.Sprintf("SoftmaxGrad axes=%d", axes), []int{axes, axes}, axes}}
}

// InferShape is the shape of both inputs.
func (o SoftmaxGrad) InferShape(sizers ...gorgonia.DimSizer) (tensor.Shape, error) {
	s, err := shapes(o, sizers, 2)
	if err != nil {
		return nil, err
	}
	if !s[0].Eq(s[1]) {
		return nil, fmt.Errorf("%v: output %v and gradient %v", o, s[0], s[1])
	}
	return s[0].Clone(), nil
}

// Do computes it.
func (o SoftmaxGrad) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	return result(o, values, func(dst []float32, out tensor.Shape, in []*tensor.Dense) {
		y, g := floats(in[0]), floats(in[1])
		eachPixelsChannels(out, func(channels []int) {
			var sum float64
			for _, i := range channels {
				sum += float64(g[i]) * float64(y[i])
			}
			for _, i := range channels {
				dst[i] = float32(float64(y[i]) * (float64(g[i]) - sum))
			}
		})
	})
}

// DiffWRT says that both inputs have a derivative.
func (o SoftmaxGrad) DiffWRT(inputs int) []bool { return []bool{true, true} }

// SymDiff differentiates once more. With h for what comes back to y (g - Σ g y), it
// is by y h (g - Σ g y) - g Σ h y, and by g the same operation on h, which is its own
// transpose.
func (o SoftmaxGrad) SymDiff(inputs gorgonia.Nodes, output, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	y, g := inputs[0], inputs[1]
	byG, err := gorgonia.ApplyOp(o, y, grad)
	if err != nil {
		return nil, err
	}
	sums := y.Shape().Clone()
	sums[1] = 1
	along := func(v *gorgonia.Node) (*gorgonia.Node, error) { return gorgonia.ApplyOp(NewMul(sums), v, y) }
	gy, err := along(g)
	if err != nil {
		return nil, err
	}
	hy, err := along(grad)
	if err != nil {
		return nil, err
	}
	centred, err := gorgonia.ApplyOp(NewSub(o.out), g, gy)
	if err != nil {
		return nil, err
	}
	first, err := gorgonia.ApplyOp(NewMul(y.Shape()), grad, centred)
	if err != nil {
		return nil, err
	}
	second, err := gorgonia.ApplyOp(NewMul(y.Shape()), g, hy)
	if err != nil {
		return nil, err
	}
	byY, err := gorgonia.ApplyOp(NewSub(o.out), first, second)
	return gorgonia.Nodes{byY, byG}, err
}

// eachPixelsChannels calls f with the indices of every pixel's channels.
func eachPixelsChannels(s tensor.Shape, f func(channels []int)) {
	pixels := s[2:].TotalSize()
	channels := make([]int, s[1])
	for n := range s[0] {
		for p := range pixels {
			for c := range channels {
				channels[c] = (n*s[1]+c)*pixels + p
			}
			f(channels)
		}
	}
}
