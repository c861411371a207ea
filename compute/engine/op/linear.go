package op

import (
	"fmt"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Linear is x Wᵀ + b with x of N x C, W of K x C and b of K.
type Linear struct{ signature }

// NewLinear makes a linear layer. Inputs: x, weight, bias.
func NewLinear() Linear { return Linear{signature{"Linear", []int{2, 2, 1}, 2}} }

// InferShape is N x K.
func (o Linear) InferShape(sizers ...gorgonia.DimSizer) (tensor.Shape, error) {
	s, err := shapes(o, sizers, 3)
	if err != nil {
		return nil, err
	}
	if s[0][1] != s[1][1] || s[2][0] != s[1][0] {
		return nil, fmt.Errorf("%v: weight %v and bias %v do not fit %v", o, s[1], s[2], s[0])
	}
	return tensor.Shape{s[0][0], s[1][0]}, nil
}

// Do computes it.
func (o Linear) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	return result(o, values, func(dst []float32, out tensor.Shape, in []*tensor.Dense) {
		bias, c := floats(in[2]), in[0].Shape()[1]
		for i := range dst {
			dst[i] = bias[i%out[1]]
		}
		blas32.Gemm(blas.NoTrans, blas.Trans, 1, general(floats(in[0]), out[0], c), general(floats(in[1]), out[1], c), 1, general(dst, out[0], out[1]))
	})
}

// SymDiff multiplies the gradient by the weight.
func (o Linear) SymDiff(inputs gorgonia.Nodes, output, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	back, err := gorgonia.ApplyOp(NewLinearGrad(), grad, inputs[1])
	return only(back, err, 3)
}

// LinearGrad is the derivative of Linear by x: g W with g of N x K.
type LinearGrad struct{ signature }

// NewLinearGrad makes the derivative of a linear layer. Inputs: gradient and
// weight.
func NewLinearGrad() LinearGrad { return LinearGrad{signature{"LinearGrad", []int{2, 2}, 2}} }

// InferShape is N x C.
func (o LinearGrad) InferShape(sizers ...gorgonia.DimSizer) (tensor.Shape, error) {
	s, err := shapes(o, sizers, 2)
	if err != nil {
		return nil, err
	}
	if s[0][1] != s[1][0] {
		return nil, fmt.Errorf("%v: weight %v does not fit gradient %v", o, s[1], s[0])
	}
	return tensor.Shape{s[0][0], s[1][1]}, nil
}

// Do computes it.
func (o LinearGrad) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	return result(o, values, func(dst []float32, out tensor.Shape, in []*tensor.Dense) {
		k := in[0].Shape()[1]
		blas32.Gemm(blas.NoTrans, blas.NoTrans, 1, general(floats(in[0]), out[0], k), general(floats(in[1]), k, out[1]), 0, general(dst, out[0], out[1]))
	})
}

// SymDiff multiplies the gradient by the transposed weight: x Wᵀ without bias.
func (o LinearGrad) SymDiff(inputs gorgonia.Nodes, output, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	ahead, err := gorgonia.ApplyOp(NewLinear(), grad, inputs[1], zeros(grad.Graph(), inputs[1].Shape()[0]))
	return only(ahead, err, 2)
}
