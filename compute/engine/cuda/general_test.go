//go:build gpu && cgo && linux

package cuda

import (
	"reflect"
	"testing"

	"gorgonia.org/tensor"

	"gaze/compute/engine/op"
)

func TestLayoutsAreJoined(t *testing.T) {
	for _, c := range []struct {
		shapes []tensor.Shape
		sides  []int
		steps  [][]int
	}{
		{[]tensor.Shape{{2, 3, 4}, {2, 3, 4}}, []int{24}, [][]int{{1}, {1}}},
		{[]tensor.Shape{{2, 3, 4}, {1, 3, 4}}, []int{2, 12}, [][]int{{12, 1}, {0, 1}}},
		{[]tensor.Shape{{2, 3, 1, 4}, {2, 1, 1, 4}}, []int{2, 3, 4}, [][]int{{12, 4, 1}, {4, 0, 1}}},
		{[]tensor.Shape{{1, 1}, {1, 1}}, nil, [][]int{nil, nil}},
	} {
		l := layout{sides: c.shapes[0]}
		for _, s := range c.shapes {
			l.steps = append(l.steps, stepsOf(s))
		}
		if got := l.joined(); !reflect.DeepEqual(got, layout{c.sides, c.steps}) {
			t.Errorf("%v become %v, not sides %v and steps %v", c.shapes, got, c.sides, c.steps)
		}
	}
}

func TestMatMul(t *testing.T) {
	d := open(t, Options{})
	r := newSource(11)
	for _, c := range []struct {
		a, b         tensor.Shape // before a transposition
		batchA, more tensor.Shape
	}{
		{a: tensor.Shape{3, 5}, b: tensor.Shape{5, 4}},
		{a: tensor.Shape{70, 33}, b: tensor.Shape{33, 65}},
		{a: tensor.Shape{1, 200}, b: tensor.Shape{200, 7}},
		{a: tensor.Shape{17, 16}, b: tensor.Shape{16, 9}, batchA: tensor.Shape{2, 3}, more: tensor.Shape{2, 3}},
		{a: tensor.Shape{4, 6}, b: tensor.Shape{6, 4}, batchA: tensor.Shape{2, 1, 3}, more: tensor.Shape{1, 2, 3}},
		{a: tensor.Shape{2, 3}, b: tensor.Shape{3, 2}, batchA: tensor.Shape{2, 1, 2, 1, 2}, more: tensor.Shape{1, 3, 1, 2, 1}},
	} {
		for _, transA := range []bool{false, true} {
			for _, transB := range []bool{false, true} {
				turned := func(batch, s tensor.Shape, trans bool) tensor.Shape {
					if trans {
						s = tensor.Shape{s[1], s[0]}
					}
					return append(batch.Clone(), s...)
				}
				shapes := []tensor.Shape{turned(c.batchA, c.a, transA), turned(c.more, c.b, transB)}
				check(t, d, r, trial{op: op.NewMatMul(len(shapes[0]), transA, transB), shapes: shapes}, 1e-5)
			}
		}
	}
}

func TestTake(t *testing.T) {
	d := open(t, Options{})
	r := newSource(12)
	for _, index := range [][]int32{
		{0},
		{4, -1, 0, 0, 3, 4, 4, -1},
		{6, 5, 4, 3, 2, 1, 0},
		{-1, -1},
	} {
		table := op.NewTable(index, 7)
		check(t, d, r, trial{op: op.NewTake(table, 0.5), shapes: []tensor.Shape{{3, 7}}}, 1e-6)
		check(t, d, r, trial{op: op.NewScatter(table), shapes: []tensor.Shape{{3, len(index)}}}, 1e-6)
	}
}

// TestEqualTablesLieOnce: a graph that is made anew does not take more memory.
func TestEqualTablesLieOnce(t *testing.T) {
	d := open(t, Options{})
	one, err := d.table([]int32{1, 2, 3})
	if err != nil {
		t.Fatal(err)
	}
	again, err := d.table([]int32{1, 2, 3})
	if err != nil {
		t.Fatal(err)
	}
	other, err := d.table([]int32{1, 2, 4})
	if err != nil {
		t.Fatal(err)
	}
	if one != again || one == other {
		t.Errorf("equal tables lie at %x and %x, another one at %x", one, again, other)
	}
}

