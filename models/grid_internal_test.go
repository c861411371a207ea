package models

import (
	"slices"
	"testing"

	"gorgonia.org/tensor"
)

// row numbers n cells in order.
func row(n int) []int32 {
	cells := make([]int32, n)
	for i := range cells {
		cells[i] = int32(i)
	}
	return cells
}

// tokens are the places of n x channels tokens, batch first, of a picture of 4x6
// after that many tokens without a place.
func tokens(before int) *Grid {
	cells := append(slices.Repeat([]int32{prefix}, before), row(24)...)
	return (&places{height: 4, width: 6, axes: []int{1}, cells: cells}).grid(tensor.Shape{1, 24 + before, 8})
}

func TestGridsOfTokens(t *testing.T) {
	plane := planeGrid(tensor.Shape{1, 8, 4, 6})
	if got := tokens(1); got.String() != "4x6 + 1 token" || got.At[0] != -1 || got.At[24] != 23 {
		t.Errorf("a class token and 4x6: %+v", got)
	}
	if got := tokens(0); got.String() != "4x6" || got.At != nil {
		t.Errorf("tokens in order: %+v", got)
	}
	// A picture becomes tokens, these are windows of 2x3, and a picture again.
	flat := plane.of.viewed(tensor.Shape{1, 8, 4, 6}, tensor.Shape{1, 8, 24})
	moved := flat.permuted(tensor.Shape{1, 8, 24}, []int{0, 2, 1})
	split := moved.viewed(tensor.Shape{1, 24, 8}, tensor.Shape{1, 2, 2, 2, 3, 8})
	parts := split.permuted(tensor.Shape{1, 2, 2, 2, 3, 8}, []int{0, 1, 3, 2, 4, 5})
	windows := parts.viewed(tensor.Shape{1, 2, 2, 2, 3, 8}, tensor.Shape{4, 6, 8})
	g := windows.grid(tensor.Shape{4, 6, 8})
	if g == nil || g.String() != "4x6" || !slices.Equal(g.Axes, []int{0, 1}) || !slices.Equal(g.At[:12], []int32{0, 1, 2, 6, 7, 8, 3, 4, 5, 9, 10, 11}) {
		t.Fatalf("windows: %+v", g)
	}
	// Heads beside windows in one axis are no grid, and one again once they are apart.
	heads := windows.viewed(tensor.Shape{4, 6, 8}, tensor.Shape{4, 6, 2, 4}).permuted(tensor.Shape{4, 6, 2, 4}, []int{0, 2, 1, 3})
	both := heads.viewed(tensor.Shape{4, 2, 6, 4}, tensor.Shape{8, 6, 4})
	if got := both.grid(tensor.Shape{8, 6, 4}); got != nil {
		t.Errorf("windows and heads in one axis: %+v", got)
	}
	apart := both.viewed(tensor.Shape{8, 6, 4}, tensor.Shape{4, 2, 6, 4}).grid(tensor.Shape{4, 2, 6, 4})
	if apart == nil || !slices.Equal(apart.Axes, []int{0, 2}) || !slices.Equal(apart.At, g.At) {
		t.Errorf("windows apart from heads: %+v", apart)
	}
	back := windows.viewed(tensor.Shape{4, 6, 8}, tensor.Shape{1, 2, 2, 2, 3, 8}).
		permuted(tensor.Shape{1, 2, 2, 2, 3, 8}, []int{0, 1, 3, 2, 4, 5}).viewed(tensor.Shape{1, 2, 2, 2, 3, 8}, tensor.Shape{1, 24, 8}).grid(tensor.Shape{1, 24, 8})
	if back == nil || back.At != nil || back.String() != "4x6" {
		t.Errorf("a picture again: %+v", back)
	}
}

