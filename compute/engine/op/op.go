// Package op holds the gorgonia operations a convolutional network is made of,
// each with its value, its output shape and its symbolic derivative.
//
// Do is the plain definition of an operation. It is written to be read and
// trusted: gorgonia's own machines can run it, and tests compare faster kernels
// with it. Only the data is differentiated; weights, biases and scales are
// constants of a trained network and have no derivative here.
package op

import (
	"fmt"
	"hash"
	"hash/fnv"

	"github.com/chewxy/hm"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// signature is the part of a gorgonia operation that is alike for all of them:
// its text, which has every attribute in it and is what nodes are told apart
// by, and the number of axes of what it reads and makes.
type signature struct {
	text string
	in   []int
	out  int
}

func (s signature) Arity() int           { return len(s.in) }
func (s signature) String() string       { return s.text }
func (s signature) ReturnsPtr() bool     { return false }
func (s signature) CallsExtern() bool    { return false }
func (s signature) OverwritesInput() int { return -1 }

func (s signature) WriteHash(h hash.Hash) { fmt.Fprint(h, s.text) }

func (s signature) Hashcode() uint32 {
	h := fnv.New32a()
	s.WriteHash(h)
	return h.Sum32()
}

// Type is the operation's type: float32 tensors to a float32 tensor.
func (s signature) Type() hm.Type {
	types := make([]hm.Type, 0, len(s.in)+1)
	for _, axes := range append(append([]int(nil), s.in...), s.out) {
		types = append(types, gorgonia.TensorType{Dims: axes, Of: tensor.Float32})
	}
	return hm.NewFnType(types...)
}

// DiffWRT says that only the first input, the data, has a derivative.
// Operations with more data override it.
func (s signature) DiffWRT(inputs int) []bool {
	diff := make([]bool, inputs)
	diff[0] = true
	return diff
}

// only is what SymDiff returns where the first input alone has a derivative.
func only(grad *gorgonia.Node, err error, inputs int) (gorgonia.Nodes, error) {
	if err != nil {
		return nil, err
	}
	grads := make(gorgonia.Nodes, inputs)
	grads[0] = grad
	return grads, nil
}

// shapes reads the shapes given to InferShape.
func shapes(op fmt.Stringer, sizers []gorgonia.DimSizer, want int) ([]tensor.Shape, error) {
	if len(sizers) != want {
		return nil, fmt.Errorf("%v: %d inputs, not %d", op, len(sizers), want)
	}
	s, err := gorgonia.DimSizersToShapes(sizers)
	if err != nil {
		return nil, fmt.Errorf("%v: %w", op, err)
	}
	return s, nil
}

// result evaluates an operation on dense values: it infers the shape, makes
// the output and lets fill compute it.
func result(o gorgonia.Op, values []gorgonia.Value, fill func(dst []float32, out tensor.Shape, in []*tensor.Dense)) (gorgonia.Value, error) {
	in := make([]*tensor.Dense, len(values))
	sizers := make([]gorgonia.DimSizer, len(values))
	for i, v := range values {
		d, ok := v.(*tensor.Dense)
		if !ok || d.Dtype() != tensor.Float32 {
			return nil, fmt.Errorf("%v: input %d is not a float32 tensor", o, i)
		}
		in[i], sizers[i] = d, d.Shape()
	}
	out, err := o.InferShape(sizers...)
	if err != nil {
		return nil, err
	}
	dst := make([]float32, out.TotalSize())
	fill(dst, out, in)
	return tensor.New(tensor.WithShape(out...), tensor.WithBacking(dst)), nil
}

func floats(d *tensor.Dense) []float32 { return d.Data().([]float32) }
