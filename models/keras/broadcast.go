package keras

import (
	"fmt"

	"gaze/models"
)

// fixed adds a layer that has those numbers, whatever the picture, in a shape.
func (b *builder) fixed(name string, values []float32, shape ...int) (string, error) {
	d, err := dense(values, shape...)
	if err != nil {
		return "", err
	}
	return b.add(name, models.Layer{Kind: models.Constant, Params: params{"value": d}})
}

// with adds a layer of that kind, which reads v and then a constant whose axes of
// length 1 are repeated. The result lies as v does.
func (b *builder) with(name string, kind models.Kind, v *value, values []float32, shape ...int) (*value, error) {
	constant, err := b.fixed(name+"/constant", values, shape...)
	if err != nil {
		return nil, err
	}
	layer, err := b.add(name, models.Layer{Kind: kind, Inputs: []string{v.layer, constant}})
	return &value{layer: layer, layout: v.layout}, err
}

// scaledAny is weight x + bias for a tensor of any axes, each a number or one for each
// element of the last axis.
func (b *builder) scaledAny(u *use, v *value, weight, bias []float64) (*value, error) {
	v, err := b.arranged(v)
	if err != nil {
		return nil, err
	}
	shape := b.physical(v)
	for _, part := range []struct {
		name   string
		kind   models.Kind
		values []float64
	}{{u.name + "/scaled", models.Mul, weight}, {u.name, models.Add, bias}} {
		n := len(part.values)
		if n != 1 && n != shape[len(shape)-1] {
			return nil, fmt.Errorf("has %d numbers for %d elements of the last axis", n, shape[len(shape)-1])
		}
		if err := b.memory.spend(n, 4); err != nil {
			return nil, err
		}
		values := make([]float32, n)
		for k, x := range part.values {
			values[k] = float32(x)
		}
		if v, err = b.with(part.name, part.kind, v, values, broadcastAlong(len(shape)+1, len(shape), n)...); err != nil {
			return nil, err
		}
	}
	return v, nil
}

// broadcastAlong is a shape of that many axes, all of length 1 but one.
func broadcastAlong(axes, axis, length int) []int {
	shape := make([]int, axes)
	for i := range shape {
		shape[i] = 1
	}
	shape[axis] = length
	return shape
}
