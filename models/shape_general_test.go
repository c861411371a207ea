package models

import (
	"strings"
	"testing"

	"gorgonia.org/tensor"
)

// numbered is a tensor of that shape that holds 1, 2, 3 ...
func numbered(shape ...int) *tensor.Dense {
	values := make([]float32, tensor.Shape(shape).TotalSize())
	for i := range values {
		values[i] = float32(i + 1)
	}
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(values))
}

// TestGeneralShapes: the general operations take any number of axes.
func TestGeneralShapes(t *testing.T) {
	weight := map[string]*tensor.Dense{"weight": numbered(4, 3, 3, 2)}
	for _, c := range []struct {
		name  string
		layer Layer
		in    []tensor.Shape
		want  tensor.Shape
		err   string
	}{
		{"constant", Layer{Kind: Constant, Params: map[string]*tensor.Dense{"value": numbered(2, 3, 1)}}, nil, tensor.Shape{2, 3, 1}, ""},
		{"constant of nothing", Layer{Kind: Constant}, nil, nil, "has no value"},
		{"constant that reads", Layer{Kind: Constant, Params: map[string]*tensor.Dense{"value": numbered(2)}}, []tensor.Shape{{2}}, nil, "reads 1 layers, not none"},
		{"view", Layer{Kind: View, Attr: Attr{Shape: []int{3, 1, 2, 2}}}, []tensor.Shape{{1, 12}}, tensor.Shape{3, 1, 2, 2}, ""},
		{"view to a number", Layer{Kind: View}, []tensor.Shape{{1, 1}}, tensor.Shape{}, ""},
		{"view of other size", Layer{Kind: View, Attr: Attr{Shape: []int{3, 5}}}, []tensor.Shape{{1, 12}}, nil, "cannot become"},
		{"transpose", Layer{Kind: Transpose, Attr: Attr{Order: []int{2, 0, 1}}}, []tensor.Shape{{1, 2, 3}}, tensor.Shape{3, 1, 2}, ""},
		{"transpose twice one axis", Layer{Kind: Transpose, Attr: Attr{Order: []int{2, 0, 0}}}, []tensor.Shape{{1, 2, 3}}, nil, "not an order"},
		{"take", Layer{Kind: Take, Attr: Attr{Shape: []int{1, 3}, Index: []int32{1, -1, 0}}}, []tensor.Shape{{1, 2}}, tensor.Shape{1, 3}, ""},
		{"take beyond", Layer{Kind: Take, Attr: Attr{Shape: []int{1, 3}, Index: []int32{1, 2, 0}}}, []tensor.Shape{{1, 2}}, nil, "takes element 2"},
		{"take too few", Layer{Kind: Take, Attr: Attr{Shape: []int{1, 3}, Index: []int32{1}}}, []tensor.Shape{{1, 2}}, nil, "takes 1 elements"},
		{"power", Layer{Kind: Pow}, []tensor.Shape{{1, 3, 1}, {2, 1, 4}}, tensor.Shape{2, 3, 4}, ""},
		{"where", Layer{Kind: Where}, []tensor.Shape{{1, 1}, {1, 4}, {1, 1}}, tensor.Shape{1, 4}, ""},
		{"where of two", Layer{Kind: Where}, []tensor.Shape{{1, 1}, {1, 4}}, nil, "not three"},
		{"comparison", Layer{Kind: Less}, []tensor.Shape{{1, 3}, {1, 4}}, nil, "cannot combine"},
		{"product", Layer{Kind: MatMul}, []tensor.Shape{{1, 8, 5, 2}, {1, 1, 2, 7}}, tensor.Shape{1, 8, 5, 7}, ""},
		{"product that does not fit", Layer{Kind: MatMul}, []tensor.Shape{{1, 5, 2}, {1, 3, 7}}, nil, "cannot multiply"},
		{"sum", Layer{Kind: ReduceSum, Attr: Attr{Axes: []int{0, 2}}}, []tensor.Shape{{2, 3, 4}}, tensor.Shape{1, 3, 1}, ""},
		{"sum over a missing axis", Layer{Kind: ReduceSum, Attr: Attr{Axes: []int{3}}}, []tensor.Shape{{2, 3, 4}}, nil, "are no axes"},
		{"sum over nothing", Layer{Kind: ReduceSum}, []tensor.Shape{{2, 3, 4}}, nil, "no axes to work over"},
		{"standardize", Layer{Kind: Standardize, Attr: Attr{Axes: []int{1, 2}}}, []tensor.Shape{{2, 3, 4}}, tensor.Shape{2, 3, 4}, ""},
		{"softmax", Layer{Kind: Softmax, Attr: Attr{Axis: 2}}, []tensor.Shape{{1, 3, 4}}, tensor.Shape{1, 3, 4}, ""},
		{"softmax along a missing axis", Layer{Kind: Softmax, Attr: Attr{Axis: 3}}, []tensor.Shape{{1, 3, 4}}, nil, "has no axis 3"},
		{"join tokens", Layer{Kind: Concat, Attr: Attr{Axis: 2}}, []tensor.Shape{{1, 3, 1}, {1, 3, 4}}, tensor.Shape{1, 3, 5}, ""},
		{"convolution turned around", Layer{Kind: ConvTranspose, Params: weight, Attr: Attr{Kernel: [2]int{3, 2}, Stride: [2]int{2, 2}, Dilation: [2]int{1, 1}, Pad: [4]int{1, 0, 1, 0}, Extra: [2]int{1, 0}, Groups: 2}}, []tensor.Shape{{1, 4, 5, 5}}, tensor.Shape{1, 6, 10, 10}, ""},
		{"too large", Layer{Kind: Mul}, []tensor.Shape{{1, 1 << 20, 1}, {1, 1, 1 << 20}}, nil, "too large"},
		{"three axes for a kind of planes", Layer{Kind: BatchNorm}, []tensor.Shape{{1, 3, 4}}, nil, "two or four axes"},
	} {
		err := c.layer.infer(c.in, make([]bool, len(c.in)))
		switch {
		case c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)):
			t.Errorf("%s: error %v, not one of %q", c.name, err, c.err)
		case c.err == "" && (err != nil || !c.layer.Shape.Eq(c.want)):
			t.Errorf("%s: %v, %v, not %v", c.name, c.layer.Shape, err, c.want)
		}
	}
}

// TestProductsAreCounted: multiply-adds are those of each term of each sum.
func TestProductsAreCounted(t *testing.T) {
	l := Layer{Kind: MatMul}
	if err := l.infer([]tensor.Shape{{1, 8, 5, 2}, {1, 1, 2, 7}}, []bool{false, false}); err != nil || l.macs() != 8*5*7*2 {
		t.Errorf("%d multiply-adds, %v", l.macs(), err)
	}
	l = Layer{Kind: ConvTranspose, Params: map[string]*tensor.Dense{"weight": numbered(4, 3, 2, 2)}, Attr: Attr{Kernel: [2]int{2, 2}, Stride: [2]int{2, 2}, Dilation: [2]int{1, 1}, Groups: 1}}
	if err := l.infer([]tensor.Shape{{1, 4, 5, 5}}, []bool{false}); err != nil || l.macs() != 4*5*5*3*2*2 {
		t.Errorf("%d multiply-adds, %v", l.macs(), err)
	}
}
