package onnx

import (
	"errors"
	"fmt"
	"slices"

	"gaze/models"
)

// generalProducts has the products of values that are both computed from the picture,
// or by constants of any number of axes.
var generalProducts = map[string]operator{
	"MatMul": (*builder).matMulOfValues,
	"Gemm":   (*builder).gemmOfValues,
	"Einsum": (*builder).einsum,
	"CumSum": (*builder).cumSum,
}

var contributedProducts = map[string]operator{
	"FusedMatMul": (*builder).fusedMatMul,
	"FusedGemm":   (*builder).fusedGemm,
}

func (b *builder) matMulOfValues(n *node) error {
	in, err := n.all(2)
	if err != nil {
		return err
	}
	if out, ok, err := b.attended(n, in[0], in[1]); ok || err != nil {
		return b.give(n, out, err)
	}
	r := b.recipe(n)
	return r.give(r.matMul("", in[0], in[1]))
}

// matMul is a product as ONNX's MatMul has it: a list of numbers is a row on the left,
// and a column on the right, and its axis is dropped.
func (r *recipe) matMul(step string, x, y *value) *value {
	left, right := x.shape(), y.shape()
	switch {
	case len(left) == 0 || len(right) == 0:
		return r.done(nil, errors.New("its inputs have no axes"))
	case y.known != nil && len(right) <= 2 && len(left) >= 2 && x.known == nil:
		if len(right) == 1 {
			out := r.linear(step, x, y.known.reshaped([]int{1, right[0]}), nil)
			if r.err != nil {
				return nil
			}
			return &value{name: out.name, layer: out.layer, layout: out.layout[:len(left)-1]}
		}
		return r.done(r.b.multiply(r.called(step), x, y, y.known, false, nil))
	case x.known != nil && len(left) == 2 && len(right) >= 2 && y.known == nil:
		// Of the columns of y, as rows.
		return r.turned(r.linear(step, r.turned(y), x.known, nil))
	}
	if len(left) == 1 {
		x = r.view(x, 1, left[0])
	}
	if len(right) == 1 {
		y = r.view(y, right[0], 1)
	}
	out := r.product(step, x, y)
	if r.err != nil || len(left) > 1 && len(right) > 1 {
		return out
	}
	shape := out.shape()
	if len(right) == 1 {
		shape = shape[:len(shape)-1]
	}
	if len(left) == 1 {
		at := len(shape) - 1
		if len(right) > 1 {
			at--
		}
		shape = slices.Delete(slices.Clone(shape), at, at+1)
	}
	return r.view(out, shape...)
}

// multiplied adds a product of the last two axes of two values, of which at least one
// depends on the picture. The axes before them are broadcast.
func (b *builder) multiplied(name string, x, y *value) (*value, error) {
	left, right := x.shape(), y.shape()
	axes := max(len(left), len(right))
	if len(left) < 2 || len(right) < 2 || left[len(left)-1] != right[len(right)-2] {
		return nil, fmt.Errorf("inputs of shapes %v and %v cannot be multiplied", left, right)
	}
	before, err := broadcast(left[:len(left)-2], right[:len(right)-2])
	if err != nil {
		return nil, err
	}
	if x, err = b.plain(x, axes); err != nil {
		return nil, err
	}
	if y, err = b.plain(y, axes); err != nil {
		return nil, err
	}
	layer, err := b.add(name, models.Layer{Kind: models.MatMul, Inputs: []string{x.layer, y.layer}})
	if err != nil {
		return nil, err
	}
	shape := append(slices.Clone(before), left[len(left)-2], right[len(right)-1])
	return &value{name: name, layer: layer, layout: inOrder(shape, 0).layout}, nil
}

// reshaped is v with its numbers in the same order in another shape of as many.
func (b *builder) reshaped(v *value, shape []int) (*value, error) {
	if v.known != nil {
		return &value{name: v.name, known: v.known.reshaped(shape)}, nil
	}
	if l, ok := fold(v.layout.runs(), shape); ok {
		return &value{name: v.name, layer: v.layer, layout: l}, nil
	}
	p, err := b.plain(v, 0)
	if err != nil {
		return nil, err
	}
	if l, ok := fold(p.layout.runs(), shape); ok {
		return &value{name: v.name, layer: p.layer, layout: l}, nil
	}
	total, err := count(shape)
	if err != nil {
		return nil, err
	}
	if have, err := count(v.shape()); err != nil || have != total {
		return nil, fmt.Errorf("%v cannot become %v", v.shape(), shape)
	}
	to := inOrder(shape, 1)
	layer, err := b.add(b.free(v), models.Layer{Kind: models.View, Inputs: []string{p.layer}, Attr: models.Attr{Shape: to.shape}})
	return &value{name: v.name, layer: layer, layout: to.layout}, err
}

func (b *builder) gemmOfValues(n *node) error {
	if len(n.in) < 2 || n.in[0] == nil || n.in[1] == nil {
		return errors.New("has not two inputs")
	}
	r := b.recipe(n)
	return r.give(r.gemm("", n, n.input(2)))
}

