package machine

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"gaze/compute/engine/op"
)

// away is a remote device whose memory is a slice that only it may touch, and
// which has kernels for some operations only. What is queued runs when somebody
// waits.
type away struct {
	counting
	memory  [][]float32
	queued  []func() error
	without string
	copies  int
	inQueue bool
	failure error
}

// at is the memory from an address on: its high half is the allocation's number.
func (a *away) at(p Address, n int) []float32 { return a.memory[p>>32][uint32(p)/4:][:n] }

func (a *away) Allocate(floats int) (Address, error) {
	m := make([]float32, floats)
	for i := range m {
		m[i] = float32(math.NaN())
	}
	a.memory = append(a.memory, m)
	return Address(len(a.memory)-1) << 32, a.failure
}

func (a *away) Free(p Address) error {
	if a.memory[p>>32] == nil {
		return errors.New("freed twice")
	}
	a.memory[p>>32] = nil
	return a.Wait()
}

func (a *away) Upload(to Address, values []float32) error {
	values = slices.Clone(values)
	a.queued = append(a.queued, func() error {
		copy(a.at(to, len(values)), values)
		return nil
	})
	return nil
}

func (a *away) Download(values []float32, from Address) error {
	a.copies++
	err := a.Wait()
	copy(values, a.at(from, len(values)))
	return err
}

func (a *away) Queue(f func() error) error {
	a.inQueue = true
	defer func() { a.inQueue = false }()
	return f()
}

func (a *away) Wait() error {
	for _, f := range a.queued {
		if err := f(); err != nil {
			return err
		}
	}
	a.queued = nil
	return nil
}

func (a *away) Prepare(o gorgonia.Op, out tensor.Shape, in []Operand) (Launch, error) {
	if o.String() == a.without {
		return nil, nil
	}
	k, err := a.Kernel(o, out, in)
	return func(dst Address, from []Address) error {
		if !a.inQueue {
			return errors.New("launched outside of Queue")
		}
		a.queued = append(a.queued, func() error {
			values := make([][]float32, len(in))
			for i := range in {
				if values[i] = in[i].Value; values[i] == nil {
					values[i] = a.at(from[i], in[i].Shape.TotalSize())
				}
			}
			return k(a.at(dst, out.TotalSize()), values)
		})
		return nil
	}, err
}

// remotePair is a pair on a remote device.
func remotePair(t *testing.T, without string) (*pair, *away) {
	t.Helper()
	p := newPair(t)
	a := &away{counting: counting{runs: make(map[string]int)}, without: without}
	m, err := New(a, gorgonia.Nodes{p.out}, gorgonia.Nodes{p.grad})
	if err != nil {
		t.Fatal(err)
	}
	p.m, p.dev = m, &a.counting
	return p, a
}

// TestRemote runs a graph whose values are elsewhere, with kernels for all
// operations and with some that run here.
func TestRemote(t *testing.T) {
	for _, without := range []string{"", "Linear", "ActivateGrad ReLU axes=2", "LinearGrad"} {
		for _, timed := range []bool{false, true} {
			p, a := remotePair(t, without)
			p.m.Time(timed)
			p.computesOnlyWhatChanged(t)
			copied := p.m.Copied()
			if without == "" && len(copied) > 0 || without != "" && (len(copied) != 1 || copied[0].String() != without) {
				t.Errorf("without %q, %v run here", without, copied)
			}
			for _, timing := range p.m.Timings() {
				if timed != (timing.Elapsed > 0) && without == "" {
					t.Errorf("%v took %v", timing.Node.Op(), timing.Elapsed)
				}
			}
			if err := p.m.Close(); err != nil {
				t.Error(err)
			}
			if a.memory[0] != nil {
				t.Error("memory was not given back")
			}
		}
	}
}

// TestRemoteFetchesOnce: a value that was not computed again is not copied again.
func TestRemoteFetchesOnce(t *testing.T) {
	p, a := remotePair(t, "")
	p.let(t, p.x, 1, -1)
	p.let(t, p.seed, 1, 0)
	if err := p.m.RunAll(); err != nil {
		t.Fatal(err)
	}
	p.wants(t, p.out, 6, 9)
	p.wants(t, p.out, 6, 9)
	if a.copies != 1 {
		t.Errorf("one value was copied %d times", a.copies)
	}
	p.wants(t, p.x, 1, -1)
	if a.copies != 1 {
		t.Error("an input was copied from the device")
	}
}

func TestRemoteFails(t *testing.T) {
	p, a := remotePair(t, "")
	p.let(t, p.x, 1, -1)
	p.let(t, p.seed, 1, 0)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := p.m.Run(ctx, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled run returned %v", err)
	}
	if len(a.runs) > 0 {
		t.Error("a cancelled run computed")
	}
	a.failure = errors.New("no memory")
	if _, err := New(a, gorgonia.Nodes{p.out}); !errors.Is(err, a.failure) {
		t.Errorf("without memory there was the error %v", err)
	}
}

// TestRemoteParts: parts of values have their places on the device, which no two
// values alive at once share.
func TestRemoteParts(t *testing.T) {
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
		cut := apply(op.NewActivate(op.ActivationReLU6, 4), apply(op.NewAdd(2, 4), swapped, seed))
		view := apply(op.NewReshape(4, tensor.Shape{batch, 4}), cut)
		a := &away{counting: counting{runs: make(map[string]int)}}
		m, err := New(a, gorgonia.Nodes{mean}, gorgonia.Nodes{view})
		if err != nil {
			t.Fatal(err)
		}
		if m.Bytes() < 4*(4+4)*batch || m.Bytes() != 4*len(a.memory[0]) {
			t.Errorf("%d bytes, the device gave %d numbers", m.Bytes(), len(a.memory[0]))
		}
		values := slices.Repeat([]float32{1, 2, 3, -4}, batch)
		if err := m.Let(x, values); err != nil {
			t.Fatal(err)
		}
		for _, s := range []float32{1, 2, 3} {
			if err := m.Let(seed, slices.Repeat([]float32{s, 0}, 2*batch)); err != nil {
				t.Fatal(err)
			}
			if err := m.RunAll(); err != nil {
				t.Fatal(err)
			}
			got, err := m.Value(view)
			want := slices.Repeat([]float32{3 + s, 0, 1 + s, 2}, batch)
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("%d pictures, seed %v: %v (%v), not %v", batch, s, got, err, want)
			}
		}
	}
}
