package onnx

import (
	"errors"

	"gaze/models"
)

// contributedElementwise has onnxruntime's own activations, and what it fuses with a
// convolution.
var contributedElementwise = map[string]operator{
	"Gelu":      plain(models.GELU),
	"FastGelu":  biased(models.GELUTanh),
	"BiasGelu":  biased(models.GELU),
	"QuickGelu": (*builder).quickGelu,
	"BiasAdd":   chain(models.Add),
	"FusedConv": (*builder).fusedConv,
}

// biased is an activation of the sum of two inputs, of which the second may be missing.
func biased(kind models.Kind) operator {
	return func(b *builder, n *node) error {
		r := b.recipe(n)
		v := n.input(0)
		if v == nil {
			return errors.New("has no input 0")
		}
		if bias := n.input(1); bias != nil {
			v = r.pair("biased", models.Add, v, bias)
		}
		return r.give(r.function("", kind, v))
	}
}

// quickGelu is x σ(alpha x).
func (b *builder) quickGelu(n *node) error {
	v, err := n.data(0)
	if err != nil {
		return err
	}
	r := b.recipe(n)
	return r.give(r.done(b.function(n.out(), models.Swish, models.Attr{Beta: n.float("alpha", 1.702)}, v)))
}

// fusedConv adds a value to a convolution, and does an activation to the sum.
func (b *builder) fusedConv(n *node) error {
	v, err := n.data(0)
	if err != nil {
		return err
	}
	w, err := n.needed(1)
	if err != nil {
		return err
	}
	if len(w.shape) != len(v.layout) || len(w.shape) < 3 {
		return errors.New("has weights that do not fit its input")
	}
	s, err := n.sliding(w.shape[2:], v.shape())
	if err != nil {
		return err
	}
	r := b.recipe(n)
	with := n.text("activation", "") != ""
	step := ""
	if with || n.input(3) != nil {
		step = "conv"
	}
	out := r.conv(step, n, v, w, s)
	if more := n.input(3); more != nil {
		if step = ""; with {
			step = "sum"
		}
		out = r.pair(step, models.Add, out, more)
	}
	return r.give(r.activation("", n, out))
}
