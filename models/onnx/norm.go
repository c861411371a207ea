package onnx

import (
	"errors"
	"fmt"
	"math"

	"gorgonia.org/tensor"

	"gaze/models"
)

// batchNorm reads scale, bias, mean and variance, one number a channel each.
// Without rows and columns it becomes a Scale.
func (b *builder) batchNorm(n *node) error {
	v, err := n.data(0)
	if err != nil {
		return err
	}
	if n.int("training_mode", 0) != 0 || n.int("spatial", 1) == 0 {
		return errors.New("training mode and statistics of each pixel are not supported")
	}
	if len(v.layout) == 4 {
		if v, err = b.planes(v); err != nil {
			return err
		}
	}
	if len(v.layout) < 2 {
		return errors.New("its input has no channels")
	}
	length := v.layout[1].size()
	params := make(map[string]*tensor.Dense)
	for i, name := range []string{"weight", "bias", "running_mean", "running_var"} {
		c, err := n.needed(i + 1)
		if err != nil {
			return err
		}
		if params[name], err = b.perChannel(c, length); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	epsilon := n.float("epsilon", 1e-5)
	if len(v.layout) == 4 {
		return b.straightly(n, v, models.Layer{Kind: models.BatchNorm, Attr: models.Attr{Epsilon: epsilon}, Params: params})
	}
	if err := b.memory.spend(2*length, 4); err != nil {
		return err
	}
	weight, bias := make([]float32, length), make([]float32, length)
	at := func(name string, i int) float64 { return float64(params[name].Data().([]float32)[i]) }
	for i := range weight {
		w := at("weight", i) / math.Sqrt(at("running_var", i)+epsilon)
		weight[i] = float32(w)
		bias[i] = float32(at("bias", i) - w*at("running_mean", i))
	}
	shape := make([]int, len(v.layout)-1)
	for i := range shape {
		shape[i] = 1
	}
	shape[0] = length
	return b.scale(n, v, &constant{shape: shape, floats: weight}, &constant{shape: shape, floats: bias})
}

func (b *builder) layerNorm(n *node) error {
	v, err := n.data(0)
	if err != nil {
		return err
	}
	at, err := position(n.int("axis", -1), len(v.layout))
	if err != nil {
		return err
	}
	gain, err := n.needed(1)
	if err != nil {
		return err
	}
	shift, err := n.constant(2)
	if err != nil {
		return err
	}
	out, err := b.layerNormed(n.out(), v, at, n.float("epsilon", 1e-5), gain, shift)
	return b.give(n, out, err)
}

// give makes v the node's first result.
func (b *builder) give(n *node, v *value, err error) error {
	if err != nil {
		return err
	}
	b.set(n.out(), &value{layer: v.layer, layout: v.layout})
	return nil
}

// layerNormed adds a LayerNorm over the axes of v from first on, which must be
// the channels. Where gain or shift is nil, it multiplies by 1 or adds 0.
func (b *builder) layerNormed(name string, v *value, first int, epsilon float64, gain, shift *constant) (*value, error) {
	over := v.layout[first:].runs()
	length := over.size()
	if axis, ok := over.on(b.physical(v)); !usual(b.physical(v)) || length > 1 && (!ok || axis != channels) {
		return nil, errors.New("over other axes than the channels is not supported")
	}
	params := make(map[string]*tensor.Dense)
	for _, p := range []struct {
		name    string
		c       *constant
		instead float32
	}{{"weight", gain, 1}, {"bias", shift, 0}} {
		c := p.c
		if c == nil || c.size() == 1 {
			if err := b.memory.spend(length, 4); err != nil {
				return nil, err
			}
			instead := p.instead
			if c != nil {
				instead = float32(c.at(0))
			}
			c = &constant{shape: []int{length}, floats: make([]float32, length)}
			for i := range c.floats {
				c.floats[i] = instead
			}
		}
		var err error
		if params[p.name], err = b.perChannel(c, length); err != nil {
			return nil, fmt.Errorf("%s: %w", p.name, err)
		}
	}
	layer, err := b.add(name, models.Layer{Kind: models.LayerNorm, Inputs: []string{v.layer}, Attr: models.Attr{Epsilon: epsilon}, Params: params})
	return &value{name: name, layer: layer, layout: v.layout}, err
}

func (b *builder) lrn(n *node) error {
	v, err := n.data(0)
	if err != nil {
		return err
	}
	if v, err = b.planes(v); err != nil {
		return err
	}
	return b.straightly(n, v, models.Layer{Kind: models.LRN, Attr: models.Attr{
		Alpha: n.float("alpha", 1e-4), Beta: n.float("beta", 0.75), K: n.float("bias", 1), Size: n.int("size", 0),
	}})
}
