package op_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"gaze/compute/engine/machine"
	"gaze/compute/engine/op"
)

// A weighted sum over channels is that of a plain loop on every device and on
// gorgonia's own machine. It has no derivative.
func TestChannelSum(t *testing.T) {
	for _, act := range []op.Activation{op.NoActivation, op.ActivationReLU, op.ActivationClip(-0.4, 0.3)} {
		const n, channels, height, width, pixels = 2, 5, 3, 7, 21
		rng := rand.New(rand.NewPCG(3, 4))
		w, x := distinct(rng, n*channels), distinct(rng, n*channels*pixels)
		want := make([]float64, n*pixels)
		for i := range want {
			for c := range channels {
				want[i] += float64(w[i/pixels*channels+c]) * float64(act.Of(x[(i/pixels*channels+c)*pixels+i%pixels]))
			}
		}
		g := gorgonia.NewGraph()
		weights := gorgonia.NewTensor(g, tensor.Float32, 4, gorgonia.WithName("w"), gorgonia.WithShape(n, channels, 1, 1))
		values := gorgonia.NewTensor(g, tensor.Float32, 4, gorgonia.WithName("x"), gorgonia.WithShape(n, channels, height, width))
		sum, err := gorgonia.ApplyOp(op.NewChannelSum(act), weights, values)
		if err != nil {
			t.Fatal(err)
		}
		if want := (tensor.Shape{n, 1, height, width}); !sum.Shape().Eq(want) {
			t.Errorf("the sum is %v, not %v", sum.Shape(), want)
		}
		for name, dev := range devices(t) {
			m, err := machine.New(dev, gorgonia.Nodes{sum})
			if err != nil {
				t.Fatal(err)
			}
			for node, v := range map[*gorgonia.Node][]float32{weights: w, values: x} {
				if err := m.Let(node, v); err != nil {
					t.Fatal(err)
				}
			}
			if err := m.RunAll(); err != nil {
				t.Fatal(err)
			}
			got, err := m.Value(sum)
			if err != nil {
				t.Fatal(err)
			}
			near(t, name, slices.Clone(got), want)
		}
		for node, v := range map[*gorgonia.Node][]float32{weights: w, values: x} {
			if err := gorgonia.Let(node, dense(v, node.Shape())); err != nil {
				t.Fatal(err)
			}
		}
		vm := gorgonia.NewTapeMachine(g)
		defer vm.Close()
		if err := vm.RunAll(); err != nil {
			t.Fatal(err)
		}
		near(t, "TapeMachine", sum.Value().Data().([]float32), want)
	}
}
