package onnx

import (
	"fmt"
	"math"
	"strings"
)

// mostProduct bounds the multiply-adds of a product of constants.
const mostProduct = 1 << 30

// productKnown computes a MatMul or a Gemm of matrices that are known: what a
// network makes of an input besides the picture, such as a patient's age.
func (b *builder) productKnown(n *node, x *constant) (*constant, error) {
	y, err := n.needed(1)
	if err != nil {
		return nil, err
	}
	if len(x.shape) != 2 || len(y.shape) != 2 {
		return nil, fmt.Errorf("of constants of shapes %v and %v is not supported", x.shape, y.shape)
	}
	down, along := x.shape[1], 1
	lines, inner := x.shape[0], x.shape[1]
	if n.int("transA", 0) != 0 {
		lines, inner, down, along = inner, lines, 1, x.shape[1]
	}
	depth, outs, yDown, yAlong := y.shape[0], y.shape[1], y.shape[1], 1
	if n.int("transB", 0) != 0 {
		depth, outs, yDown, yAlong = outs, depth, 1, y.shape[1]
	}
	if work, err := count([]int{lines, inner, outs}); err != nil || inner != depth || work > mostProduct {
		return nil, fmt.Errorf("of constants of shapes %v and %v is not supported", x.shape, y.shape)
	}
	if err := b.memory.spend(lines*outs, 4); err != nil {
		return nil, err
	}
	out := &constant{shape: []int{lines, outs}, floats: make([]float32, lines*outs)}
	alpha := n.float("alpha", 1)
	for i := range lines {
		for j := range outs {
			sum := 0.0
			for k := range inner {
				sum += x.at(i*down+k*along) * y.at(k*yDown+j*yAlong)
			}
			out.floats[i*outs+j] = float32(alpha * sum)
		}
	}
	bias, err := n.constant(2)
	if err != nil || bias == nil || n.OpType != "Gemm" {
		return out, err
	}
	beta := n.float("beta", 1)
	if bias, err = b.mapped(bias, func(v float64) float64 { return beta * v }); err != nil {
		return nil, err
	}
	if shape, err := broadcast(out.shape, bias.shape); err != nil || len(shape) != 2 || shape[0] != lines || shape[1] != outs {
		return nil, fmt.Errorf("a bias of shape %v does not fit %v", bias.shape, out.shape)
	}
	nest(broadcasting(bias.shape, out.shape), func(from, to int) { out.floats[to] += bias.floats[from] })
	return out, nil
}

// matMulKnown computes a MatMul of constants of any number of axes.
func (b *builder) matMulKnown(n *node, x *constant) (*constant, error) {
	y, err := n.needed(1)
	if err != nil {
		return nil, err
	}
	const groups, down, inner, across = "0123456789", "m", "k", "n"
	letters := func(c *constant, last string) (string, error) {
		switch axes := len(c.shape); {
		case axes == 0 || axes-2 > len(groups):
			return "", fmt.Errorf("of a constant of shape %v is not supported", c.shape)
		case axes == 1:
			return inner, nil
		default:
			return groups[len(groups)-(axes-2):] + last, nil
		}
	}
	left, err := letters(x, down+inner)
	if err != nil {
		return nil, err
	}
	right, err := letters(y, inner+across)
	if err != nil {
		return nil, err
	}
	result := groups[len(groups)-max(len(x.shape)-2, len(y.shape)-2, 0):]
	if len(x.shape) > 1 {
		result += down
	}
	if len(y.shape) > 1 {
		result += across
	}
	return b.contracted([]*constant{x, y}, []string{left, right}, result)
}

// einsumKnown computes an Einsum of constants.
func (b *builder) einsumKnown(n *node) (*constant, error) {
	in, err := n.all(0)
	if err != nil {
		return nil, err
	}
	operands, result, err := parseEinsum(n.text("equation", ""), in)
	if err != nil {
		return nil, err
	}
	var constants []*constant
	for _, v := range in {
		constants = append(constants, v.known)
	}
	return b.contracted(constants, operands, result)
}

