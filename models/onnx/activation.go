package onnx

import (
	"errors"
	"fmt"
	"math"

	"gorgonia.org/tensor"

	"gaze/models"
)

// plain is an operator of one input and no numbers.
func plain(kind models.Kind) operator {
	return func(b *builder, n *node) error {
		v, err := n.data(0)
		if err != nil {
			return err
		}
		return b.apply(n, v, models.Layer{Kind: kind})
	}
}

// curve adds an activation with these numbers.
func (b *builder) curve(n *node, kind models.Kind, attr models.Attr) error {
	v, err := n.data(0)
	if err != nil {
		return err
	}
	return b.apply(n, v, models.Layer{Kind: kind, Attr: attr})
}

func (b *builder) leakyRelu(n *node) error {
	return b.curve(n, models.LeakyReLU, models.Attr{Alpha: n.float("alpha", 0.01)})
}

func (b *builder) elu(n *node) error {
	return b.curve(n, models.ELU, models.Attr{Alpha: n.float("alpha", 1)})
}

func (b *builder) hardSigmoid(n *node) error {
	return b.curve(n, models.HardSigmoid, models.Attr{Alpha: n.float("alpha", 0.2), Beta: n.float("beta", 0.5)})
}

// swish is x σ(alpha x): a SiLU of alpha x, divided by alpha.
func (b *builder) swish(n *node) error {
	alpha := n.float("alpha", 1)
	if alpha == 1 {
		return b.curve(n, models.SiLU, models.Attr{})
	}
	if alpha == 0 {
		return errors.New("alpha 0 is not supported")
	}
	v, err := n.data(0)
	if err != nil {
		return err
	}
	inner, err := b.scaled(n.out()+"/alpha", v, single(float32(alpha)), nil)
	if err != nil {
		return err
	}
	name, err := b.add(n.out()+"/silu", models.Layer{Kind: models.SiLU, Inputs: []string{inner.layer}})
	if err != nil {
		return err
	}
	return b.scale(n, &value{layer: name, layout: inner.layout}, single(float32(1/alpha)), nil)
}

func (b *builder) gelu(n *node) error {
	switch how := n.text("approximate", "none"); how {
	case "none":
		return b.curve(n, models.GELU, models.Attr{})
	case "tanh":
		return b.curve(n, models.GELUTanh, models.Attr{})
	default:
		return fmt.Errorf("approximate %q is not supported", how)
	}
}

// clip reads its bounds from attributes up to opset 10, and from inputs after.
func (b *builder) clip(n *node) error {
	low, err := n.number("min", 1, math.Inf(-1))
	if err != nil {
		return err
	}
	high, err := n.number("max", 2, math.Inf(1))
	if err != nil {
		return err
	}
	// Exporters write the largest number of the type where there is no bound.
	if low <= -math.MaxFloat32 {
		low = math.Inf(-1)
	}
	if high >= math.MaxFloat32 {
		high = math.Inf(1)
	}
	switch {
	case low == 0 && high == 6:
		return b.curve(n, models.ReLU6, models.Attr{})
	case low == 0 && math.IsInf(high, 1):
		return b.curve(n, models.ReLU, models.Attr{})
	case !(low <= high):
		return fmt.Errorf("its bounds are %g and %g", low, high)
	}
	return b.curve(n, models.Clip, models.Attr{Min: low, Max: high})
}

func (b *builder) pRelu(n *node) error {
	v, err := n.data(0)
	if err != nil {
		return err
	}
	slope, err := n.needed(1)
	if err != nil {
		return err
	}
	weight, err := b.spread(slope, v)
	if err != nil {
		return err
	}
	if len(weight.Shape()) != 1 {
		return fmt.Errorf("a slope of shape %v is not one a channel", slope.shape)
	}
	return b.apply(n, v, models.Layer{Kind: models.PReLU, Params: map[string]*tensor.Dense{"weight": weight}})
}

// softmax within the network must be over the channels. Before opset 13, it is
// over its axis and all that follow.
func (b *builder) softmax(n *node) error {
	v, err := n.data(0)
	if err != nil {
		return err
	}
	// onnxruntime's own Softmax of whole numbers states which one is meant.
	opset := n.int("opset", clamp(b.opset))
	usual := -1
	if opset < 13 {
		usual = 1
	}
	at, err := position(n.int("axis", usual), len(v.layout))
	if err != nil {
		return err
	}
	last := at + 1
	if opset < 13 {
		last = len(v.layout)
	}
	over := v.layout[at:last].runs()
	if axis, ok := over.on(b.physical(v)); !ok || axis != channels {
		return errors.New("over other axes than the channels is not supported")
	}
	return b.apply(n, v, models.Layer{Kind: models.Softmax})
}
