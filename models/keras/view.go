package keras

import (
	"errors"
	"fmt"
)

// view is v with its axes arranged otherwise, which moves no numbers.
func (v *value) view(l layout) *value { return &value{layer: v.layer, layout: l, pixels: v.pixels} }

// flatten makes one axis of all, in the order of rows, columns and channels.
func flatten(b *builder, u *use) (*value, error) {
	v, err := u.value()
	if err != nil {
		return nil, err
	}
	l := v.layout
	if u.channelsFirst() && len(l) > 1 {
		l = append(append(layout{}, l[1:]...), l[0])
	}
	return b.vector(v.view(l.flat()), u.name)
}

// reshape gives a tensor other axes.
func reshape(b *builder, u *use) (*value, error) {
	v, err := u.value()
	if err != nil {
		return nil, err
	}
	shape, ok := u.integers("target_shape")
	if !ok {
		return nil, errors.New("has no target_shape of whole numbers")
	}
	return b.reshape(v, shape)
}

// reshapeOperation is reshape with the batch in the shape.
func reshapeOperation(b *builder, u *use) (*value, error) {
	v, err := u.value()
	if err != nil {
		return nil, err
	}
	shape, ok := u.integers("newshape")
	if !ok {
		if shape, ok = integersOf(u.argument(1, "shape")); !ok {
			return nil, errors.New("has no shape of whole numbers")
		}
	}
	if len(shape) == 0 || shape[0] != -1 && shape[0] != 1 {
		return nil, errors.New("changes the number of pictures, which is not supported")
	}
	return b.reshape(v, shape[1:])
}

// reshape gives v the axes of a shape, in which one side may be -1.
func (b *builder) reshape(v *value, shape []int) (*value, error) {
	total, known, open := 1, 1, -1
	for _, side := range v.shape() {
		total *= side
	}
	sides := append([]int(nil), shape...)
	for i, side := range sides {
		switch {
		case side == -1 && open < 0:
			open = i
		case side < 1 || known > total:
			return nil, fmt.Errorf("makes the shape %s of %s", shapeText(shape), shapeText(v.shape()))
		default:
			known *= side
		}
	}
	if open >= 0 && total%known == 0 {
		sides[open] = total / known
		known = total
	}
	if known != total {
		return nil, fmt.Errorf("makes the shape %s of %s", shapeText(shape), shapeText(v.shape()))
	}
	l, ok := v.reshaped(sides)
	if !ok {
		v, err := b.arranged(v)
		if err != nil {
			return nil, err
		}
		return v.view(straight(sides)), nil
	}
	return v.view(l), nil
}

// permute puts axes in another order; they count from 1.
func permute(_ *builder, u *use) (*value, error) {
	v, err := u.value()
	if err != nil {
		return nil, err
	}
	order, ok := u.integers("dims")
	if !ok {
		return nil, errors.New("has no dims that are whole numbers")
	}
	return v.permuted(append([]int{0}, order...))
}

// transposeOperation is permute with the batch in the order.
func transposeOperation(_ *builder, u *use) (*value, error) {
	v, err := u.value()
	if err != nil {
		return nil, err
	}
	order, ok := u.integers("axes")
	if !ok {
		if order, ok = integersOf(u.argument(1, "perm", "axes")); !ok {
			return nil, errors.New("does not say the order of the axes")
		}
	}
	return v.permuted(order)
}

// permuted is v with its axes in an order that counts the batch.
func (v *value) permuted(order []int) (*value, error) {
	l := make(layout, len(v.layout))
	seen := make(map[int]bool)
	for i, at := range order {
		if at < 0 || at > len(l) || seen[at] || (i == 0) != (at == 0) || len(order) != len(l)+1 {
			return nil, fmt.Errorf("puts the axes of a tensor of shape %s in the order %v", shapeText(v.shape()), order)
		}
		seen[at] = true
		if i > 0 {
			l[i-1] = v.layout[at-1]
		}
	}
	return v.view(l), nil
}

// expandDims adds an axis of length 1.
func expandDims(_ *builder, u *use) (*value, error) {
	v, err := u.value()
	if err != nil {
		return nil, err
	}
	axis, ok := integerOf(u.argument(1, "axis"))
	if !ok {
		axis = u.integer("axis", -1)
	}
	at, err := axisOf(axis, len(v.layout)+1)
	if err != nil {
		return nil, err
	}
	l := append(append(layout{}, v.layout[:at]...), nil)
	return v.view(append(l, v.layout[at:]...)), nil
}

// squeeze takes axes of length 1 away.
func squeeze(_ *builder, u *use) (*value, error) {
	v, err := u.value()
	if err != nil {
		return nil, err
	}
	axes, ok := u.integers("axis")
	if !ok {
		axes, ok = integersOf(u.argument(1, "axis"))
	}
	drop := make(map[int]bool)
	for _, axis := range axes {
		at, err := axisOf(axis, len(v.layout))
		if err != nil {
			return nil, err
		}
		drop[at] = true
	}
	var l layout
	for i, a := range v.layout {
		if a.size() == 1 && (drop[i] || !ok) {
			continue
		}
		if drop[i] {
			return nil, errors.New("takes an axis away that is longer than 1")
		}
		l = append(l, a)
	}
	return v.view(l), nil
}

// integersOf returns a list of whole numbers, or one.
func integersOf(v any) ([]int, bool) { return settings{"": v}.integers("") }
