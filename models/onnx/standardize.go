package onnx

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"gaze/models"
)

// generalNorms has the normalisations over any axes, and Softmax along any.
var generalNorms = map[string]operator{
	"BatchNormalization":        (*builder).batchNormOfPicture,
	"InstanceNormalization":     (*builder).instanceNorm,
	"GroupNormalization":        (*builder).groupNorm,
	"LayerNormalization":        (*builder).layerNormOfAxes,
	"RMSNormalization":          (*builder).rmsNorm,
	"MeanVarianceNormalization": (*builder).meanVarianceNorm,
	"Softmax":                   softmaxLike((*recipe).softmax),
	"LogSoftmax":                softmaxLike((*recipe).logSoftmax),
	"Hardmax":                   softmaxLike((*recipe).hardmax),
}

var contributedNorms = map[string]operator{
	"LayerNormalization":               (*builder).layerNormOfAxes,
	"SimplifiedLayerNormalization":     (*builder).rmsNorm,
	"SkipLayerNormalization":           (*builder).skipLayerNorm,
	"SkipSimplifiedLayerNormalization": (*builder).skipLayerNorm,
	"GroupNorm":                        (*builder).groupNormOfLast,
}

// standardized adds a layer that subtracts the mean along some axes, and divides by
// √(variance + epsilon).
func (b *builder) standardized(name string, v *value, over []bool, epsilon float64) (*value, error) {
	axes, ok := b.covered(v, over)
	if !ok {
		var err error
		if v, err = b.plain(v, 0); err != nil {
			return nil, err
		}
		axes, _ = b.covered(v, over)
	}
	if len(axes) == 0 {
		// Of single numbers, nothing is left.
		return b.scaled(name, v, single(0), nil)
	}
	layer, err := b.add(name, models.Layer{Kind: models.Standardize, Inputs: []string{v.layer}, Attr: models.Attr{Axes: axes, Epsilon: epsilon}})
	return &value{name: name, layer: layer, layout: v.layout}, err
}

// along is a constant of one number for each position of axis at of so many.
func along(c *constant, at, axes int) (*constant, error) {
	if c == nil || c.size() == 1 {
		return c, nil
	}
	if len(c.shape) != 1 {
		return nil, fmt.Errorf("a parameter of shape %v is not one number a channel", c.shape)
	}
	shape := slices.Repeat([]int{1}, axes-at)
	shape[0] = c.shape[0]
	return c.reshaped(shape), nil
}

// weights are inputs i and i+1, one number for each position of axis at of so many.
func (n *node) weights(i, at, axes int) (weight, bias *constant, err error) {
	if weight, err = n.constant(i); err != nil {
		return nil, nil, err
	}
	if bias, err = n.constant(i + 1); err != nil {
		return nil, nil, err
	}
	if weight, err = along(weight, at, axes); err != nil {
		return nil, nil, err
	}
	bias, err = along(bias, at, axes)
	return weight, bias, err
}

// batchNormOfPicture normalises by the picture's own statistics, in training mode, or
// by statistics of each pixel.
func (b *builder) batchNormOfPicture(n *node) error {
	v, err := n.data(0)
	if err != nil {
		return err
	}
	axes := len(v.layout)
	if axes < 2 {
		return errors.New("its input has no channels")
	}
	r := b.recipe(n)
	epsilon := n.float("epsilon", 1e-5)
	if n.int("training_mode", 0) != 0 || b.opset < 7 && n.int("is_test", 0) == 0 {
		weight, bias, err := n.weights(1, channels, axes)
		if err != nil {
			return err
		}
		over := from(channels, axes)
		over[channels] = false
		return r.give(r.affine("", r.standardize("standardized", v, over, epsilon), weight, bias))
	}
	var p [4]*constant
	for i := range p {
		if p[i], err = n.needed(i + 1); err != nil {
			return err
		}
		if n.int("spatial", 1) != 0 {
			if p[i], err = along(p[i], channels, axes); err != nil {
				return err
			}
		}
	}
	minus, err := b.mapped(p[2], func(x float64) float64 { return -x })
	if err != nil {
		return err
	}
	rise, err := b.mapped(p[3], func(x float64) float64 { return 1 / math.Sqrt(x+epsilon) })
	if err != nil {
		return err
	}
	if rise, err = b.pair("Mul", rise, p[0]); err != nil {
		return err
	}
	return r.give(r.affine("", r.affine("centred", v, nil, minus), rise, p[1]))
}

func (b *builder) instanceNorm(n *node) error {
	v, err := n.data(0)
	if err != nil {
		return err
	}
	axes := len(v.layout)
	if axes < 3 {
		return fmt.Errorf("an input of shape %v has nothing behind the channels", v.shape())
	}
	weight, bias, err := n.weights(1, channels, axes)
	if err != nil {
		return err
	}
	r := b.recipe(n)
	return r.give(r.affine("", r.standardize("standardized", v, from(2, axes), n.float("epsilon", 1e-5)), weight, bias))
}

