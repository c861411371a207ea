package op

import (
	"fmt"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// ChannelSum is Σ_c w_c a(x_c) at each pixel, with an activation a: what a class
// activation map is made by.
type ChannelSum struct {
	signature
	Activation Activation
}

// NewChannelSum makes a weighted sum over channels. Inputs: w of N x C x 1 x 1 and
// x of N x C x H x W.
func NewChannelSum(a Activation) ChannelSum {
	return ChannelSum{signature{fmt.Sprintf("ChannelSum activation=%v", a), []int{4, 4}, 4}, a}
}

// InferShape is N x 1 x H x W.
func (o ChannelSum) InferShape(sizers ...gorgonia.DimSizer) (tensor.Shape, error) {
	s, err := shapes(o, sizers, 2)
	if err != nil {
		return nil, err
	}
	if want := (tensor.Shape{s[1][0], s[1][1], 1, 1}); !s[0].Eq(want) {
		return nil, fmt.Errorf("%v: weights %v, not %v", o, s[0], want)
	}
	return tensor.Shape{s[1][0], 1, s[1][2], s[1][3]}, nil
}

// Do computes it.
func (o ChannelSum) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	return result(o, values, func(dst []float32, out tensor.Shape, in []*tensor.Dense) {
		w, x := floats(in[0]), floats(in[1])
		pixels, channels := out[2]*out[3], in[1].Shape()[1]
		for i := range dst {
			var sum float64
			for c := i / pixels * channels; c < (i/pixels+1)*channels; c++ {
				sum += float64(w[c]) * float64(o.Activation.Of(x[c*pixels+i%pixels]))
			}
			dst[i] = float32(sum)
		}
	})
}

// DiffWRT says that it has no derivative: it is the end of what is computed.
func (o ChannelSum) DiffWRT(inputs int) []bool { return make([]bool, inputs) }
