//go:build gpu && cgo && linux

package driver

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"unsafe"

	"gorgonia.org/cu"

	"gaze/compute/engine/machine"
)

// count starts the driver and counts its devices. The error says why there is
// none.
func count() (int, error) {
	if err := load(); err != nil {
		return 0, err
	}
	n, err := cu.NumDevices()
	if err != nil {
		return 0, fmt.Errorf("counting the GPUs: %w", err)
	}
	if n == 0 {
		return 0, ErrNoGPU
	}
	return n, nil
}

// Devices lists the devices. The error says why there is none.
func Devices() ([]Info, error) {
	n, err := count()
	if err != nil {
		return nil, err
	}
	list := make([]Info, n)
	for i := range list {
		list[i] = inform(i)
	}
	return list, nil
}

// inform finds out about a device.
func inform(index int) Info {
	info := Info{Index: index, Name: fmt.Sprintf("GPU %d", index), Driver: cu.Version()}
	dev, err := cu.GetDevice(index)
	if err != nil {
		info.Unusable = err.Error()
		return info
	}
	attribute := func(a cu.DeviceAttribute) int {
		v, e := dev.Attribute(a)
		err = errors.Join(err, e)
		return v
	}
	info.Major, info.Minor = attribute(cu.ComputeCapabilityMajor), attribute(cu.ComputeCapabilityMinor)
	var e error
	if info.Memory, e = dev.TotalMem(); e != nil {
		err = errors.Join(err, e)
	}
	if name, e := dev.Name(); e != nil {
		err = errors.Join(err, e)
	} else {
		info.Name = name
	}
	if err != nil {
		info.Unusable = "it does not answer: " + err.Error()
		return info
	}
	info.Unusable = info.judge()
	return info
}

// What the kernels need: PTX for compute capability 7.5, in the version of
// CUDA 11.8.
const (
	leastMajor, leastMinor = 7, 5
	leastDriver            = 11080
)

// judge says why a device cannot be used.
func (i Info) judge() string {
	switch {
	case i.Major < leastMajor || i.Major == leastMajor && i.Minor < leastMinor:
		return fmt.Sprintf("its compute capability is %d.%d, and %d.%d is needed", i.Major, i.Minor, leastMajor, leastMinor)
	case i.Driver < leastDriver:
		return fmt.Sprintf("its driver knows CUDA %s, and %s is needed", Version(i.Driver), Version(leastDriver))
	}
	return ""
}

// GPU is an open device: a context, one stream, and the thread that speaks to
// the driver. It is safe for concurrent use.
type GPU struct {
	info   Info
	units  int
	device cu.Device
	stream cu.Stream
	work   chan func() error
	result chan error
	// turn is held from handing over work until its result is there.
	turn sync.Mutex
	// retained is set while the context is held, lost once it does not work.
	retained, lost, closed bool
	// staging is host memory that the device reads and writes by itself; the
	// first staged numbers of it are on their way.
	staging []float32
	staged  int
	memory  map[cu.DevicePtr]bool
	modules []cu.Module
}

// stagingFloats is large enough for a batch of pictures.
const stagingFloats = 4 << 20

// Module is a set of kernels.
type Module struct {
	gpu    *GPU
	module cu.Module
}

// Function is a kernel.
type Function struct{ function cu.Function }

// Open takes a device: its primary context, which other users in this program
// share, and a stream.
func Open(index int) (*GPU, error) {
	n, err := count()
	if err != nil {
		return nil, err
	}
	if index < 0 || index >= n {
		return nil, fmt.Errorf("there is no GPU %d; the last is %d", index, n-1)
	}
	g := &GPU{info: inform(index), work: make(chan func() error), result: make(chan error), memory: make(map[cu.DevicePtr]bool)}
	if g.info.Unusable != "" {
		return nil, fmt.Errorf("%s cannot be used: %s", g.info.Name, g.info.Unusable)
	}
	go func() {
		// Never unlocked: the thread ends with the goroutine, and its context with it.
		runtime.LockOSThread()
		for f := range g.work {
			g.result <- f()
		}
	}()
	if err := g.do("taking "+g.info.Name, g.open); err != nil {
		g.Close()
		return nil, err
	}
	return g, nil
}

