package op

import (
	"fmt"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// MaxPool is the largest value under each position of a window; padding never
// wins.
type MaxPool struct {
	signature
	Window
}

// NewMaxPool makes a max pooling.
func NewMaxPool(w Window) MaxPool {
	return MaxPool{signature{fmt.Sprintf("MaxPool%+v", w), []int{4}, 4}, w}
}

// InferShape follows the window.
func (o MaxPool) InferShape(sizers ...gorgonia.DimSizer) (tensor.Shape, error) {
	return o.pooled(o, sizers)
}

// Do computes it.
func (o MaxPool) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	return result(o, values, func(dst []float32, out tensor.Shape, in []*tensor.Dense) {
		x := floats(in[0])
		o.winners(in[0].Shape(), out, x, func(i, j int) { dst[i] = x[j] })
	})
}

// SymDiff sends each gradient to the window's largest value.
func (o MaxPool) SymDiff(inputs gorgonia.Nodes, output, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	back, err := gorgonia.ApplyOp(NewMaxPoolGrad(o.Window), inputs[0], grad)
	return only(back, err, 1)
}

// winners calls f with the index of every output and of the input it takes:
// the first of the largest in row-major order, as PyTorch does.
func (o MaxPool) winners(x, y tensor.Shape, data []float32, f func(out, in int)) {
	for plane := range y[0] * y[1] {
		for p := range y[2] {
			for q := range y[3] {
				best := -1
				for r := range o.Kernel[0] {
					row := p*o.Stride[0] + r*o.Dilation[0] - o.Pad[0]
					if row < 0 || row >= x[2] {
						continue
					}
					for s := range o.Kernel[1] {
						col := q*o.Stride[1] + s*o.Dilation[1] - o.Pad[1]
						if col < 0 || col >= x[3] {
							continue
						}
						if i := (plane*x[2]+row)*x[3] + col; best < 0 || data[i] > data[best] {
							best = i
						}
					}
				}
				if best >= 0 {
					f((plane*y[2]+p)*y[3]+q, best)
				}
			}
		}
	}
}

// MaxPoolGrad is the derivative of a max pooling: each gradient goes to the
// first of the largest values of its window. Inputs: x and the gradient.
type MaxPoolGrad struct {
	signature
	Window
}

// NewMaxPoolGrad makes the derivative of a max pooling.
func NewMaxPoolGrad(w Window) MaxPoolGrad {
	return MaxPoolGrad{signature{fmt.Sprintf("MaxPoolGrad%+v", w), []int{4, 4}, 4}, w}
}

// InferShape is x's shape.
func (o MaxPoolGrad) InferShape(sizers ...gorgonia.DimSizer) (tensor.Shape, error) {
	s, err := shapes(o, sizers, 2)
	if err != nil {
		return nil, err
	}
	want, err := NewMaxPool(o.Window).InferShape(s[0])
	if err != nil {
		return nil, err
	}
	if !s[1].Eq(want) {
		return nil, fmt.Errorf("%v: gradient %v, not %v", o, s[1], want)
	}
	return s[0].Clone(), nil
}

// Do computes it.
func (o MaxPoolGrad) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	return result(o, values, func(dst []float32, out tensor.Shape, in []*tensor.Dense) {
		grad := floats(in[1])
		NewMaxPool(o.Window).winners(out, in[1].Shape(), floats(in[0]), func(i, j int) { dst[j] += grad[i] })
	})
}

// DiffWRT says that the gradient alone has a derivative: which value is the
// largest does not change gradually.
func (o MaxPoolGrad) DiffWRT(inputs int) []bool { return []bool{false, true} }

// SymDiff takes the gradient from where the largest values are.
func (o MaxPoolGrad) SymDiff(inputs gorgonia.Nodes, output, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	ahead, err := gorgonia.ApplyOp(NewMaxPoolPick(o.Window), inputs[0], grad)
	return gorgonia.Nodes{nil, ahead}, err
}

// MaxPoolPick takes of another tensor what lies where the first of the largest
// values of each window of x is: a max pooling's derivative along a direction.
// Inputs: x and the other tensor.
type MaxPoolPick struct {
	signature
	Window
}

// NewMaxPoolPick makes a MaxPoolPick.
func NewMaxPoolPick(w Window) MaxPoolPick {
	return MaxPoolPick{signature{fmt.Sprintf("MaxPoolPick%+v", w), []int{4, 4}, 4}, w}
}

// InferShape is that of the pooled x.
func (o MaxPoolPick) InferShape(sizers ...gorgonia.DimSizer) (tensor.Shape, error) {
	s, err := shapes(o, sizers, 2)
	if err != nil {
		return nil, err
	}
	if !s[0].Eq(s[1]) {
		return nil, fmt.Errorf("%v: %v is picked from by %v", o, s[1], s[0])
	}
	return o.pooled(o, sizers[:1])
}

// Do computes it.
func (o MaxPoolPick) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	return result(o, values, func(dst []float32, out tensor.Shape, in []*tensor.Dense) {
		other := floats(in[1])
		NewMaxPool(o.Window).winners(in[0].Shape(), out, floats(in[0]), func(i, j int) { dst[i] = other[j] })
	})
}

// DiffWRT says that what is picked from alone has a derivative.
func (o MaxPoolPick) DiffWRT(inputs int) []bool { return []bool{false, true} }

// SymDiff puts the gradient where the largest values are.
func (o MaxPoolPick) SymDiff(inputs gorgonia.Nodes, output, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	back, err := gorgonia.ApplyOp(NewMaxPoolGrad(o.Window), inputs[0], grad)
	return gorgonia.Nodes{nil, back}, err
}
