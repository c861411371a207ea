package op

import (
	"fmt"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// MatMul is the product of matrices, the last two axes of two tensors with equally
// many. Axes before these of length 1 are repeated.
type MatMul struct {
	two
	// TransA and TransB say that the factor's last two axes change places first.
	TransA, TransB bool
}

// NewMatMul makes a product of tensors of that many axes.
func NewMatMul(axes int, transA, transB bool) MatMul {
	return MatMul{newTwo(fmt.Sprintf("MatMul axes=%d transposed=%t,%t", axes, transA, transB), axes), transA, transB}
}

// Sides are the rows of the result, the terms of each sum and the columns of the
// result for factors of those shapes; terms are those of the first factor.
func (o MatMul) Sides(a, b tensor.Shape) (rows, terms, columns int) {
	rows, terms, columns = a[len(a)-2], a[len(a)-1], b[len(b)-1]
	if o.TransA {
		rows, terms = terms, rows
	}
	if o.TransB {
		columns = b[len(b)-2]
	}
	return rows, terms, columns
}

// InferShape is rows by columns, for each matrix.
func (o MatMul) InferShape(sizers ...gorgonia.DimSizer) (tensor.Shape, error) {
	s, err := shapes(o, sizers, 2)
	if err != nil {
		return nil, err
	}
	a, b := s[0], s[1]
	n := len(a)
	if n < 2 || len(b) != n {
		return nil, fmt.Errorf("%v: %v times %v", o, a, b)
	}
	rows, terms, columns := o.Sides(a, b)
	if b[n-2]*b[n-1] != terms*columns {
		return nil, fmt.Errorf("%v: %v times %v", o, a, b)
	}
	out, err := broadcast(o, a[:n-2], b[:n-2])
	if err != nil {
		return nil, err
	}
	return append(out, rows, columns), nil
}

// Do computes it.
func (o MatMul) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	return result(o, values, func(dst []float32, out tensor.Shape, in []*tensor.Dense) {
		a, b, n := floats(in[0]), floats(in[1]), len(out)-2
		rows, terms, columns := o.Sides(in[0].Shape(), in[1].Shape())
		matrix := 0
		walk(out[:n], []tensor.Shape{in[0].Shape()[:n], in[1].Shape()[:n]}, func(at []int) {
			a, b, c := a[at[0]*rows*terms:], b[at[1]*terms*columns:], dst[matrix*rows*columns:]
			for r := range rows {
				for k := range columns {
					sum := 0.0
					for i := range terms {
						x, y := r*terms+i, i*columns+k
						if o.TransA {
							x = i*rows + r
						}
						if o.TransB {
							y = k*terms + i
						}
						sum += float64(a[x]) * float64(b[y])
					}
					c[r*columns+k] = float32(sum)
				}
			}
			matrix++
		})
	})
}

// SymDiff are products of the gradient with the other factor.
func (o MatMul) SymDiff(inputs gorgonia.Nodes, output, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	a, b := inputs[0], inputs[1]
	byA := gorgonia.Nodes{grad, b}
	ofA := NewMatMul(o.out, false, !o.TransB)
	if o.TransA {
		byA, ofA = gorgonia.Nodes{b, grad}, NewMatMul(o.out, o.TransB, true)
	}
	byB := gorgonia.Nodes{a, grad}
	ofB := NewMatMul(o.out, !o.TransA, false)
	if o.TransB {
		byB, ofB = gorgonia.Nodes{grad, a}, NewMatMul(o.out, true, o.TransA)
	}
	backA, err := summedProduct(ofA, byA, a.Shape())
	if err != nil {
		return nil, err
	}
	backB, err := summedProduct(ofB, byB, b.Shape())
	return gorgonia.Nodes{backA, backB}, err
}

// summedProduct is a product of matrices, summed up to a shape.
func summedProduct(o MatMul, factors gorgonia.Nodes, shape tensor.Shape) (*gorgonia.Node, error) {
	n, err := gorgonia.ApplyOp(o, factors...)
	if err != nil {
		return nil, err
	}
	return sumTo(n, shape)
}
