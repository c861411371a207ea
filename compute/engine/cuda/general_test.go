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