// groupNorm has a scale and a shift for each group up to opset 20, and for each
// channel after that.
func (b *builder) groupNorm(n *node) error {
	v, err := n.data(0)
	if err != nil {
		return err
	}
	shape := v.shape()
	groups := n.int("num_groups", 0)
	if len(shape) < 2 || groups < 1 || shape[channels]%groups != 0 {
		return fmt.Errorf("%d groups do not divide an input of shape %v", groups, shape)
	}
	weight, err := n.needed(1)
	if err != nil {
		return err
	}
	bias, err := n.needed(2)
	if err != nil {
		return err
	}
	r := b.recipe(n)
	total, err := count(shape)
	if err != nil {
		return err
	}
	apart := r.view(v, shape[batch], groups, total/shape[batch]/groups)
	apart = r.standardize("standardized", apart, []bool{false, false, true}, n.float("epsilon", 1e-5))
	if weight.size() == groups && bias.size() == groups && groups != shape[channels] {
		weight, bias = weight.reshaped([]int{groups, 1}), bias.reshaped([]int{groups, 1})
		return r.give(r.view(r.affine("", apart, weight, bias), shape...))
	}
	if weight, err = along(weight, channels, len(shape)); err != nil {
		return err
	}
	if bias, err = along(bias, channels, len(shape)); err != nil {
		return err
	}
	return r.give(r.affine("", r.view(apart, shape...), weight, bias))
}

// groupNormOfLast is onnxruntime's own, with the channels last, and a SiLU behind it.
func (b *builder) groupNormOfLast(n *node) error {
	v, err := n.data(0)
	if err != nil {
		return err
	}
	shape := v.shape()
	groups := n.int("groups", 0)
	if len(shape) != 4 || groups < 1 {
		return fmt.Errorf("%d groups do not divide an input of shape %v", groups, shape)
	}
	r := b.recipe(n)
	first := v
	if n.int("channels_last", 1) != 0 {
		first = r.transpose(v, 0, 3, 1, 2)
		shape = first.shape()
	}
	if shape[channels]%groups != 0 {
		return fmt.Errorf("%d groups do not divide an input of shape %v", groups, shape)
	}
	weight, bias, err := n.weights(1, channels, 4)
	if err != nil {
		return err
	}
	apart := r.view(first, shape[0], groups, shape[1]/groups*shape[2]*shape[3])
	apart = r.standardize("standardized", apart, []bool{false, false, true}, n.float("epsilon", 1e-5))
	out := r.affine("scaled", r.view(apart, shape...), weight, bias)
	if n.int("activation", 0) != 0 {
		out = r.function("", models.SiLU, out)
	}
	if r.err == nil && first != v {
		out = r.transpose(out, 0, 2, 3, 1)
	}
	return r.give(out)
}

func (b *builder) layerNormOfAxes(n *node) error {
	v, err := n.data(0)
	if err != nil {
		return err
	}
	for _, other := range n.Output[1:] {
		if other != "" && b.readers[other] > 0 {
			return errors.New("its mean and deviation are not supported as results")
		}
	}
	at, err := position(n.int("axis", -1), len(v.layout))
	if err != nil {
		return err
	}
	gain, err := n.constant(1)
	if err != nil {
		return err
	}
	shift, err := n.constant(2)
	if err != nil {
		return err
	}
	r := b.recipe(n)
	return r.give(r.layerNorm("", v, at, n.float("epsilon", 1e-5), gain, shift))
}

// layerNorm normalises over the axes from the first on.
func (r *recipe) layerNorm(step string, v *value, first int, epsilon float64, gain, shift *constant) *value {
	if r.err != nil {
		return nil
	}
	if axes := len(v.layout); first == axes-1 && v.layout[first].size() > 1 {
		// Over the last axis alone, which becomes the channels.
		t, err := r.b.tokens(v, first)
		if err == nil {
			var out *value
			if out, err = r.b.layerNormed(r.called(step), t, first, epsilon, gain, shift); err == nil {
				return out
			}
		}
	}
	return r.affine(step, r.standardize("standardized", v, from(first, len(v.layout)), epsilon), gain, shift)
}

// rmsNorm is x / √(mean(x²) + epsilon) times a weight.
func (b *builder) rmsNorm(n *node) error {
	v, err := n.data(0)
	if err != nil {
		return err
	}
	at, err := position(n.int("axis", -1), len(v.layout))
	if err != nil {
		return err
	}
	weight, err := n.constant(1)
	if err != nil {
		return err
	}
	r := b.recipe(n)
	return r.give(r.rmsNorm("", v, at, n.float("epsilon", 1e-5), weight))
}

