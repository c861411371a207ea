package cuda

import (
	"slices"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"gaze/compute/engine/op"
)

// binaries are the numbers of functions of two numbers in kernels/general.cu, which
// has those of arithmetic before them. There, a number without a case gives NaNs.
var binaries = map[op.BinaryFunction]int{
	op.Power: 5, op.Minimum: 6, op.Maximum: 7,
	op.Less: 8, op.LessEqual: 9, op.Greater: 10, op.GreaterEqual: 11, op.Equal: 12,
	op.PowerSlope: 13, op.PowerLog: 14, op.PowerBend: 15, op.PowerCross: 16, op.PowerLogs: 17,
	op.Below: 18, op.Above: 19,
}

// reductions are the numbers of reductions in kernels/general.cu.
var reductions = map[op.Reduction]int{op.Largest: 0, op.Smallest: 1, op.Product: 2}

func (p *preparation) general(o gorgonia.Op, out tensor.Shape) {
	n := out.TotalSize()
	switch o := o.(type) {
	case op.Take:
		p.elements("general", "take", n, dst, in(0), p.table(o.Index), ints(len(o.Index), o.From), floats(o.Value, 0), ints(n, 0))
	case op.Scatter:
		begins, sources := inverse(o.Table)
		p.elements("general", "scatter", n, dst, in(0), p.table(begins), p.table(sources), ints(len(o.Index), o.From), ints(n, 0))
	case op.Binary:
		if kind, ok := binaries[o.Function]; ok {
			p.binary(kind, out, in(0), p.in[0].Shape, in(1), p.in[1].Shape)
		}
	case op.Where:
		l := layout{sides: out}
		for _, operand := range p.in {
			l.steps = append(l.steps, stepsOf(operand.Shape))
		}
		table, axes := p.layout(l)
		p.elements("general", "where", n, dst, in(0), in(1), in(2), table, ints(axes, n))
	case op.Reduce:
		s := p.in[0].Shape
		lanes := lanesFor(s[2])
		p.elements("general", "reduce", n*lanes, dst, in(0), ints(s[1], s[2]), ints(reductions[o.Reduction], lanes), ints(n, 0))
	case op.ReduceGrad:
		n /= out[1]
		if o.Reduction == op.Product {
			p.elements("general", "product_back", n, dst, in(0), in(2), ints(out[1], out[2]), ints(n, 0))
			return
		}
		lanes := lanesFor(out[2])
		p.elements("general", "reduce_back", n*lanes, dst, in(0), in(1), in(2), ints(out[1], out[2]), ints(lanes, n))
	}
}

// inverse has for each element of a row where among sources those begin that a table
// takes from it, and at last where they end. The sources are in order.
func inverse(t *op.Table) (begins, sources []int32) {
	begins = make([]int32, t.From+1)
	for _, from := range t.Index {
		if from >= 0 {
			begins[from+1]++
		}
	}
	for i := range t.From {
		begins[i+1] += begins[i]
	}
	sources = make([]int32, begins[t.From])
	next := slices.Clone(begins)
	for i, from := range t.Index {
		if from >= 0 {
			sources[next[from]] = int32(i)
			next[from]++
		}
	}
	return begins, sources
}

// lanesFor is how many threads share a result: one where neighbours have numbers that
// lie together, else a warp.
func lanesFor(inner int) int {
	if inner >= 32 {
		return 1
	}
	return 32
}

// permute puts axes in another order.
func (p *preparation) permute(order []int, out tensor.Shape) {
	steps := stepsOf(p.in[0].Shape)
	l := layout{sides: out, steps: [][]int{make([]int, len(out))}}
	for axis, was := range order {
		l.steps[0][axis] = steps[was]
	}
	n := out.TotalSize()
	table, axes := p.layout(l)
	p.elements("general", "permute", n, dst, in(0), table, ints(axes, n))
}

// binary combines two tensors of any number of axes, and sums up along those of
// length 1 in the output.
func (p *preparation) binary(kind int, out tensor.Shape, a argument, shapeA tensor.Shape, b argument, shapeB tensor.Shape) {
	own := layout{sides: out, steps: [][]int{stepsOf(shapeA), stepsOf(shapeB)}}
	box := layout{sides: make([]int, len(out)), steps: own.steps}
	for axis, side := range out {
		box.sides[axis] = 1
		if side == 1 {
			box.sides[axis] = max(shapeA[axis], shapeB[axis])
		}
	}
	n, boxes := out.TotalSize(), box.size()
	table, axes := p.layout(own)
	if boxes == 1 {
		p.elements("general", "binary", n, dst, a, b, table, ints(axes, kind), ints(n, 0))
		return
	}
	threads := 256
	if boxes < 256 {
		threads = 32
	}
	boxTable, boxAxes := p.layout(box)
	p.add("general", "binary_sum", [3]int{n, 1, 1}, [3]int{threads, 1, 1}, 0, dst, a, b, table, boxTable, ints(axes, kind), ints(boxAxes, boxes))
}