// TestMergedPatches has four neighbours become the channels of one, in the two ways
// that Swin transformers are written.
func TestMergedPatches(t *testing.T) {
	s := tensor.Shape{1, 4, 6, 8}
	plane := &places{height: 4, width: 6, axes: []int{1, 2}}
	split := plane.viewed(s, tensor.Shape{1, 2, 2, 3, 2, 8})
	merged := split.permuted(tensor.Shape{1, 2, 2, 3, 2, 8}, []int{0, 1, 3, 2, 4, 5}).viewed(tensor.Shape{1, 2, 3, 2, 2, 8}, tensor.Shape{1, 2, 3, 32})
	linear := merged.without(tensor.Shape{1, 2, 3, 32}, []int{3}).grid(tensor.Shape{1, 2, 3, 16})
	if g := merged.grid(tensor.Shape{1, 2, 3, 32}); g == nil || g.String() != "2x3" || linear == nil || linear.String() != "2x3" || linear.At != nil {
		t.Errorf("merged: %v, and after a linear layer %v", g, linear)
	}
	var quarters []*Grid
	var shapes []tensor.Shape
	for i := range 4 {
		rows := plane.slice(s, Attr{Axis: 1, From: i % 2, To: 4, Step: 2})
		quarters = append(quarters, rows.slice(tensor.Shape{1, 2, 6, 8}, Attr{Axis: 2, From: i / 2, To: 6, Step: 2}).grid(tensor.Shape{1, 2, 3, 8}))
		shapes = append(shapes, tensor.Shape{1, 2, 3, 8})
	}
	if g := joined(tensor.Shape{1, 2, 3, 32}, 3, shapes, quarters).grid(tensor.Shape{1, 2, 3, 32}); g == nil || g.String() != "2x3" || g.At != nil {
		t.Errorf("quarters beside each other: %+v", g)
	}
}

// TestRolledTokens cuts rows of tokens off and puts them to the other end.
func TestRolledTokens(t *testing.T) {
	s := tensor.Shape{1, 4, 6, 8}
	plane := &places{height: 4, width: 6, axes: []int{1, 2}}
	end := plane.slice(s, Attr{Axis: 1, From: 1, To: 4, Step: 1}).grid(tensor.Shape{1, 3, 6, 8})
	begin := plane.slice(s, Attr{Axis: 1, From: 0, To: 1, Step: 1}).grid(tensor.Shape{1, 1, 6, 8})
	rolled := joined(s, 1, []tensor.Shape{{1, 3, 6, 8}, {1, 1, 6, 8}}, []*Grid{end, begin}).grid(s)
	if rolled == nil || rolled.String() != "4x6" || rolled.At[0] != 6 || rolled.At[23] != 5 {
		t.Errorf("rolled: %+v", rolled)
	}
	class := joined(tensor.Shape{1, 25, 8}, 1, []tensor.Shape{{1, 1, 8}, {1, 24, 8}}, []*Grid{nil, tokens(0)}).grid(tensor.Shape{1, 25, 8})
	if class == nil || class.String() != "4x6 + 1 token" {
		t.Errorf("a class token before: %+v", class)
	}
	if only := class.of.slice(tensor.Shape{1, 25, 8}, Attr{Axis: 1, From: 0, To: 1, Step: 1}).grid(tensor.Shape{1, 1, 8}); only != nil {
		t.Errorf("the class token alone: %+v", only)
	}
}

func TestPlacesOfTables(t *testing.T) {
	s := tensor.Shape{1, 2, 2, 3}
	plane := &planeGrid(s).of
	// Padded by a column, and cut off again.
	var pad, cut []int32
	for c := range int32(2) {
		for y := range int32(2) {
			for x := range int32(4) {
				from := int32(-1)
				if x < 3 {
					from = c*6 + y*3 + x
					cut = append(cut, c*8+y*4+x)
				}
				pad = append(pad, from)
			}
		}
	}
	wide := plane.taken(s, tensor.Shape{1, 2, 2, 4}, pad)
	if g := wide.grid(tensor.Shape{1, 2, 2, 4}); g == nil || g.String() != "2x3" || g.Prefix != 0 || !slices.Equal(g.At, []int32{0, 1, 2, -1, 3, 4, 5, -1}) {
		t.Errorf("padded: %+v", g)
	}
	if g := wide.taken(tensor.Shape{1, 2, 2, 4}, s, cut).grid(s); g == nil || g.At != nil || g.String() != "2x3" {
		t.Errorf("cut off: %+v", g)
	}
	// Twice as large.
	var large []int32
	for i := range int32(2 * 4 * 6) {
		c, y, x := i/24, i/6%4, i%6
		large = append(large, c*6+y/2*3+x/2)
	}
	if g := plane.taken(s, tensor.Shape{1, 2, 4, 6}, large).grid(tensor.Shape{1, 2, 4, 6}); g == nil || g.String() != "4x6" || g.At != nil {
		t.Errorf("enlarged: %+v", g)
	}
	// The third column for the first: two positions have one cell.
	if g := plane.taken(s, tensor.Shape{1, 1, 1, 3}, []int32{2, 1, 2}).grid(tensor.Shape{1, 1, 1, 3}); g != nil {
		t.Errorf("a cell twice: %+v", g)
	}
}

