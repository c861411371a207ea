// Package driver talks to NVIDIA's driver, which it loads at run time.
package driver

import "errors"

// Errors that callers tell apart.
var (
	// ErrMemory says that the device has no room left.
	ErrMemory = errors.New("the GPU is out of memory")
	// ErrLost says that the device does not work any more: what was in its
	// memory is gone.
	ErrLost = errors.New("the GPU does not respond any more")
)

// Info is what is known of a device.
type Info struct {
	Index  int
	Name   string
	Memory int64
	// Major and Minor are the compute capability.
	Major, Minor int
	// Driver is the newest CUDA version the driver knows: 12040 is 12.4.
	Driver int
	// Unusable says why the device cannot be used, empty where it can.
	Unusable string
}

// Pointer is an address in a device's memory, in bytes.
type Pointer uint64

// Launcher queues work on a device.
type Launcher interface {
	// Launch runs a kernel with that many bytes of dynamic shared memory. The
	// arguments are numbers, addresses or the bits of a float32.
	Launch(f Function, grid, block [3]int, shared int, args ...uint64) error
	// Upload copies numbers to the device; src may change afterwards.
	Upload(dst Pointer, src []float32) error
	// Zero sets bytes to zero.
	Zero(dst Pointer, bytes int) error
}
