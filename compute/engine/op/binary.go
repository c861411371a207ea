package op

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// BinaryFunction names a function of two numbers.
type BinaryFunction string

// The functions of two numbers a and b, beside the four of arithmetic. The last
// ones are derivatives of the first.
const (
	Power        BinaryFunction = "Power"        // a to the power of b
	Minimum      BinaryFunction = "Minimum"      // the lesser one
	Maximum      BinaryFunction = "Maximum"      // the greater one
	Less         BinaryFunction = "Less"         // 1 if a < b, else 0
	LessEqual    BinaryFunction = "LessEqual"    // 1 if a <= b, else 0
	Greater      BinaryFunction = "Greater"      // 1 if a > b, else 0
	GreaterEqual BinaryFunction = "GreaterEqual" // 1 if a >= b, else 0
	Equal        BinaryFunction = "Equal"        // 1 if a = b, else 0

	PowerSlope BinaryFunction = "PowerSlope" // of Power by a: b a^(b-1)
	PowerLog   BinaryFunction = "PowerLog"   // of Power by b: a^b ln a, and 0 where a is 0
	PowerBend  BinaryFunction = "PowerBend"  // of PowerSlope by a: b (b-1) a^(b-2)
	PowerCross BinaryFunction = "PowerCross" // of PowerSlope by b, and of PowerLog by a: a^(b-1) (1 + b ln a)
	PowerLogs  BinaryFunction = "PowerLogs"  // of PowerLog by b: a^b (ln a)²
	Below      BinaryFunction = "Below"      // 1 if a < b, 1/2 if they are equal, else 0
	Above      BinaryFunction = "Above"      // 1 if a > b, 1/2 if they are equal, else 0
)

// binaryDefinition is what a function of two numbers is.
type binaryDefinition struct {
	at func(a, b float64) float64
	// byA and byB are the derivatives, empty where they are zero.
	byA, byB BinaryFunction
	// last says that the derivatives are not known.
	last bool
}

var binaryFunctions = map[BinaryFunction]binaryDefinition{
	Power:        {at: math.Pow, byA: PowerSlope, byB: PowerLog},
	Minimum:      {at: func(a, b float64) float64 { return min(a, b) }, byA: Below, byB: Above},
	Maximum:      {at: func(a, b float64) float64 { return max(a, b) }, byA: Above, byB: Below},
	Less:         {at: func(a, b float64) float64 { return truth(a < b) }},
	LessEqual:    {at: func(a, b float64) float64 { return truth(a <= b) }},
	Greater:      {at: func(a, b float64) float64 { return truth(a > b) }},
	GreaterEqual: {at: func(a, b float64) float64 { return truth(a >= b) }},
	Equal:        {at: func(a, b float64) float64 { return truth(a == b) }},

	PowerSlope: {at: powerSlope, byA: PowerBend, byB: PowerCross},
	PowerLog:   {at: powerLog, byA: PowerCross, byB: PowerLogs},
	PowerBend:  {at: powerBend, last: true},
	PowerCross: {at: func(a, b float64) float64 { return math.Pow(a, b-1) * (1 + b*math.Log(a)) }, last: true},
	PowerLogs:  {at: func(a, b float64) float64 { return powerLog(a, b) * math.Log(a) }, last: true},
	Below:      {at: func(a, b float64) float64 { return (truth(a < b) + truth(a <= b)) / 2 }},
	Above:      {at: func(a, b float64) float64 { return (truth(a > b) + truth(a >= b)) / 2 }},
}

// BinaryFunctions lists all functions of two numbers, sorted.
func BinaryFunctions() []BinaryFunction { return slices.Sorted(maps.Keys(binaryFunctions)) }

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// powerSlope is 0 for the power 0 also at 0, whose slope would be 0 times infinity.
func powerSlope(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return b * math.Pow(a, b-1)
}

func powerBend(a, b float64) float64 {
	if b == 0 || b == 1 {
		return 0
	}
	return b * (b - 1) * math.Pow(a, b-2)
}

func powerLog(a, b float64) float64 {
	if a == 0 && b >= 0 {
		return 0
	}
	return math.Pow(a, b) * math.Log(a)
}

// At is the function itself; nil if there is none of that name.
func (f BinaryFunction) At() func(a, b float64) float64 { return binaryFunctions[f].at }

// Of is the function's value.
func (f BinaryFunction) Of(a, b float32) float32 {
	return float32(binaryFunctions[f].at(float64(a), float64(b)))
}