func (r *recipe) rmsNorm(step string, v *value, first int, epsilon float64, weight *constant) *value {
	if r.err != nil {
		return nil
	}
	mean := r.reduce("mean", models.ReduceMean, r.square(v), from(first, len(v.layout)))
	out := r.pair("normalised", models.Div, v, r.function("root", models.Sqrt, r.line("more", mean, 1, epsilon)))
	return r.affine(step, out, weight, nil)
}

// skipLayerNorm adds two values, and perhaps a bias, and normalises the sum, which is
// its fourth result.
func (b *builder) skipLayerNorm(n *node) error {
	simple := n.OpType == "SkipSimplifiedLayerNormalization"
	for i, other := range n.Output {
		if (i == 1 || i == 2) && other != "" && b.readers[other] > 0 {
			return errors.New("its mean and deviation are not supported as results")
		}
	}
	if len(n.in) < 3 || n.in[0] == nil || n.in[1] == nil {
		return errors.New("has not three inputs")
	}
	gain, err := n.constant(2)
	if err != nil {
		return err
	}
	at := 3
	var shift *constant
	if !simple {
		if shift, err = n.constant(at); err != nil {
			return err
		}
		at++
	}
	bias, err := n.constant(at)
	if err != nil {
		return err
	}
	r := b.recipe(n)
	sum := r.affine("biased", r.pair("sum", models.Add, n.in[0], n.in[1]), nil, bias)
	if r.err != nil {
		return r.err
	}
	if len(n.Output) > 3 && n.Output[3] != "" {
		b.set(n.Output[3], &value{layer: sum.layer, layout: sum.layout})
	}
	last, epsilon := len(sum.layout)-1, n.float("epsilon", 1e-5)
	if simple {
		return r.give(r.rmsNorm("", sum, last, epsilon, gain))
	}
	return r.give(r.layerNorm("", sum, last, epsilon, gain, shift))
}

// meanVarianceNorm is over all axes but the channels where it names none.
func (b *builder) meanVarianceNorm(n *node) error {
	v, err := n.data(0)
	if err != nil {
		return err
	}
	over := make([]bool, len(v.layout))
	axes := n.ints("axes")
	if axes == nil {
		axes = []int{0, 2, 3}
	}
	for _, a := range axes {
		at, err := position(a, len(over))
		if err != nil {
			return err
		}
		over[at] = true
	}
	const epsilon = 1e-9
	r := b.recipe(n)
	return r.give(r.standardize("", v, over, epsilon))
}

// softmaxLike is over one axis; before opset 13 over its axis and all that follow.
func softmaxLike(do func(r *recipe, step string, v *value, at int) *value) operator {
	return func(b *builder, n *node) error {
		v, err := n.data(0)
		if err != nil {
			return err
		}
		opset := n.int("opset", clamp(b.opset))
		usual := -1
		if opset < 13 {
			usual = 1
		}
		at := n.int("axis", usual)
		shape := v.shape()
		if opset < 13 && at == len(shape) {
			return errors.New("over no axis is not supported")
		}
		if at, err = position(at, len(shape)); err != nil {
			return err
		}
		r := b.recipe(n)
		if opset >= 13 || at == len(shape)-1 {
			return r.give(do(r, "", v, at))
		}
		before, err := count(shape[:at])
		if err != nil {
			return err
		}
		after, err := count(shape[at:])
		if err != nil {
			return err
		}
		return r.give(r.view(do(r, "", r.view(v, before, after), 1), shape...))
	}
}

// softmaxed adds a Softmax along one axis of v.
func (b *builder) softmaxed(name string, v *value, at int) (*value, error) {
	over := make([]bool, len(v.layout))
	over[at] = true
	axes, ok := b.covered(v, over)
	if !ok || len(axes) != 1 || axes[0] == batch {
		// An axis of length 1 before the first lets any be the second or later.
		var err error
		if v, err = b.bring(v, inOrder(v.shape(), len(v.layout)+1)); err != nil {
			return nil, err
		}
		axes = []int{at + 1}
	}
	attr := models.Attr{Axis: axes[0]}
	if attr.Axis == channels && usual(b.physical(v)) {
		attr.Axis = 0
	}
	layer, err := b.add(name, models.Layer{Kind: models.Softmax, Inputs: []string{v.layer}, Attr: attr})
	return &value{name: name, layer: layer, layout: v.layout}, err
}

// logSoftmax is x - ln Σ exp(x).
func (r *recipe) logSoftmax(step string, v *value, at int) *value {
	if r.err != nil {
		return nil
	}
	over := make([]bool, len(v.layout))
	over[at] = true
	return r.pair(step, models.Sub, v, r.logSumExp("total", v, over))
}