func (g *GPU) open() (err error) {
	if g.device, err = cu.GetDevice(g.info.Index); err != nil {
		return err
	}
	primary, err := g.device.RetainPrimaryCtx()
	if err != nil {
		return err
	}
	g.retained = true
	if err := cu.SetCurrentContext(primary); err != nil {
		return err
	}
	if g.units, err = g.device.Attribute(cu.MultiprocessorCount); err != nil {
		return err
	}
	if g.stream, err = cu.MakeStream(cu.NonBlocking); err != nil {
		return err
	}
	g.staging, err = hostMemory(stagingFloats)
	return err
}

// do makes the device's thread do something. It does nothing more once the device
// is lost. The error is a [machine.Refusal], but for that of a context that f
// looked at: to be cancelled is not the device's fault.
func (g *GPU) do(what string, f func() error) error {
	g.turn.Lock()
	defer g.turn.Unlock()
	switch {
	case g.closed:
		return &machine.Refusal{Doing: what, Err: errors.New("the GPU is closed")}
	case g.lost:
		return &machine.Refusal{Doing: what, Err: ErrLost}
	}
	g.work <- f
	err := <-g.result
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	switch err {
	case cu.OutOfMemory:
		err = ErrMemory
	case like(cu.Success, deviceUnavailable):
		err = errors.New("it is taken: another program may have it for itself")
	}
	for _, fatal := range []error{
		cu.Deinitialized, cu.EccUncorrectable, cu.NvlinkUncorrectable, cu.IllegalAddress, cu.LaunchTimeout, cu.ContextIsDestroyed, cu.Assert,
		cu.HardwareStackError, cu.IllegalInstruction, cu.MisalignedAddress, cu.InvalidAddressSpace, cu.InvalidPc, cu.LaunchFailed, cu.Unknown,
	} {
		if errors.Is(err, fatal) {
			g.lost = true
			err = fmt.Errorf("%w (%w)", ErrLost, err)
			break
		}
	}
	return &machine.Refusal{Doing: what, Err: err}
}

// failure is the driver's error of a code, nil for 0.
func failure(code int) error {
	if code == 0 {
		return nil
	}
	return like(cu.Success, code)
}

// like makes a number one of a type that has no name outside of its package.
func like[T ~int](_ T, code int) T { return T(code) }

// deviceUnavailable is an error of the driver that cu does not know.
const deviceUnavailable = 46

// Info tells about the device.
func (g *GPU) Info() Info { return g.info }

// Multiprocessors is their number.
func (g *GPU) Multiprocessors() int { return g.units }

// Load compiles kernels for the device.
func (g *GPU) Load(ptx string) (*Module, error) {
	m := &Module{gpu: g}
	err := g.do("compiling kernels", func() (err error) {
		if m.module, err = cu.LoadData(ptx); err == nil {
			g.modules = append(g.modules, m.module)
		}
		return err
	})
	return m, err
}

// Function finds a kernel and lets it have that many bytes of dynamic shared
// memory.
func (m *Module) Function(name string, sharedBytes int) (Function, error) {
	// What every kernel may have.
	const usual = 48 << 10
	var f Function
	err := m.gpu.do("finding kernel "+name, func() (err error) {
		if f.function, err = m.module.Function(name); err == nil && sharedBytes > usual {
			err = allowShared(f.function, sharedBytes)
		}
		return err
	})
	return f, err
}

// Alloc takes memory of the device. The error is [ErrMemory] where it has none
// left.
func (g *GPU) Alloc(bytes int) (Pointer, error) {
	var p cu.DevicePtr
	err := g.do(fmt.Sprintf("taking %d bytes", bytes), func() (err error) {
		if p, err = cu.MemAlloc(int64(bytes)); err == nil {
			g.memory[p] = true
		}
		return err
	})
	return Pointer(p), err
}

