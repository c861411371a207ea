//go:build !(gpu && cgo && linux)

package driver

// GPU is an open device.
type GPU struct{}

// Module is a loaded set of kernels.
type Module struct{}

// Function is a kernel.
type Function struct{}

// Devices says that there are none.
func Devices() ([]Info, error) { return nil, ErrBuilt }

// Open fails.
func Open(int) (*GPU, error) { return nil, ErrBuilt }

// Info is empty.
func (*GPU) Info() Info { return Info{} }

// Multiprocessors is 0.
func (*GPU) Multiprocessors() int { return 0 }

// Load fails.
func (*GPU) Load(string) (*Module, error) { return nil, ErrBuilt }

// Function fails.
func (*Module) Function(string, int) (Function, error) { return Function{}, ErrBuilt }

// Alloc fails.
func (*GPU) Alloc(int) (Pointer, error) { return 0, ErrBuilt }

// Free fails.
func (*GPU) Free(Pointer) error { return ErrBuilt }

// Upload fails.
func (*GPU) Upload(Pointer, []float32) error { return ErrBuilt }

// Download fails.
func (*GPU) Download([]float32, Pointer) error { return ErrBuilt }

// Batch fails.
func (*GPU) Batch(func(Launcher) error) error { return ErrBuilt }

// Synchronize fails.
func (*GPU) Synchronize() error { return ErrBuilt }

// Close does nothing.
func (*GPU) Close() error { return nil }
