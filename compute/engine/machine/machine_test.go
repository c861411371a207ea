package machine

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"gaze/compute/engine/op"
)

// counting runs operations by their definition and counts them.
type counting struct {
	Reference
	runs map[string]int
	stop func()
}

func (c *counting) Kernel(o gorgonia.Op, out tensor.Shape, in []Operand) (Kernel, error) {
	k, err := c.Reference.Kernel(o, out, in)
	return func(dst []float32, in [][]float32) error {
		c.runs[o.String()]++
		if c.stop != nil {
			c.stop()
		}
		return k(dst, in)
	}, err
}

// pair is relu(x) -> linear by [1 2; 3 4] plus (5, 6), and its derivative.
type pair struct {
	x, hidden, out, seed, grad *gorgonia.Node
	dev                        *counting
	m                          *Machine
}

func newPair(t *testing.T) *pair {
	t.Helper()
	g := gorgonia.NewGraph()
	p := &pair{dev: &counting{runs: make(map[string]int)}}
	p.x = gorgonia.NewTensor(g, tensor.Float32, 2, gorgonia.WithName("x"), gorgonia.WithShape(1, 2))
	constant := func(name string, s tensor.Shape, v ...float32) *gorgonia.Node {
		d := tensor.New(tensor.WithShape(s...), tensor.WithBacking(v))
		return gorgonia.NewTensor(g, tensor.Float32, len(s), gorgonia.WithName(name), gorgonia.WithShape(s...), gorgonia.WithValue(d))
	}
	p.hidden = gorgonia.Must(gorgonia.ApplyOp(op.NewActivate(op.ActivationReLU, 2), p.x))
	p.out = gorgonia.Must(gorgonia.ApplyOp(op.NewLinear(), p.hidden, constant("w", tensor.Shape{2, 2}, 1, 2, 3, 4), constant("b", tensor.Shape{2}, 5, 6)))
	p.seed = gorgonia.NewTensor(g, tensor.Float32, 2, gorgonia.WithName("seed"), gorgonia.WithShape(1, 2))
	grads, err := gorgonia.Backpropagate(gorgonia.Nodes{p.out}, gorgonia.Nodes{p.seed}, gorgonia.Nodes{p.x})
	if err != nil {
		t.Fatal(err)
	}
	p.grad = grads[0]
	if p.m, err = New(p.dev, gorgonia.Nodes{p.out}, gorgonia.Nodes{p.grad}); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *pair) let(t *testing.T, n *gorgonia.Node, v ...float32) {
	t.Helper()
	if err := p.m.Let(n, v); err != nil {
		t.Fatal(err)
	}
}

func (p *pair) wants(t *testing.T, n *gorgonia.Node, want ...float32) {
	t.Helper()
	got, err := p.m.Value(n)
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%v is %v (%v), not %v", n, got, err, want)
	}
}

func TestMachineComputesOnlyWhatChanged(t *testing.T) { newPair(t).computesOnlyWhatChanged(t) }

// computesOnlyWhatChanged sets one input after the other, and counts what that
// makes the machine compute.
func (p *pair) computesOnlyWhatChanged(t *testing.T) {
	t.Helper()
	p.let(t, p.x, 1, -1)
	p.let(t, p.seed, 1, 0)
	for range 2 {
		if err := p.m.RunAll(); err != nil {
			t.Fatal(err)
		}
		p.wants(t, p.out, 6, 9)
		p.wants(t, p.grad, 1, 0)
	}
	p.let(t, p.seed, 0, 1)
	if err := p.m.RunAll(); err != nil {
		t.Fatal(err)
	}
	p.wants(t, p.grad, 3, 0)
	p.let(t, p.x, 1, 1)
	if err := p.m.RunAll(); err != nil {
		t.Fatal(err)
	}
	p.wants(t, p.out, 8, 13)
	p.wants(t, p.grad, 3, 4)
	want := map[string]int{"Linear": 2, "Activate ReLU axes=2": 2, "LinearGrad": 3, "ActivateGrad ReLU axes=2": 3}
	for name, n := range want {
		if p.dev.runs[name] != n {
			t.Errorf("%s ran %d times, not %d", name, p.dev.runs[name], n)
		}
	}
}

func TestMachineStopsBetweenOperations(t *testing.T) {
	p := newPair(t)
	p.let(t, p.x, 1, 1)
	p.let(t, p.seed, 1, 0)
	ctx, cancel := context.WithCancel(t.Context())
	p.dev.stop = cancel
	if err := p.m.Run(ctx, 1); !errors.Is(err, context.Canceled) {
		t.Fatalf("a cancelled run returned %v", err)
	}
	if n := p.dev.runs["Linear"]; n != 0 {
		t.Errorf("the operation after the cancel ran %d times", n)
	}
	p.dev.stop = nil
	if err := p.m.RunAll(); err != nil {
		t.Fatal(err)
	}
	p.wants(t, p.out, 8, 13)
	p.wants(t, p.grad, 1, 2)
}

func TestMachineRefuses(t *testing.T) {
	p := newPair(t)
	if err := p.m.RunAll(); err == nil {
		t.Error("ran without inputs")
	}
	if err := p.m.Let(p.x, []float32{1}); err == nil {
		t.Error("took an input of the wrong size")
	}
	if err := p.m.Let(p.out, []float32{1, 2}); err == nil {
		t.Error("took a value for what it computes")
	}
	if _, err := New(p.dev, gorgonia.Nodes{}); err == nil {
		t.Error("took a stage without outputs")
	}
	p.let(t, p.x, 1, 1)
	p.m.Reset()
	if err := p.m.RunAll(); err == nil {
		t.Error("ran after Reset without inputs")
	}
}

// TestPlaceKeepsTheLivingApart: slots whose lives overlap never share memory,
// and the memory is used again.
func TestPlaceKeepsTheLivingApart(t *testing.T) {
	for seed := range uint64(200) {
		rng := rand.New(rand.NewPCG(7, seed))
		var slots []*slot
		sum := 0
		for i := range 1 + rng.IntN(40) {
			s := &slot{size: 1 + rng.IntN(300), first: i, last: i + rng.IntN(5)}
			if rng.IntN(8) == 0 {
				s.last = forever
			}
			slots = append(slots, s)
			sum += s.size + align
		}
		total := place(slots)
		if total > sum {
			t.Errorf("seed %d: %d floats for slots of %d in all", seed, total, sum)
		}
		for i, a := range slots {
			if a.offset < 0 || a.offset+a.size > total || a.offset%align != 0 {
				t.Fatalf("seed %d: slot at %d of size %d in an arena of %d", seed, a.offset, a.size, total)
			}
			for _, b := range slots[:i] {
				if a.first <= b.last && b.first <= a.last && a.offset < b.offset+b.size && b.offset < a.offset+a.size {
					t.Fatalf("seed %d: %+v and %+v overlap", seed, *a, *b)
				}
			}
		}
	}
	chain := []*slot{{size: 100, first: 0, last: 1}, {size: 100, first: 1, last: 2}, {size: 100, first: 2, last: 3}}
	if total := place(chain); total > 100+112 {
		t.Errorf("a chain of three takes %d floats, room for two is 212", total)
	}
}
