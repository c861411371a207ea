// Package machine runs gorgonia expression graphs of the operations in package
// op.
//
// A [Machine] is a gorgonia.VM. The caller says which values it wants. The
// machine orders their ancestors and gives each value a place in one block of
// memory; a place is used again once the last reader of its value has run. It
// computes only what has changed: the backward pass after another seed for the
// gradient, everything after another picture.
//
// A [Device] runs the operations. [Reference] is one, and the packages of other
// devices each describe a [Backend]; this package knows none of them.
package machine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"gaze/compute/engine/op"
)

// Device runs operations. Machines do not call kernels of one device concurrently.
type Device interface {
	// Kernel prepares an operation for operands of fixed shapes. Operands with
	// a value are constant: the kernel may pack them once and for all.
	Kernel(o gorgonia.Op, out tensor.Shape, in []Operand) (Kernel, error)
}

// Kernel computes an operation's output into dst, which holds anything before.
// in are the operands' values.
type Kernel func(dst []float32, in [][]float32) error

// Operand is what a kernel will read.
type Operand struct {
	Shape tensor.Shape
	// Value is set where the operand is constant.
	Value []float32
}

// Machine runs a graph on a device. It must not be used concurrently.
type Machine struct {
	stages []stage
	inputs map[*gorgonia.Node]*input
	slots  map[*gorgonia.Node]*slot
	arena  []float32
	timed  bool
	// What follows is of a machine on a remote device: the values' memory there
	// in place of the arena, and how often a stage has run.
	remote Remote
	base   Address
	floats int
	turn   int
}

type stage struct {
	steps []step
	// inputs the stage depends on, itself or through former stages.
	reads []*input
	done  bool
}

// step computes one node.
type step struct {
	node    *gorgonia.Node
	kernel  Kernel
	dst     *slot
	in      []*slot
	args    [][]float32
	elapsed time.Duration
	// On a remote device, launch takes kernel's place unless it is nil.
	launch Launch
	to     Address
	from   []Address
}

// input is a leaf whose value is set from outside.
type input struct {
	slot *slot
	set  bool
}

// slot is where a value lies: constants and inputs in their own memory, others
// in the arena.
type slot struct {
	data []float32
	size int
	// outside says that the memory is not the arena's.
	outside bool
	// within is the slot that this one is a part of, from offset on; where it
	// is nil, offset is a place in the arena.
	within *slot
	offset int
	// first and last are the steps between which the memory is in use.
	first, last int
	// uploaded says of an input that it has a place on a remote device. fetched
	// is what was brought from there when the machine's turn was that.
	uploaded bool
	fetched  []float32
	turn     int
}

// use keeps the slot's memory alive through the step of that number.
func (s *slot) use(first, last int) {
	for ; s != nil; s = s.within {
		s.first, s.last = min(s.first, first), max(s.last, last)
	}
}

// outlive keeps the memory of a value that was there before a stage began for
// good. A part that the stage made of it counts as that value.
func (s *slot) outlive(begin int) {
	for ; s != nil; s = s.within {
		if !s.outside && s.first < begin {
			s.use(begin, forever)
			return
		}
	}
}

// lieIn makes the slot a part of another one.
func (s *slot) lieIn(whole *slot, offset int) {
	s.within, s.offset = whole, offset
	whole.use(s.first, s.last)
}

// locate finds the slot's numbers in the arena.
func (s *slot) locate(arena []float32) []float32 {
	if s.data == nil && !s.outside {
		base := arena
		if s.within != nil {
			base = s.within.locate(arena)
		}
		s.data = base[s.offset:][:s.size:s.size]
	}
	return s.data
}

// New prepares a machine that computes the wanted values on dev, in stages that
// run in order. Values of a former stage that a later one reads outlive it, so
// that the later one can run again on its own. Leaves of the graph that have a
// value are constant; the others are inputs, to be set by Let.
func New(dev Device, stages ...gorgonia.Nodes) (*Machine, error) {
	remote, _ := dev.(Remote)
	m := &Machine{inputs: make(map[*gorgonia.Node]*input), slots: make(map[*gorgonia.Node]*slot)}
	b := builder{machine: m, device: dev, remote: remote, depends: make(map[*gorgonia.Node]map[*input]bool)}
	for _, s := range stages {
		if len(s) == 0 {
			return nil, errors.New("a stage without outputs")
		}
		if err := b.stage(s); err != nil {
			return nil, err
		}
	}
	floats := place(b.placed)
	if remote != nil {
		if err := m.moveTo(remote, floats); err != nil {
			return nil, err
		}
		return m, nil
	}
	m.arena, m.floats = NewMemory(floats), floats
	for _, s := range m.slots {
		s.locate(m.arena)
	}
	return m, nil
}

