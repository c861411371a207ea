package keras

import (
	"fmt"
	"math"
	"slices"

	"gaze/models/internal/kernel"
)

// array reads the numbers that a layer keeps under a name; -1 in the shape accepts
// any length.
func (b *builder) array(l *layer, name string, shape ...int) ([]float32, []int, error) {
	a, have, err := b.kept(l, name, shape)
	if err != nil {
		return nil, nil, err
	}
	values, err := a.Floats()
	return values, have, err
}

// inParts finds the numbers of a kernel, as array does, to be read in parts.
func (b *builder) inParts(l *layer, name string, shape ...int) (kernel.Floats, []int, error) {
	a, have, err := b.kept(l, name, shape)
	if err != nil {
		return nil, nil, err
	}
	if f, ok := a.(kernel.Floats); ok {
		return f, have, nil
	}
	values, err := a.Floats()
	return kernel.Slice(values), have, err
}

// kept finds what a layer keeps under a name, and spends the memory for it; -1 in the
// shape accepts any length.
func (b *builder) kept(l *layer, name string, shape []int) (stored, []int, error) {
	a, ok := b.arrays[l][name]
	if !ok {
		return nil, nil, fmt.Errorf("has no %s in the file", name)
	}
	have := a.Shape()
	fits := len(have) == len(shape)
	for i := 0; fits && i < len(have); i++ {
		fits = have[i] > 0 && (shape[i] < 0 || shape[i] == have[i])
	}
	if !fits {
		return nil, nil, fmt.Errorf("has a %s of shape %s, not %s", name, shapeText(have), shapeText(shape))
	}
	n := 1
	for _, side := range have {
		n *= side
	}
	return a, have, b.memory.spend(n, 8)
}

// channelArray reads one number for each of n channels, in that order; where the
// layer does not keep them, all are the same number.
func (b *builder) channelArray(l *layer, name string, n int, otherwise float32) ([]float32, error) {
	if _, ok := b.arrays[l][name]; !ok {
		if err := b.memory.spend(n, 4); err != nil {
			return nil, err
		}
		return slices.Repeat([]float32{otherwise}, n), nil
	}
	values, _, err := b.array(l, name, n)
	return values, err
}

// cached returns the parameters of a layer, which are made at its first call and
// shared by all others.
func (b *builder) cached(l *layer, make func() (params, error)) (params, error) {
	if p, ok := b.dense[l]; ok {
		return p, nil
	}
	p, err := make()
	if err == nil {
		b.dense[l] = p
	}
	return p, err
}

// bias adds the layer's bias to its parameters, if it has one.
func (b *builder) bias(l *layer, p params, n int) error {
	if !l.config.flag("use_bias", true) {
		return nil
	}
	values, _, err := b.array(l, "bias", n)
	if err != nil {
		return err
	}
	p["bias"], err = dense(values, n)
	return err
}

// transposed returns an array with its axes in another order.
func transposed(values []float32, shape, order []int) []float32 {
	strides := make([]int, len(shape))
	step := 1
	for i := len(shape) - 1; i >= 0; i-- {
		strides[i] = step
		step *= shape[i]
	}
	out := make([]float32, 0, len(values))
	var copyFrom func(at, axis int)
	copyFrom = func(at, axis int) {
		n, stride := shape[order[axis]], strides[order[axis]]
		if axis == len(order)-1 {
			for i := range n {
				out = append(out, values[at+i*stride])
			}
			return
		}
		for i := range n {
			copyFrom(at+i*stride, axis+1)
		}
	}
	copyFrom(0, 0)
	return out
}

// ordered returns one number for each element of an axis, given in Keras' order, in
// that of the layer that has the elements.
func ordered(values []float32, a axis) []float32 {
	if len(a) < 2 {
		return values
	}
	out := make([]float32, len(values))
	for i, at := range a.positions() {
		out[at] = values[i]
	}
	return out
}

// folded makes a weight and a bias of a normalisation by fixed statistics.
func folded(gamma, beta, mean, variance []float32, epsilon float64) (weight, bias []float32) {
	weight, bias = make([]float32, len(gamma)), make([]float32, len(gamma))
	for i := range gamma {
		w := float64(gamma[i]) / math.Sqrt(float64(variance[i])+epsilon)
		weight[i] = float32(w)
		bias[i] = float32(float64(beta[i]) - w*float64(mean[i]))
	}
	return weight, bias
}

// paramsOf makes vectors of lists of equal length.
func paramsOf(lists map[string][]float32) (params, error) {
	p := make(params)
	for name, list := range lists {
		var err error
		if p[name], err = dense(list, len(list)); err != nil {
			return nil, err
		}
	}
	return p, nil
}
