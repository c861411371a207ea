package op

import (
	"fmt"
	"slices"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Add is the sum of tensors; their axes of length 1 are repeated.
type Add struct{ signature }

// NewAdd makes a sum of that many tensors of that many axes.
func NewAdd(terms, axes int) Add {
	return Add{signature{fmt.Sprintf("Add terms=%d axes=%d", terms, axes), slices.Repeat([]int{axes}, terms), axes}}
}

// InferShape is the one shape that all terms have when repeated.
func (o Add) InferShape(sizers ...gorgonia.DimSizer) (tensor.Shape, error) {
	s, err := shapes(o, sizers, o.Arity())
	if err != nil {
		return nil, err
	}
	return broadcast(o, s...)
}

// Do computes it.
func (o Add) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	return result(o, values, func(dst []float32, out tensor.Shape, in []*tensor.Dense) {
		for _, term := range in {
			x := floats(term)
			walk(out, []tensor.Shape{out, term.Shape()}, func(at []int) { dst[at[0]] += x[at[1]] })
		}
	})
}

// DiffWRT says that every term has a derivative.
func (o Add) DiffWRT(inputs int) []bool { return slices.Repeat([]bool{true}, inputs) }

// SymDiff passes the gradient on to every term.
func (o Add) SymDiff(inputs gorgonia.Nodes, output, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	grads := make(gorgonia.Nodes, len(inputs))
	for i, term := range inputs {
		var err error
		if grads[i], err = sumTo(grad, term.Shape()); err != nil {
			return nil, err
		}
	}
	return grads, nil
}

// two are the attributes that operations of two tensors, both with a
// derivative, have in common.
type two struct{ signature }

func newTwo(text string, axes int) two { return two{signature{text, []int{axes, axes}, axes}} }

// DiffWRT says that both have a derivative.
func (o two) DiffWRT(int) []bool { return []bool{true, true} }

// Sub is the difference of two tensors; axes of length 1 are repeated.
type Sub struct{ two }

// NewSub makes a difference of tensors of that many axes.
func NewSub(axes int) Sub { return Sub{newTwo(fmt.Sprintf("Sub axes=%d", axes), axes)} }

// InferShape is the one shape that both have when repeated.
func (o Sub) InferShape(sizers ...gorgonia.DimSizer) (tensor.Shape, error) {
	s, err := shapes(o, sizers, 2)
	if err != nil {
		return nil, err
	}
	return broadcast(o, s...)
}

// Do computes it.
func (o Sub) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	return result(o, values, func(dst []float32, out tensor.Shape, in []*tensor.Dense) {
		a, b := floats(in[0]), floats(in[1])
		walk(out, []tensor.Shape{out, in[0].Shape(), in[1].Shape()}, func(at []int) { dst[at[0]] = a[at[1]] - b[at[2]] })
	})
}

// SymDiff passes the gradient on, the second one with the other sign.
func (o Sub) SymDiff(inputs gorgonia.Nodes, output, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	a, err := sumTo(grad, inputs[0].Shape())
	if err != nil {
		return nil, err
	}
	b, err := sumTo(grad, inputs[1].Shape())
	if err != nil {
		return nil, err
	}
	b, err = gorgonia.ApplyOp(NewMultiple(-1, o.out), b)
	return gorgonia.Nodes{a, b}, err
}

// Mul is the product of two tensors, element by element, brought to a shape:
// axes of length 1 are repeated, and what the shape has no room for is summed
// up. The derivatives of such a product are such products.
type Mul struct {
	two
	Shape tensor.Shape
}

// NewMul makes a product of that shape.
func NewMul(shape tensor.Shape) Mul {
	return Mul{newTwo(fmt.Sprintf("Mul to %v", shape), len(shape)), shape.Clone()}
}

// InferShape is Shape.
func (o Mul) InferShape(sizers ...gorgonia.DimSizer) (tensor.Shape, error) {
	s, err := shapes(o, sizers, 2)
	if err != nil {
		return nil, err
	}
	if _, err := broadcast(o, s[0], s[1], o.Shape); err != nil {
		return nil, err
	}
	return o.Shape.Clone(), nil
}

// Do computes it.
func (o Mul) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	return result(o, values, func(dst []float32, out tensor.Shape, in []*tensor.Dense) {
		a, b := floats(in[0]), floats(in[1])
		combined(dst, out, []tensor.Shape{in[0].Shape(), in[1].Shape()}, func(at []int) float64 {
			return float64(a[at[0]]) * float64(b[at[1]])
		})
	})
}

// SymDiff multiplies the gradient by the other factor.
func (o Mul) SymDiff(inputs gorgonia.Nodes, output, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	a, err := gorgonia.ApplyOp(NewMul(inputs[0].Shape()), grad, inputs[1])
	if err != nil {
		return nil, err
	}
	b, err := gorgonia.ApplyOp(NewMul(inputs[1].Shape()), grad, inputs[0])
	return gorgonia.Nodes{a, b}, err
}

// Div is the quotient of two tensors; axes of length 1 are repeated.
type Div struct{ two }

// NewDiv makes a quotient of tensors of that many axes.
func NewDiv(axes int) Div { return Div{newTwo(fmt.Sprintf("Div axes=%d", axes), axes)} }

// InferShape is the one shape that both have when repeated.
func (o Div) InferShape(sizers ...gorgonia.DimSizer) (tensor.Shape, error) {
	s, err := shapes(o, sizers, 2)
	if err != nil {
		return nil, err
	}
	return broadcast(o, s...)
}

// Do computes it.
func (o Div) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	return result(o, values, func(dst []float32, out tensor.Shape, in []*tensor.Dense) {
		a, b := floats(in[0]), floats(in[1])
		walk(out, []tensor.Shape{out, in[0].Shape(), in[1].Shape()}, func(at []int) { dst[at[0]] = a[at[1]] / b[at[2]] })
	})
}

// SymDiff divides the gradient, and multiplies that by minus the quotient.
func (o Div) SymDiff(inputs gorgonia.Nodes, output, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	share, err := gorgonia.ApplyOp(o, grad, inputs[1])
	if err != nil {
		return nil, err
	}
	a, err := sumTo(share, inputs[0].Shape())
	if err != nil {
		return nil, err
	}
	b, err := gorgonia.ApplyOp(NewMul(inputs[1].Shape()), share, output)
	if err != nil {
		return nil, err
	}
	b, err = gorgonia.ApplyOp(NewMultiple(-1, o.out), b)
	return gorgonia.Nodes{a, b}, err
}

// Multiple is a tensor times a number.
type Multiple struct {
	signature
	Factor float32
}

// NewMultiple makes a Multiple of a tensor of that many axes.
func NewMultiple(factor float32, axes int) Multiple {
	return Multiple{signature{fmt.Sprintf("Multiple %v axes=%d", factor, axes), []int{axes}, axes}, factor}
}

// InferShape is x's shape.
func (o Multiple) InferShape(sizers ...gorgonia.DimSizer) (tensor.Shape, error) {
	s, err := shapes(o, sizers, 1)
	if err != nil {
		return nil, err
	}
	return s[0].Clone(), nil
}

// Do computes it.
func (o Multiple) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	return result(o, values, func(dst []float32, _ tensor.Shape, in []*tensor.Dense) {
		for i, v := range floats(in[0]) {
			dst[i] = o.Factor * v
		}
	})
}

// SymDiff is the same multiple of the gradient.
func (o Multiple) SymDiff(inputs gorgonia.Nodes, output, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	back, err := gorgonia.ApplyOp(o, grad)
	return only(back, err, 1)
}
