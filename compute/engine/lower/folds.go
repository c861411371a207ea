package lower

import (
	"math"
	"slices"

	"gorgonia.org/tensor"

	"gaze/models"
)

// Folds are the parameters that are derived from a network's, computed once and
// shared by all its graphs. They are not safe for concurrent use.
type Folds struct {
	made map[string][2]*tensor.Dense
}

// NewFolds is empty: parameters are derived when a graph first needs them.
func NewFolds() *Folds { return &Folds{made: make(map[string][2]*tensor.Dense)} }

func (f *Folds) once(key string, make func() [2]*tensor.Dense) (a, b *tensor.Dense) {
	pair, ok := f.made[key]
	if !ok {
		pair = make()
		f.made[key] = pair
	}
	return pair[0], pair[1]
}

// biased returns a layer's weight and its bias, zeros where it has none. The
// weight of a linear layer at every pixel is that of a 1x1 convolution.
func (f *Folds) biased(layer models.Layer) (weight, bias *tensor.Dense) {
	return f.once(layer.Name, func() [2]*tensor.Dense {
		weight, bias := layer.Params["weight"], layer.Params["bias"]
		if bias == nil {
			bias = vector(make([]float32, weight.Shape()[0]))
		}
		if layer.Kind == models.Linear && len(layer.Shape) == 4 {
			s := weight.Shape()
			weight = tensor.New(tensor.WithShape(s[0], s[1], 1, 1), tensor.WithBacking(floats(weight)))
		}
		return [2]*tensor.Dense{weight, bias}
	})
}

// Affine returns the scale and shift by channel that a batch normalisation of so
// many channels amounts to, γ/√(σ²+ε) and β − μ γ/√(σ²+ε), or a Scale.
func (f *Folds) Affine(layer models.Layer, channels int) (scale, shift *tensor.Dense) {
	return f.once(layer.Name, func() [2]*tensor.Dense {
		if layer.Kind == models.Scale {
			return [2]*tensor.Dense{perChannel(layer.Params["weight"], 1, channels), perChannel(layer.Params["bias"], 0, channels)}
		}
		gamma, beta := floats(layer.Params["weight"]), floats(layer.Params["bias"])
		mean, variance := floats(layer.Params["running_mean"]), floats(layer.Params["running_var"])
		scale, shift := make([]float32, channels), make([]float32, channels)
		for c := range scale {
			s := float64(gamma[c]) / math.Sqrt(float64(variance[c])+layer.Attr.Epsilon)
			scale[c] = float32(s)
			shift[c] = float32(float64(beta[c]) - float64(mean[c])*s)
		}
		return [2]*tensor.Dense{vector(scale), vector(shift)}
	})
}

// perChannel is a parameter that has a number for each channel or one for all,
// which is other where there is none, as one for each.
func perChannel(p *tensor.Dense, other float32, channels int) *tensor.Dense {
	values := []float32{other}
	if p != nil {
		values = floats(p)
	}
	if len(values) != channels {
		values = slices.Repeat(values, channels)
	}
	return vector(values)
}

// affineAffine returns the scale and shift of two affine operations, one after
// the other, under a key that tells what they are made of. Without a first scale
// there is only a shift.
func (f *Folds) affineAffine(key string, scale, shift, nextScale, nextShift *tensor.Dense) (s, t *tensor.Dense) {
	return f.once(key, func() [2]*tensor.Dense {
		product := nextScale
		if scale != nil {
			product = scaled(scale, nextScale, vector(make([]float32, nextScale.Shape()[0])))
		}
		return [2]*tensor.Dense{product, scaled(shift, nextScale, nextShift)}
	})
}

// scaled is v scale + shift.
func scaled(v, scale, shift *tensor.Dense) *tensor.Dense {
	s, t := floats(scale), floats(shift)
	out := make([]float32, len(s))
	for i, x := range floats(v) {
		out[i] = x*s[i] + t[i]
	}
	return vector(out)
}

func vector(values []float32) *tensor.Dense {
	return tensor.New(tensor.WithShape(len(values)), tensor.WithBacking(values))
}

func floats(t *tensor.Dense) []float32 {
	if t.Dims() == 0 {
		return []float32{t.Data().(float32)}
	}
	return t.Data().([]float32)
}
