package onnx

import (
	"slices"

	"gaze/models"
)

// recipe makes the layers of a node from smaller operations. Its first error ends it:
// what is asked of it after that does nothing.
type recipe struct {
	b    *builder
	name string
	err  error
}

// recipe begins one for a node's first result. Its last layer is called like that.
func (b *builder) recipe(n *node) *recipe { return &recipe{b: b, name: n.out()} }

// called is the name of what a step makes; "" is the result itself.
func (r *recipe) called(step string) string {
	if step == "" {
		return r.name
	}
	return r.name + "/" + step
}

func (r *recipe) done(v *value, err error) *value {
	if r.err == nil {
		r.err = err
	}
	return v
}

// pair adds a layer over values that are broadcast to each other.
func (r *recipe) pair(step string, kind models.Kind, in ...*value) *value {
	if r.err != nil {
		return nil
	}
	return r.done(r.b.combined(r.called(step), kind, in...))
}

// function adds a layer that works on each number by itself.
func (r *recipe) function(step string, kind models.Kind, v *value) *value {
	if r.err != nil {
		return nil
	}
	return r.done(r.b.function(r.called(step), kind, models.Attr{}, v))
}

// line adds a layer that is weight v + bias.
func (r *recipe) line(step string, v *value, weight, bias float64) *value {
	if r.err != nil {
		return nil
	}
	var w, c *constant
	if weight != 1 || bias == 0 {
		w = single(float32(weight))
	}
	if bias != 0 {
		c = single(float32(bias))
	}
	return r.done(r.b.scaled(r.called(step), v, w, c))
}

// affine adds a layer that is weight v + bias; either may be nil.
func (r *recipe) affine(step string, v *value, weight, bias *constant) *value {
	if r.err != nil || weight == nil && bias == nil {
		return v
	}
	return r.done(r.b.scaled(r.called(step), v, weight, bias))
}

// reduce adds a layer that makes one number of all along some of v's axes, which are
// kept with length 1.
func (r *recipe) reduce(step string, kind models.Kind, v *value, over []bool) *value {
	if r.err != nil {
		return nil
	}
	return r.done(r.b.reduceAlong(r.called(step), kind, v, over))
}

// view gives a value other axes, of as many numbers in the same order.
func (r *recipe) view(v *value, shape ...int) *value {
	if r.err != nil {
		return nil
	}
	return r.done(r.b.reshaped(v, shape))
}

// transpose orders a value's axes.
func (r *recipe) transpose(v *value, order ...int) *value {
	if r.err != nil {
		return nil
	}
	t := *v
	t.layout, t.placed, t.planar, t.row = v.layout.transposed(order), nil, nil, nil
	return &t
}

// product multiplies the last two axes of two values.
func (r *recipe) product(step string, x, y *value) *value {
	if r.err != nil {
		return nil
	}
	return r.done(r.b.multiplied(r.called(step), x, y))
}

// linear multiplies the last axis of a value by a constant matrix of outs x ins.
func (r *recipe) linear(step string, v *value, matrix, bias *constant) *value {
	if r.err != nil {
		return nil
	}
	return r.done(r.b.multiply(r.called(step), v, nil, matrix, true, bias))
}

// slice takes length positions along an axis.
func (r *recipe) slice(step string, v *value, at, first, length int) *value {
	if r.err != nil {
		return nil
	}
	return r.done(r.b.part(r.called(step), v, at, sequence{first, 1, length}))
}

// softmax is over one axis.
func (r *recipe) softmax(step string, v *value, at int) *value {
	if r.err != nil {
		return nil
	}
	return r.done(r.b.softmaxed(r.called(step), v, at))
}

// standardize subtracts the mean along some axes and divides by the deviation.
func (r *recipe) standardize(step string, v *value, over []bool, epsilon float64) *value {
	if r.err != nil {
		return nil
	}
	return r.done(r.b.standardized(r.called(step), v, over, epsilon))
}

// give makes v the node's first result, and ends the recipe.
func (r *recipe) give(v *value) error {
	if r.err != nil {
		return r.err
	}
	r.b.set(r.name, &value{layer: v.layer, layout: v.layout})
	return nil
}

// lastOnly says of so many axes that the last one is meant.
func lastOnly(axes int) []bool {
	over := make([]bool, axes)
	over[axes-1] = true
	return over
}

// from says of so many axes that those from the first on are meant.
func from(first, axes int) []bool {
	return append(make([]bool, first), slices.Repeat([]bool{true}, axes-first)...)
}
