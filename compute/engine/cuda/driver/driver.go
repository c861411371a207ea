// Package driver talks to NVIDIA's driver through gorgonia.org/cu.
//
// The driver's library is loaded when a device is asked for, so that the same
// program runs where there is none: what cu calls are the jumps of functions.h,
// which lead to an error until library.c has found the library. It is built with
// the tag gpu, with cgo, for Linux; otherwise all that needs the driver fails.
// For cu to be compiled where nothing of NVIDIA's is installed, include has the
// declarations that it needs, and lib an empty library to link against.
package driver

import (
	"fmt"

	"gaze/compute/engine/machine"
)

// Why there is no device, or why it does not go on.
var (
	ErrMemory   = machine.ErrMemory.Said("the GPU is out of memory")
	ErrLost     = machine.ErrLost.Said("the GPU was lost")
	ErrNoDriver = machine.ErrNoDriver.Said("there is no NVIDIA driver")
	ErrNoGPU    = machine.ErrNoDevice.Said("the NVIDIA driver finds no GPU")
	ErrBuilt    = machine.ErrNotBuilt.Said("this program was built without CUDA")
)

// Info is what is known of a device.
type Info struct {
	// Index is the device's number, as the driver counts.
	Index int
	Name  string
	// Memory is in bytes.
	Memory int64
	// Major and Minor are the compute capability.
	Major, Minor int
	// Driver is the newest version of CUDA that the driver knows: 12040 is 12.4.
	Driver int
	// Unusable says why the device cannot be used, empty where it can.
	Unusable string
}

// Version writes a version of CUDA: 12040 is 12.4.
func Version(v int) string { return fmt.Sprintf("%d.%d", v/1000, v%1000/10) }

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
