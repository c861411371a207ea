package op

import (
	"fmt"
	"math"
	"slices"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Cosine prepares q and k of an [Attention] for products that are cosines: at every
// position each head's channels of q and k are divided by their length, at least
// 1e-12, and q is multiplied by the head's scale (Liu et al., Swin Transformer V2,
// arXiv:2111.09883). v stays as it is. Inputs: q, k and v as channels, N x 3C x H x W,
// and the scales of all heads.
type Cosine struct {
	signature
	Heads int
}

// NewCosine makes a Cosine of that many heads.
func NewCosine(heads int) Cosine {
	return Cosine{signature{fmt.Sprintf("Cosine heads=%d", heads), []int{4, 1}, 4}, heads}
}

// shortest is the least length that a vector is divided by.
const shortest = 1e-12

func cosineShape(o fmt.Stringer, heads int, s []tensor.Shape) (tensor.Shape, error) {
	if s[0][1]%(3*heads) != 0 || s[1][0] != heads {
		return nil, fmt.Errorf("%v: %d scales for an input of %v", o, s[1][0], s[0])
	}
	return s[0].Clone(), nil
}

// InferShape is the shape of q, k and v.
func (o Cosine) InferShape(sizers ...gorgonia.DimSizer) (tensor.Shape, error) {
	s, err := shapes(o, sizers, 2)
	if err != nil {
		return nil, err
	}
	return cosineShape(o, o.Heads, s)
}

// Do computes it.
func (o Cosine) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	return result(o, values, func(dst []float32, out tensor.Shape, in []*tensor.Dense) {
		x := floats(in[0])
		copy(dst, x)
		eachHead(out, floats(in[1]), func(at []int, scale float64) {
			length := lengthOf(x, at)
			for _, i := range at {
				dst[i] = float32(float64(x[i]) / length * scale)
			}
		})
	})
}

// eachHead calls f with the elements of each head's q and k at each position, and what
// they are multiplied by.
func eachHead(s tensor.Shape, scales []float32, f func(at []int, scale float64)) {
	size, heads := s[2]*s[3], len(scales)
	at := make([]int, s[1]/3/heads)
	for n := range s[0] {
		for head := range 2 * heads {
			scale := 1.
			if head < heads {
				scale = float64(scales[head])
			}
			for i := range size {
				for c := range at {
					at[c] = (n*s[1]+head*len(at)+c)*size + i
				}
				f(at, scale)
			}
		}
	}
}

// lengthOf is the length of the vector of some elements.
func lengthOf(x []float32, at []int) float64 {
	var sum float64
	for _, i := range at {
		sum += float64(x[i]) * float64(x[i])
	}
	return max(math.Sqrt(sum), shortest)
}

// SymDiff is a CosineGrad.
func (o Cosine) SymDiff(inputs gorgonia.Nodes, output, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	back, err := gorgonia.ApplyOp(NewCosineGrad(o.Heads), inputs[0], inputs[1], grad)
	return only(back, err, 2)
}

// CosineGrad is the derivative of a [Cosine]: with the unit vector u and the gradient g
// it is scale (g - u u·g) / length. Inputs: those of the Cosine, and the gradient.
type CosineGrad struct {
	signature
	Heads int
}

// NewCosineGrad makes the derivative of a Cosine of that many heads.
func NewCosineGrad(heads int) CosineGrad {
	return CosineGrad{signature{fmt.Sprintf("CosineGrad heads=%d", heads), []int{4, 1, 4}, 4}, heads}
}

// InferShape is the shape of q, k and v.
func (o CosineGrad) InferShape(sizers ...gorgonia.DimSizer) (tensor.Shape, error) {
	s, err := shapes(o, sizers, 3)
	if err != nil {
		return nil, err
	}
	if !slices.Equal(s[0], s[2]) {
		return nil, fmt.Errorf("%v: gradient %v for an input of %v", o, s[2], s[0])
	}
	return cosineShape(o, o.Heads, s)
}

// Do computes it.
func (o CosineGrad) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	return result(o, values, func(dst []float32, out tensor.Shape, in []*tensor.Dense) {
		x, g := floats(in[0]), floats(in[2])
		copy(dst, g)
		eachHead(out, floats(in[1]), func(at []int, scale float64) {
			length, along := lengthOf(x, at), 0.
			for _, i := range at {
				along += float64(x[i]) / length * float64(g[i])
			}
			for _, i := range at {
				dst[i] = float32(scale / length * (float64(g[i]) - float64(x[i])/length*along))
			}
		})
	})
}

// DiffWRT says that the data and the gradient have a derivative.
func (o CosineGrad) DiffWRT(int) []bool { return []bool{true, false, true} }

// SymDiff is not defined.
func (o CosineGrad) SymDiff(gorgonia.Nodes, *gorgonia.Node, *gorgonia.Node) (gorgonia.Nodes, error) {
	return nil, fmt.Errorf("%v: the second derivative of an attention by cosines is not known", o)
}