// Free gives memory back, once everything queued has run.
func (g *GPU) Free(p Pointer) error {
	return g.do("giving memory back", func() error {
		if err := g.synchronize(); err != nil {
			return err
		}
		delete(g.memory, cu.DevicePtr(p))
		return cu.MemFree(cu.DevicePtr(p))
	})
}

// Upload copies numbers to the device, after what is queued; src may change
// afterwards.
func (g *GPU) Upload(dst Pointer, src []float32) error {
	return g.do("copying to the GPU", func() error { return launcher{g}.Upload(dst, src) })
}

// Download waits for what is queued and copies numbers from the device.
func (g *GPU) Download(dst []float32, src Pointer) error {
	return g.do("copying from the GPU", func() error {
		for part := range slices.Chunk(dst, len(g.staging)) {
			err := cu.MemcpyDtoHAsync(unsafe.Pointer(&g.staging[0]), cu.DevicePtr(src), int64(4*len(part)), g.stream)
			if err != nil {
				return err
			}
			if err := g.synchronize(); err != nil {
				return err
			}
			copy(part, g.staging)
			src += Pointer(4 * len(part))
		}
		return nil
	})
}

// Batch calls f on the device's thread, with what queues work there.
func (g *GPU) Batch(f func(l Launcher) error) error {
	return g.do("queueing work", func() error { return f(launcher{g}) })
}

// Synchronize waits for all that is queued.
func (g *GPU) Synchronize() error { return g.do("waiting for the GPU", g.synchronize) }

func (g *GPU) synchronize() error {
	err := g.stream.Synchronize()
	g.staged = 0
	return err
}

// Close gives back the device with all of its memory.
func (g *GPU) Close() error {
	g.turn.Lock()
	defer g.turn.Unlock()
	if g.closed {
		return nil
	}
	g.closed = true
	g.work <- g.release
	err := <-g.result
	close(g.work)
	if g.lost || err == nil {
		// What is left of a lost device gives nothing but errors.
		return nil
	}
	return fmt.Errorf("giving the GPU back: %w", err)
}

func (g *GPU) release() error {
	if !g.retained {
		return nil
	}
	var err error
	if g.stream != (cu.Stream{}) {
		err = g.synchronize()
	}
	for p := range g.memory {
		err = errors.Join(err, cu.MemFree(p))
	}
	for _, m := range g.modules {
		err = errors.Join(err, m.Unload())
	}
	if g.staging != nil {
		err = errors.Join(err, cu.MemFreeHost(unsafe.Pointer(&g.staging[0])))
	}
	if g.stream != (cu.Stream{}) {
		err = errors.Join(err, g.stream.Destroy())
	}
	return errors.Join(err, g.device.ReleasePrimaryCtx())
}

// launcher queues work from the device's thread.
type launcher struct{ gpu *GPU }

func (l launcher) Launch(f Function, grid, block [3]int, shared int, args ...uint64) error {
	pointers := make([]unsafe.Pointer, len(args))
	for i := range args {
		pointers[i] = unsafe.Pointer(&args[i])
	}
	return f.function.Launch(grid[0], grid[1], grid[2], block[0], block[1], block[2], shared, l.gpu.stream, pointers)
}

func (l launcher) Upload(dst Pointer, src []float32) error {
	g := l.gpu
	for len(src) > 0 {
		if g.staged == len(g.staging) {
			if err := g.synchronize(); err != nil {
				return err
			}
		}
		n := copy(g.staging[g.staged:], src)
		if err := cu.MemcpyHtoDAsync(cu.DevicePtr(dst), unsafe.Pointer(&g.staging[g.staged]), int64(4*n), g.stream); err != nil {
			return err
		}
		g.staged += n
		src, dst = src[n:], dst+Pointer(4*n)
	}
	return nil
}

func (l launcher) Zero(dst Pointer, bytes int) error {
	return cu.MemsetD8Async(cu.DevicePtr(dst), 0, int64(bytes), l.gpu.stream)
}
