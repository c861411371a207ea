package machine

import (
	"context"
	"fmt"
	"time"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Address is a place in a device's memory, in bytes.
type Address uint64

// Remote is a device with memory of its own. A machine keeps what it computes
// there: inputs go up when they are set, wanted values come down when they are
// asked for, and in between operations are queued and nobody waits for them.
//
// Kernel, which reads and writes this program's memory, is for operations that
// Prepare has no kernel for: their operands are copied down and the result up.
type Remote interface {
	Device
	// Prepare is Kernel for values in the device's memory. It returns nil for an
	// operation that the device has no kernel for.
	Prepare(o gorgonia.Op, out tensor.Shape, in []Operand) (Launch, error)
	// Allocate takes memory for that many numbers.
	Allocate(floats int) (Address, error)
	// Free gives memory back, once everything queued has run.
	Free(Address) error
	// Upload copies numbers to the device; they may change afterwards.
	Upload(to Address, values []float32) error
	// Download waits for what is queued and copies numbers from the device.
	Download(values []float32, from Address) error
	// Queue calls f, which calls any number of Launches. It returns f's error; one
	// of the device's is a [Refusal], as are the errors of the other methods.
	Queue(f func() error) error
	// Wait returns when everything queued has run, with the error of any of it.
	Wait() error
}

// Launch queues the computing of an operation into dst, which holds anything
// before. in are the operands' places; those of constant operands are 0.
type Launch func(dst Address, in []Address) error

// address is where the slot lies on a remote device.
func (s *slot) address(arena Address) Address {
	if s.outside && s.data != nil && !s.uploaded {
		return 0 // a constant
	}
	at := 0
	for ; s != nil; s = s.within {
		at += s.offset
	}
	return arena + Address(4*at)
}

// moveTo gives the machine memory on a device. Inputs follow the arena.
func (m *Machine) moveTo(dev Remote, floats int) error {
	for _, in := range m.inputs {
		in.slot.uploaded = true
		in.slot.offset = (floats + align - 1) / align * align
		floats = in.slot.offset + in.slot.size
	}
	var err error
	m.remote, m.floats = dev, floats
	if m.base, err = dev.Allocate(max(floats, 1)); err != nil {
		return fmt.Errorf("taking memory for %d numbers: %w", floats, err)
	}
	for i := range m.stages {
		for j := range m.stages[i].steps {
			st := &m.stages[i].steps[j]
			st.to = st.dst.address(m.base)
			st.from = make([]Address, len(st.in))
			for k, in := range st.in {
				st.from[k] = in.address(m.base)
			}
		}
	}
	return nil
}

// runRemote queues the steps of a stage, those between two that run here all
// at once.
func (m *Machine) runRemote(ctx context.Context, s *stage) error {
	m.turn++
	for rest := s.steps; len(rest) > 0; {
		n := 0
		for n < len(rest) && rest[n].launch != nil {
			n++
		}
		if n == 0 {
			if err := m.runHere(&rest[0]); err != nil {
				return fmt.Errorf("computing %v: %w", rest[0].node.Op(), err)
			}
			rest = rest[1:]
			continue
		}
		var err error
		if m.timed {
			err = m.runTimed(ctx, rest[:n])
		} else {
			err = m.remote.Queue(func() error { return queue(ctx, rest[:n]) })
		}
		if err != nil {
			return err
		}
		rest = rest[n:]
	}
	return ctx.Err()
}

func queue(ctx context.Context, steps []step) error {
	for i := range steps {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := steps[i].launch(steps[i].to, steps[i].from); err != nil {
			return fmt.Errorf("computing %v: %w", steps[i].node.Op(), err)
		}
	}
	return nil
}

// runTimed waits for every step.
func (m *Machine) runTimed(ctx context.Context, steps []step) error {
	for i := range steps {
		if err := m.remote.Wait(); err != nil {
			return err
		}
		start := time.Now()
		if err := m.remote.Queue(func() error { return queue(ctx, steps[i:i+1]) }); err != nil {
			return err
		}
		if err := m.remote.Wait(); err != nil {
			return err
		}
		steps[i].elapsed = time.Since(start)
	}
	return nil
}

// runHere computes a step in this program's memory.
func (m *Machine) runHere(st *step) error {
	start := time.Now()
	for i, in := range st.in {
		if st.args[i] = in.data; in.data != nil {
			continue
		}
		st.args[i] = make([]float32, in.size)
		if err := m.remote.Download(st.args[i], st.from[i]); err != nil {
			return err
		}
	}
	result := make([]float32, st.dst.size)
	if err := st.kernel(result, st.args); err != nil {
		return err
	}
	st.elapsed = time.Since(start)
	return m.remote.Upload(st.to, result)
}

// Wait returns when everything that Run began is computed. Values are waited for
// when they are asked for, so that only who measures times needs to.
func (m *Machine) Wait() error {
	if m.remote == nil {
		return nil
	}
	return m.remote.Wait()
}

// fetch brings a value down, unless it was since it was computed last.
func (m *Machine) fetch(s *slot) ([]float32, error) {
	if s.fetched == nil {
		s.fetched = make([]float32, s.size)
	} else if s.turn == m.turn {
		return s.fetched, nil
	}
	if err := m.remote.Download(s.fetched, s.address(m.base)); err != nil {
		return nil, err
	}
	s.turn = m.turn
	return s.fetched, nil
}

// Copied lists the operations that a remote device has no kernel for. They run on
// copies in this program's memory.
func (m *Machine) Copied() []gorgonia.Op {
	var list []gorgonia.Op
	if m.remote == nil {
		return nil
	}
	for _, s := range m.stages {
		for _, st := range s.steps {
			if st.launch == nil {
				list = append(list, st.node.Op())
			}
		}
	}
	return list
}