func TestManyAxes(t *testing.T) {
	d := open(t, Options{})
	r := newSource(13)
	s := tensor.Shape{2, 3, 2, 4, 3}
	repeats := []tensor.Shape{s, {2, 1, 2, 1, 3}, {1, 3, 1, 4, 1}, {1, 1, 1, 1, 1}, {1, 3, 2, 4, 3}}
	for _, b := range repeats {
		for _, o := range []trial{
			{op: op.NewAdd(2, 5), shapes: []tensor.Shape{s, b}},
			{op: op.NewAdd(3, 5), shapes: []tensor.Shape{b, b, s}},
			{op: op.NewSub(5), shapes: []tensor.Shape{b, s}},
			{op: op.NewDiv(5), shapes: []tensor.Shape{s, b}},
			{op: op.NewMul(s), shapes: []tensor.Shape{s, b}, constant: constants(2, 1)},
			{op: op.NewMul(b), shapes: []tensor.Shape{s, s}},
			{op: op.NewSumTo(b), shapes: []tensor.Shape{s}},
			{op: op.NewSumTo(s), shapes: []tensor.Shape{b}},
			{op: op.NewBinary(op.Maximum, 5), shapes: []tensor.Shape{s, b}},
			{op: op.NewWhere(5), shapes: []tensor.Shape{b, s, s}},
			{op: op.NewWhere(5), shapes: []tensor.Shape{s, b, s}},
		} {
			check(t, d, r, o, 1e-5)
		}
	}
	// More than a block has threads is summed up.
	check(t, d, r, trial{op: op.NewMul(tensor.Shape{2, 1, 1, 1, 1}), shapes: []tensor.Shape{{2, 5, 7, 1, 11}, {1, 5, 7, 1, 1}}}, 1e-5)
	for _, order := range [][]int{{4, 3, 2, 1, 0}, {0, 2, 1, 4, 3}, {0, 1, 2, 3, 4}} {
		check(t, d, r, trial{op: op.NewPermute(order...), shapes: []tensor.Shape{s}}, 0)
	}
	check(t, d, r, trial{op: op.NewPermute(7, 0, 5, 2, 3, 1, 6, 4), shapes: []tensor.Shape{{2, 3, 1, 2, 2, 3, 1, 2}}}, 0)
	check(t, d, r, trial{op: op.NewPermute(1, 0), shapes: []tensor.Shape{{5, 7}}}, 0)
}

// TestFunctionsOfTwo has numbers of which some are equal, and no negative ones, whose
// powers are not numbers.
func TestFunctionsOfTwo(t *testing.T) {
	d := open(t, Options{})
	a, b := make([]float32, 25), make([]float32, 25)
	for i := range a {
		a[i], b[i] = float32(i/5)*0.75, float32(i%5)*0.75
	}
	s := tensor.Shape{5, 5}
	for _, f := range op.BinaryFunctions() {
		from := 0
		switch f {
		case op.PowerSlope, op.PowerBend, op.PowerCross, op.PowerLogs:
			from = 5 // Where a is 0 they are infinite.
		}
		check(t, d, newSource(1), trial{op: op.NewBinary(f, 2), shapes: []tensor.Shape{{5 - from/5, 5}, {5 - from/5, 5}}, values: [][]float32{a[from:], b[from:]}}, 1e-5)
	}
	condition := make([]float32, 25)
	for i := range condition {
		condition[i] = float32(i % 3)
	}
	check(t, d, newSource(1), trial{op: op.NewWhere(2), shapes: []tensor.Shape{s, {5, 1}, {1, 5}}, values: [][]float32{condition, nil, nil}}, 0)
}

func TestReductions(t *testing.T) {
	d := open(t, Options{})
	r := newSource(14)
	for _, s := range []tensor.Shape{{1, 1, 1}, {3, 7, 2}, {2, 40, 1}, {2, 5, 33}, {70, 3, 5}} {
		// Few different numbers, so that some are equal, and zeros among them.
		x := make([]float32, s.TotalSize())
		for i := range x {
			x[i] = float32(r.IntN(5)-2) / 2
		}
		one := tensor.Shape{s[0], 1, s[2]}
		for _, kind := range []op.Reduction{op.Largest, op.Smallest, op.Product} {
			check(t, d, r, trial{op: op.NewReduce(kind), shapes: []tensor.Shape{s}, values: [][]float32{x}}, 1e-5)
			y, err := op.NewReduce(kind).Do(tensor.New(tensor.WithShape(s...), tensor.WithBacking(x)))
			if err != nil {
				t.Fatal(err)
			}
			check(t, d, r, trial{op: op.NewReduceGrad(kind), shapes: []tensor.Shape{s, one, one}, values: [][]float32{x, y.Data().([]float32), nil}}, 1e-5)
		}
		check(t, d, r, trial{op: op.NewSumTo(one), shapes: []tensor.Shape{s}}, 1e-5)
	}
}
