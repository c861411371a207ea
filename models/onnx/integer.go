package onnx

import (
	"errors"
	"fmt"
	"slices"
)

// convInteger is a convolution of whole numbers, from which their zero points are
// subtracted.
func (b *builder) convInteger(n *node) error {
	return b.ofIntegers(n, 0, func(in []*value) error {
		return (*builder).conv(b, &node{NodeProto: n.NodeProto, in: in, attributes: n.attributes})
	})
}

func (b *builder) matMulInteger(n *node) error {
	return b.ofIntegers(n, -1, func(in []*value) error {
		return (*builder).matMul(b, &node{NodeProto: n.NodeProto, in: in, attributes: n.attributes})
	})
}

// ofIntegers does something with two inputs of whole numbers, whose zero points
// are inputs 2 and 3; axis is that along which those of the second lie.
func (b *builder) ofIntegers(n *node, axis int, do func(in []*value) error) error {
	if len(n.in) < 2 || n.in[0] == nil {
		return errors.New("has less than two inputs")
	}
	one := &quantised{scale: single(1), axis: axis}
	var err error
	if one.zero, err = n.constant(3); err != nil {
		return err
	}
	matrix, err := n.needed(1)
	if err != nil {
		return err
	}
	if one.zero != nil && one.zero.size() > 1 {
		// As many scales as zero points.
		one.scale = &constant{shape: one.zero.shape, floats: slices.Repeat([]float32{1}, one.zero.size())}
	}
	w, err := b.dequantised(matrix, one, 0)
	if err != nil {
		return err
	}
	weight := &value{name: n.in[1].name, known: w}
	v := n.in[0]
	if q := v.quantised; q != nil && q.own != "" {
		zero := n.input(2)
		if q.centred || zero == nil || zero.chosen == nil || !zero.chosen.zero || zero.chosen.own != q.own {
			return errors.New("without the picture's own zero point is not supported")
		}
		if err := do([]*value{plainly(v), weight}); err != nil {
			return err
		}
		b.values[n.out()].quantised = &quantised{own: q.own, centred: true}
		return nil
	}
	point, err := n.constant(2)
	if err != nil {
		return err
	}
	if v, err = b.meant(n.out()+"/whole", v, &quantised{scale: single(1), zero: point}); err != nil {
		return err
	}
	return do([]*value{v, weight})
}

// matMulIntegerToFloat is onnxruntime's MatMulInteger with the scales of both
// factors, and a bias.
func (b *builder) matMulIntegerToFloat(n *node) error {
	order := func(i, scale, zero int) *node {
		return &node{NodeProto: n.NodeProto, in: []*value{n.input(i), n.input(scale), n.input(zero)}}
	}
	x, err := b.meantAt(order(0, 2, 4), 0)
	if err != nil {
		return err
	}
	if x.known != nil {
		return errors.New("of two constants is not supported")
	}
	return b.wholeProduct(n, x, order(1, 3, 5), 6)
}

// dynamicQuantizeMatMul is onnxruntime's product of what it rounds to steps of
// each picture's own, and whole numbers.
func (b *builder) dynamicQuantizeMatMul(n *node) error {
	v, err := n.data(0)
	if err != nil {
		return err
	}
	x, err := b.roundedOwn(n.out()+"/rounded", v)
	if err != nil {
		return err
	}
	return b.wholeProduct(n, plainly(x), &node{NodeProto: n.NodeProto, in: []*value{n.input(1), n.input(2), n.input(3)}}, 4)
}

// wholeProduct is x times a matrix of whole numbers, given with its scale and
// zero point, and a bias at input i.
func (b *builder) wholeProduct(n *node, x *value, matrix *node, i int) error {
	c, err := matrix.needed(0)
	if err != nil {
		return err
	}
	q, _, err := matrix.steps(1)
	if err != nil {
		return err
	}
	q.axis = -1
	w, err := b.dequantised(c, q, 0)
	if err != nil {
		return err
	}
	bias, err := n.constant(i)
	if err != nil {
		return err
	}
	if len(w.shape) != 2 {
		return fmt.Errorf("by a constant of shape %v is not supported", w.shape)
	}
	out, err := b.multiply(n.out(), x, n.input(1), w, false, bias)
	return b.give(n, out, err)
}
