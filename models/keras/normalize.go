package keras

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"gaze/models"
)

// groupNormalization normalises groups of neighbouring channels, each over all its
// pixels (Wu and He, arXiv:1803.08494), then has a weight and a bias for each channel.
func groupNormalization(b *builder, u *use) (*value, error) {
	v, err := u.value()
	if err != nil {
		return nil, err
	}
	v, at, err := b.alongChannels(u, v)
	if err != nil {
		return nil, err
	}
	if len(v.layout) == 1 {
		if v, err = b.straightened(v); err != nil {
			return nil, err
		}
	}
	n := v.layout[at].size()
	groups := u.integer("groups", 32)
	if groups == -1 {
		groups = n
	}
	if groups < 1 || n%groups != 0 {
		return nil, fmt.Errorf("has %d groups, which do not part %d channels", groups, n)
	}
	gamma, err := b.channelArray(u.layer, "gamma", n, 1)
	if err != nil {
		return nil, err
	}
	beta, err := b.channelArray(u.layer, "beta", n, 0)
	if err != nil {
		return nil, err
	}
	p, err := paramsOf(map[string][]float32{"weight": gamma, "bias": beta})
	if err != nil {
		return nil, err
	}
	shape := b.physical(v)
	var over []int
	for axis := range shape {
		over = append(over, axis+2) // behind the batch and the groups
	}
	return b.chain(u.name, v, []models.Layer{
		viewed(append([]int{groups, n / groups}, shape[1:]...)),
		{Kind: models.Standardize, Attr: models.Attr{Axes: over, Epsilon: u.number("epsilon", 1e-3)}},
		viewed(shape),
		{Kind: models.Scale, Params: p},
	})
}

// rmsNormalization divides by the root of the mean square over the channels (Zhang and
// Sennrich, arXiv:1910.07467), then multiplies each channel by a weight.
func rmsNormalization(b *builder, u *use) (*value, error) {
	v, err := u.value()
	if err != nil {
		return nil, err
	}
	v, at, err := b.alongChannels(u, v)
	if err != nil {
		return nil, err
	}
	gamma, err := b.channelArray(u.layer, "scale", v.layout[at].size(), 1)
	if err != nil {
		return nil, err
	}
	if len(v.layout) == 1 {
		gamma = ordered(gamma, v.layout[0])
	}
	p, err := paramsOf(map[string][]float32{"weight": gamma})
	if err != nil {
		return nil, err
	}
	epsilon, err := b.vectorOf([]float64{u.number("epsilon", 1e-6)})
	if err != nil {
		return nil, err
	}
	one, err := b.vectorOf([]float64{1})
	if err != nil {
		return nil, err
	}
	out, err := b.overLength(u.name+"/normalised", v, models.ReduceMean, models.Layer{Kind: models.Scale, Params: params{"weight": one, "bias": epsilon}})
	if err != nil {
		return nil, err
	}
	return b.chain(u.name, out, []models.Layer{{Kind: models.Scale, Params: p}})
}

// unitNormalization divides by the length over the channels, or by 1e-12 where that is
// less.
func unitNormalization(b *builder, u *use) (*value, error) {
	v, err := u.value()
	if err != nil {
		return nil, err
	}
	if v, _, err = b.alongChannels(u, v); err != nil {
		return nil, err
	}
	return b.overLength(u.name, v, models.ReduceSum, atLeast(1e-24))
}

// overLength divides v, whose channels are the first axis of its layer, by the root of
// the sum or the mean of their squares, after those have gone through bounded.
func (b *builder) overLength(name string, v *value, reduction models.Kind, bounded models.Layer) (*value, error) {
	square, err := b.add(name+"/square", models.Layer{Kind: models.Mul, Inputs: []string{v.layer, v.layer}})
	if err != nil {
		return nil, err
	}
	length, err := b.chain(name+"/length", &value{layer: square}, []models.Layer{
		{Kind: reduction, Attr: models.Attr{Axes: []int{1}}}, bounded, {Kind: models.Sqrt},
	})
	if err != nil {
		return nil, err
	}
	layer, err := b.add(name, models.Layer{Kind: models.Div, Inputs: []string{v.layer, length.layer}})
	return &value{layer: layer, layout: v.layout}, err
}

// normalizationOfAxes is a LayerNormalization over several axes, with a weight and a
// bias for each of their elements.
func (b *builder) normalizationOfAxes(u *use, v *value, axes []int) (*value, error) {
	v, err := b.arranged(v)
	if err != nil {
		return nil, err
	}
	shape := v.shape()
	over := make([]int, len(axes))
	for i, axis := range axes {
		at, err := axisOf(axis, len(shape))
		if err != nil {
			return nil, err
		}
		over[i] = at
	}
	slices.Sort(over)
	if len(slices.Compact(slices.Clone(over))) != len(over) {
		return nil, errors.New("works along an axis twice")
	}
	sides, spread, n := make([]int, len(over)), broadcastAlong(1+len(shape), 0, 1), 1
	behind := make([]int, len(over))
	for i, at := range over {
		sides[i], spread[1+at], behind[i] = shape[at], shape[at], 1+at
		n *= shape[at]
	}
	if v, err = b.chain(u.name+"/normalised", v, []models.Layer{{Kind: models.Standardize, Attr: models.Attr{Axes: behind, Epsilon: u.number("epsilon", 1e-3)}}}); err != nil {
		return nil, err
	}
	for _, part := range []struct {
		name, step string
		kind       models.Kind
	}{{"gamma", u.name + "/scaled", models.Mul}, {"beta", u.name, models.Add}} {
		if _, kept := b.arrays[u.layer][part.name]; !kept {
			continue
		}
		values, _, err := b.array(u.layer, part.name, sides...)
		if err != nil {
			return nil, err
		}
		if v, err = b.with(part.step, part.kind, v, values, spread...); err != nil {
			return nil, err
		}
	}
	return v, nil
}

// atLeast raises numbers to a least one.
func atLeast(least float64) models.Layer {
	return models.Layer{Kind: models.Clip, Attr: models.Attr{Min: least, Max: math.Inf(1)}}
}
