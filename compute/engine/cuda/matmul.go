package cuda

import (
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"gaze/compute/engine/op"
)

// matmulTile is how many rows and columns a block of kernels/matmul.cu makes.
const matmulTile = 64

// factor is a matrix, or many, that is multiplied: the place of its first number and
// the steps from row to row and from column to column.
type factor struct {
	at    argument
	steps [2]int
}

// matrix is a factor of that many columns, transposed or not.
func matrix(at argument, columns int, transposed bool) factor {
	if transposed {
		return factor{at, [2]int{1, columns}}
	}
	return factor{at, [2]int{columns, 1}}
}

func (p *preparation) multiply(o gorgonia.Op, out tensor.Shape) {
	m, ok := o.(op.MatMul)
	if !ok {
		return
	}
	a, b, n := p.in[0].Shape, p.in[1].Shape, len(out)-2
	rows, terms, columns := m.Sides(a, b)
	// The matrices lie one after the other.
	batch := layout{sides: out[:n], steps: [][]int{stepsOf(a)[:n], stepsOf(b)[:n]}}
	p.matmul(batch, matrix(in(0), a[n+1], m.TransA), matrix(in(1), b[n+1], m.TransB), null, [3]int{rows, terms, columns}, op.NoActivation)
}

// matmul multiplies batches of matrices of those rows, terms and columns, and adds a
// bias to each column unless it is null.
func (p *preparation) matmul(batch layout, a, b factor, bias argument, sides [3]int, limit op.Activation) {
	rows, terms, columns := sides[0], sides[1], sides[2]
	blocks := batch.size() * ((rows + matmulTile - 1) / matmulTile) * ((columns + matmulTile - 1) / matmulTile)
	table, axes := p.layout(batch)
	p.add("matmul", "matmul", [3]int{blocks, 1, 1}, [3]int{256, 1, 1}, 0, dst, a.at, b.at, bias, table,
		ints(axes, terms), ints(rows, columns), ints(a.steps[0], a.steps[1]), ints(b.steps[0], b.steps[1]), limits(limit))
}