// Bytes is the size in bytes of the memory all values share.
func (m *Machine) Bytes() int { return 4 * m.floats }

// Let sets an input. The values that depend on it will be computed anew. The
// numbers are not copied and must not change until another Let.
func (m *Machine) Let(n *gorgonia.Node, values []float32) error {
	in, ok := m.inputs[n]
	if !ok {
		return fmt.Errorf("%v is not an input of the machine", n.Name())
	}
	if len(values) != in.slot.size {
		return fmt.Errorf("%v holds %d numbers, not %d", n.Name(), in.slot.size, len(values))
	}
	if m.remote != nil {
		if err := m.remote.Upload(in.slot.address(m.base), values); err != nil {
			return fmt.Errorf("setting %v: %w", n.Name(), err)
		}
	}
	in.slot.data, in.set = values, true
	for i := range m.stages {
		for _, r := range m.stages[i].reads {
			if r == in {
				m.stages[i].done = false
			}
		}
	}
	return nil
}

// Run computes the stages up to and including the one of that index, as far
// as they are not up to date. Between operations it looks at ctx, and returns
// its error when it is done; what was computed by then is computed again.
func (m *Machine) Run(ctx context.Context, upTo int) error {
	for i := range m.stages[:upTo+1] {
		s := &m.stages[i]
		if s.done {
			continue
		}
		for _, in := range s.reads {
			if !in.set {
				return errors.New("an input has no value")
			}
		}
		// A later stage's values lie where this one's may be written.
		for j := i; j < len(m.stages); j++ {
			m.stages[j].done = false
		}
		if err := m.runStage(ctx, s); err != nil {
			return err
		}
		s.done = true
	}
	return nil
}

func (m *Machine) runStage(ctx context.Context, s *stage) error {
	if m.remote != nil {
		return m.runRemote(ctx, s)
	}
	for j := range s.steps {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.steps[j].run(m.timed); err != nil {
			return err
		}
	}
	return nil
}

func (st *step) run(timed bool) error {
	var start time.Time
	if timed {
		start = time.Now()
	}
	for i, in := range st.in {
		st.args[i] = in.data
	}
	if err := st.kernel(st.dst.data, st.args); err != nil {
		return fmt.Errorf("computing %v: %w", st.node.Op(), err)
	}
	if timed {
		st.elapsed = time.Since(start)
	}
	return nil
}

// Timing is what one operation took.
type Timing struct {
	Node    *gorgonia.Node
	Elapsed time.Duration
}

// Time makes the machine time each operation from now on, or stops that.
func (m *Machine) Time(on bool) { m.timed = on }

// Timings lists the operations of all stages with their times when they last
// ran. Operations that need no computing are not listed.
func (m *Machine) Timings() []Timing {
	var list []Timing
	for _, s := range m.stages {
		for _, st := range s.steps {
			list = append(list, Timing{st.node, st.elapsed})
		}
	}
	return list
}

// Value returns a wanted node's value. It is overwritten by later runs.
func (m *Machine) Value(n *gorgonia.Node) ([]float32, error) {
	s, ok := m.slots[n]
	if ok && m.remote != nil && !s.outside {
		return m.fetch(s)
	}
	if !ok || s.data == nil {
		return nil, fmt.Errorf("%v has no value here", n)
	}
	return s.data, nil
}

// RunAll computes all stages.
func (m *Machine) RunAll() error { return m.Run(context.Background(), len(m.stages)-1) }

// Reset forgets what was computed and the values of the inputs.
func (m *Machine) Reset() {
	for _, in := range m.inputs {
		in.set, in.slot.data = false, nil
	}
	for i := range m.stages {
		m.stages[i].done = false
	}
}

// Close frees the machine's memory; it cannot be used afterwards.
func (m *Machine) Close() error {
	m.Reset()
	m.stages, m.slots, m.arena = nil, nil, nil
	if m.remote == nil {
		return nil
	}
	dev := m.remote
	m.remote = nil
	return dev.Free(m.base)
}

var _ gorgonia.VM = (*Machine)(nil)

// builder orders a graph's nodes and prepares their kernels.
type builder struct {
	machine *Machine
	device  Device
	remote  Remote
	placed  []*slot
	depends map[*gorgonia.Node]map[*input]bool
	time    int
}

// forever is later than any step.
const forever = int(^uint(0) >> 1)

// stage adds the ancestors of outputs that no former stage has.
func (b *builder) stage(outputs gorgonia.Nodes) error {
	var st stage
	begin := b.time
	for _, out := range outputs {
		if err := b.visit(&st, out); err != nil {
			return err
		}
	}
	for _, out := range outputs {
		b.machine.slots[out].use(b.time, forever)
	}
	// What this stage reads of former ones must survive its running twice.
	for _, step := range st.steps {
		for _, in := range step.in {
			in.outlive(begin)
		}
	}
	reads := make(map[*input]bool)
	for _, out := range outputs {
		for in := range b.depends[out] {
			reads[in] = true
		}
	}
	for in := range reads {
		st.reads = append(st.reads, in)
	}
	b.machine.stages = append(b.machine.stages, st)
	return nil
}