// Binary is a function of two numbers, element by element; axes of length 1 are
// repeated.
type Binary struct {
	two
	Function BinaryFunction
}

// NewBinary makes a Binary of tensors of that many axes.
func NewBinary(f BinaryFunction, axes int) Binary {
	return Binary{newTwo(fmt.Sprintf("%s axes=%d", f, axes), axes), f}
}

// InferShape is the one shape that both have when repeated.
func (o Binary) InferShape(sizers ...gorgonia.DimSizer) (tensor.Shape, error) {
	s, err := shapes(o, sizers, 2)
	if err != nil {
		return nil, err
	}
	if _, ok := binaryFunctions[o.Function]; !ok {
		return nil, fmt.Errorf("%v: not a function of two numbers", o)
	}
	return broadcast(o, s...)
}

// Do computes it.
func (o Binary) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	return result(o, values, func(dst []float32, out tensor.Shape, in []*tensor.Dense) {
		a, b := floats(in[0]), floats(in[1])
		walk(out, []tensor.Shape{out, in[0].Shape(), in[1].Shape()}, func(at []int) {
			dst[at[0]] = o.Function.Of(a[at[1]], b[at[2]])
		})
	})
}

// DiffWRT says which of both have a derivative other than zero.
func (o Binary) DiffWRT(int) []bool {
	d := binaryFunctions[o.Function]
	return []bool{d.byA != "" || d.last, d.byB != "" || d.last}
}

// SymDiff multiplies the gradient by the slopes.
func (o Binary) SymDiff(inputs gorgonia.Nodes, output, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	d := binaryFunctions[o.Function]
	if d.last {
		return nil, fmt.Errorf("%v: only the first two derivatives of a power are known", o)
	}
	grads := make(gorgonia.Nodes, 2)
	for i, slope := range []BinaryFunction{d.byA, d.byB} {
		if slope == "" {
			continue
		}
		by, err := gorgonia.ApplyOp(NewBinary(slope, o.out), inputs...)
		if err != nil {
			return nil, err
		}
		if grads[i], err = gorgonia.ApplyOp(NewMul(inputs[i].Shape()), by, grad); err != nil {
			return nil, err
		}
	}
	return grads, nil
}

// Where takes each element from one of two tensors. Inputs: a condition, the tensor
// taken from where that is not 0, the one taken from where it is; axes of length 1
// are repeated.
type Where struct{ signature }

// NewWhere makes a Where of tensors of that many axes.
func NewWhere(axes int) Where {
	return Where{signature{fmt.Sprintf("Where axes=%d", axes), slices.Repeat([]int{axes}, 3), axes}}
}

// InferShape is the one shape that all have when repeated.
func (o Where) InferShape(sizers ...gorgonia.DimSizer) (tensor.Shape, error) {
	s, err := shapes(o, sizers, 3)
	if err != nil {
		return nil, err
	}
	return broadcast(o, s...)
}

// Do computes it.
func (o Where) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	return result(o, values, func(dst []float32, out tensor.Shape, in []*tensor.Dense) {
		condition, yes, no := floats(in[0]), floats(in[1]), floats(in[2])
		walk(out, []tensor.Shape{out, in[0].Shape(), in[1].Shape(), in[2].Shape()}, func(at []int) {
			dst[at[0]] = no[at[3]]
			if condition[at[1]] != 0 {
				dst[at[0]] = yes[at[2]]
			}
		})
	})
}

// DiffWRT says that the condition has no derivative.
func (o Where) DiffWRT(int) []bool { return []bool{false, true, true} }

// SymDiff passes the gradient to the tensor that the element was taken from.
func (o Where) SymDiff(inputs gorgonia.Nodes, output, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	one := slices.Repeat([]int{1}, o.out)
	zero := gorgonia.NewTensor(grad.Graph(), tensor.Float32, o.out, gorgonia.WithName(fmt.Sprintf("zero of %d axes", o.out)),
		gorgonia.WithShape(one...), gorgonia.WithValue(tensor.New(tensor.WithShape(one...), tensor.WithBacking(make([]float32, 1)))))
	grads := make(gorgonia.Nodes, 3)
	for i, from := range []gorgonia.Nodes{{inputs[0], grad, zero}, {inputs[0], zero, grad}} {
		back, err := gorgonia.ApplyOp(o, from...)
		if err != nil {
			return nil, err
		}
		if grads[i+1], err = sumTo(back, inputs[i+1].Shape()); err != nil {
			return nil, err
		}
	}
	return grads, nil
}
