package onnx

import (
	"fmt"
	"math"

	"gaze/models"
)

// quantizeLinear rounds to the steps that whole numbers stand for.
func (b *builder) quantizeLinear(n *node) error {
	v, err := n.data(0)
	if err != nil {
		return err
	}
	q, of, err := n.steps(1)
	if err != nil {
		return err
	}
	if n.int("block_size", 0) != 0 && q.scale.size() > 1 {
		return fmt.Errorf("in blocks, of what depends on the picture, is not supported")
	}
	if v, err = b.counted(v); err != nil {
		return err
	}
	out, err := b.quantise(n.out(), v, q, of)
	if err != nil {
		return err
	}
	b.set(n.out(), out)
	return nil
}

// dequantizeLinear is what whole numbers stand for.
func (b *builder) dequantizeLinear(n *node) error {
	v := n.input(0)
	if v == nil {
		return fmt.Errorf("has no input 0")
	}
	q, _, err := n.steps(1)
	if err != nil {
		return err
	}
	if n.int("block_size", 0) != 0 && q.own == "" && q.scale.size() > 1 {
		return fmt.Errorf("in blocks, of what depends on the picture, is not supported")
	}
	out, err := b.meant(n.out(), v, q)
	if err != nil {
		return err
	}
	return b.view(n, out, out.layout)
}

// dynamicQuantizeLinear rounds to 256 steps, which it chooses for each picture,
// and returns scale and zero point too.
func (b *builder) dynamicQuantizeLinear(n *node) error {
	v, err := n.data(0)
	if err != nil {
		return err
	}
	if v, err = b.counted(v); err != nil {
		return err
	}
	out, err := b.roundedOwn(n.out(), v)
	if err != nil {
		return err
	}
	b.set(n.out(), out)
	for i := 1; i < len(n.Output) && i < 3; i++ {
		b.set(n.Output[i], &value{chosen: &chosen{own: out.quantised.own, zero: i == 2}})
	}
	return nil
}

// roundedOwn adds a layer of that name that rounds v to steps of each picture's
// own.
func (b *builder) roundedOwn(name string, v *value) (*value, error) {
	b.noteRounding()
	layer, err := b.add(name, models.Layer{Kind: models.RoundOwn, Inputs: []string{v.layer}})
	if err != nil {
		return nil, err
	}
	return &value{layer: layer, layout: v.layout, quantised: &quantised{own: layer}}, nil
}

// quantiseKnown computes a QuantizeLinear or a DequantizeLinear of a constant.
func (b *builder) quantiseKnown(n *node, c *constant) (*constant, error) {
	q, of, err := n.steps(1)
	if err != nil {
		return nil, err
	}
	block := n.int("block_size", 0)
	if n.OpType == "DequantizeLinear" {
		out, err := b.dequantised(c, q, block)
		if err == nil && len(n.Input) > 0 {
			b.release(n.Input[0])
		}
		return out, err
	}
	low, high, err := q.span(of)
	if err != nil {
		return nil, err
	}
	at, err := q.places(c.shape, block)
	if err != nil {
		return nil, err
	}
	if err := b.memory.spend(c.size(), 8); err != nil {
		return nil, err
	}
	out := &constant{shape: c.shape, ints: make([]int64, c.size()), of: of}
	for i := range out.ints {
		step := at(i)
		whole := math.RoundToEven(float64(float32(c.at(i))/float32(q.scale.at(step)))) + q.zeroAt(step)
		out.ints[i] = int64(min(max(whole, low), high))
	}
	return out, nil
}

// dequantised is what the whole numbers of a constant stand for, with one scale
// for all, for each position along an axis, or for each block of positions.
func (b *builder) dequantised(c *constant, q *quantised, block int) (*constant, error) {
	if q.own != "" {
		return nil, errChosen
	}
	at, err := q.places(c.shape, block)
	if err != nil {
		return nil, err
	}
	if err := b.memory.spend(c.size(), 4); err != nil {
		return nil, err
	}
	out := &constant{shape: c.shape, floats: make([]float32, c.size())}
	for i := range out.floats {
		step := at(i)
		out.floats[i] = float32((c.at(i) - q.zeroAt(step)) * q.scale.at(step))
	}
	return out, nil
}

// places returns which of the scales is that of element i of a constant of that
// shape.
func (q *quantised) places(shape []int, block int) (func(i int) int, error) {
	if q.scale.size() == 1 {
		return func(int) int { return 0 }, nil
	}
	at, err := position(q.axis, len(shape))
	if err != nil {
		return nil, err
	}
	inner, err := count(shape[at+1:])
	if err != nil {
		return nil, err
	}
	side, blocks := shape[at], shape[at]
	outer := 1
	if len(q.scale.shape) == len(shape) && len(shape) > 1 {
		if block < 1 {
			return nil, fmt.Errorf("%v scales for the shape %v have no block size", q.scale.shape, shape)
		}
		blocks = (side + block - 1) / block
		if outer, err = count(shape[:at]); err != nil {
			return nil, err
		}
		if q.scale.size() != outer*blocks*inner {
			return nil, fmt.Errorf("%v scales do not fit blocks of %d of the shape %v", q.scale.shape, block, shape)
		}
		return func(i int) int { return (i/(side*inner)*blocks+i/inner%side/block)*inner + i%inner }, nil
	}
	if q.scale.size() != side {
		return nil, fmt.Errorf("%d scales do not fit axis %d of %v", q.scale.size(), q.axis, shape)
	}
	return func(i int) int { return i / inner % side }, nil
}

// release forgets a parameter that nothing else reads, and its memory.
func (b *builder) release(name string) {
	v := b.values[name]
	if v == nil || v.known == nil || b.initializers[name] == nil || b.readers[name] != 1 {
		return
	}
	delete(b.values, name)
	delete(b.initializers, name)
	b.memory.left += 8 * int64(v.known.size())
}
