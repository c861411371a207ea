// Package cuda is the device of an NVIDIA GPU: kernels for the operations of
// package op, which are compiled from kernels/ to the PTX in ptx/. Package driver
// speaks to NVIDIA's driver. [Backend] describes the GPUs to the engine.
package cuda

import (
	"crypto/sha256"
	"embed"
	"errors"
	"fmt"
	"math"
	"unsafe"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"gaze/compute/engine/cuda/driver"
	"gaze/compute/engine/machine"
)

//go:embed ptx/*.ptx
var programs embed.FS

// Device is a GPU. Values of its machines, and weights once they were used,
// stay in its memory until it is closed.
type Device struct {
	gpu *driver.GPU
	// tensorCores says that convolutions round their factors to TF32.
	tensorCores bool
	exact       bool
	// units are the GPU's multiprocessors.
	units       int
	modules     map[string]*driver.Module
	functions   map[string]driver.Function
	constants   map[constant]driver.Pointer
	tables      map[[sha256.Size]byte]driver.Pointer
	sums        map[sumKey][]*sum
	transformed map[transformedKey]*transformed
	// scratch is memory for one operation at a time: on one stream the next one
	// begins when it has ended.
	scratch      driver.Pointer
	scratchBytes int
	// queue is what launches go to while there is one.
	queue driver.Launcher
	// choose picks the tile of a convolution for that many pictures, and how often
	// its sum is split; scheme picks Winograd's algorithm, 0 for none.
	choose func(u *sum, batch int) (t tile, splits int)
	scheme func(s shape, back bool, batch int) int
}

// Options choose how a Device computes.
type Options struct {
	// TF32 makes convolutions round their factors to ten bits of mantissa, which
	// tensor cores multiply many times as fast. It needs compute capability 8.0.
	TF32 bool
	// Exact does without Winograd's algorithms, which save multiplications at the
	// price of rounding.
	Exact bool
}

// constant is a tensor that does not change.
type constant struct {
	first *float32
	size  int
}

// Open takes the GPU of that number.
func Open(index int, opt Options) (*Device, error) {
	gpu, err := driver.Open(index)
	if err != nil {
		return nil, err
	}
	d := &Device{
		gpu: gpu, units: max(1, gpu.Multiprocessors()), tensorCores: opt.TF32 && capability(gpu.Info()) >= 80, exact: opt.Exact,
		modules: make(map[string]*driver.Module), functions: make(map[string]driver.Function),
		constants: make(map[constant]driver.Pointer), tables: make(map[[sha256.Size]byte]driver.Pointer), sums: make(map[sumKey][]*sum), transformed: make(map[transformedKey]*transformed),
	}
	d.choose, d.scheme = d.quickest, d.winogradPays
	return d, nil
}

func capability(i driver.Info) int { return 10*i.Major + i.Minor }

// TF32 reports whether it computes with tensor cores, which [Options] asked for
// and the GPU has.
func (d *Device) TF32() bool { return d.tensorCores }

// Describe names the GPU and its precision.
func (d *Device) Describe() string {
	if d.tensorCores {
		return d.gpu.Info().Name + ", TF32"
	}
	return d.gpu.Info().Name
}

// Close gives the GPU back, with all of its memory.
func (d *Device) Close() error { return d.gpu.Close() }

// Kernel runs an operation by its definition, in this program's memory.
func (d *Device) Kernel(o gorgonia.Op, out tensor.Shape, in []machine.Operand) (machine.Kernel, error) {
	return machine.Reference{}.Kernel(o, out, in)
}

// Allocate takes memory for that many numbers.
func (d *Device) Allocate(floats int) (machine.Address, error) {
	p, err := d.gpu.Alloc(4 * floats)
	return machine.Address(p), err
}

// Free gives memory back.
func (d *Device) Free(a machine.Address) error { return d.gpu.Free(driver.Pointer(a)) }

// Upload copies numbers to the GPU.
func (d *Device) Upload(to machine.Address, values []float32) error {
	return d.gpu.Upload(driver.Pointer(to), values)
}

// Download copies numbers from the GPU.
func (d *Device) Download(values []float32, from machine.Address) error {
	return d.gpu.Download(values, driver.Pointer(from))
}

