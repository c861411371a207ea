package op

import (
	"fmt"
	"math"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// LRN is the local response normalisation over neighbouring channels, x / s^Beta
// with s = K + Alpha/Size Σ x² over the channels from c - ⌊(Size-1)/2⌋ to c +
// ⌈(Size-1)/2⌉ that there are, as ONNX and Caffe have it (Krizhevsky et al.,
// ImageNet Classification with Deep Convolutional Neural Networks, 2012, §3.3).
type LRN struct {
	signature
	LRNParams
}

// LRNParams are the numbers of a local response normalisation.
type LRNParams struct {
	Size           int
	Alpha, Beta, K float64
}

// NewLRN makes an LRN.
func NewLRN(p LRNParams) LRN { return LRN{signature{fmt.Sprintf("LRN%+v", p), []int{4}, 4}, p} }

// Window is the range of channels, to excluded, that channel c of n is
// normalised by.
func (p LRNParams) Window(c, n int) (from, to int) {
	return max(0, c-(p.Size-1)/2), min(n, c+p.Size/2+1)
}

// Readers is the range of channels, to excluded, that have channel c of n in
// their Window.
func (p LRNParams) Readers(c, n int) (from, to int) {
	return max(0, c-p.Size/2), min(n, c+(p.Size-1)/2+1)
}

// InferShape is x's shape.
func (o LRN) InferShape(sizers ...gorgonia.DimSizer) (tensor.Shape, error) {
	s, err := shapes(o, sizers, 1)
	if err != nil {
		return nil, err
	}
	if o.Size < 1 {
		return nil, fmt.Errorf("%v: no channels to normalise by", o)
	}
	return s[0].Clone(), nil
}

// Do computes it.
func (o LRN) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	return result(o, values, func(dst []float32, out tensor.Shape, in []*tensor.Dense) {
		x, squares := floats(in[0]), make([]float64, out[1])
		eachPixel(out, func(first, step int) {
			o.squares(squares, x[first:], step)
			for c, s := range squares {
				dst[first+c*step] = float32(float64(x[first+c*step]) * math.Pow(s, -o.Beta))
			}
		})
	})
}

// squares sets s to what the pixel's channels are divided by, without the
// power.
func (p LRNParams) squares(s []float64, x []float32, step int) {
	for c := range s {
		from, to := p.Window(c, len(s))
		var sum float64
		for i := from; i < to; i++ {
			sum += float64(x[i*step]) * float64(x[i*step])
		}
		s[c] = p.K + p.Alpha/float64(p.Size)*sum
	}
}

// SymDiff is an LRNGrad.
func (o LRN) SymDiff(inputs gorgonia.Nodes, output, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	back, err := gorgonia.ApplyOp(NewLRNGrad(o.LRNParams), inputs[0], grad)
	return only(back, err, 1)
}

// LRNGrad is the derivative of LRN: with the gradient g,
// g / s^Beta - 2 Alpha Beta/Size x Σ g x / s^(Beta+1) over the channels that x
// is a neighbour of. Inputs: x and gradient.
type LRNGrad struct {
	two
	LRNParams
}

// NewLRNGrad makes the derivative of an LRN.
func NewLRNGrad(p LRNParams) LRNGrad { return LRNGrad{newTwo(fmt.Sprintf("LRNGrad%+v", p), 4), p} }

// InferShape is x's shape.
func (o LRNGrad) InferShape(sizers ...gorgonia.DimSizer) (tensor.Shape, error) {
	s, err := shapes(o, sizers, 2)
	if err != nil {
		return nil, err
	}
	if !s[0].Eq(s[1]) {
		return nil, fmt.Errorf("%v: input %v and gradient %v", o, s[0], s[1])
	}
	return s[0].Clone(), nil
}

// Do computes it.
func (o LRNGrad) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	return result(o, values, func(dst []float32, out tensor.Shape, in []*tensor.Dense) {
		x, grad := floats(in[0]), floats(in[1])
		squares := make([]float64, out[1])
		eachPixel(out, func(first, step int) {
			o.squares(squares, x[first:], step)
			at := func(c int) (v, g float64) { return float64(x[first+c*step]), float64(grad[first+c*step]) }
			for c, s := range squares {
				var sum float64
				from, to := o.Readers(c, len(squares))
				for i := from; i < to; i++ {
					v, g := at(i)
					sum += g * v * math.Pow(squares[i], -o.Beta-1)
				}
				v, g := at(c)
				dst[first+c*step] = float32(g*math.Pow(s, -o.Beta) - 2*o.Alpha*o.Beta/float64(o.Size)*v*sum)
			}
		})
	})
}

// SymDiff fails: second derivatives of an LRN are not provided.
func (o LRNGrad) SymDiff(gorgonia.Nodes, *gorgonia.Node, *gorgonia.Node) (gorgonia.Nodes, error) {
	return nil, fmt.Errorf("%v: a local response normalisation is not differentiated twice", o)
}
