//go:build !(gpu && cgo && linux)

package driver

import "errors"

// errBuild says that the program was built without CUDA.
var errBuild = errors.New("built without CUDA, which needs Linux, cgo and the build tag gpu")

// GPU is an open device.
type GPU struct{}

// Module is a loaded set of kernels.
type Module struct{}

// Function is a kernel.
type Function struct{}

// Devices says that there are none.
func Devices() ([]Info, error) { return nil, errBuild }

// Open fails.
func Open(int) (*GPU, error) { return nil, errBuild }

// Info is empty.
func (*GPU) Info() Info { return Info{} }

// Multiprocessors is 0.
func (*GPU) Multiprocessors() int { return 0 }

// Load fails.
func (*GPU) Load(string) (*Module, error) { return nil, errBuild }

// Function fails.
func (*Module) Function(string, int) (Function, error) { return Function{}, errBuild }

// Alloc fails.
func (*GPU) Alloc(int) (Pointer, error) { return 0, errBuild }

// Free fails.
func (*GPU) Free(Pointer) error { return errBuild }

// Upload fails.
func (*GPU) Upload(Pointer, []float32) error { return errBuild }

// Download fails.
func (*GPU) Download([]float32, Pointer) error { return errBuild }

// Zero fails.
func (*GPU) Zero(Pointer, int) error { return errBuild }

// Launch fails.
func (*GPU) Launch(Function, [3]int, [3]int, int, ...uint64) error { return errBuild }

// Batch fails.
func (*GPU) Batch(func(Launcher) error) error { return errBuild }

// Synchronize fails.
func (*GPU) Synchronize() error { return errBuild }

// Close does nothing.
func (*GPU) Close() error { return nil }