// visit adds n after everything it reads.
func (b *builder) visit(st *stage, n *gorgonia.Node) error {
	if _, known := b.machine.slots[n]; known {
		return nil
	}
	if n.Op() == nil {
		return b.leaf(n)
	}
	children := Operands(n)
	depends := make(map[*input]bool)
	for _, c := range children {
		if err := b.visit(st, c); err != nil {
			return err
		}
		for in := range b.depends[c] {
			depends[in] = true
		}
	}
	b.depends[n] = depends
	if b.alias(n, children) {
		return nil
	}
	operands := make([]Operand, len(children))
	in := make([]*slot, len(children))
	for i, c := range children {
		in[i] = b.machine.slots[c]
		operands[i] = Operand{Shape: c.Shape()}
		if len(b.depends[c]) == 0 {
			operands[i].Value = in[i].data
		}
	}
	kernel, launch, err := b.prepare(n, operands)
	if err != nil {
		return fmt.Errorf("preparing %v: %w", n.Op(), err)
	}
	dst := b.newSlot(n)
	for _, s := range in {
		s.use(b.time, b.time)
	}
	b.time++
	st.steps = append(st.steps, step{node: n, kernel: kernel, launch: launch, dst: dst, in: in, args: make([][]float32, len(in))})
	return nil
}

// prepare asks the device for a kernel, a remote one first for its own.
func (b *builder) prepare(n *gorgonia.Node, in []Operand) (kernel Kernel, launch Launch, err error) {
	if b.remote != nil {
		if launch, err = b.remote.Prepare(n.Op(), n.Shape(), in); launch != nil || err != nil {
			return nil, launch, err
		}
	}
	kernel, err = b.device.Kernel(n.Op(), n.Shape(), in)
	return kernel, nil, err
}

func (b *builder) newSlot(n *gorgonia.Node) *slot {
	s := &slot{size: n.Shape().TotalSize(), first: b.time, last: b.time}
	b.placed = append(b.placed, s)
	b.machine.slots[n] = s
	return s
}

// alias gives n a place that makes computing it unnecessary, where there is
// one: that of its input, a part of that, or one that its inputs are made in.
func (b *builder) alias(n *gorgonia.Node, children gorgonia.Nodes) bool {
	s := b.machine.slots[children[0]]
	switch o := n.Op().(type) {
	case op.View:
		b.machine.slots[n] = s
		return true
	case op.Slice:
		// The channels of a single picture lie together.
		if s.outside || n.Shape()[0] != 1 || o.Axis != 1 || o.Step != 1 {
			return false
		}
		b.newSlot(n).lieIn(s, o.From*n.Shape()[2]*n.Shape()[3])
		return true
	case op.Take:
		// So do numbers of one row that are taken in order.
		first, ok := o.Piece()
		if !ok || s.outside || n.Shape()[0] != 1 {
			return false
		}
		b.newSlot(n).lieIn(s, first)
		return true
	case op.Concat:
		return n.Shape()[0] == 1 && b.join(n, children)
	}
	return false
}

// join makes the parts of a concatenation lie in it, unless one is constant,
// lies elsewhere already or is there twice.
func (b *builder) join(n *gorgonia.Node, parts gorgonia.Nodes) bool {
	seen := make(map[*slot]bool)
	for _, p := range parts {
		s := b.machine.slots[p]
		if s.outside || s.within != nil || seen[s] || s.size != p.Shape().TotalSize() {
			return false
		}
		seen[s] = true
	}
	whole := b.newSlot(n)
	at := 0
	for _, p := range parts {
		s := b.machine.slots[p]
		s.lieIn(whole, at)
		at += s.size
	}
	return true
}

// leaf adds a constant or an input.
func (b *builder) leaf(n *gorgonia.Node) error {
	s := &slot{outside: true, size: n.Shape().TotalSize()}
	b.machine.slots[n] = s
	if v := n.Value(); v != nil {
		d, ok := v.Data().([]float32)
		if !ok {
			return fmt.Errorf("constant %v is not of float32", n.Name())
		}
		s.data = d
		return nil
	}
	in := &input{slot: s}
	b.machine.inputs[n] = in
	b.depends[n] = map[*input]bool{in: true}
	return nil
}

// Operands returns the nodes that n reads, in order.
func Operands(n *gorgonia.Node) gorgonia.Nodes {
	var list gorgonia.Nodes
	for it := n.Graph().From(n.ID()); it.Next(); {
		list = append(list, it.Node().(*gorgonia.Node))
	}
	return list
}