// Queue calls f, whose launches go to the GPU together.
func (d *Device) Queue(f func() error) error {
	return d.gpu.Batch(func(l driver.Launcher) error {
		d.queue = l
		defer func() { d.queue = nil }()
		return f()
	})
}

// Wait returns when all that was queued has run.
func (d *Device) Wait() error { return d.gpu.Synchronize() }

// function finds a kernel of a program, which is loaded when it is first needed.
func (d *Device) function(program, name string, shared int) (driver.Function, error) {
	if f, ok := d.functions[name]; ok {
		return f, nil
	}
	m, ok := d.modules[program]
	if !ok {
		text, err := programs.ReadFile("ptx/" + d.file(program))
		if err != nil {
			return driver.Function{}, err
		}
		if m, err = d.gpu.Load(string(text)); err != nil {
			return driver.Function{}, fmt.Errorf("loading the kernels of %s: %w", program, err)
		}
		d.modules[program] = m
	}
	f, err := m.Function(name, shared)
	if err != nil {
		return driver.Function{}, fmt.Errorf("kernel %s: %w", name, err)
	}
	d.functions[name] = f
	return f, nil
}

// file is the PTX of a program for the GPU: those that wait for copies have one
// for Turing and one for all later ones.
func (d *Device) file(program string) string {
	if (program == "conv" || program == "tensor") && capability(d.gpu.Info()) >= 80 {
		return program + ".80.ptx"
	}
	return program + ".75.ptx"
}

// constant is where a tensor that does not change lies on the GPU.
func (d *Device) constant(values []float32) (driver.Pointer, error) {
	key := constant{&values[0], len(values)}
	if p, ok := d.constants[key]; ok {
		return p, nil
	}
	p, err := d.uploaded(values)
	if err == nil {
		d.constants[key] = p
	}
	return p, err
}

// table is where numbers lie on the GPU that an operation is told apart by. Equal ones
// lie there once, whichever graph they are of.
func (d *Device) table(of []int32) (driver.Pointer, error) {
	values := numbers(of)
	key := sha256.Sum256(unsafe.Slice((*byte)(unsafe.Pointer(&of[0])), 4*len(of)))
	if p, ok := d.tables[key]; ok {
		return p, nil
	}
	p, err := d.uploaded(values)
	if err == nil {
		d.tables[key] = p
	}
	return p, err
}

// uploaded is a copy of values on the GPU.
func (d *Device) uploaded(values []float32) (driver.Pointer, error) {
	p, err := d.gpu.Alloc(4 * len(values))
	if err != nil {
		return 0, fmt.Errorf("taking memory for %d constants: %w", len(values), err)
	}
	if err := d.gpu.Upload(p, values); err != nil {
		return 0, errors.Join(err, d.gpu.Free(p))
	}
	return p, nil
}

// reserve makes sure that there is scratch for that many numbers.
func (d *Device) reserve(floats int) error {
	if 4*floats <= d.scratchBytes {
		return nil
	}
	if d.scratch != 0 {
		if err := d.gpu.Free(d.scratch); err != nil {
			return err
		}
		d.scratch, d.scratchBytes = 0, 0
	}
	p, err := d.gpu.Alloc(4 * floats)
	if err != nil {
		return fmt.Errorf("taking memory to work in: %w", err)
	}
	d.scratch, d.scratchBytes = p, 4*floats
	return nil
}

// argument is one of a kernel: a number, or a place that is known when the
// kernel is launched.
type argument struct {
	value uint64
	kind  byte
	index int
	// offset in bytes from the place.
	offset uint64
}

// from is the place that many numbers further on; null stays null.
func (a argument) from(floats int) argument {
	if a.kind != number {
		a.offset += uint64(4 * floats)
	}
	return a
}

const (
	number byte = iota
	output
	operand
	working
)

// The arguments that are places: the operation's output, its operands, and the
// scratch.
var (
	dst  = argument{kind: output}
	work = argument{kind: working}
	null = argument{}
)

func in(i int) argument { return argument{kind: operand, index: i} }

func address(p driver.Pointer) argument { return argument{value: uint64(p)} }

