package onnx

import (
	"errors"
	"fmt"
	"slices"

	"gorgonia.org/tensor"

	"gaze/models"
	"gaze/models/internal/kernel"
)

// gemm is alpha A B + beta C with constant B and C.
func (b *builder) gemm(n *node) error {
	v, err := n.data(0)
	if err != nil {
		return err
	}
	matrix, err := n.needed(1)
	if err != nil {
		return err
	}
	if len(v.layout) != 2 || len(matrix.shape) != 2 {
		return fmt.Errorf("inputs of shapes %v and %v are not matrices", v.shape(), matrix.shape)
	}
	in := *v
	if n.int("transA", 0) != 0 {
		in.layout = v.layout.transposed([]int{1, 0})
	}
	bias, err := n.constant(2)
	if err != nil {
		return err
	}
	if beta := n.float("beta", 1); bias != nil && beta != 1 {
		if bias, err = b.mapped(bias, func(x float64) float64 { return beta * x }); err != nil {
			return err
		}
	}
	if alpha := n.float("alpha", 1); alpha != 1 {
		if matrix, err = b.mapped(matrix, func(x float64) float64 { return alpha * x }); err != nil {
			return err
		}
	}
	out, err := b.multiply(n.out(), &in, n.input(1), matrix, n.int("transB", 0) != 0, bias)
	return b.give(n, out, err)
}

// matMul is A B with constant B.
func (b *builder) matMul(n *node) error {
	v, matrix, err := n.factors()
	if err != nil {
		return err
	}
	out, err := b.multiply(n.out(), v, n.input(1), matrix, false, nil)
	return b.give(n, out, err)
}

// factors returns the inputs of a MatMul of what depends on the picture by a
// constant.
func (n *node) factors() (*value, *constant, error) {
	v, err := n.data(0)
	if err != nil {
		return nil, nil, err
	}
	if w := n.input(1); w != nil && w.known == nil {
		return nil, nil, errors.New("of two values that depend on the picture, as in attention, is not supported")
	}
	c, err := n.needed(1)
	if err != nil {
		return nil, nil, err
	}
	shape := c.shape
	for len(shape) > 2 && shape[0] == 1 {
		shape = shape[1:]
	}
	if len(shape) != 2 {
		return nil, nil, fmt.Errorf("by a constant of shape %v is not supported", c.shape)
	}
	return v, c.reshaped(shape), nil
}

// multiply adds a Linear or, where there are rows and columns, a convolution
// of 1x1: the last axis of v times a matrix, In x Out or, where transposed, Out
// x In. of is the value that the matrix is; it and bias may be nil.
func (b *builder) multiply(name string, v, of *value, matrix *constant, transposed bool, bias *constant) (*value, error) {
	if len(v.layout) == 0 {
		return nil, errors.New("its input has no axes")
	}
	last := len(v.layout) - 1
	length := v.layout[last].size()
	ins, outs := matrix.shape[0], matrix.shape[1]
	if transposed {
		ins, outs = outs, ins
	}
	if ins != length {
		return nil, fmt.Errorf("a matrix for %d numbers does not fit an input of %d", ins, length)
	}
	if outs == 0 || ins == 0 {
		return nil, errEmpty
	}
	if !usual(b.physical(v)) || !b.alongChannels(v, last) {
		var err error
		if v.layout.runs().size() == length {
			v, err = b.flat(v)
		} else {
			v, err = b.tokens(v, last)
		}
		if err != nil {
			return nil, err
		}
	}
	weight, err := b.columns(of, v.layout[last], matrix, transposed, outs)
	if err != nil {
		return nil, err
	}
	shape := []int{outs, ins}
	layer := models.Layer{Kind: models.Linear, Inputs: []string{v.layer}, Params: make(map[string]*tensor.Dense)}
	if len(b.physical(v)) == 4 {
		layer.Kind, shape = models.Conv, append(shape, 1, 1)
		layer.Attr = models.Attr{Kernel: [2]int{1, 1}, Stride: [2]int{1, 1}, Dilation: [2]int{1, 1}, Groups: 1}
	}
	if layer.Params["weight"], err = dense(weight, shape...); err != nil {
		return nil, err
	}
	l := append(slices.Clone(v.layout[:last]), whole(channels, outs))
	if bias != nil {
		if layer.Params["bias"], err = b.bias(bias, outs); err != nil {
			return nil, err
		}
	}
	layer.Inputs = []string{v.layer}
	layerName, err := b.add(name, layer)
	return &value{name: name, layer: layerName, layout: l}, err
}

