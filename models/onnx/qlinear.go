package onnx

import (
	"errors"
	"fmt"
	"slices"

	"gaze/models/onnx/internal/onnxpb"
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
	return b.multiply(n, x, w, false, bias)
}

// matMulNBits is onnxruntime's product by a matrix of few bits a number, in
// blocks of a scale each: B holds, for each of N columns, its K numbers.
func (b *builder) matMulNBits(n *node) error {
	v, err := n.data(0)
	if err != nil {
		return err
	}
	bits, block, k, outs := n.int("bits", 4), n.int("block_size", 0), n.int("K", 0), n.int("N", 0)
	if bits != 4 && bits != 8 {
		return fmt.Errorf("numbers of %d bits are not supported", bits)
	}
	if block < 16 || k < 1 || outs < 1 {
		return fmt.Errorf("a matrix of K %d by N %d in blocks of %d is out of range", k, outs, block)
	}
	packed, err := n.needed(1)
	if err != nil {
		return err
	}
	scales, err := n.needed(2)
	if err != nil {
		return err
	}
	points, err := n.constant(3)
	if err != nil {
		return err
	}
	if order, err := n.constant(4); err != nil || order != nil {
		return errors.Join(err, errors.New("an order of its own for the blocks is not supported"))
	}
	bias, err := n.constant(5)
	if err != nil {
		return err
	}
	blocks := (k + block - 1) / block
	if packed.size() != outs*blocks*(block*bits/8) || scales.size() != outs*blocks {
		return fmt.Errorf("%v bytes and %v scales do not fit a matrix of %d x %d in blocks of %d", packed.shape, scales.shape, k, outs, block)
	}
	perColumn := (blocks*bits + 7) / 8
	whole := points != nil && points.isInt()
	if points != nil && (whole && points.size() != outs*perColumn || !whole && points.size() != outs*blocks) {
		return fmt.Errorf("zero points of shape %v do not fit", points.shape)
	}
	if err := b.memory.spend(outs*k, 4); err != nil {
		return err
	}
	mask := int64(1)<<bits - 1
	few := func(c *constant, first, i int) float64 {
		at := i * bits
		return float64(c.ints[first+at/8] >> (at % 8) & mask)
	}
	w := &constant{shape: []int{outs, k}, floats: make([]float32, outs*k)}
	for column := range outs {
		for i := range k {
			at := column*blocks + i/block
			zero := float64(int64(1) << (bits - 1))
			switch {
			case whole:
				zero = few(points, column*perColumn, i/block)
			case points != nil:
				zero = points.at(at)
			}
			w.floats[column*k+i] = float32((few(packed, at*(block*bits/8), i%block) - zero) * scales.at(at))
		}
	}
	b.release(n.Input[1])
	return b.multiply(n, v, w, true, bias)
}

// contributed has the operators of onnxruntime's own domain, as operators has
// ONNX's.
var contributed = map[string]operator{
	"QuantizeLinear":           (*builder).quantizeLinear,
	"DequantizeLinear":         (*builder).dequantizeLinear,
	"QLinearConv":              (*builder).qLinearConv,
	"QLinearConcat":            (*builder).qLinearConcat,
	"QGemm":                    (*builder).qGemm,
	"QLinearAdd":               quantisedOperator((*builder).sum, 2),
	"QLinearMul":               quantisedOperator((*builder).product, 2),
	"QLinearGlobalAveragePool": quantisedOperator(globalPool("GlobalAvgPool"), 1),
	"QLinearAveragePool":       quantisedOperator((*builder).averagePool, 1),
	"QLinearReduceMean":        quantisedOperator((*builder).reduceMean, 1),
	"QLinearLeakyRelu":         quantisedOperator((*builder).leakyRelu, 1),
	"QLinearSigmoid":           quantisedOperator(plain("Sigmoid"), 1),
	"QLinearSoftmax":           quantisedOperator((*builder).softmax, 1),
	"MatMulIntegerToFloat":     (*builder).matMulIntegerToFloat,
	"DynamicQuantizeMatMul":    (*builder).dynamicQuantizeMatMul,
	"MatMulNBits":              (*builder).matMulNBits,
}

// integral are the operators that know what whole numbers stand for.
var integral = map[string]bool{
	"QuantizeLinear": true, "DequantizeLinear": true, "DynamicQuantizeLinear": true,
	"QLinearConv": true, "QLinearMatMul": true, "ConvInteger": true, "MatMulInteger": true,
}

// operatorOf returns how a node is read; nil for one that is not known.
func operatorOf(p *onnxpb.NodeProto) operator {
	switch {
	case ownDomain(p.Domain):
		return operators[p.OpType]
	case p.Domain == "com.microsoft":
		return contributed[p.OpType]
	}
	return nil
}

// aware reports whether a node knows what whole numbers stand for.
func aware(p *onnxpb.NodeProto) bool { return !ownDomain(p.Domain) || integral[p.OpType] }
