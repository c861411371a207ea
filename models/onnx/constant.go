package onnx

import (
	"fmt"
	"slices"

	"gorgonia.org/tensor"
)

// constant is a tensor that is known when the network is read: a parameter, or
// a shape. Its numbers are in one of floats and ints.
type constant struct {
	shape  []int
	floats []float32
	ints   []int64
	// of is the schema's type of whole numbers; 0 where it is not known.
	of int32
}

func intConstant(values ...int64) *constant {
	return &constant{shape: []int{len(values)}, ints: values}
}

// isInt reports whether the numbers are whole ones.
func (c *constant) isInt() bool { return c.floats == nil }

// size counts the numbers.
func (c *constant) size() int {
	if c.isInt() {
		return len(c.ints)
	}
	return len(c.floats)
}

// at returns number i.
func (c *constant) at(i int) float64 {
	if c.isInt() {
		return float64(c.ints[i])
	}
	return float64(c.floats[i])
}

// int returns number i, which may have been a float.
func (c *constant) int(i int) int64 {
	if c.isInt() {
		return c.ints[i]
	}
	return int64(c.floats[i])
}

// scalar returns the only number there is.
func (c *constant) scalar() (float64, error) {
	if c.size() != 1 {
		return 0, fmt.Errorf("a constant of shape %v is not one number", c.shape)
	}
	return c.at(0), nil
}

// list returns the numbers as lengths or positions, cut to what 32 bits hold.
func (c *constant) list() ([]int, error) {
	if len(c.shape) > 1 {
		return nil, fmt.Errorf("a constant of shape %v is not a list", c.shape)
	}
	out := make([]int, c.size())
	for i := range out {
		out[i] = clamp(c.int(i))
	}
	return out, nil
}

// sameNumber returns the number that all elements are, if they are one.
func (c *constant) sameNumber() (float64, bool) {
	if c.size() == 0 {
		return 0, false
	}
	for i := range c.size() {
		if c.at(i) != c.at(0) {
			return 0, false
		}
	}
	return c.at(0), true
}

// reshaped is the constant with another shape of as many numbers.
func (c *constant) reshaped(shape []int) *constant {
	return &constant{shape: slices.Clone(shape), floats: c.floats, ints: c.ints, of: c.of}
}

// empty makes a constant of that shape for numbers like c's.
func (c *constant) empty(shape []int, m *memory) (*constant, error) {
	n, err := count(shape)
	if err != nil {
		return nil, err
	}
	if err := m.spend(n, 8); err != nil {
		return nil, err
	}
	out := &constant{shape: slices.Clone(shape), of: c.of}
	if c.isInt() {
		out.ints = make([]int64, n)
	} else {
		out.floats = make([]float32, n)
	}
	return out, nil
}

// copyFrom copies number from of src to number to.
func (c *constant) copyFrom(src *constant, from, to int) {
	if c.isInt() {
		c.ints[to] = src.int(from)
	} else {
		c.floats[to] = float32(src.at(from))
	}
}

// count multiplies the sides of a shape.
func count(shape []int) (int, error) {
	const most = 1 << 40
	n := 1
	for _, side := range shape {
		if side < 0 || side > 0 && n > most/side {
			return 0, fmt.Errorf("shape %v is out of range", shape)
		}
		n *= side
	}
	return n, nil
}

// clamp cuts a whole number from a file to what 32 bits hold, so that sums and
// products of two fit.
func clamp(v int64) int {
	const most = 1<<31 - 1
	return int(max(min(v, most), -most))
}

// loop is one of nested loops over the elements of two tensors: how many
// there are, and how far apart they are in each.
type loop struct{ size, from, to int }

// nest calls visit with the positions in both tensors of every element, the
// last loop innermost.
func nest(loops []loop, visit func(from, to int)) {
	at := make([]int, len(loops))
	for _, l := range loops {
		if l.size == 0 {
			return
		}
	}
	from, to := 0, 0
	for {
		visit(from, to)
		i := len(loops) - 1
		for ; i >= 0; i-- {
			at[i]++
			from += loops[i].from
			to += loops[i].to
			if at[i] < loops[i].size {
				break
			}
			from -= at[i] * loops[i].from
			to -= at[i] * loops[i].to
			at[i] = 0
		}
		if i < 0 {
			return
		}
	}
}

// strides returns how far apart neighbours along each axis of shape are.
func strides(shape []int) []int {
	out := make([]int, len(shape))
	step := 1
	for i := len(shape) - 1; i >= 0; i-- {
		out[i] = step
		step *= shape[i]
	}
	return out
}

// dense makes a parameter.
func dense(values []float32, shape ...int) (*tensor.Dense, error) {
	n, err := count(shape)
	if err != nil {
		return nil, err
	}
	if n == 0 {
		return nil, errEmpty
	}
	if n != len(values) {
		return nil, fmt.Errorf("%d numbers do not have the shape %v", len(values), shape)
	}
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(values)), nil
}

// vector returns a parameter's numbers as float32; the constant's own where
// they are.
func (c *constant) vector(m *memory) ([]float32, error) {
	if !c.isInt() {
		return c.floats, nil
	}
	if err := m.spend(len(c.ints), 4); err != nil {
		return nil, err
	}
	out := make([]float32, len(c.ints))
	for i, v := range c.ints {
		out[i] = float32(v)
	}
	return out, nil
}

// counts reports whether the numbers are 0, 1, ... up to n, which is left out.
func (c *constant) counts(n int) bool {
	if c.size() != n {
		return false
	}
	for i := range n {
		if c.int(i) != int64(i) {
			return false
		}
	}
	return true
}
