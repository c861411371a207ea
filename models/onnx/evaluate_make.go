package onnx

import (
	"fmt"
)

// oneHotKnown has, along a new axis, one number where the index is and another
// elsewhere.
func (b *builder) oneHotKnown(n *node, which *constant) (*constant, error) {
	depth, err := n.needed(1)
	if err != nil {
		return nil, err
	}
	values, err := n.needed(2)
	if err != nil {
		return nil, err
	}
	d, err := depth.scalar()
	if err != nil {
		return nil, err
	}
	side := clamp(int64(d))
	if values.size() != 2 || side < 1 {
		return nil, fmt.Errorf("%d values and a depth of %d make no one-hot numbers", values.size(), side)
	}
	at, err := position(n.int("axis", -1), len(which.shape)+1)
	if err != nil {
		return nil, err
	}
	shape := append(append(append([]int{}, which.shape[:at]...), side), which.shape[at:]...)
	out, err := values.empty(shape, b.memory)
	if err != nil {
		return nil, err
	}
	inner, err := count(which.shape[at:])
	if err != nil {
		return nil, err
	}
	for i := range out.size() {
		p := clamp(which.int(i/(inner*side)*inner + i%inner))
		if p < 0 {
			p += side
		}
		hot := 0
		if i/inner%side == p {
			hot = 1
		}
		out.copyFrom(values, hot, i)
	}
	return out, nil
}

// eyeKnown is a matrix of zeros with ones on a diagonal.
func (b *builder) eyeKnown(n *node, x *constant) (*constant, error) {
	if len(x.shape) != 2 {
		return nil, fmt.Errorf("a constant of shape %v is not a matrix", x.shape)
	}
	out, err := intConstant().empty(x.shape, b.memory)
	if err != nil {
		return nil, err
	}
	k := n.int("k", 0)
	for i := range out.ints {
		if i%x.shape[1]-i/x.shape[1] == k {
			out.ints[i] = 1
		}
	}
	to := n.int("dtype", 0)
	if to == 0 && !x.isInt() || isFloat(to) {
		return b.mapped(out, func(x float64) float64 { return x })
	}
	return out, nil
}

// nonZeroKnown lists the places of numbers that are not 0, an axis a row.
func (b *builder) nonZeroKnown(x *constant) (*constant, error) {
	var places []int
	for i := range x.size() {
		if x.at(i) != 0 {
			places = append(places, i)
		}
	}
	out, err := intConstant().empty([]int{len(x.shape), len(places)}, b.memory)
	if err != nil {
		return nil, err
	}
	for axis, step := range strides(x.shape) {
		for i, p := range places {
			out.ints[axis*len(places)+i] = int64(p / step % x.shape[axis])
		}
	}
	return out, nil
}

// cumSumKnown adds up along an axis.
func (b *builder) cumSumKnown(n *node, x *constant) (*constant, error) {
	c, err := n.needed(1)
	if err != nil {
		return nil, err
	}
	along, err := c.scalar()
	if err != nil {
		return nil, err
	}
	at, err := position(clamp(int64(along)), len(x.shape))
	if err != nil {
		return nil, err
	}
	out, err := x.empty(x.shape, b.memory)
	if err != nil {
		return nil, err
	}
	step, side := strides(x.shape)[at], x.shape[at]
	for i := range out.size() {
		if i/step%side != 0 {
			continue
		}
		sum := 0.0
		for k := range side {
			p := i + k*step
			if n.int("reverse", 0) != 0 {
				p = i + (side-1-k)*step
			}
			before := sum
			sum += x.at(p)
			v := sum
			if n.int("exclusive", 0) != 0 {
				v = before
			}
			if out.isInt() {
				out.ints[p] = int64(v)
			} else {
				out.floats[p] = float32(v)
			}
		}
	}
	return out, nil
}
