package cpu

import (
	"errors"
	"fmt"
	"runtime"
	"sync"

	"gaze/compute/engine/machine"
)

// Device is a number of the processor's cores with kernels that fit them. It
// owns the worker goroutines and the memory for intermediate results. Its
// methods are safe for concurrent use: calls take turns, each on all workers.
type Device struct {
	level   Level
	threads int
	kernels *kernels

	// turn is held during every operation.
	turn sync.Mutex
	pool *pool
	// stage holds the padded input of a convolution, or its transforms; work
	// is each worker's own memory.
	stage []float32
	work  []workspace
	bias  []float32
	// expected is the room for the convolutions that are prepared.
	expected room
	// large is the number of weights from which a matrix is read where it is: see
	// largeMatrix.
	large int

	tapJobs      tapJobs
	depthwise    depthwiseJob
	winogradJobs winogradJobs
	rows         rowJob
	closed       bool
}

// workspace is the memory of one worker. The kernels' arguments are kept here
// because what is passed to assembly through a function value would escape to
// the heap at each call.
type workspace struct {
	buf []float32
	// packed is where the pixels of a tile are brought together.
	packed *float32
	// column is where the pixels of a single column are brought together.
	column [mostDepth]float32
	// places are those of the largest pixels of a row of windows.
	places []int32
	tile   tile
	wino   wino
	vec    vec
	pool   windows
	// weights are a matrix that is made of data.
	weights matrix
	// factors are those of the rows that are added at once.
	factors [4]float32
	_       [64]byte
}

// New makes a device of the given number of threads; 0 means as many as Go
// may use. The instruction set is the best that the processor has, unless the
// variable GAZE_CPU names another one. Close it after use.
func New(threads int) (*Device, error) {
	level, err := chooseLevel()
	if err != nil {
		return nil, err
	}
	return NewLevel(threads, level)
}

// NewLevel is [New] with a given instruction set, which must be one of
// [Levels].
func NewLevel(threads int, level Level) (*Device, error) {
	k := kernelsOf(level)
	if k == nil {
		return nil, fmt.Errorf("this processor has no %v", level)
	}
	if threads < 0 {
		return nil, errors.New("the number of threads is negative")
	}
	if threads == 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	d := &Device{
		level: level, threads: threads, kernels: k, large: largeMatrix,
		pool: newPool(threads),
		work: make([]workspace, threads),
	}
	for i := range d.work {
		d.work[i].packed = k.packedTile()
	}
	d.tapJobs.init(d)
	d.depthwise.init(d)
	d.winogradJobs.init(d)
	d.rows.init(d)
	return d, nil
}

// Close ends the workers and frees the memory. It waits for an operation in
// progress; using the device afterwards panics.
func (d *Device) Close() error {
	d.turn.Lock()
	defer d.turn.Unlock()
	if !d.closed {
		d.closed = true
		d.pool.close()
		d.stage, d.work, d.bias = nil, nil, nil
	}
	return nil
}

// Level is the instruction set in use.
func (d *Device) Level() Level { return d.level }

// Threads is the number of threads.
func (d *Device) Threads() int { return d.threads }

// Describe tells about the device in a few words: "AVX-512, 2 threads".
func (d *Device) Describe() string { return inWords(d.level, d.threads) }

func inWords(level Level, threads int) string {
	if threads == 1 {
		return fmt.Sprintf("%v, 1 thread", level)
	}
	return fmt.Sprintf("%v, %d threads", level, threads)
}

// begin starts an operation; end must follow.
func (d *Device) begin() {
	d.turn.Lock()
	if d.closed {
		d.turn.Unlock()
		panic("cpu: the device is closed")
	}
}

func (d *Device) end() { d.turn.Unlock() }

// slack is how many floats kernels may read or write after the end of scratch
// memory: the widest tile.
const slack = 256

// room are floats in the shared memory and in each worker's.
type room struct{ stage, own int }

// with is the room for either.
func (r room) with(other room) room {
	return room{max(r.stage, other.stage), max(r.own, other.own)}
}

// reserve makes that room. The contents are not kept.
func (d *Device) reserve(n room) {
	d.stage = grown(d.stage, n.stage)
	for i := range d.work {
		d.work[i].buf = grown(d.work[i].buf, n.own)
	}
}

// reserveForConv makes the room for a convolution, and at once that for all others,
// so that none leaves behind what was too small for the next one.
func (d *Device) reserveForConv(n room) { d.reserve(n.with(d.expected)) }

func grown(s []float32, n int) []float32 {
	if len(s) < n+slack {
		return machine.NewMemory(n + slack)
	}
	return s
}

// split gives the part-th of parts nearly equal ranges of 0...n-1.
func split(n, parts, part int) (from, to int) {
	return n * part / parts, n * (part + 1) / parts
}
