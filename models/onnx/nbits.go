package onnx

import (
	"errors"
	"fmt"
)

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
	out, err := b.multiply(n.out(), v, nil, w, true, bias)
	return b.give(n, out, err)
}
