package onnx

import (
	"errors"
	"fmt"
	"slices"
)

// quantisedOperator makes the operator that computes with what whole numbers
// stand for as do does, and rounds the result. Its inputs are the data, each
// followed by its scale and zero point, and at last those of the result.
func quantisedOperator(do operator, data int) operator {
	return func(b *builder, n *node) error {
		var in []*value
		for i := range data {
			v, err := b.meantAt(n, 3*i)
			if err != nil {
				return err
			}
			in = append(in, v)
		}
		return b.computed(n, in, do, 3*data)
	}
}

// meantAt is what input i stands for by the scale and zero point behind it.
func (b *builder) meantAt(n *node, i int) (*value, error) {
	v := n.input(i)
	if v == nil {
		return nil, fmt.Errorf("has no input %d", i)
	}
	q, _, err := n.steps(i + 1)
	if err != nil {
		return nil, err
	}
	return b.meant(fmt.Sprintf("%s/input%d", n.out(), i), v, q)
}

// computed does what do does with in, and rounds the result by the scale and zero
// point of the node at input i.
func (b *builder) computed(n *node, in []*value, do operator, i int) error {
	exact := &node{NodeProto: n.NodeProto, in: slices.Clone(in), attributes: n.attributes}
	last := n.int("channels_last", 0) != 0
	if last {
		if err := exact.turn(); err != nil {
			return err
		}
	}
	if err := do(b, exact); err != nil {
		return err
	}
	v := b.values[n.out()]
	if last && len(v.layout) == 4 {
		v = &value{name: v.name, layer: v.layer, layout: v.layout.transposed([]int{0, 2, 3, 1})}
	}
	if n.input(i) == nil {
		b.set(n.out(), v)
		return nil
	}
	q, of, err := n.steps(i)
	if err != nil {
		return err
	}
	out, err := b.quantise(n.out()+"/rounded", v, q, of)
	if err != nil {
		return err
	}
	b.set(n.out(), out)
	return nil
}

// turn brings the channels of the data to the second axis, for operators that
// onnxruntime has for the order batch, rows, columns, channels too.
func (n *node) turn() error {
	v, err := n.data(0)
	if err != nil {
		return err
	}
	if len(v.layout) != 4 {
		return errors.New("with the channels last, of another number of axes than four, is not supported")
	}
	n.in[0] = &value{name: v.name, layer: v.layer, layout: v.layout.transposed([]int{0, 3, 1, 2})}
	return nil
}

// nhwcMaxPool is onnxruntime's MaxPool of whole numbers with the channels last. What
// the largest stands for is the largest of what they stand for.
func (b *builder) nhwcMaxPool(n *node) error {
	exact := &node{NodeProto: n.NodeProto, in: slices.Clone(n.in), attributes: n.attributes}
	if err := exact.turn(); err != nil {
		return err
	}
	if q := n.in[0].quantised; q != nil && !q.single() {
		return errors.New("of whole numbers with several scales is not supported")
	}
	if err := b.maxPool(exact); err != nil {
		return err
	}
	v := b.values[n.out()]
	b.set(n.out(), &value{layer: v.layer, layout: v.layout.transposed([]int{0, 2, 3, 1}), quantised: n.in[0].quantised})
	return nil
}

// qLinearConv reads x, w and y, each with its scale and zero point, and a bias in
// steps of x's scale times w's.
func (b *builder) qLinearConv(n *node) error {
	x, err := b.meantAt(n, 0)
	if err != nil {
		return err
	}
	w, ws, err := b.wholeWeight(n, 3, 0)
	if err != nil {
		return err
	}
	in := []*value{x, w}
	if bias := n.input(8); bias != nil {
		c, err := b.wholeBias(n, 8, 1, ws, 1)
		if err != nil {
			return err
		}
		in = append(in, c)
	}
	return b.computed(n, in, (*builder).conv, 6)
}

// wholeWeight is what the constant input i stands for, with scales along an
// axis, and these.
func (b *builder) wholeWeight(n *node, i, axis int) (*value, *constant, error) {
	c, err := n.needed(i)
	if err != nil {
		return nil, nil, err
	}
	q, _, err := n.steps(i + 1)
	if err != nil {
		return nil, nil, err
	}
	if q.own != "" {
		return nil, nil, errChosen
	}
	q.axis = axis
	w, err := b.dequantised(c, q, 0)
	if err != nil {
		return nil, nil, err
	}
	b.release(n.Input[i])
	return &value{name: n.in[i].name, known: w}, q.scale, nil
}

// wholeBias is what the constant input i stands for, in steps of the scale at
// input x times those of the weight and alpha.
func (b *builder) wholeBias(n *node, i, x int, weight *constant, alpha float64) (*value, error) {
	c, err := n.needed(i)
	if err != nil {
		return nil, err
	}
	scale, err := n.needed(x)
	if err != nil {
		return nil, err
	}
	step, err := scale.scalar()
	if err != nil {
		return nil, err
	}
	if weight.size() != 1 && c.size() != weight.size() {
		return nil, fmt.Errorf("%d scales do not fit %d numbers of the bias", weight.size(), c.size())
	}
	if err := b.memory.spend(c.size(), 4); err != nil {
		return nil, err
	}
	out := &constant{shape: c.shape, floats: make([]float32, c.size())}
	for k := range out.floats {
		out.floats[k] = float32(alpha * c.at(k) * step * pointAt(weight, k))
	}
	return &value{name: n.in[i].name, known: out}, nil
}

// qLinearMatMul reads a, b and y, each with its scale and zero point.
func (b *builder) qLinearMatMul(n *node) error {
	x, err := b.meantAt(n, 0)
	if err != nil {
		return err
	}
	y := n.input(3)
	if y != nil && y.known != nil {
		if y, _, err = b.wholeWeight(n, 3, -1); err != nil {
			return err
		}
	} else if y, err = b.meantAt(n, 3); err != nil {
		return err
	}
	return b.computed(n, []*value{x, y}, (*builder).matMul, 6)
}

// qGemm is onnxruntime's Gemm of whole numbers: A and B with their scales and
// zero points, C in steps of both scales, and those of the result, which is
// not rounded without.
func (b *builder) qGemm(n *node) error {
	x, err := b.meantAt(n, 0)
	if err != nil {
		return err
	}
	axis := 1
	if n.int("transB", 0) != 0 {
		axis = 0
	}
	w, ws, err := b.wholeWeight(n, 3, axis)
	if err != nil {
		return err
	}
	in := []*value{x, w}
	if n.input(6) != nil {
		c, err := b.wholeBias(n, 6, 1, ws, n.float("alpha", 1))
		if err != nil {
			return err
		}
		in = append(in, c)
	}
	return b.computed(n, in, (*builder).gemm, 7)
}

// qLinearConcat reads the result's scale and zero point first, then each part
// with its own.
func (b *builder) qLinearConcat(n *node) error {
	var in []*value
	for i := 2; i < len(n.in); i += 3 {
		v, err := b.meantAt(n, i)
		if err != nil {
			return err
		}
		in = append(in, v)
	}
	if len(in) == 0 {
		return errors.New("joins nothing")
	}
	return b.computed(n, in, (*builder).concat, 0)
}
