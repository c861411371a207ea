package machine_test

import (
	"slices"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"gaze/compute/engine/cpu"
	"gaze/compute/engine/machine"
	"gaze/compute/engine/op"
)

// TestPartsOutliveTheirStage cuts a value of the first stage up in the second
// and joins the parts the other way round, for one picture, where both need no
// copying, and for two.
func TestPartsOutliveTheirStage(t *testing.T) {
	for _, batch := range []int{1, 2} {
		g := gorgonia.NewGraph()
		input := func(name string) *gorgonia.Node {
			return gorgonia.NewTensor(g, tensor.Float32, 4, gorgonia.WithName(name), gorgonia.WithShape(batch, 4, 1, 1))
		}
		x, seed := input("x"), input("seed")
		apply := func(o gorgonia.Op, in ...*gorgonia.Node) *gorgonia.Node {
			return gorgonia.Must(gorgonia.ApplyOp(o, in...))
		}
		hidden := apply(op.NewActivate(op.ActivationReLU, 4), x)
		mean := apply(op.NewGlobalAvgPool(), hidden)
		swapped := apply(op.NewConcat(2), apply(op.NewSlice(2, 4), hidden), apply(op.NewSlice(0, 2), hidden))
		sum := apply(op.NewAdd(2, 4), swapped, seed)
		cut := apply(op.NewActivate(op.ActivationReLU6, 4), sum)
		cores, err := cpu.Open(1, false)
		if err != nil {
			t.Fatal(err)
		}
		defer cores.Close()
		for name, dev := range map[string]machine.Device{"reference": machine.Reference{}, "cpu": cores} {
			m, err := machine.New(dev, gorgonia.Nodes{mean}, gorgonia.Nodes{cut})
			if err != nil {
				t.Fatal(err)
			}
			let := func(n *gorgonia.Node, v ...float32) {
				if err := m.Let(n, slices.Repeat(v, batch)); err != nil {
					t.Fatal(err)
				}
			}
			let(x, 1, 2, 3, -4)
			for _, s := range []float32{1, 2, 3} {
				let(seed, s, 0, s, 0)
				if err := m.RunAll(); err != nil {
					t.Fatal(err)
				}
				got, err := m.Value(cut)
				want := slices.Repeat([]float32{3 + s, 0, 1 + s, 2}, batch)
				if err != nil || !slices.Equal(got, want) {
					t.Errorf("%s, %d pictures, seed %v: %v (%v), not %v", name, batch, s, got, err, want)
				}
			}
		}
	}
}

// TestPieceOfARow takes numbers that follow each other: of one picture they need no
// copying, of two they do.
func TestPieceOfARow(t *testing.T) {
	for batch, copied := range map[int]bool{1: false, 2: true} {
		g := gorgonia.NewGraph()
		x := gorgonia.NewMatrix(g, tensor.Float32, gorgonia.WithName("x"), gorgonia.WithShape(batch, 4))
		hidden := gorgonia.Must(gorgonia.ApplyOp(op.NewActivate(op.ActivationReLU, 2), x))
		piece := gorgonia.Must(gorgonia.ApplyOp(op.NewTake(op.NewTable([]int32{1, 2, 3}, 4), 0), hidden))
		cut := gorgonia.Must(gorgonia.ApplyOp(op.NewActivate(op.ActivationReLU6, 2), piece))
		m, err := machine.New(machine.Reference{}, gorgonia.Nodes{cut})
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Let(x, slices.Repeat([]float32{1, 2, -3, 9}, batch)); err != nil {
			t.Fatal(err)
		}
		if err := m.RunAll(); err != nil {
			t.Fatal(err)
		}
		if got, err := m.Value(cut); err != nil || !slices.Equal(got, slices.Repeat([]float32{2, 0, 6}, batch)) {
			t.Errorf("%d pictures: %v, %v", batch, got, err)
		}
		took := slices.ContainsFunc(m.Timings(), func(s machine.Timing) bool { return s.Node == piece })
		if took != copied {
			t.Errorf("%d pictures: copied is %v", batch, took)
		}
	}
}
