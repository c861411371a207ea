package cpu

import (
	"math"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"gaze/compute/engine/machine"
	"gaze/compute/engine/op"
)

// tensors prepares the operations of tensors of any number of axes; nil for any
// other operation.
func (d *Operations) tensors(o gorgonia.Op, out tensor.Shape, in []machine.Operand) machine.Kernel {
	switch o := o.(type) {
	case op.MatMul:
		return d.matMul(o, in)
	case op.Take:
		return taking(d.cores.NewTaking(o.Index, o.From, o.Value), out[0])
	case op.Scatter:
		return taking(d.cores.NewScattering(o.Index, o.From), out[0])
	case op.Binary:
		f, cost := binary(o.Function, in[1])
		return d.eachRow(f, cost, out, in)
	case op.Where:
		return d.eachRow(where, 2, out, in)
	case op.Reduce:
		r, s := reductions[o.Reduction], in[0].Shape
		return func(dst []float32, in [][]float32) error {
			d.cores.Reduce(r, dst, in[0], s[0], s[1], s[2])
			return nil
		}
	case op.ReduceGrad:
		r, s := reductions[o.Reduction], in[0].Shape
		return func(dst []float32, in [][]float32) error {
			d.cores.ReduceBackward(r, dst, in[2], in[1], in[0], s[0], s[1], s[2])
			return nil
		}
	}
	return nil
}

var reductions = map[op.Reduction]Reduction{op.Largest: Largest, op.Smallest: Smallest, op.Product: Multiplied}

func taking(t *Taking, rows int) machine.Kernel {
	return func(dst []float32, in [][]float32) error {
		t.Run(dst, in[0], rows)
		return nil
	}
}

// eachRow prepares a function of up to three tensors; nil for more axes than there can
// be.
func (d *Operations) eachRow(f rowFunction, cost int, out tensor.Shape, in []machine.Operand) machine.Kernel {
	if len(out) > mostAxes {
		return nil
	}
	to := Axes(out...)
	var of [3]Sides
	for i := range in {
		of[i] = Axes(in[i].Shape...)
	}
	return func(dst []float32, in [][]float32) error {
		var operands [3][]float32
		copy(operands[:], in)
		d.cores.EachRow(f, cost, dst, to, operands, of)
		return nil
	}
}

// matMul prepares products of matrices. Where all of them have one second factor, they
// are one product of more rows.
func (d *Operations) matMul(o op.MatMul, in []machine.Operand) machine.Kernel {
	a, b := in[0].Shape, in[1].Shape
	n := len(a) - 2
	m := Matrices{TurnedA: o.TransA, TurnedB: o.TransB}
	m.Rows, m.Depth, m.Cols = o.Sides(a, b)
	switch {
	case b[:n].TotalSize() == 1 && !o.TransA && m.Rows > fewRows:
		m.Rows *= a[:n].TotalSize()
		m.A, m.B = []int{0}, []int{0}
	default:
		m.A, m.B = factors(a[:n], b[:n])
	}
	products := d.cores.NewMatMul(m)
	return func(dst []float32, in [][]float32) error {
		products.Run(dst, in[0], in[1])
		return nil
	}
}

// factors numbers the matrices that are multiplied with each other, of tensors that
// have so many along each axis; axes of length 1 are repeated.
func factors(a, b tensor.Shape) (ofA, ofB []int) {
	ofA, ofB = []int{0}, []int{0}
	for axis := range a {
		side := max(a[axis], b[axis])
		ofA, ofB = along(ofA, a[axis], side), along(ofB, b[axis], side)
	}
	return ofA, ofB
}

// along adds an axis to the numbers of matrices.
func along(numbers []int, length, side int) []int {
	more := make([]int, 0, len(numbers)*side)
	for _, n := range numbers {
		for i := range side {
			more = append(more, n*length+min(i, length-1))
		}
	}
	return more
}

// binary is a function of two numbers and its cost; second is what it will read second.
func binary(f op.BinaryFunction, second machine.Operand) (rowFunction, int) {
	const quick, slow = 2, 30
	if len(second.Value) == 1 {
		b := float64(second.Value[0])
		switch f {
		case op.Power:
			if p := power(b); p != nil {
				return pairs(func(a, _ float32) float32 { return p(a) }), quick
			}
		case op.PowerSlope:
			if p := power(b - 1); p != nil {
				return pairs(func(a, b float32) float32 { return b * p(a) }), quick
			}
		}
	}
	at, cost := f.At(), quick
	if powers[f] {
		cost = slow
	}
	return pairs(func(a, b float32) float32 { return float32(at(float64(a), float64(b))) }), cost
}

// powers are the functions that take long.
var powers = map[op.BinaryFunction]bool{
	op.Power: true, op.PowerSlope: true, op.PowerLog: true, op.PowerBend: true, op.PowerCross: true, op.PowerLogs: true,
}

// power is a power that multiplications and roots compute; nil for any other.
func power(exponent float64) func(x float32) float32 {
	root := func(x float32) float32 { return float32(math.Sqrt(float64(x))) }
	switch exponent {
	case 0:
		return func(float32) float32 { return 1 }
	case 1:
		return func(x float32) float32 { return x }
	case 2:
		return func(x float32) float32 { return x * x }
	case 3:
		return func(x float32) float32 { return x * x * x }
	case -1:
		return func(x float32) float32 { return 1 / x }
	case -2:
		return func(x float32) float32 { return 1 / (x * x) }
	case 0.5:
		return root
	case -0.5:
		return func(x float32) float32 { return 1 / root(x) }
	}
	return nil
}