// ints are two numbers, which share an argument's eight bytes.
func ints(a, b int) argument {
	return argument{value: uint64(uint32(int32(a))) | uint64(uint32(int32(b)))<<32}
}

func floats(a, b float32) argument {
	return argument{value: uint64(math.Float32bits(a)) | uint64(math.Float32bits(b))<<32}
}

// call is a kernel prepared to be launched.
type call struct {
	function    driver.Function
	grid, block [3]int
	shared      int
	places      []argument // value is the argument's number
	args        []uint64
	// adjust, if not nil, changes what depends on places, once they are in args.
	adjust func()
	// zero is set where, in place of a kernel, that many bytes of the output or
	// of the scratch are made zero.
	zero int
}

// preparation makes the launches of one operation.
type preparation struct {
	d     *Device
	in    []machine.Operand
	calls []*call
	err   error
}

// add appends a launch. Operands that are constant are found places for.
func (p *preparation) add(program, name string, grid, block [3]int, shared int, args ...argument) *call {
	if p.err != nil {
		return nil
	}
	c := &call{grid: grid, block: block, shared: shared, args: make([]uint64, len(args))}
	if c.function, p.err = p.d.function(program, name, shared); p.err != nil {
		return nil
	}
	for i, a := range args {
		switch {
		case a.kind == number:
			c.args[i] = a.value
		case a.kind == operand && p.in[a.index].Value != nil:
			at, err := p.d.constant(p.in[a.index].Value)
			if err != nil {
				p.err = err
				return nil
			}
			c.args[i] = uint64(at) + a.offset
		default:
			a.value = uint64(i)
			c.places = append(c.places, a)
		}
	}
	p.calls = append(p.calls, c)
	return c
}

// table is the place of a table, null for one that is not there.
func (p *preparation) table(of []int32) argument {
	if p.err != nil || len(of) == 0 {
		return null
	}
	at, err := p.d.table(of)
	p.err = err
	return address(at)
}

// elements appends a kernel of the kind whose threads take elements in turn.
func (p *preparation) elements(program, name string, n int, args ...argument) {
	p.add(program, name, [3]int{min((n+255)/256, 1<<15), 1, 1}, [3]int{256, 1, 1}, 0, args...)
}

// launch makes the launches one.
func (p *preparation) launch() (machine.Launch, error) {
	if p.err != nil || len(p.calls) == 0 {
		return nil, p.err
	}
	d, calls := p.d, p.calls
	return func(dst machine.Address, in []machine.Address) error {
		for _, c := range calls {
			if err := d.start(c, dst, in); err != nil {
				return err
			}
		}
		return nil
	}, nil
}

// run launches at once and waits.
func (p *preparation) run() error {
	launch, err := p.launch()
	if err != nil {
		return err
	}
	if err := p.d.Queue(func() error { return launch(0, nil) }); err != nil {
		return err
	}
	return p.d.gpu.Synchronize()
}

// withCopies calls f with the places of copies on the GPU, null for nil ones,
// and frees them.
func (d *Device) withCopies(values [][]float32, f func([]argument) error) (err error) {
	places := make([]argument, len(values))
	for i, v := range values {
		if v == nil {
			continue
		}
		p, failed := d.uploaded(v)
		if failed != nil {
			return failed
		}
		defer func() { err = errors.Join(err, d.gpu.Free(p)) }()
		places[i] = address(p)
	}
	return f(places)
}

// start queues a call.
func (d *Device) start(c *call, dst machine.Address, in []machine.Address) error {
	for _, p := range c.places {
		switch p.kind {
		case output:
			c.args[p.value] = uint64(dst) + p.offset
		case operand:
			c.args[p.value] = uint64(in[p.index]) + p.offset
		case working:
			c.args[p.value] = uint64(d.scratch) + p.offset
		}
	}
	if c.zero > 0 {
		return d.queue.Zero(driver.Pointer(c.args[0]), c.zero)
	}
	if c.adjust != nil {
		c.adjust()
	}
	return d.queue.Launch(c.function, c.grid, c.block, c.shared, c.args...)
}

var _ machine.Remote = (*Device)(nil)
