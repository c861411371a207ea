package onnx

import (
	"fmt"
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