// contracted is the sum of products of constants over the axes that the result does
// not have. Each axis has a letter; one of length 1 is repeated.
func (b *builder) contracted(in []*constant, operands []string, result string) (*constant, error) {
	order := result
	sides := make(map[rune]int)
	for i, o := range operands {
		for k, c := range o {
			side := in[i].shape[k]
			if have, ok := sides[c]; ok && have != side && have != 1 && side != 1 {
				return nil, fmt.Errorf("of constants of which one has %d numbers where another has %d is not supported", side, have)
			}
			sides[c] = max(sides[c], side)
			if !strings.ContainsRune(order, c) {
				order += string(c)
			}
		}
	}
	lengths, shape := make([]int, len(order)), []int{}
	for i, c := range order {
		if lengths[i] = sides[c]; i < len(result) {
			shape = append(shape, sides[c])
		}
	}
	work, err := count(lengths)
	if err != nil || work > mostProduct {
		return nil, fmt.Errorf("of constants that take %v products is not supported", lengths)
	}
	out, err := single(0).empty(shape, b.memory)
	if err != nil || work == 0 {
		return out, err
	}
	steps := make([][]int, len(order))
	for i, c := range order {
		for k, o := range operands {
			step := 0
			if at := strings.IndexRune(o, c); at >= 0 && in[k].shape[at] > 1 {
				step = strides(in[k].shape)[at]
			}
			steps[i] = append(steps[i], step)
		}
	}
	inner := work / out.size()
	at, places := make([]int, len(order)), make([]int, len(in))
	for i := range out.floats {
		sum := 0.0
		for range inner {
			product := 1.0
			for k, c := range in {
				product *= c.at(places[k])
			}
			sum += product
			for axis := len(order) - 1; axis >= 0; axis-- {
				for k := range places {
					places[k] += steps[axis][k]
				}
				if at[axis]++; at[axis] < lengths[axis] {
					break
				}
				for k := range places {
					places[k] -= at[axis] * steps[axis][k]
				}
				at[axis] = 0
			}
		}
		out.floats[i] = float32(sum)
	}
	return out, nil
}

// batchNormKnown normalises a constant by given statistics or, in training mode, its
// own, as networks that standardise their weights do.
func (b *builder) batchNormKnown(n *node, x *constant) (*constant, error) {
	if len(x.shape) < 2 {
		return nil, fmt.Errorf("of a constant of shape %v is not supported", x.shape)
	}
	depth := x.shape[channels]
	var p [4]*constant
	for i := range p {
		var err error
		if p[i], err = n.needed(i + 1); err != nil {
			return nil, err
		}
		if p[i].size() != depth {
			return nil, fmt.Errorf("a parameter of shape %v does not fit %d channels", p[i].shape, depth)
		}
	}
	epsilon := n.float("epsilon", 1e-5)
	step := strides(x.shape)[channels]
	mean, variance := make([]float64, depth), make([]float64, depth)
	each := float64(x.size() / max(depth, 1))
	own := n.int("training_mode", 0) != 0
	for i := range depth {
		if !own {
			mean[i], variance[i] = p[2].at(i), p[3].at(i)
		}
	}
	if own {
		for i := range x.size() {
			mean[i/step%depth] += x.at(i) / each
		}
		for i := range x.size() {
			d := x.at(i) - mean[i/step%depth]
			variance[i/step%depth] += d * d / each
		}
	}
	out, err := single(0).empty(x.shape, b.memory)
	if err != nil {
		return nil, err
	}
	for i := range out.floats {
		c := i / step % depth
		out.floats[i] = float32((x.at(i)-mean[c])/math.Sqrt(variance[c]+epsilon)*p[0].at(c) + p[1].at(c))
	}
	return out, nil
}
