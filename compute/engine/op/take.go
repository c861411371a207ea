package op

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Table says which element of a row each element of another one is.
type Table struct {
	// Index has for each element of the other row the element of the first one, or -1
	// for none.
	Index []int32
	// From is the length of the row that elements are taken from.
	From int
	text string
}

// NewTable makes a table. An index must be at least -1 and below from.
func NewTable(index []int32, from int) *Table {
	h := sha256.New()
	_ = binary.Write(h, binary.LittleEndian, index) // Writing to a hash never fails.
	return &Table{index, from, fmt.Sprintf("%d of %d by %x", len(index), from, h.Sum(nil)[:8])}
}

// Piece reports whether the elements taken follow each other, and which one is first.
func (t *Table) Piece() (first int, ok bool) {
	for i, from := range t.Index {
		if from < 0 || from != t.Index[0]+int32(i) {
			return 0, false
		}
	}
	return int(t.Index[0]), true
}

// fits checks a tensor of rows of that length.
func (t *Table) fits(o fmt.Stringer, sizers []gorgonia.DimSizer, length, becomes int) (tensor.Shape, error) {
	s, err := shapes(o, sizers, 1)
	if err != nil {
		return nil, err
	}
	if s[0][1] != length {
		return nil, fmt.Errorf("%v: input %v", o, s[0])
	}
	for _, from := range t.Index {
		if from < -1 || int(from) >= t.From {
			return nil, fmt.Errorf("%v: element %d is not there", o, from)
		}
	}
	return tensor.Shape{s[0][0], becomes}, nil
}

// Take makes of each row of a matrix another row, of elements of the first one and
// of a number where none is taken.
type Take struct {
	signature
	*Table
	Value float32
}

// NewTake makes a Take.
func NewTake(t *Table, value float32) Take {
	return Take{signature{fmt.Sprintf("Take %s, else %v", t.text, value), []int{2}, 2}, t, value}
}

// InferShape has a number for each index.
func (o Take) InferShape(sizers ...gorgonia.DimSizer) (tensor.Shape, error) {
	return o.fits(o, sizers, o.From, len(o.Index))
}

// Do computes it.
func (o Take) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	return result(o, values, func(dst []float32, out tensor.Shape, in []*tensor.Dense) {
		x := floats(in[0])
		for row := range out[0] {
			for i, from := range o.Index {
				dst[row*out[1]+i] = o.Value
				if from >= 0 {
					dst[row*out[1]+i] = x[row*o.From+int(from)]
				}
			}
		}
	})
}

// SymDiff sends the gradient back to where the elements were taken from.
func (o Take) SymDiff(inputs gorgonia.Nodes, output, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	back, err := gorgonia.ApplyOp(NewScatter(o.Table), grad)
	return only(back, err, 1)
}

// Scatter is the derivative of a Take: each element of a row is added to where it
// was taken from.
type Scatter struct {
	signature
	*Table
}

// NewScatter makes the derivative of a Take.
func NewScatter(t *Table) Scatter {
	return Scatter{signature{fmt.Sprintf("Scatter %s", t.text), []int{2}, 2}, t}
}

// InferShape is the shape of what the elements were taken from.
func (o Scatter) InferShape(sizers ...gorgonia.DimSizer) (tensor.Shape, error) {
	return o.fits(o, sizers, len(o.Index), o.From)
}

// Do adds in the order of the index.
func (o Scatter) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	return result(o, values, func(dst []float32, out tensor.Shape, in []*tensor.Dense) {
		grad := floats(in[0])
		for row := range out[0] {
			for i, to := range o.Index {
				if to >= 0 {
					dst[row*o.From+int(to)] += grad[row*len(o.Index)+i]
				}
			}
		}
	})
}

// SymDiff takes the gradient from where it was added to.
func (o Scatter) SymDiff(inputs gorgonia.Nodes, output, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	back, err := gorgonia.ApplyOp(NewTake(o.Table, 0), grad)
	return only(back, err, 1)
}