// gemm is alpha A B + beta C of any values.
func (r *recipe) gemm(step string, n *node, c *value) *value {
	x, y := n.in[0], n.in[1]
	if len(x.shape()) != 2 || len(y.shape()) != 2 {
		return r.done(nil, fmt.Errorf("inputs of shapes %v and %v are not matrices", x.shape(), y.shape()))
	}
	if n.int("transA", 0) != 0 {
		x = r.turned(x)
	}
	if n.int("transB", 0) != 0 {
		y = r.turned(y)
	}
	alpha, beta := n.float("alpha", 1), n.float("beta", 1)
	name := step
	if alpha != 1 || c != nil {
		name = "product"
	}
	out := r.matMul(name, x, y)
	if alpha != 1 {
		name = step
		if c != nil {
			name = "scaled"
		}
		out = r.line(name, out, alpha, 0)
	}
	if c == nil || beta == 0 {
		return out
	}
	if beta != 1 {
		if c.known != nil {
			more, err := r.b.mapped(c.known, func(x float64) float64 { return beta * x })
			c = r.done(&value{name: c.name, known: more}, err)
		} else {
			c = r.line("bias", c, beta, 0)
		}
	}
	return r.pair(step, models.Add, out, c)
}

// turned swaps the last two axes of a value or constant.
func (r *recipe) turned(v *value) *value {
	if r.err != nil {
		return nil
	}
	axes := len(v.shape())
	order := make([]int, axes)
	for i := range order {
		order[i] = i
	}
	order[axes-1], order[axes-2] = axes-2, axes-1
	return r.ordered(v, order)
}

// ordered is transpose, of constants too.
func (r *recipe) ordered(v *value, order []int) *value {
	if r.err != nil || v.known == nil {
		return r.transpose(v, order...)
	}
	c, err := r.b.transposed(v.known, order)
	return r.done(&value{name: v.name, known: c}, err)
}

// fusedMatMul is alpha A B with either transposed before, in the last two axes or,
// with transBatch, all but the last.
func (b *builder) fusedMatMul(n *node) error {
	in, err := n.all(2)
	if err != nil {
		return err
	}
	r := b.recipe(n)
	var sides [2]*value
	for i, x := range []string{"A", "B"} {
		sides[i] = in[i]
		if axes := len(in[i].shape()); n.int("transBatch"+x, 0) != 0 && axes > 2 {
			// The first of the axes before the last two moves behind them.
			order := make([]int, 0, axes)
			for k := 1; k < axes-1; k++ {
				order = append(order, k)
			}
			sides[i] = r.ordered(sides[i], append(order, 0, axes-1))
		}
		if n.int("trans"+x, 0) != 0 && len(sides[i].shape()) > 1 && r.err == nil {
			sides[i] = r.turned(sides[i])
		}
	}
	if r.err != nil {
		return r.err
	}
	alpha := n.float("alpha", 1)
	if alpha == 1 {
		return r.give(r.matMul("", sides[0], sides[1]))
	}
	return r.give(r.line("", r.matMul("product", sides[0], sides[1]), alpha, 0))
}

// fusedGemm has an activation behind a Gemm.
func (b *builder) fusedGemm(n *node) error {
	if len(n.in) < 2 || n.in[0] == nil || n.in[1] == nil {
		return errors.New("has not two inputs")
	}
	r := b.recipe(n)
	return r.give(r.activation("", n, r.gemm("sum", n, n.input(2))))
}

// activation adds the one that a fused node names.
func (r *recipe) activation(step string, n *node, v *value) *value {
	name := n.text("activation", "")
	if name == "" || r.err != nil {
		return v
	}
	alpha := n.float("activation_alpha", 0.01)
	beta := n.float("activation_beta", 0)
	if list := n.attributes["activation_params"]; list != nil && len(list.Floats) > 0 {
		alpha = decimal(list.Floats[0])
		if len(list.Floats) > 1 {
			beta = decimal(list.Floats[1])
		}
	}
	kinds := map[string]models.Layer{
		"Relu": {Kind: models.ReLU}, "Sigmoid": {Kind: models.Sigmoid}, "Tanh": {Kind: models.Tanh}, "Softplus": {Kind: models.Softplus},
		"HardSwish": {Kind: models.HardSwish}, "Gelu": {Kind: models.GELU},
		"LeakyRelu":   {Kind: models.LeakyReLU, Attr: models.Attr{Alpha: alpha}},
		"Elu":         {Kind: models.ELU, Attr: models.Attr{Alpha: alpha}},
		"HardSigmoid": {Kind: models.HardSigmoid, Attr: models.Attr{Alpha: alpha, Beta: beta}},
		"Clip":        {Kind: models.Clip, Attr: models.Attr{Min: alpha, Max: beta}},
	}
	l, ok := kinds[name]
	if !ok {
		return r.done(nil, fmt.Errorf("its activation %q is not supported", name))
	}
	return r.done(r.b.function(r.called(step), l.Kind, l.Attr, v))
}

// cumSum is a product with a matrix of ones on one side of the diagonal.
func (b *builder) cumSum(n *node) error {
	v, err := n.data(0)
	if err != nil {
		return err
	}
	c, err := n.needed(1)
	if err != nil {
		return err
	}
	along, err := c.scalar()
	if err != nil {
		return err
	}
	at, err := position(int(along), len(v.layout))
	if err != nil {
		return err
	}
	side := v.layout[at].size()
	if err := b.memory.spend(side*side, 4); err != nil {
		return err
	}
	ones := &constant{shape: []int{side, side}, floats: make([]float32, side*side)}
	for to := range side {
		for from := range side {
			before := from < to
			if n.int("reverse", 0) != 0 {
				before = from > to
			}
			if before || from == to && n.int("exclusive", 0) == 0 {
				ones.floats[to*side+from] = 1
			}
		}
	}
	// The axis is the last one of the product.
	order := make([]int, 0, len(v.layout))
	for i := range v.layout {
		if i != at {
			order = append(order, i)
		}
	}
	order = append(order, at)
	back := make([]int, len(order))
	for i, from := range order {
		back[from] = i
	}
	r := b.recipe(n)
	out := r.linear("", r.transpose(v, order...), ones, nil)
	return r.give(r.transpose(out, back...))
}
