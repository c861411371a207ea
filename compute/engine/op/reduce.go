package op

import (
	"fmt"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Reduction names what a [Reduce] makes of several numbers. Sums are those of
// [SumTo].
type Reduction string

// The reductions.
const (
	Largest  Reduction = "Largest"  // the greatest number
	Smallest Reduction = "Smallest" // the least number
	Product  Reduction = "Product"  // all multiplied
)

// of is the reduction of one number more; the first is from.
func (r Reduction) of(so, x float64) float64 {
	switch r {
	case Largest:
		return max(so, x)
	case Smallest:
		return min(so, x)
	}
	return so * x
}

// Reduce makes one number of those along the middle axis of three, which stays with
// length 1.
type Reduce struct {
	signature
	Reduction Reduction
}

// NewReduce makes a Reduce.
func NewReduce(r Reduction) Reduce {
	return Reduce{signature{fmt.Sprintf("Reduce to %s", r), []int{3}, 3}, r}
}

// InferShape has a middle axis of length 1.
func (o Reduce) InferShape(sizers ...gorgonia.DimSizer) (tensor.Shape, error) {
	s, err := shapes(o, sizers, 1)
	if err != nil {
		return nil, err
	}
	return tensor.Shape{s[0][0], 1, s[0][2]}, nil
}

// alongMiddle calls f for every result of a Reduce of x with the index of the first
// of its numbers; the others follow at a distance of x[2].
func alongMiddle(x tensor.Shape, f func(result, first int)) {
	for i := range x[0] * x[2] {
		f(i, i/x[2]*x[1]*x[2]+i%x[2])
	}
}

// Do computes it.
func (o Reduce) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	return result(o, values, func(dst []float32, _ tensor.Shape, in []*tensor.Dense) {
		x, s := floats(in[0]), in[0].Shape()
		alongMiddle(s, func(i, first int) {
			so := float64(x[first])
			for k := 1; k < s[1]; k++ {
				so = o.Reduction.of(so, float64(x[first+k*s[2]]))
			}
			dst[i] = float32(so)
		})
	})
}

// SymDiff is a ReduceGrad.
func (o Reduce) SymDiff(inputs gorgonia.Nodes, output, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	back, err := gorgonia.ApplyOp(NewReduceGrad(o.Reduction), inputs[0], output, grad)
	return only(back, err, 1)
}

// ReduceGrad is the derivative of a Reduce. The extreme has the gradient, equal ones
// share it; of a product each factor has the gradient times the product of the
// others. Inputs: x, the output and the gradient.
type ReduceGrad struct {
	signature
	Reduction Reduction
}

// NewReduceGrad makes the derivative of a Reduce.
func NewReduceGrad(r Reduction) ReduceGrad {
	return ReduceGrad{signature{fmt.Sprintf("ReduceGrad of %s", r), []int{3, 3, 3}, 3}, r}
}

// InferShape is x's shape.
func (o ReduceGrad) InferShape(sizers ...gorgonia.DimSizer) (tensor.Shape, error) {
	s, err := shapes(o, sizers, 3)
	if err != nil {
		return nil, err
	}
	if want := (tensor.Shape{s[0][0], 1, s[0][2]}); !s[1].Eq(want) || !s[2].Eq(want) {
		return nil, fmt.Errorf("%v: output %v and gradient %v do not fit %v", o, s[1], s[2], s[0])
	}
	return s[0].Clone(), nil
}

// Do computes it.
func (o ReduceGrad) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	return result(o, values, func(dst []float32, s tensor.Shape, in []*tensor.Dense) {
		x, y, grad := floats(in[0]), floats(in[1]), floats(in[2])
		if o.Reduction == Product {
			alongMiddle(s, func(i, first int) { others(dst, x, first, s[2], s[1], float64(grad[i])) })
			return
		}
		alongMiddle(s, func(i, first int) {
			equal := 0
			for k := range s[1] {
				if x[first+k*s[2]] == y[i] {
					equal++
				}
			}
			for k := range s[1] {
				if at := first + k*s[2]; x[at] == y[i] {
					dst[at] = grad[i] / float32(equal)
				}
			}
		})
	})
}

// others sets count elements of dst, from first on at that distance, to the gradient
// times the product of the elements of x but that one. It does not divide, so that
// zeros are right.
func others(dst, x []float32, first, step, count int, grad float64) {
	before := make([]float64, count)
	so := grad
	for k := range count {
		before[k] = so
		so *= float64(x[first+k*step])
	}
	after := 1.0
	for k := count - 1; k >= 0; k-- {
		at := first + k*step
		dst[at] = float32(before[k] * after)
		after *= float64(x[at])
	}
}

// DiffWRT says that the gradient has a derivative, and x too where a product's factors
// meet.
func (o ReduceGrad) DiffWRT(int) []bool { return []bool{o.Reduction == Product, false, true} }

// SymDiff of an extreme passes on what the extremes have. The second derivative of a
// product is not known.
func (o ReduceGrad) SymDiff(inputs gorgonia.Nodes, output, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	if o.Reduction == Product {
		return nil, fmt.Errorf("%v: the second derivative of a product along an axis is not known", o)
	}
	x, y := inputs[0], inputs[1]
	ones, err := gorgonia.ApplyOp(NewBinary(Equal, 3), x, y)
	if err != nil {
		return nil, err
	}
	count, err := sumTo(ones, y.Shape())
	if err != nil {
		return nil, err
	}
	sum, err := gorgonia.ApplyOp(NewMul(y.Shape()), ones, grad)
	if err != nil {
		return nil, err
	}
	mean, err := gorgonia.ApplyOp(NewDiv(3), sum, count)
	return gorgonia.Nodes{nil, nil, mean}, err
}