func TestPlacesOfProducts(t *testing.T) {
	q, v := tensor.Shape{1, 2, 25, 4}, tensor.Shape{1, 2, 4, 25}
	rows := (&places{height: 4, width: 6, axes: []int{2}, cells: tokens(1).of.cells}).grid(q)
	columns := (&places{height: 4, width: 6, axes: []int{3}, cells: tokens(1).of.cells}).grid(v)
	if g := multiplied([]tensor.Shape{q, v}, []*Grid{rows, columns}).grid(tensor.Shape{1, 2, 25, 25}); g == nil || !slices.Equal(g.Axes, []int{2}) || g.Prefix != 1 {
		t.Errorf("queries times keys: %+v", g)
	}
	if g := multiplied([]tensor.Shape{{1, 2, 4, 4}, v}, []*Grid{nil, columns}).grid(v); g == nil || !slices.Equal(g.Axes, []int{3}) {
		t.Errorf("channels times values: %+v", g)
	}
	if p := multiplied([]tensor.Shape{v, {25, 9}}, []*Grid{columns, nil}); p != nil {
		t.Errorf("tokens mixed: %+v", p)
	}
}

// TestResamplingKeepsThePicture multiplies a picture by matrices from the left and from
// the right: one that interpolates leaves a picture, one that mixes all rows does not.
func TestResamplingKeepsThePicture(t *testing.T) {
	constant := func(values []float32, shape ...int) *tensor.Dense {
		return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(values))
	}
	double := []float32{1, 0, 0, 0.75, 0.25, 0, 0.25, 0.75, 0, 0, 0.75, 0.25, 0, 0.25, 0.75, 0, 0, 1}
	turned := make([]float32, len(double))
	for i, v := range double {
		turned[i%3*6+i/3] = v
	}
	mixing := []float32{1, 1, 1, 1, -1, 1, 1, 1, -1, 1, -1, 1, -1, 1, 1, 1, 1, -1}
	for _, r := range []struct {
		name   string
		matrix *tensor.Dense
		left   bool
		want   *Grid
	}{
		{"rows", constant(double, 1, 1, 6, 3), true, &Grid{Height: 6, Width: 3}},
		{"columns", constant(turned, 1, 1, 3, 6), false, &Grid{Height: 3, Width: 6}},
		{"a mixture of all rows", constant(mixing, 1, 1, 6, 3), true, nil},
		{"rows upside down", constant([]float32{0, 0, 1, 0, 1, 0, 1, 0, 0}, 1, 1, 3, 3), true, nil},
		{"each channel by another", constant(append(slices.Clone(double), double...), 1, 2, 6, 3), true, nil},
	} {
		net := &Network{Input: Input{Channels: RGB, Height: 3, Width: 3}}
		for _, l := range []Layer{
			{Name: "conv", Kind: Conv, Inputs: []string{InputName}, Attr: Attr{Kernel: [2]int{1, 1}, Stride: [2]int{1, 1}, Dilation: [2]int{1, 1}, Groups: 1}, Params: map[string]*tensor.Dense{"weight": constant(make([]float32, 6), 2, 3, 1, 1)}},
			{Name: "matrix", Kind: Constant, Params: map[string]*tensor.Dense{"value": r.matrix}},
			{Name: "product", Kind: MatMul, Inputs: []string{"conv", "matrix"}},
		} {
			if l.Name == "product" && r.left {
				slices.Reverse(l.Inputs)
			}
			if err := net.Append(l); err != nil {
				t.Fatal(r.name, err)
			}
		}
		got := net.Logits().Grid
		if r.want != nil && (!got.isPlane(net.Logits().Shape) || got.Height != r.want.Height || got.Width != r.want.Width) || r.want == nil && got.isPlane(net.Logits().Shape) {
			t.Errorf("%s: %+v, want %v", r.name, got, r.want)
		}
	}
}