// alongChannels reports whether an axis of v is all of its layer's channels, in
// any order.
func (b *builder) alongChannels(v *value, at int) bool {
	for _, r := range v.layout[at] {
		if r.axis != channels {
			return false
		}
	}
	return v.layout[at].size() == b.physical(v)[channels]
}

// columns returns a matrix as Out x In, its columns in the order in which a
// layer has the channels that are the axis a. of is the value that it is.
func (b *builder) columns(of *value, a axis, matrix *constant, transposed bool, outs int) ([]float32, error) {
	ins := a.size()
	if transposed && !matrix.isInt() && a.is(channels, ins) {
		return matrix.floats, nil
	}
	if err := b.memory.spend(matrix.size(), 8); err != nil {
		return nil, err
	}
	const perInput = 24
	if err := b.memory.spend(ins, perInput); err != nil {
		return nil, err
	}
	if !transposed && !matrix.isInt() {
		k := kernel.Dense(kernel.Slice(matrix.floats), ins, outs, a.positions())
		if from := b.again(of, matrix); from != nil {
			defer from.Close()
			k.File = from
			return matrix.floats, k.ReadInto(matrix.floats)
		}
		return k.Read()
	}
	out := make([]float32, matrix.size())
	// The steps from row to row, and from column to column of the result.
	down, along := 1, outs
	if transposed {
		down, along = ins, 1
	}
	loops := []loop{{size: outs, from: down, to: ins}}
	inner := ins
	for _, r := range a {
		inner /= r.size
		loops = append(loops, loop{size: r.size, from: along * inner, to: r.stride})
	}
	nest(loops, func(from, to int) { out[to] = float32(matrix.at(from)) })
	return out, nil
}

// positions says where in the order of its layer the elements of an axis are; nil
// where they are in that order.
func (a axis) positions() []int {
	size := a.size()
	if a.is(channels, size) {
		return nil
	}
	at := make([]int, 1, size)
	for _, r := range a {
		next := make([]int, 0, size)
		for _, p := range at {
			for i := range r.size {
				next = append(next, p+i*r.stride)
			}
		}
		at = next
	}
	return at
}

// again forgets a parameter that nothing else reads, and opens its numbers in the file,
// so that they can be read in another order into the same place. It returns nil where
// that cannot be done: c is what was read, and may come from another value than v.
func (b *builder) again(v *value, c *constant) *inFile {
	if v == nil || v.known == nil || len(v.known.floats) == 0 || len(c.floats) == 0 || &v.known.floats[0] != &c.floats[0] {
		return nil
	}
	t := b.initializers[v.name]
	if t == nil || b.readers[v.name] != 1 || b.values[v.name] != v {
		return nil
	}
	from := b.tensors.again(t, c.size())
	if from != nil {
		b.release(v.name)
	}
	return from
}

// bias makes a parameter of that length of a constant that is broadcast to it.
func (b *builder) bias(c *constant, length int) (*tensor.Dense, error) {
	if c.size() != 1 {
		if len(c.shape) > 0 && c.shape[len(c.shape)-1] != length {
			return nil, fmt.Errorf("bias of shape %v does not fit %d results", c.shape, length)
		}
		return b.perChannel(c, length)
	}
	if err := b.memory.spend(length, 4); err != nil {
		return nil, err
	}
	out := make([]float32, length)
	for i := range out {
		out[i] = float32(c.at(0))
	}
	return dense(out, length)
}
